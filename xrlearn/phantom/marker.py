"""Side markers: the letters L and R as strokes, in lead or drawn by software."""

from itertools import pairwise

import numpy as np

from .meshes import Floats

#: strokes of each letter: lines of (x, y) in a box 0 to 0.62 wide and 0 (bottom) to 1 (top) high
_LETTERS = {
    "L": [[(0, 1), (0, 0), (0.6, 0)]],
    "R": [
        [(0, 0), (0, 1)],
        [(0, 1), *[(0.3 + 0.3 * np.sin(a), 0.75 + 0.25 * np.cos(a)) for a in np.linspace(0, np.pi, 9)], (0, 0.5)],
        [(0.3, 0.5), (0.62, 0)],
    ],
}


def letter(
    name: str, shape: tuple[int, int], centre: tuple[float, float], height_px: float, degrees: float = 0.0
) -> Floats:
    """Return how much of each pixel (0 to 1) the letter covers, rows x columns.

    Parameters
    ----------
    name : {"L", "R"}
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
