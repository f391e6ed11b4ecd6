"""How old are the bones of this hand? In months, by a small network that starts from nothing (Mutasa et al. 2018).

The whole hand at once, and the sex; nothing was learned from photographs, no place is found or cut out. The review
gives an error of 0.5 to 0.8 years for such networks.

To learn from it: a network made for the question needs neither ImageNet nor many numbers, but many hands (theirs had
more than 10,000); compare its error and its map with those of `bone-age`, which is told where to look.
"""

from ..radiograph.hand import POINTS
from .answers import Number
from .task import Task

BONE_AGE_SCRATCH = Task(
    name="bone-age-scratch",
    answer=Number("bone_age", unit="tasks.unit.months", within=(12.0, 24.0)),
    size=224,
    simulated={"region": "hand", "mix": {"none": 1.0}, "patient": {"adult": False}},
    system="scratch",
    settings={"scale": (120.0, 50.0), "points": POINTS},
    inputs=("sex",),
    recipe={"n": 1500, "epochs": 5, "batch_size": 32},
    published="tasks.bone-age-scratch.published",
    measured="tasks.bone-age.measured",
)
