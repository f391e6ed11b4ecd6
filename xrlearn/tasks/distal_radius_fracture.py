"""Is the distal radius broken? Frontal films, as Gan et al. asked in 2019."""

from .answers import YesNo
from .task import Task

DISTAL_RADIUS_FRACTURE = Task(
    name="distal-radius-fracture",
    answer=YesNo("fracture"),
    size=224,
    simulated={"region": "wrist", "mix": {"none": 0.5, "colles": 0.25, "smith": 0.1, "undisplaced": 0.15}},
    boxes=True,
    recipe={"epochs": 2},
    published="tasks.distal-radius-fracture.published",
    measured="tasks.fracture.measured",
)
