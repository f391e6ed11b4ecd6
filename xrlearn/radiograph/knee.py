"""Osteoarthritis of the knee in millimetres and shares: what is measured on the outlines of femur and tibia.

Outlines are arrays of (row, column) on a frontal film, in the order of :data:`OUTLINES`. Points are named by the side
of the film that they lie on; the head of the fibula tells which of them is lateral.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SIDES = ("left", "right")
#: on both bones at these shares of the plateau's width from the middle of the joint, from the margin inwards
FROM_MIDDLE = (0.43, 0.38, 0.33, 0.28, 0.23, 0.18, 0.12, 0.085, 0.05)
#: on the outer side of the tibia below the plateau's contact, and of the femur above the condyle's: mm in a knee whose
#: plateau is :data:`PLATEAU_MM` wide on the film
BELOW_MM = {"medial": (1.0, 3.5, 6.5, 10.0, 15.0, 21.0), "lateral": (3.0, 5.5, 8.5, 12.0, 17.0, 23.0)}
ABOVE_MM = (2.0, 5.0, 8.0, 12.0, 17.0, 23.0)
PLATEAU_MM = 79.6
FIBULA = "fibular head"

#: of each side: femur and tibia in turn from the margin inwards, side of the tibia, side of the femur
_OF_SIDE = (
    *(f"{bone} at {share:g}" for share in FROM_MIDDLE for bone in ("femur", "tibia")),
    *(f"{bone} side {k}" for bone in ("tibia", "femur") for k in range(1, len(ABOVE_MM) + 1)),
)
#: names of the points, as landmarks are called; the head of the fibula comes last
OUTLINES = (*(f"{side} {name}" for side in SIDES for name in _OF_SIDE), FIBULA)
#: what each of them is on the film's mirror image
MIRRORED = (*OUTLINES[len(_OF_SIDE) : -1], *OUTLINES[: len(_OF_SIDE)], FIBULA)
#: what :func:`signs` measures
SIGNS = ("narrowing", "medial tibia", "medial femur", "lateral femur")

_MEDIAL = 0.6  # the medial joint space of healthy knees as a share of the lateral one, on films at full extension


def signs(outlines: ArrayLike) -> Floats:
    """Measure a knee as Kellgren and Lawrence describe their grades: the narrower space, and how far margins stand out.

    Parameters
    ----------
    outlines : (films, points, 2) array of (row, column)
        In the order of :data:`OUTLINES`.

    Returns
    -------
    ndarray, (films, 4)
        In the order of :data:`SIGNS`, as shares of the tibia's width; more is more disease. ``narrowing`` compares the
        narrower of the two spaces with the other (a beam that is not level narrows both: half of what they share is
        taken out); the others are how far a margin stands out beyond the side of its own bone.

    Examples
    --------
    >>> signs(np.random.default_rng(0).uniform(0, 100, (3, len(OUTLINES), 2))).shape
    (3, 4)
    """
    tibia, femur, space, width = _measured(np.asarray(outlines, dtype=np.float64))
    space = space / [_MEDIAL, 1.0]
    found = (
        0.5 * space.mean(1) - space.min(1),
        # Beyond the straight line through the side of the bone 10 and 15 mm below.
        tibia[:, 0, 1] - 1.6 * tibia[:, 0, 3] + 0.6 * tibia[:, 0, 4],
        # Against the side of the condyle 23 mm above.
        femur[:, 0, 0] - femur[:, 0, 5],
        femur[:, 1, 0] - femur[:, 1, 5],
    )
    return np.stack(found, axis=1) / width[:, None]


def millimetres(outlines: ArrayLike, spacing_mm: tuple[float, float]) -> dict[str, float]:
    """Return joint spaces and osteophytes of one knee in millimetres.

    Parameters
    ----------
    outlines : (points, 2) array of (row, column)
        In the order of :data:`OUTLINES`.
    spacing_mm : (float, float)
        From row to row and from column to column.

    Returns
    -------
    dict of str to float
        ``medial_space``, ``lateral_space``; and how far ``medial_tibia``, ``medial_femur`` and ``lateral_femur`` stand
        out beyond the side of their bone.

    Examples
    --------
    >>> sorted(millimetres(np.random.default_rng(0).uniform(0, 100, (len(OUTLINES), 2)), (0.2, 0.2)))
    ['lateral_femur', 'lateral_space', 'medial_femur', 'medial_space', 'medial_tibia']
    """
    points = np.asarray(outlines, dtype=np.float64) * spacing_mm
    _, _, space, width = _measured(points[None])
    out = signs(points[None])[0, 1:] * width[0]
    medial, lateral = space[0]
    return {
        "medial_space": float(medial), "lateral_space": float(lateral),
        "medial_tibia": float(out[0]), "medial_femur": float(out[1]), "lateral_femur": float(out[2]),
    }  # fmt: skip


def _measured(points: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """How far the sides of tibia and femur lie outwards, (films, 2, points), medial first; both spaces; the width."""
    at = points[:, :-1].reshape(len(points), 2, len(_OF_SIDE), 2)
    middle = at[:, :, 2 : 2 * len(FROM_MIDDLE)].mean((1, 2))
    swapped = points[:, -1, 1] < middle[:, 1]  # the fibula lies on the left of the film: left is lateral
    at = np.where(swapped[:, None, None, None], at[:, ::-1], at)  # medial first
    pairs = at[:, :, : 2 * len(FROM_MIDDLE)].reshape(len(points), 2, -1, 2, 2)
    # Axes of the knee: along the joint line towards the lateral side, and down.
    along = np.diff(pairs[:, :, 1:5].mean((2, 3)), axis=1)[:, 0]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    down = np.stack([along[:, 1], -along[:, 0]], axis=1) * np.where(swapped, -1.0, 1.0)[:, None]
    sides = np.einsum("nspx,nx->nsp", at[:, :, 2 * len(FROM_MIDDLE) :], along)
    tibia, femur = np.split(sides * np.array([[-1.0], [1.0]]), 2, axis=2)  # outwards
    width = np.maximum(tibia[:, :, 2:5].mean(2).sum(1), 1e-9)
    height = np.einsum("nspbx,nx->nspb", pairs, down)
    space = np.median(height[:, :, :5, 1] - height[:, :, :5, 0], axis=2)
    return tibia, femur, space, width
