"""Is the distal radius broken? Frontal films, the region found first and read alone, as Gan et al. did in 2019.

What a learner should take from it: what is cut away cannot mislead, and what the first stage misses the second never
sees. The overlap of the region found with the true one is therefore told beside every figure.
"""

from ..radiograph.wrist import REGION_POINTS, distal_radius
from .answers import YesNo
from .task import Task

DISTAL_RADIUS_FRACTURE = Task(
    name="distal-radius-fracture",
    answer=YesNo("fracture"),
    size=288,
    simulated={"region": "wrist", "mix": {"none": 0.5, "colles": 0.25, "smith": 0.1, "undisplaced": 0.15}},
    system="region",
    settings={"points": REGION_POINTS, "region": distal_radius},
    boxes=True,
    recipe={"n": 1000},
    published="tasks.distal-radius-fracture.published",
    measured="tasks.distal-radius-fracture.measured",
)
