"""Is the ankle broken? Three views of every patient, read alone and together, as Kitamura et al. did in 2019."""

from .answers import YesNo
from .task import Task

ANKLE_FRACTURE = Task(
    name="ankle-fracture",
    answer=YesNo("fracture", together=True),
    size=224,
    simulated={"region": "ankle", "views": ("AP", "mortise", "lateral")},
    boxes=True,
    recipe={"n": 1500, "epochs": 2},
    published="tasks.ankle-fracture.published",
    measured="tasks.fracture.measured",
)
