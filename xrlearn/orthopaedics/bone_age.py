"""How old are the bones of this hand? In months, as Lee et al. asked in 2017."""

from .task import SIMULATED, Task

BONE_AGE = Task(
    name="bone-age",
    label="bone_age",
    classes=(),
    kind="number",
    unit="tasks.unit.months",
    within=(12.0, 24.0),
    sources=(SIMULATED, "rsna-bone-age"),
    size=224,
    simulated={"region": "hand", "mix": {"none": 1.0}, "patient": {"adult": False}},
    published="tasks.bone-age.published",
    measured="tasks.bone-age.measured",
)
