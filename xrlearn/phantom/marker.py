"""Side markers: L and R in lead, with or without their plate and the radiographer's initials, or drawn by software."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .meshes import Floats

_PLATES = 0.45  # share of lead letters that sit in a plate with initials
#: strokes of each letter: lines of (x, y) in a box 0 to 0.62 wide and 0 (bottom) to 1 (top) high
_LETTERS: dict[str, list[list[tuple[float, float]]]] = {
    "L": [[(0, 1), (0, 0), (0.6, 0)]],
    "R": [
        [(0, 0), (0, 1)],
        [(0, 1), *[(0.3 + 0.3 * np.sin(a), 0.75 + 0.25 * np.cos(a)) for a in np.linspace(0, np.pi, 9)], (0, 0.5)],
        [(0.3, 0.5), (0.62, 0)],
    ],
    # for initials, letters of straight lines suffice
    "A": [[(0, 0), (0.3, 1), (0.6, 0)], [(0.12, 0.4), (0.48, 0.4)]],
    "E": [[(0.6, 1), (0, 1), (0, 0), (0.6, 0)], [(0, 0.5), (0.45, 0.5)]],
    "H": [[(0, 1), (0, 0)], [(0.6, 1), (0.6, 0)], [(0, 0.5), (0.6, 0.5)]],
    "K": [[(0, 1), (0, 0)], [(0.6, 1), (0, 0.4)], [(0.2, 0.6), (0.6, 0)]],
    "M": [[(0, 0), (0, 1), (0.3, 0.4), (0.6, 1), (0.6, 0)]],
    "N": [[(0, 0), (0, 1), (0.6, 0), (0.6, 1)]],
    "T": [[(0, 1), (0.6, 1)], [(0.3, 1), (0.3, 0)]],
    "V": [[(0, 1), (0.3, 0), (0.6, 1)]],
    "W": [[(0, 1), (0.15, 0), (0.3, 0.6), (0.45, 0), (0.6, 1)]],
    "Z": [[(0, 1), (0.6, 1), (0, 0), (0.6, 0)]],
}


def letter(
    name: str, shape: tuple[int, int], centre: tuple[float, float], height_px: float, degrees: float = 0.0
) -> Floats:
    """Return how much of each pixel (0 to 1) the letter covers, rows x columns.

    Parameters
    ----------
    name : str
        ``"L"``, ``"R"`` or one of A, E, H, K, M, N, T, V, W, Z.
    centre : (float, float)
        Row and column of its middle.
    height_px : float
        Height; strokes are a sixth of it wide.
    degrees : float
        Turned clockwise by this much.

    Examples
    --------
    >>> letter("L", (40, 40), (20.0, 20.0), 12.0).max() > 0.9
    np.True_
    """
    a = np.deg2rad(degrees)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    r, c = rows - centre[0], columns - centre[1]
    x = (np.cos(a) * c + np.sin(a) * r) / height_px + 0.3
    y = (np.sin(a) * c - np.cos(a) * r) / height_px + 0.5
    near = np.full(shape, np.inf)
    for stroke in _LETTERS[name]:
        for (x0, y0), (x1, y1) in pairwise(stroke):
            dx, dy = x1 - x0, y1 - y0
            t = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            near = np.minimum(near, np.hypot(x - x0 - t * dx, y - y0 - t * dy))
    return np.asarray(np.clip((0.085 - near) * height_px + 0.5, 0, 1))


def marked(
    grey: Floats,
    busy: Floats,
    side: str,
    kind: str,
    spacing_mm: float,
    wanted: tuple[float, float] | None,
    columns: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Lay the side marker over the film, where there is most room; only its own pixels change.

    Parameters
    ----------
    grey : rows x columns
    busy : rows x columns
        How little each pixel should be covered: 0 beside the body, more on it, most on bone.
    side : {"L", "R"}
    kind : {"lead", "digital", "none"}
    spacing_mm : float
    wanted : (float, float) or None
        Row and column as shares of the film.
    columns : (float, float)
        Where across the film it may lie, for a right limb.

    Returns
    -------
    (film, mask of the marker)
    """
    low, high = columns if side == "R" else (1 - columns[1], 1 - columns[0])
    spots = rng.uniform((0.15, low), (0.85, high), (24, 2))
    height, tilt = rng.uniform(9, 13), rng.normal(0, 8)
    initials, plate = rng.choice([*"AEHKMNTVWZ"], 2), rng.random() < _PLATES and kind == "lead"
    if kind == "none":
        return grey, np.zeros(grey.shape, bool)
    reach = (1.25 if plate else 0.9) * height / spacing_mm

    def around(spot: Floats) -> tuple[slice, slice]:
        first, last = np.maximum((spot - reach).astype(int), 0), (spot + reach).astype(int) + 1
        return slice(first[0], last[0]), slice(first[1], last[1])

    if wanted is None:
        spot = min(spots * grey.shape, key=lambda s: float(busy[around(s)].mean()))
    else:
        spot = np.array(wanted) * grey.shape
    lead, at = kind == "lead", around(spot)
    out, mask = grey.copy(), np.zeros(grey.shape, bool)
    local, tall = out[at], height / spacing_mm
    middle = spot - [at[0].start, at[1].start]
    holder: Floats = np.zeros(local.shape)
    if plate:
        share, holder = _plate(side, initials, local.shape, middle, tall, tilt)
    else:
        share = letter(side, local.shape, (middle[0], middle[1]), tall, tilt if lead else 0.0)
    if lead:
        share, holder = (gaussian_filter(x, 0.25 / spacing_mm, truncate=2) for x in (share, holder))
    white = np.clip(0.965 + 0.006 * rng.standard_normal(local.shape), 0, 1) if lead else 1.0
    local = np.minimum(local + 0.07 * holder, 1)
    out[at] = local * (1 - share) + white * share
    mask[at] = (share > 0) | (holder > 0)
    return out, mask


def _spot(at: Floats) -> tuple[float, float]:
    return float(at[0]), float(at[1])


def _plate(
    side: str, initials: NDArray[np.str_], shape: tuple[int, ...], middle: Floats, tall: float, degrees: float
) -> tuple[Floats, Floats]:
    """How much of each pixel lead letters cover, and the plastic plate that holds them."""
    a = np.deg2rad(degrees)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])  # of (row, column) offsets
    share = letter(side, (shape[0], shape[1]), _spot(middle + turn @ [-0.25 * tall, 0]), 0.9 * tall, degrees)
    for k, name in enumerate(initials):
        place = middle + turn @ [0.62 * tall, (k - 0.5) * 0.42 * tall]
        share = np.maximum(share, letter(str(name), (shape[0], shape[1]), _spot(place), 0.38 * tall, degrees))
    offset = np.moveaxis(np.mgrid[: shape[0], : shape[1]], 0, -1) - middle
    r, c = np.moveaxis(offset @ turn, -1, 0)
    inside = (np.abs(r) < 1.0 * tall) & (np.abs(c) < 0.62 * tall)
    return share, inside.astype(float)
