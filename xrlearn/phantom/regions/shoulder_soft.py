"""Soft tissue around the shoulder: chest, neck and arm as tubes of fat around muscle, with the lungs inside."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..meshes import Floats, Mesh
from ..shape import Soft
from ..tissue import smooth_tube
from .shoulder_bones import MIDLINE
from .spine_trunk import ropes


def soft(
    patient: dict[str, Any], turn: Floats, shift: Floats, scale: float, rng: np.random.Generator
) -> tuple[Soft, ...]:
    """Return skin and muscle of chest, neck and arm, the lungs and the windpipe.

    Parameters
    ----------
    patient : dict
        ``fat_mm`` and ``side`` are used.
    turn, shift : (3, 3) and (3,) arrays
        The pose of the arm, from the frame of the humerus to body axes.
    scale : float
        Size of the patient against the adult shape.
    """
    fat, bulk = patient["fat_mm"], rng.uniform(0.94, 1.08)
    dome = rng.uniform(-5, 42)  # how high the diaphragm stands, mm

    def body(rows: list[list[float]], kind: str, grow: float = 0.0, square: float = 2.2) -> Soft:
        profile = np.array(rows, float)
        return Soft(smooth_tube(profile * scale, step_mm=8.0, squareness=square, grow_mm=grow), kind)

    # y, then the middle (x, z) and the half-width in depth (x) and across (z) of the muscles
    trunk: list[list[float]] = [
        [-360, -15, MIDLINE, 88, 140],
        [-250, -12, MIDLINE, 94, 147],
        [-150, -14, MIDLINE, 94, 152],
        [-80, -20, MIDLINE, 86, 152],
        [-30, -25, MIDLINE, 76, 150],
        [10, -28, MIDLINE, 66, 150],
        [34, -30, MIDLINE, 54, 148],
        [46, -32, MIDLINE, 48, 130],
        [58, -34, MIDLINE, 48, 106],
        [75, -34, MIDLINE, 50, 78],
        [98, -30, MIDLINE, 52, 58],
        [140, -22, MIDLINE, 52, 52],
        [210, -15, MIDLINE, 56, 54],
    ]
    limb: list[list[float]] = [
        [-330, 4, 4, 36, 33],
        [-250, 3, 1, 40, 34],
        [-160, 3, 1, 41, 34],
        [-110, 2, 4, 42, 36],
        [-60, 2, 6, 43, 39],
        [-15, 0, 4, 42, 40],
        [12, -2, 0, 40, 37],
        [28, -4, -6, 36, 28],
        [38, -6, -12, 26, 16],
        [42, -6, -14, 6, 4],
    ]
    limb = [[y, x, z, hx * bulk, hz * bulk] for y, x, z, hx, hz in limb]
    lungs, left = [], -1.0 if patient["side"] == "R" else 1.0  # a left shoulder is built as a right one and mirrored
    for side in (-1.0, 1.0):
        heart = 15.0 if side == left else 0.0
        rows = [
            [-226 + dome, -15, MIDLINE + side * 90, 8, 10],
            [-212 + dome, -15, MIDLINE + side * (88 + 0.8 * heart), 38, 40 - 0.8 * heart],
            [-180 + 0.9 * dome, -14, MIDLINE + side * (83 + heart), 56, 53 - heart],
            [-130 + 0.5 * dome, -16, MIDLINE + side * (79 + 0.9 * heart), 62, 57 - 0.9 * heart],
            [-80, -20, MIDLINE + side * (74 + 0.35 * heart), 60, 57 - 0.35 * heart],
            [-40, -25, MIDLINE + side * 67, 52, 54],
            [0, -30, MIDLINE + side * 57, 40, 45],
            [22, -34, MIDLINE + side * 49, 28, 31],
            [36, -36, MIDLINE + side * 44, 6, 8],
        ]
        lungs.append(body([[y, x, z, 0.95 * hx, hz] for y, x, z, hx, hz in rows], "lung", square=2.5))
        lungs.append(Soft(_vessels(side, scale, rng), "organ"))
    arms = [body(limb, "skin", fat), body(limb, "muscle")]
    turned = [replace(s, surface=s.surface.moved(turn, shift)) for s in arms]
    windpipe = body([[-40, -10, MIDLINE, 7, 8], [210, 10, MIDLINE, 8, 9]], "gas")
    return (body(trunk, "skin", 1.2 * fat), body(trunk, "muscle"), *turned, *lungs, windpipe)


def _vessels(side: float, scale: float, rng: np.random.Generator) -> Mesh:
    """Pulmonary vessels of one lung: they fan out from the hilum, bend, branch off one another and thin out."""
    n, m = 18, 40
    t = np.linspace(0, 1, 9)

    def branches(start: Floats, angle: Floats, length: Floats, radius: Floats) -> tuple[Floats, Floats]:
        k = len(angle)
        bent = angle[:, None] + rng.normal(0, 0.5, (k, 1)) * t
        step = np.stack([rng.normal(0, 0.35, (k, 1)) + 0 * t, np.sin(bent), side * np.cos(bent)], -1)
        lines = start[:, None] + np.cumsum(step * (length / 8)[:, None, None], axis=1)
        thick = np.interp(t, [0, 0.12, 0.85, 1], [0, 1, 0.5, 0]) * radius[:, None]
        return lines, thick

    hilum = np.array([-20.0, -105.0, MIDLINE + side * 36]) + rng.normal(0, 1, (n, 3)) * [8, 10, 3]
    angle = rng.uniform(-1.4, 1.4, n)
    lines, thick = branches(hilum, angle, rng.uniform(45, 110, n), rng.uniform(2.0, 4.4, n))
    mother, where = rng.integers(0, n, m), rng.integers(2, 7, m)
    turned = angle[mother] + rng.choice([-1, 1], m) * rng.uniform(0.3, 0.8, m)
    more, thin = branches(lines[mother, where], turned, rng.uniform(22, 45, m), 0.6 * thick[mother, where])
    both, radii = np.concatenate([lines, more]), np.concatenate([thick, thin])
    return ropes(scale * both, scale * radii, scale * radii, np.broadcast_to([1.0, 0.0, 0.0], both.shape))
