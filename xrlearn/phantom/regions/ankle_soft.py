"""Soft tissue around the ankle, and a cast over it: one bent tube, the Achilles tendon behind a triangle of fat."""

from typing import Any

import numpy as np

from ..meshes import Mesh, joined
from ..shape import Extra, Soft, rotation
from ..tissue import smooth_tube
from .ankle_bones import AXIS

#: Skin of leg and foot laid out straight: y (falling towards the toes), the middle (x, z) and the half-width in depth
#: (x) and across (z), mm. What lies between the two heights of _BENT is bent about _PIVOT (x, y): that makes the heel.
_SKIN: list[list[float]] = [
    [-232, -20, -12, 3, 8],
    [-215, -16, -6, 8, 28],
    [-185, -11, 4, 11, 40],
    [-155, -8, 5, 14, 43],
    [-120, -3, 4, 19, 42],
    [-80, 3, 3, 26, 38],
    [-50, 5, 2, 29, 34],
    [-40, -4, 1, 36, 32],
    [-33, -15, 0, 47, 28],
    [-28, -20, 0, 50, 28],
    [-20, -10, 0, 41, 31],
    [-4, -9, 1, 40, 35],
    [20, -12, 2, 36, 32],
    [50, -15, 4, 36, 32],
    [85, -18, 6, 41, 37],
    [130, -22, 8, 50, 45],
    [200, -26, 8, 56, 50],
]
_BENT, _PIVOT = (-20.0, -50.0), np.array([40.0, -20.0])


def _boot(scale: float, grow: float, plantarflexion_deg: float) -> Mesh:
    """The skin of leg and foot, grown by `grow` mm: a straight tube, its lower part bent forwards."""
    straight = smooth_tube(np.array(_SKIN) * scale, step_mm=2.5, squareness=2.15, grow_mm=grow)
    v = straight.vertices / scale
    angle = np.deg2rad(90 - plantarflexion_deg) * np.clip((_BENT[0] - v[:, 1]) / (_BENT[0] - _BENT[1]), 0, 1)
    x, y = (
        v[:, 0] - _PIVOT[0],
        np.where(v[:, 1] > _BENT[0], v[:, 1], np.minimum(v[:, 1] + _BENT[0] - _BENT[1], _BENT[0])),
    )
    y = y - _PIVOT[1]
    c, s = np.cos(angle), np.sin(angle)
    bent = np.stack([c * x - s * y + _PIVOT[0], s * x + c * y + _PIVOT[1], v[:, 2]], 1)
    return straight.with_vertices(bent * scale)


def soft(patient: dict[str, Any], scale: float, rng: np.random.Generator) -> tuple[Soft, ...]:
    """Return skin, muscles and tendons; `fat_mm`, `swelling_mm` and `plantarflexion_deg` of the patient are used."""
    fat, swollen, flexed = (
        patient["fat_mm"],
        patient["swelling_mm"],
        rotation((0, 0, 1), -patient["plantarflexion_deg"]),
    )
    bulk = rng.uniform(-2, 3) * scale

    def strand(rows: list[list[float]]) -> Soft:
        return Soft(smooth_tube(np.array(rows) * scale, step_mm=6.0, squareness=2.0), "muscle")

    deep: list[list[float]] = [
        [-22, -2, 0, 6, 6],
        [-12, -3, 0, 24, 24],
        [5, -5, 1, 25, 27],
        [30, -9, 3, 22, 25],
        [70, -13, 5, 28, 30],
        [120, -19, 7, 40, 38],
        [200, -24, 8, 50, 46],
    ]
    achilles: list[list[float]] = [
        [-46, -54, -1, 2, 7],
        [-38, -53, -1, 3, 8],
        [0, -44, 0, 3, 6],
        [60, -45, 3, 4, 8],
        [120, -52, 6, 10, 18],
        [200, -50, 8, 24, 32],
    ]
    ankle = [[-46, -8, 0, 4, 4], [-34, -8, 0, 34, 25], [-15, -6, 0, 34, 30], [4, -5, 0, 31, 31], [32, -9, 2, 12, 14]]
    sole = [
        [-30, -44, 0, 4, 4],
        [-8, -44, 1, 20, 24],
        [25, -43, 2, 26, 29],
        [60, -49, 3, 20, 33],
        [100, -58, 4, 13, 36],
        [135, -65, 5, 8, 37],
        [165, -69, 4, 6, 34],
        [205, -71, -4, 3, 18],
    ]
    flat = smooth_tube(np.array(sole) * [1, -1, 1, 1, 1] * scale, squareness=2.2, grow_mm=bulk)
    bodies = [
        Soft(_boot(scale, bulk + fat - 3.5 + 0.5 * swollen, patient["plantarflexion_deg"]), "skin"),
        Soft(flat.moved(flexed @ rotation((0, 0, 1), -90), scale * (AXIS - flexed @ AXIS)), "muscle"),
        strand(deep),
        strand(achilles),
    ]
    if swollen > 0:  # blood and fluid where there was fat
        bodies.append(Soft(smooth_tube(np.array(ankle) * scale, squareness=2.0, grow_mm=0.5 * swollen), "muscle"))
    return tuple(bodies)


def cast(patient: dict[str, Any], scale: float, rng: np.random.Generator) -> Extra:
    """Return a plaster cast of leg and foot, 4 to 7 mm thick, over wadding."""
    wadding, thick = patient["fat_mm"] + rng.uniform(2, 6), rng.uniform(4, 7)
    outer, inner = (_boot(scale, grow, patient["plantarflexion_deg"]) for grow in (wadding + thick, wadding))
    hollow = Mesh(inner.vertices, np.ascontiguousarray(inner.faces[:, ::-1]))
    return Extra(joined([outer, hollow]), "plaster")
