"""Is a bone broken? Films of hand, leg, hip and shoulder from FracAtlas."""

from .task import Task

FRACTURE = Task(
    name="fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=("fracatlas",),
    size=320,
    published="tasks.fracture.published",
    measured="tasks.fracture.measured",
)
