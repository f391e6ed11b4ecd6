"""How old are the bones of this hand? In months, as Lee et al. asked in 2017.

Read where clinicians read it: at fifteen growth plates of the fingers, the carpus and the distal forearm.
"""

from ..radiograph.hand import FINGERS, PLACES, POINTS, squares
from .answers import Number
from .task import Task

BONE_AGE = Task(
    name="bone-age",
    answer=Number("bone_age", unit="tasks.unit.months", within=(12.0, 24.0), span=(0.0, 240.0, 1.0)),
    size=320,
    simulated={"region": "hand", "mix": {"none": 1.0}, "patient": {"adult": False}},
    system="two_stage",
    settings={
        "points": POINTS,
        "places": tuple(place.name for place in PLACES),
        "large": len(PLACES) - FINGERS,
        "squares": squares,
        "order": ("centre of capitate", "head of metacarpal 1", "head of metacarpal 5"),  # of a left hand
        "scale": (120.0, 50.0),
    },
    inputs=("sex",),
    ages=(0.0, 19.0),
    recipe={"n": 5000, "epochs": 6},
    published="tasks.bone-age.published",
    measured="tasks.bone-age.measured",
)
