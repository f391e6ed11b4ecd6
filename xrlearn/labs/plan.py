"""The course as it stands on paper, without widgets: its pages, its questions, and a class of 90 minutes."""

#: lesson -> its notebook, in the order of the course: the one list that numbers them
COURSE = {
    "make_xray": "make-an-x-ray.ipynb",
    "machine_sees": "what-the-machine-sees.ipynb",
    "choose_network": "train-validate-test.ipynb",
    "train": "train-a-fracture-detector.ipynb",
    "augment": "augment.ipynb",
    "overfit": "overfit.ipynb",
    "black_box": "black-box.ipynb",
    "shortcuts": "shortcuts.ipynb",
    "bone_age": "bone-age.ipynb",
}

#: card of the home page -> its notebook; the lessons first
CARDS = COURSE | {
    "review": "case-review.ipynb",
    "study": "reader-study.ipynb",
    "results": "study-results.ipynb",
}

#: lesson -> question -> right answer, ``"a"``, ``"b"`` or ``"c"``
QUESTIONS = {
    "make_xray": {"dose": "b", "voltage": "a", "truth": "c"},
    "machine_sees": {"bits": "c", "cluster": "b", "reward": "a"},
    "choose_network": {"sets": "c", "peek": "b", "family": "a"},
    "train": {"split": "b", "gap": "a", "test": "c"},
    "augment": {"label": "b", "dose": "c", "purpose": "a"},
    "overfit": {"stop": "a", "wrong": "b", "more": "c"},
    "black_box": {"hit": "c", "random": "a", "yes": "b"},
    "shortcuts": {"figure": "c", "map": "b", "metal": "a"},
    "bone_age": {"argue": "b", "sex": "c", "late": "a"},
}

#: minutes of a class of thirty in 90 minutes -> what is done, and on which page
CLASS = {
    "0": ("film", "make_xray"),
    "10": ("choose", "choose_network"),
    "30": ("overfit", "overfit"),
    "50": ("shortcuts", "shortcuts"),
    "65": ("review", "review"),
    "80": ("talk", None),
}


def room_of(lesson: str) -> str:
    """Return the file of the catalogue that holds a lesson's strings.

    Examples
    --------
    >>> room_of("overfit"), room_of("train")
    ('overfit', 'train_fracture')
    """
    return "train_fracture" if lesson == "train" else lesson
