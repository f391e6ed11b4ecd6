"""What lies around the bones of the hip: skin, muscle, planes of fat, bowel gas, bladder, and calcified veins."""

from typing import Any

import numpy as np

from ..meshes import Floats, Mesh, ellipsoid, joined
from ..shape import Extra, Soft, rotation, wobble
from ..tissue import smooth_tube

_FOLD = 0.25  # share of patients with a fold of skin over the hip (an estimate)
#: y, then the middle (x, z) and half-width (x, z) of the lean body, mm
_TRUNK = [
    [-205, -86, 0, -40, -40],
    [-178, -85, 0, 8, 0],
    [-160, -84, 0, 40, 26],
    [-142, -80, 0, 60, 70],
    [-115, -75, 0, 72, 130],
    [-85, -75, 0, 70, 156],
    [-40, -74, 0, 70, 156],
    [10, -72, 0, 70, 144],
    [70, -68, 0, 70, 132],
    [140, -66, 0, 70, 128],
    [240, -66, 0, 88, 132],
]
_THIGH = [
    [-430, -52, 86, 54, 54],
    [-300, -55, 90, 60, 62],
    [-200, -64, 90, 67, 70],
    [-130, -72, 90, 70, 72],
    [-80, -76, 88, 56, 72],
    [-30, -76, 86, 36, 54],
    [10, -76, 84, 8, 8],
    [50, -76, 84, -60, -60],
]


def fat_mm(bmi: float, sex: str) -> float:
    """Fat under the skin of hip and thigh, mm: grows with the body-mass index (kg/m^2), more of it in women."""
    return max(5.0, 6.0 + 1.7 * (bmi - 21) + (6.0 if sex == "F" else 0.0))


def _blob(centre: Floats, radii: Floats, rng: np.random.Generator, divisions: int = 3) -> Mesh:
    """A rounded, uneven body."""
    ball = ellipsoid((1.0, 1.0, 1.0), divisions)
    v = ball.vertices * radii
    return ball.with_vertices(v + wobble(v, 0.16 * float(np.mean(radii)), 1.6 * float(np.mean(radii)), rng) + centre)


def _hollow(centre: Floats, radii: Floats, thick_mm: float, rng: np.random.Generator) -> Mesh:
    """The wall between two such bodies: the inner surface is turned inside out."""
    outer = _blob(centre, radii, rng)
    inner = outer.with_vertices(outer.vertices - thick_mm * outer.normals())
    return joined([outer, Mesh(inner.vertices, np.ascontiguousarray(inner.faces[:, ::-1]))])


def tissue(patient: dict[str, Any], scale: float, rng: np.random.Generator) -> tuple[Soft, ...]:
    """Skin, muscle, the planes of fat between, and the gas of the bowel."""
    fat, sex = fat_mm(patient["bmi"], patient["sex"]), patient["sex"]
    wide = rng.normal(1.0, 0.03)
    apart = rng.normal(0, 5)
    soft: list[Soft] = []
    for side in (0, 1, -1):
        rows = np.array(_TRUNK if side == 0 else _THIGH, float)
        rows[:, 2] = side * (rows[:, 2] + apart + 0.8 * max(0.0, fat - 9))
        rows[:, 3:] *= wide
        soft.append(Soft(smooth_tube(rows * scale, 8.0, grow_mm=fat), "skin"))
        soft.append(Soft(smooth_tube(rows * scale, 8.0), "muscle"))
    for side in (1, -1):
        buttock = np.array([-128 + rng.normal(0, 5), -84 + rng.normal(0, 6), side * (72 + rng.normal(0, 5))])
        soft.append(Soft(_blob(buttock * scale, np.array([52, 70, 62.0]) * scale + fat * 0.8, rng), "skin"))
        planes = [
            [y, -75, side * (z + apart), 11, 5 * w]
            for y, z, w in ((-112, 122, 0.5), (-70, 120, 0.9), (-20, 110, 0.9), (20, 104, 0.5))
        ]
        soft.append(Soft(smooth_tube(np.array(planes) * scale, 6.0, squareness=2), "fat"))
        iliopsoas = [
            [y, -30, side * z, 9, 3 * w] for y, z, w in ((-105, 66, 0.5), (-70, 58, 1.6), (-10, 52, 1.6), (110, 44, 1))
        ]
        soft.append(Soft(smooth_tube(np.array(iliopsoas) * scale, 6.0, squareness=2), "fat"))
        adductors = [[y, -45, side * z, 10, 2.5 * w] for y, z, w in ((-300, 76, 1), (-200, 66, 1.8), (-130, 56, 0.6))]
        soft.append(Soft(smooth_tube(np.array(adductors) * scale, 6.0, squareness=2), "fat"))
    full = rng.uniform(0.6, 1.25)
    bladder = np.array([-35, -62 + 18 * full, rng.normal(0, 4)])
    soft.append(Soft(_hollow(bladder * scale, np.array([34, 30, 44.0]) * scale * full, 3.5, rng), "fat"))
    if sex == "M":
        low = np.array([-10 + rng.normal(0, 5), -163 + rng.normal(0, 8), rng.normal(0, 9)])
        for kind, grow in (("skin", 6.0), ("muscle", 0.0)):
            bag = _blob(low * scale, np.array([22, 34, 27.0]) * scale + grow, rng)
            soft.append(Soft(bag, kind))
    if patient["bmi"] > 28:
        apron = np.array([18.0, rng.normal(10, 15), 0])
        soft.append(Soft(_blob(apron * scale, np.array([40, 75, 150.0]) * scale, rng), "skin"))
    if rng.random() < _FOLD:
        soft.append(Soft(_fold(scale, fat, rng), "skin"))
    return (*soft, Soft(_gas(scale, rng), "gas"))


