"""Is a bone broken? Films of hand, leg, hip and shoulder from FracAtlas."""

from .task import SIMULATED, Task

FRACTURE = Task(
    name="fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=("fracatlas", SIMULATED),
    size=320,
    published="tasks.fracture.published",
    measured="tasks.fracture.measured",
    simulated={"region": "wrist"},
)
