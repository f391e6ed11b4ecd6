"""Is the distal radius broken? Frontal films, as Gan et al. asked in 2019."""

from .task import SIMULATED, Task

DISTAL_RADIUS_FRACTURE = Task(
    name="distal-radius-fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=(SIMULATED,),
    size=224,
    simulated={"region": "wrist", "mix": {"none": 0.5, "colles": 0.25, "smith": 0.1, "undisplaced": 0.15}},
    published="tasks.distal-radius-fracture.published",
    measured="tasks.fracture.measured",
)
