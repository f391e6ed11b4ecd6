"""Soft tissue of the forearm: skin, muscles, and the fat pads of the elbow, which tell of fluid in the joint.

Fat lies in the fossae of the humerus: before it a thin stripe on a lateral film, behind it nothing, until fluid lifts
the anterior pad like a sail and the posterior one out of the olecranon's fossa (Norell, Acta Radiol 1954). Shapes and
thicknesses are estimates.
"""

from typing import Any

import numpy as np

from ..meshes import Floats
from ..shape import Soft
from ..tissue import smooth_tube


def fat_pads(pivot: Floats, scale: float, swollen: float) -> tuple[Soft, Soft]:
    """Return the anterior and the posterior fat pad of an elbow, `pivot` being the middle of its trochlea.

    Parameters
    ----------
    pivot : (3,) array
        A point of the elbow's axis, body axes, mm.
    scale : float
        Size of the arm against an adult's.
    swollen : float
        How far fluid fills the joint: 0 not at all, 1 as much as it holds.
    """
    # y above the axis, middle in x and z, half-width in x and z
    before = np.array(
        [
            [9, 2, -6.0 - 5.0 * swollen, 4, 0.3],
            [13, 2, -5.0 - 5.5 * swollen, 11, 1.4 + 1.0 * swollen],
            [20, 2, -3.5 - 4.0 * swollen, 13, 1.8 + 1.8 * swollen],
            [29, 2, -2.0 - 1.5 * swollen, 11, 1.5 + 1.2 * swollen],
            [40, 2, -1.5, 4, 0.3],
        ]
    )
    behind = np.array(
        [
            [13, -4, 13.0 + 2.0 * swollen, 4, 0.3],
            [20, -4, 13.0 + 4.5 * swollen, 10, 0.8 + 1.6 * swollen],
            [29, -4, 13.0 + 4.0 * swollen, 10, 0.8 + 1.4 * swollen],
            [40, -4, 14.5, 4, 0.3],
        ]
    )
    pads = (smooth_tube(rows * scale, 3.0 * scale, 2.0) for rows in (before, behind))
    first, second = (Soft(pad.with_vertices(pad.vertices + pivot), "fat") for pad in pads)
    return first, second


def soft_tissue(patient: dict[str, Any], scale: float) -> tuple[Soft, ...]:
    """Return the skin, and the muscles under it as one body."""
    rows = skin_rows(patient["girth"]) * scale
    skin, lean = (smooth_tube(rows, 7.0, 2.15, grow) for grow in (0.0, -patient["fat_mm"] * scale))
    return (Soft(skin, "skin"), Soft(lean, "muscle"))


def skin_rows(girth: float) -> Floats:
    """Return the sections of the skin (y, middle in x and z, half-width in x and z, mm) of an adult of this girth."""
    rows = np.array(_ROWS, float)
    rows[:, 3:] *= girth
    return rows


#: the skin of an adult: y, then the middle and the half-width across (x) and in depth (z), mm
_ROWS = [
    [-118, -8, -6, 36, 11],
    [-75, -6, -5, 40, 13],
    [-45, -4, -5, 36, 16],
    [-25, -4, -4, 31, 18],
    [-5, -6, -3, 28, 18],
    [15, -8, -3, 27, 18],
    [45, -10, -3, 28, 20],
    [90, -12, -3, 31, 25],
    [140, -14, -4, 35, 31],
    [185, -17, -5, 39, 34],
    [220, -21, -6, 41, 34],
    [250, -25, -6, 41, 31],
    [285, -24, -7, 37, 32],
    [330, -17, -9, 36, 36],
    [390, -6, -11, 39, 41],
    [460, 8, -13, 42, 45],
]
