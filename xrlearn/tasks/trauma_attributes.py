"""Which part of the body, which side, which view, and is it broken? Four answers of one network: Olczak et al., 2017.

What a learner should take from it: a network that can name the view and the side reads whole films, not only cracks;
whatever it can tell, it can also use, wanted or not (a side, a hospital, a marker). And side, part and view are easy
(published: 90 % and more) where the fracture is hard (83 %).
"""

from typing import TYPE_CHECKING

from .answers import Classes, Several, YesNo
from .task import Task

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("wrist", "hand", "forearm", "ankle", "shoulder", "hip")
VIEWS = ("frontal", "lateral", "oblique")
#: views of the simulated regions: a mortise view is turned by 15 to 20 degrees
_VIEW = {name: k for k, name in enumerate(VIEWS)} | {"PA": 0, "AP": 0, "hip": 0, "mortise": 2}
#: fractures as plain as those that come to a clinic: see :mod:`.ankle_fracture`
PLAIN = {"subtlety": (0.0, 0.4)}
_PART = {name: k for k, name in enumerate(PARTS)}


def attributes(cases: "pd.DataFrame") -> "pd.DataFrame":
    """Return a cases table with ``left_side``, ``body_part`` and ``film_view``, as far as it tells them.

    FracAtlas calls everything from the fingers to the elbow a hand and does not tell the side; a picture that holds two
    films has no view of its own.

    Examples
    --------
    >>> import pandas as pd
    >>> told = attributes(pd.DataFrame({"side": ["L"], "region": ["ankle"], "view": ["mortise"]}))
    >>> told[["left_side", "body_part", "film_view"]].values.tolist()
    [[1.0, 3.0, 2.0]]
    """
    coarse = {"hand"} if {"hand", "leg"} <= set(cases) else set()
    parts = {name: k for name, k in _PART.items() if name not in coarse}
    found = {"left_side": ("side", {"R": 0, "L": 1}), "body_part": ("region", parts), "film_view": ("view", _VIEW)}
    told = {
        column: cases[source].map(values).astype(float) if source in cases else float("nan")
        for column, (source, values) in found.items()
        if column not in cases
    }
    return cases.assign(**told)


TRAUMA_ATTRIBUTES = Task(
    name="trauma-attributes",
    answer=Several(
        parts=(
            YesNo("fracture"),
            YesNo("left_side", no="tasks.side.right", yes="tasks.side.left"),
            Classes("body_part", keys=tuple(f"tasks.part.{name}" for name in PARTS), diseased_from=0),
            Classes("film_view", keys=tuple(f"tasks.view.{name}" for name in VIEWS), diseased_from=0),
        )
    ),
    size=320,
    simulated={"region": "wrist", "views": ("PA", "lateral"), **PLAIN},
    also=(
        {"region": "ankle", "views": ("AP", "mortise", "lateral"), **PLAIN},
        {"region": "hand", "views": ("PA", "oblique"), "patient": {"adult": True}, **PLAIN},
        {"region": "forearm", "views": ("AP", "lateral"), **PLAIN},
        {"region": "shoulder", "views": ("AP",), **PLAIN},
        {"region": "hip", "views": ("hip",), **PLAIN},
    ),
    derived=attributes,
    system="heads",
    boxes=True,
    # On a graphics card it takes three minutes (the card says which); on a processor, about two hours.
    recipe={"n": 4800, "epochs": 10},
    published="tasks.trauma-attributes.published",
    measured="tasks.trauma-attributes.measured",
)
