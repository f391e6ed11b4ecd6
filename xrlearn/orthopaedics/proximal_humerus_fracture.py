"""Which kind of fracture of the proximal humerus is it? Neer's types, as Chung et al. asked in 2018."""

from .task import SIMULATED, Task

PROXIMAL_HUMERUS_FRACTURE = Task(
    name="proximal-humerus-fracture",
    label="neer",
    classes=("tasks.neer.0", "tasks.neer.1", "tasks.neer.2", "tasks.neer.3", "tasks.neer.4"),
    sources=(SIMULATED,),
    size=224,
    simulated={"region": "shoulder"},
    published="tasks.proximal-humerus-fracture.published",
    measured="tasks.proximal-humerus-fracture.measured",
)
