"""How high does this kneecap stand? Insall and Salvati's ratio on lateral films (Radiology 1971).

Three points are found, the poles of the patella and the tuberosity of the tibia; the ratio of the tendon's length to
the patella's follows from them, can be drawn on the film and checked. Above 1.2 the patella stands high (alta: among
other things a torn patellar tendon), below 0.8 low (baja: a torn quadriceps tendon, scars). The review names tendon
injuries as an outlook, without a figure; what is published are the limits above.

To learn from it: the model measures, the doctor judges. A ratio just beyond a limit is no diagnosis: the margin that is
told with it says how often the limit lies within the error.
"""

import numpy as np
from numpy.typing import NDArray

from .answers import Ratio
from .task import Task

_POINTS = ("upper pole of patella", "lower pole of patella", "tibial tuberosity")


def insall_salvati(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length of the tendon over that of the patella, (films,); points are (films, 3, 2).

    Examples
    --------
    >>> insall_salvati(np.array([[[0.0, 0.0], [40.0, 0.0], [88.0, 0.0]]])).tolist()
    [1.2]
    """
    upper, lower, end = np.moveaxis(points, 1, 0)
    patella = np.linalg.norm(upper - lower, axis=1)
    return np.asarray(np.linalg.norm(lower - end, axis=1) / np.maximum(patella, 1e-9))


PATELLA_HEIGHT = Task(
    name="patella-height",
    answer=Ratio(
        "insall_salvati",
        unit="tasks.unit.patellas",
        within=(0.1, 0.2),
        span=(0.0, 2.5, 0.01),
        cuts=(0.8, 1.2),
        keys=tuple(f"tasks.patella.{name}" for name in ("baja", "usual", "alta")),
        drawing="tasks.patella.drawing",
    ),
    size=320,
    simulated={
        "region": "knee",
        "views": ("lateral",),
        "mix": {"none": 0.5, "patellar_tendon": 0.3, "quadriceps_tendon": 0.2},
        "patient": {"kl": 0},
    },
    system="landmarks",
    settings={
        "points": _POINTS,
        "mirror": _POINTS,  # front stays front, whichever way the knee looks
        "lines": ((_POINTS[:1], _POINTS[1:2]), (_POINTS[1:2], _POINTS[2:])),
        "room": {
            "above": (0.3, 0.6),
            "below": (0.3, 0.6),
            "beside": (2.0, 4.0),
            "slender": (0.9, 1.1),
            "film": (0.8, 1.0),
        },
        "shape": (192, 192),
        "widths": (16, 32, 64, 96, 128),
        "measure": insall_salvati,
    },
    recipe={"n": 500, "epochs": 10, "batch_size": 16},
    published="tasks.patella-height.published",
    measured="tasks.patella-height.measured",
)
