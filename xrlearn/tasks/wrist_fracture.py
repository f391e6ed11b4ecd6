"""Is the wrist broken? Frontal films, as Kim and MacKinnon asked of lateral ones in 2018."""

from .answers import YesNo
from .task import Task

WRIST_FRACTURE = Task(
    name="wrist-fracture",
    answer=YesNo("fracture"),
    size=224,
    simulated={"region": "wrist"},
    boxes=True,
    recipe={"n": 4000, "epochs": 7},
    published="tasks.wrist-fracture.published",
    measured="tasks.fracture.measured",
)
