"""How does this back stand on its pelvis? Five angles of the lateral film, as Galbusera et al. read them in 2019.

Lordosis, kyphosis, sacral slope, pelvic tilt and pelvic incidence follow from 72 landmarks that a network finds; the
sixth angle, Cobb's, is that of the frontal film beside it (:mod:`.cobb_angle`). What a learner should take from it: a
short line has an uncertain direction. Pelvic tilt, between long lines, has half the error of lordosis, which lies
between two end plates 3 cm wide.
"""

import numpy as np
from numpy.typing import NDArray

from ..radiograph.spine import (
    LATERAL_CORNERS,
    PELVIS,
    kyphosis,
    lordosis,
    pelvic_incidence,
    pelvic_tilt,
    sacral_slope,
)
from .answers import Number, Several
from .task import Task

_POINTS = (*LATERAL_CORNERS, *PELVIS)
_SACRUM, _HIPS = PELVIS[:2], PELVIS[2:]


def alignment(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the five angles in degrees, (films, 5); points are (films, 72, 2), in rows and columns.

    Examples
    --------
    >>> corners = np.tile([[0.0, 0], [0, 10], [5, 0], [5, 10]], (17, 1, 1)).reshape(68, 2)
    >>> pelvis = [[10.0, 0], [10, 10], [30, 25], [30, 25]]
    >>> alignment(np.concatenate([corners, pelvis])[None]).tolist()
    [[0.0, 0.0, 0.0, 45.0, 45.0]]
    """
    corners, pelvis = points[:, :68].reshape(-1, 17, 4, 2), points[:, 68:]
    found = [lordosis(corners), kyphosis(corners)]
    found += [measure(pelvis) for measure in (sacral_slope, pelvic_tilt, pelvic_incidence)]
    return np.stack(found, axis=-1)


def _plate(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (f"{name} back",), (f"{name} front",)


_TO_HIPS = (_SACRUM, _HIPS)

SPINE_ALIGNMENT = Task(
    name="spine-alignment",
    answer=Several(
        parts=tuple(
            Number(angle, unit="tasks.unit.degrees", within=(5.0, 10.0), span=(least, most, 1.0))
            for angle, least, most in (
                ("lordosis", -40.0, 100.0),
                ("kyphosis", -40.0, 120.0),
                ("sacral_slope", -20.0, 90.0),
                ("pelvic_tilt", -40.0, 60.0),
                ("pelvic_incidence", 0.0, 120.0),
            )
        )
    ),
    size=384,
    simulated={"region": "spine", "views": ("lateral",)},
    companions={"AP": "cobb-angle"},
    system="landmarks",
    settings={
        "points": _POINTS,
        "mirror": _POINTS,  # back stays back, whichever way the patient looks
        "lines": [*map(_plate, ("L1 top", "L5 bottom", "T4 top", "T12 bottom", "sacral plate")), _TO_HIPS],
        "angles": {
            "LL": (_plate("L1 top"), _plate("L5 bottom")),
            "TK": (_plate("T4 top"), _plate("T12 bottom")),
            "SS": (_plate("sacral plate"), (_SACRUM, "level")),
            "PT": (_TO_HIPS, (_SACRUM, "down")),
            "PI": (_TO_HIPS, (_SACRUM, "square")),
        },
        "shape": (256, 128),
        "widths": (16, 32, 64, 96, 128),
        "measure": alignment,
    },
    recipe={"n": 3000, "epochs": 18},
    published="tasks.spine-alignment.published",
    measured="tasks.spine-alignment.measured",
)
