"""Is the wrist broken? Frontal films, as Kim and MacKinnon asked of lateral ones in 2018."""

from .task import SIMULATED, Task

WRIST_FRACTURE = Task(
    name="wrist-fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=(SIMULATED,),
    size=224,
    published="tasks.wrist-fracture.published",
    measured="tasks.fracture.measured",
    simulated={"region": "wrist"},
)
