"""Skin, muscles and fat planes of the wrist, and the plaster around it. Shapes and thicknesses are estimates."""

import numpy as np

from ..meshes import Mesh, shell
from ..shape import Extra, Soft, wobble
from ..tissue import smooth_tube

#: the skin: y, then the middle and the half-width across (x) and in depth (z; dorsally 4-6 mm over the bone), mm
_ARM: list[list[float]] = [
    [-112, -6, -5, 40, 12],
    [-75, -6, -5, 40, 13],
    [-45, -4, -5, 36, 16],
    [-25, -4, -4, 32, 18],
    [-5, -5, -3, 29, 18],
    [15, -7, -3, 29, 18],
    [45, -8, -4, 32, 22],
    [95, -8, -5, 38, 28],
]


def cast(scale: float, rng: np.random.Generator) -> Extra:
    """A plaster round wrist and palm: it is worn with a fracture, or until someone has looked for one."""
    rows = np.array([r for r in _ARM if r[0] > -60], float)
    rows[:, 3:] += [2.0, 3.0]
    layers = [smooth_tube(rows * scale, grow_mm=mm) for mm in (rng.uniform(4, 8), 1.0)]
    return Extra(shell(*(wrapped(layer, scale, rng) for layer in layers)), "plaster")


def wrapped(layer: Mesh, scale: float, rng: np.random.Generator) -> Mesh:
    """Return a surface of plaster as hands leave it, with turns of bandage and dents; its ends stay where they are."""
    v = layer.vertices
    turns = wobble(v, 0.45 * scale, 14.0 * scale, rng) + wobble(v, 0.6 * scale, 40.0 * scale, rng)
    return layer.with_vertices(v + turns * [1, 0, 1])


def soft_tissue(scale: float, rng: np.random.Generator) -> tuple[Soft, ...]:
    """Skin, muscles and the fat planes between them, of wrist, palm and thumb."""
    fat, w = rng.uniform(1.5, 4.5), rng.uniform(0.96, 1.1)

    def body(rows: list[list[float]], kind: str, grow: float = 0.0, square: float = 2.0) -> Soft:
        profile = np.array(rows, float)
        profile[:, 3:] *= w
        return Soft(smooth_tube(profile * scale, squareness=square, grow_mm=grow * scale), kind)

    thumb: list[list[float]] = [
        [-100, 44, -24, 2, 2],
        [-92, 43, -24, 11, 10],
        [-75, 38, -20, 13, 12],
        [-50, 28, -15, 15, 14],
        [-25, 15, -9, 13, 11],
        [-5, 8, -5, 2, 2],
    ]
    thenar: list[list[float]] = [
        [-72, 20, -15, 1, 1],
        [-55, 22, -15, 13, 8],
        [-35, 16, -13, 12, 7],
        [-18, 10, -10, 1, 1],
    ]
    hypothenar: list[list[float]] = [
        [-70, -26, -13, 1, 1],
        [-50, -27, -13, 9, 7],
        [-30, -22, -12, 8, 6],
        [-15, -18, -9, 1, 1],
    ]
    quadratus: list[list[float]] = [
        [6, -8, -12.5, 6, 0.2],
        [18, -8, -12.7, 14, 0.7],
        [40, -8, -13, 13, 0.6],
        [62, -8, -13.5, 4, 0.15],
    ]
    return (
        body(_ARM, "skin", square=2.3),
        body(thumb, "skin"),
        body(_ARM, "muscle", -fat, 2.3),
        body(thumb, "muscle", -fat),
        body(thenar, "muscle"),
        body(hypothenar, "muscle"),
        body(quadratus, "fat"),  # the stripe over pronator quadratus
    )
