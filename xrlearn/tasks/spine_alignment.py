"""How hollow is the small of this back? Lordosis L1-L5, one of the angles that Galbusera et al. read in 2019."""

from ..radiograph.spine import LATERAL_CORNERS, lordosis
from .answers import Number
from .task import Task

SPINE_ALIGNMENT = Task(
    name="spine-alignment",
    answer=Number("lordosis", unit="tasks.unit.degrees", within=(5.0, 10.0)),
    size=384,
    simulated={"region": "spine", "views": ("lateral",)},
    companions={"AP": "cobb-angle"},
    system="landmarks",
    settings={
        "points": LATERAL_CORNERS,
        "mirror": LATERAL_CORNERS,  # back stays back, whichever way the patient looks
        "lines": [([back], [front]) for back, front in zip(LATERAL_CORNERS[::2], LATERAL_CORNERS[1::2])],
        "shape": (256, 128),
        "widths": (16, 32, 64, 96, 128),
        "measure": lambda points: lordosis(points.reshape(-1, 17, 4, 2)),
    },
    recipe={"n": 800, "epochs": 16},
    published="tasks.spine-alignment.published",
    measured="tasks.spine-alignment.measured",
)
