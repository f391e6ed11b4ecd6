"""How hollow is the small of this back? Lordosis L1-L5, one of the angles that Galbusera et al. read in 2019."""

from .answers import Number
from .task import Task

SPINE_ALIGNMENT = Task(
    name="spine-alignment",
    answer=Number("lordosis", unit="tasks.unit.degrees", within=(5.0, 10.0)),
    size=256,
    simulated={"region": "spine", "views": ("lateral",)},
    published="tasks.spine-alignment.published",
    measured="tasks.spine-alignment.measured",
)
