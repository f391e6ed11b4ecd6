"""How far is this spine bent? The largest Cobb angle in degrees, as Horng et al. measured in 2019."""

from .answers import Number
from .task import Task

COBB_ANGLE = Task(
    name="cobb-angle",
    answer=Number("cobb", unit="tasks.unit.degrees", within=(5.0, 10.0)),
    size=256,
    simulated={"region": "spine"},
    published="tasks.cobb-angle.published",
    measured="tasks.cobb-angle.measured",
)
