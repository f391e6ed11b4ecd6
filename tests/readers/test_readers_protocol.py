"""A protocol reads back as it was written; a wrong one is told in one sentence that names the field."""

import re

import pytest

from xrlearn import locale
from xrlearn.data.labels import LABELS
from xrlearn.readers import Protocol, StudyError
from xrlearn.readers.protocol import example_text, suited
from xrlearn.tasks.registry import known


@pytest.mark.parametrize("task", [task for task in known() if task.films], ids=lambda task: task.name)
def test_the_example_suits_every_task_and_reads_back(task):
    protocol = Protocol.example(task.name)
    assert (protocol.task, protocol.label) == (task.name, task.label)
    assert Protocol.parse(protocol.to_toml()) == protocol


@pytest.mark.parametrize("label", LABELS)
def test_an_older_protocol_names_a_label(label):
    """It stands for the first task that asks for it; a label that none asks for stays what it is."""
    first = next((task.name for task in known() if task.films and task.label == label), label)
    protocol = Protocol.example(label)
    assert (protocol.task, protocol.label) == (first, label)


def test_tasks_that_share_a_label_are_told_apart():
    hip, any_ = Protocol.example("hip-fracture"), Protocol.example("fracture")
    assert (hip.task, any_.task) == ("hip-fracture", "fracture")
    assert hip.label == any_.label == "fracture"


def test_odd_strings_survive_the_file(tmp_path):
    raw = Protocol.example().model_dump() | {"title": 'A "quoted" \\ title\nof two lines, 骨折', "source": "C:\\films"}
    raw["planted"] = {}
    raw["cases"] |= {"subtlety": {"very subtle": 0.25, "骨": 0.75}, "films": ("a b/1.png", "2'.png")}
    protocol = Protocol.model_validate(raw)
    file = tmp_path / "study.toml"
    file.write_text(protocol.to_toml(), encoding="utf-8")
    assert Protocol.read(file) == protocol


WRONG = [
    ('task = "fracture"', 'task = "fractures"', "field task is fractures", "knee-oa, knee-outlines"),
    ('task = "fracture"', "", "field task is missing", "add it"),
    ("number = 20", "number = 1", "field cases.number is 1", "≥ 2"),
    ("number = 20", 'number = "many"', "field cases.number is 'many'", "a whole number"),
    ("prevalence = 0.5", "prevalence = 50", "field cases.prevalence is 50", "≤ 1"),
    ('design = "crossover"', 'design = "parallel"', "field design is 'parallel'", "'crossover' or 'sequential'"),
    ("washout_days = 28", "washout = 28", "no field washout", "remove it"),
    ("localise = true", 'localise = "perhaps"', "field localise is 'perhaps'", "true or false"),
    ('scale = "confidence"', 'scale = "months"', "does not suit the task fracture", "confidence"),
    ("commission = 2", "commission = 20", "more than the 20 films", "lower them"),
    ('name = "aided"', 'name = "unaided"', "two arms have the same name", "its own"),
    ('name = "aided"', 'name = "a,b"', "field arms.2.name is 'a,b'", "without comma"),
    ('ai = "none"', 'ai = "second"', "arm unaided has AI but shows nothing", "set its shows"),
    ('ai = "concurrent"', 'ai = "none"', "arm aided has no AI but shows some", "remove its shows"),
    ("# subtlety = { obvious = 0.5, subtle = 0.5 }", "subtlety = { a = 0.5 }", "cases.subtlety sum to 0.5", "sum to 1"),
    ("# grades = [0, 1, 2, 3, 4]", "grades = [0, 1]", "field grades", "that scale only"),
]


@pytest.mark.parametrize(("old", "new", "names", "remedy"), WRONG, ids=[new or "missing" for _, new, *_ in WRONG])
def test_one_sentence_names_field_and_remedy(old, new, names, remedy):
    assert old in example_text()
    with pytest.raises(StudyError) as caught:
        Protocol.parse(example_text().replace(old, new))
    sentence = str(caught.value)
    assert names in sentence
    assert remedy in sentence
    assert sentence.count("\n") == 0
    locale.use("zh")
    with pytest.raises(StudyError) as caught:
        Protocol.parse(example_text().replace(old, new))
    assert re.search("[\u4e00-\u9fff]", str(caught.value).split("：", 1)[1])


def test_a_sequential_study_begins_without_ai():
    with pytest.raises(StudyError, match="sequential design needs a first arm"):
        Protocol.parse(
            example_text().replace('"crossover"', '"sequential"').split("[[arms]]")[0]
            + '[[arms]]\nname = "a"\nai = "first"\nshows = ["probability"]\n[[arms]]\nname = "b"'
        )


@pytest.mark.parametrize("content", [b"title = ", b"\xff\xfe\x00t"])
def test_what_is_no_toml_is_told(tmp_path, content):
    file = tmp_path / "study.toml"
    file.write_bytes(content)
    with pytest.raises(StudyError, match=r"not valid TOML|cannot be read"):
        Protocol.read(file)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(StudyError, match=r"nowhere\.toml cannot be read"):
        Protocol.read(tmp_path / "nowhere.toml")


def test_stages_follow_from_arm_and_design():
    raw = Protocol.example().model_dump()
    raw["arms"] = [
        {"name": "none"},
        *({"name": mode, "ai": mode, "shows": ["heatmap"]} for mode in ("second", "concurrent", "first")),
    ]
    crossover, sequential = (Protocol.model_validate(raw | {"design": d}) for d in ("crossover", "sequential"))
    stages = {arm.name: crossover.stages(arm.name) for arm in crossover.arms}
    assert stages == {"none": ("alone",), "second": ("alone", "aided"), "concurrent": ("aided",), "first": ("aided",)}
    assert sequential.stages("second") == ("aided",)


def test_scales_have_their_limits():
    limits = {task: Protocol.example(task).limits for task in ("fracture", "knee-oa", "bone_age", "cobb")}
    assert limits == {"fracture": (0, 100), "knee-oa": (0, 4), "bone_age": (0, 300), "cobb": (0, 180)}
    assert suited("cobb-angle") == suited("cobb") == "degrees"
