"""Is a bone broken? Films of hand, leg, hip and shoulder from FracAtlas."""

from .answers import YesNo
from .task import Task

FRACTURE = Task(
    name="fracture",
    answer=YesNo("fracture"),
    size=320,
    simulated={"region": "wrist"},
    regions=("forearm", "ankle"),
    real_first=True,
    boxes=True,
    recipe={"n": 1500, "epochs": 6, "sources": ["fracatlas", "simulated"]},
    published="tasks.fracture.published",
    measured="tasks.fracture.measured",
)
