"""Is the ankle broken? Three views of every patient, read alone and together, as Kitamura et al. did in 2019."""

from .task import SIMULATED, Task

ANKLE_FRACTURE = Task(
    name="ankle-fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=(SIMULATED,),
    size=224,
    simulated={"region": "ankle", "views": ("AP", "mortise", "lateral")},
    together=True,
    published="tasks.ankle-fracture.published",
    measured="tasks.fracture.measured",
)
