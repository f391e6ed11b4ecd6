"""How far is this spine bent? The largest Cobb angle in degrees, as Horng et al. measured in 2019."""

from ..radiograph.spine import CORNERS, VERTEBRAE, cobb
from .answers import Number
from .task import Task

_SIDES = {"right": "left", "left": "right"}

COBB_ANGLE = Task(
    name="cobb-angle",
    answer=Number("cobb", unit="tasks.unit.degrees", within=(5.0, 10.0)),
    size=384,
    simulated={"region": "spine"},
    system="landmarks",
    settings={
        "points": CORNERS,
        "mirror": tuple(f"{at} {_SIDES[side]}" for at, side in (name.rsplit(" ", 1) for name in CORNERS)),
        "lines": [[[f"{v} {edge} {side}" for edge in ("top", "bottom")] for side in _SIDES] for v in VERTEBRAE],
        "shape": (256, 128),
        "widths": (16, 32, 64, 96, 128),
        "measure": lambda points: cobb(points.reshape(-1, 17, 4, 2)),
    },
    recipe={"n": 1600, "epochs": 12},
    published="tasks.cobb-angle.published",
    measured="tasks.cobb-angle.measured",
)