def _fold(scale: float, fat: float, rng: np.random.Generator) -> Mesh:
    """A fold of skin across groin and trochanters: a pad whose edge lies over the bone like a line."""
    low = rng.uniform(-75, -25)
    edge = np.array([[0.0, 0, 0, 2, 1], [25, 0, 0, 6, 22], [75, 0, 0, 7, 30], [120, 0, 0, 3, 14], [135, 0, 0, 1, 1]])
    edge[:, 3] += 0.15 * fat
    pad = smooth_tube(edge * scale, 5.0, squareness=4.0)
    lean = rotation((1, 0, 0), rng.uniform(35, 80))
    return pad.moved(lean, np.array([0.0, low - 20, 40.0]) * scale)


def _gas(scale: float, rng: np.random.Generator) -> Mesh:
    """Gas along the colon: caecum, sigmoid and rectum; here a bubble, there a mottle of small ones in the faeces."""
    bubbles = [_blob(np.array([-75.0, 400, 0]), np.full(3, 4.0), rng, 1)]  # never empty; outside of every film
    for y, z, spread, often in (
        (75, 88, 16, 0.7),
        (70, -88, 16, 0.7),
        (-5, 8, 22, 0.75),
        (40, -30, 22, 0.5),
        (110, 0, 45, 0.8),
    ):
        if rng.random() > often:
            continue
        many = rng.random() < 0.5
        for _ in range(rng.integers(10, 26) if many else rng.integers(1, 4)):
            at = np.array([-60 + rng.normal(0, 12), y + rng.normal(0, spread), z + rng.normal(0, spread)])
            size = rng.uniform(2.0, 6.0) if many else rng.uniform(7, 17)
            radii = size * rng.uniform(0.7, 1.4, 3) * [0.9, 1, 1]
            bubbles.append(_blob(at * scale, radii, rng, 1) if many else _loop(at * scale, float(radii.mean()), rng))
    return joined(bubbles)


def _loop(centre: Floats, radius: float, rng: np.random.Generator) -> Mesh:
    """Gas in a stretch of colon: longer than wide, drawn in between its haustra."""
    ball = ellipsoid((1.0, 1.0, 1.0), 4)
    v = ball.vertices.copy()
    along = v[:, 1] * rng.uniform(1.1, 2.2)
    drawn = 1 - rng.uniform(0.1, 0.28) * np.cos(2 * np.pi * along * rng.uniform(0.35, 0.55) + rng.uniform(0, 6)) ** 2
    bent = rng.normal(0, 0.25) * along**2
    v = radius * np.stack([v[:, 0] * drawn, along, v[:, 2] * drawn + bent], 1)
    v = v + wobble(v, 0.1 * radius, 1.4 * radius, rng)
    return ball.with_vertices(v).moved(rotation((1, 0, 0), rng.uniform(0, 180)), centre)


def calcified_veins(scale: float, rng: np.random.Generator) -> tuple[Extra, ...]:
    """Phleboliths: round stones of 2-5 mm beside the rectum, in every third patient or so."""
    if rng.random() > 0.35:
        return ()
    stones = []
    for _ in range(rng.integers(1, 5)):
        at = np.array([-70, rng.uniform(-88, -50), rng.choice([-1, 1]) * rng.uniform(28, 52)])
        r = rng.uniform(1.0, 2.4)
        stones.append(ellipsoid((0.4 * r, r, r), 2).moved(np.eye(3), at * scale))
    return (Extra(joined(stones), "bone"),)
