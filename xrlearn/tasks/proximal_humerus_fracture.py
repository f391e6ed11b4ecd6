"""Which kind of fracture of the proximal humerus is it? Neer's types, as Chung et al. asked in 2018."""

from .answers import Classes
from .task import Task

PROXIMAL_HUMERUS_FRACTURE = Task(
    name="proximal-humerus-fracture",
    answer=Classes("neer", keys=tuple(f"tasks.neer.{k}" for k in range(5))),
    size=224,
    simulated={"region": "shoulder"},
    boxes=True,
    recipe={"epochs": 2},
    published="tasks.proximal-humerus-fracture.published",
    measured="tasks.proximal-humerus-fracture.measured",
)
