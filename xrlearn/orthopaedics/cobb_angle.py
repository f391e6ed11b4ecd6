"""How far is this spine bent? The largest Cobb angle in degrees, as Horng et al. measured in 2019."""

from .task import SIMULATED, Task

COBB_ANGLE = Task(
    name="cobb-angle",
    label="cobb",
    classes=(),
    kind="number",
    unit="tasks.unit.degrees",
    within=(5.0, 10.0),
    sources=(SIMULATED, "aasce-spine"),
    size=256,
    simulated={"region": "spine"},
    published="tasks.cobb-angle.published",
    measured="tasks.cobb-angle.measured",
)
