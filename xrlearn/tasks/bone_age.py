"""How old are the bones of this hand? In months, as Lee et al. asked in 2017."""

from .answers import Number
from .task import Task

BONE_AGE = Task(
    name="bone-age",
    answer=Number("bone_age", unit="tasks.unit.months", within=(12.0, 24.0)),
    size=224,
    simulated={"region": "hand", "mix": {"none": 1.0}, "patient": {"adult": False}},
    published="tasks.bone-age.published",
    measured="tasks.bone-age.measured",
)
