"""Measuring on a film, without widgets: what was measured, in which millimetres, and a ball that calibrates them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: what can be measured -> the tool that draws it
WHAT = {
    "length": "measure", "joint_space": "measure", "angle": "angle", "two_lines": "lines", "cobb": "lines",
    "insall_salvati": "lines",
}  # fmt: skip
#: rays from the middle of a ball along which its rim is looked for, and how far from the drawn rim
RAYS, SEARCH = 180, 0.3


@dataclass(frozen=True)
class Measurement:
    """One measurement.

    Attributes
    ----------
    film : str
        The film's digest.
    what : str
        A key of :data:`WHAT`.
    value : float
    unit : str
        ``"px"``, ``"mm at the detector"``, ``"mm calibrated"``, ``"degrees"``, or ``""`` for a ratio.
    points : sequence of (row, column)
    """

    film: str
    what: str
    value: float
    unit: str
    points: Sequence[tuple[float, float]]


def length(points: ArrayLike, spacing_mm: tuple[float, float] | None) -> float:
    """Return the length from the first point to the second, in millimetres where the spacing is known, else in pixels.

    >>> length([(0, 0), (30, 40)], (0.5, 0.5)), length([(0, 0), (30, 40)], None)
    (25.0, 50.0)
    """
    (r0, c0), (r1, c1) = np.asarray(points, dtype=np.float64) * (spacing_mm or (1.0, 1.0))
    return float(np.hypot(r1 - r0, c1 - c0))


def unit_of(spacing_mm: tuple[float, float] | None, scale: str) -> str:
    """Return what a length is in: pixels, millimetres at the detector, or calibrated ones.

    >>> unit_of(None, ""), unit_of((0.1, 0.1), "detector"), unit_of((0.1, 0.1), "calibrated")
    ('px', 'mm at the detector', 'mm calibrated')
    """
    return "px" if spacing_mm is None else "mm calibrated" if scale == "calibrated" else "mm at the detector"


def ball_diameter(pixels: NDArray[np.floating], line: ArrayLike) -> float:
    """Return the diameter of a ball on a film, in pixels: a circle through the rim, near a line drawn across it.

    The line need not end on the rim: along rays from its middle the steepest step of grey is looked for, and the circle
    that fits these steps best is taken, those left out that lie far from it, such as where bone crosses the rim.

    Parameters
    ----------
    pixels : ndarray, (rows, columns)
    line : two (row, column)

    Examples
    --------
    >>> rows, columns = np.mgrid[:200, :200] + 0.5
    >>> ball = (np.hypot(rows - 90, columns - 110) < 40).astype(np.float32)
    >>> round(ball_diameter(ball, [(92, 72), (88, 146)]), 0)
    80.0
    """
    from scipy import ndimage

    ends = np.asarray(line, dtype=np.float64)
    centre, radius = ends.mean(0), float(np.hypot(*(ends[1] - ends[0]))) / 2
    if radius < 4:
        raise ValueError("a ball is more than a few pixels wide")
    angle = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    for reach in (SEARCH, SEARCH / 2):
        away = radius * np.linspace(1 - reach, 1 + reach, max(16, int(4 * reach * radius)))
        rows = centre[0] + np.outer(np.sin(angle), away)
        columns = centre[1] + np.outer(np.cos(angle), away)
        grey = ndimage.map_coordinates(pixels, [rows - 0.5, columns - 0.5], order=1, mode="nearest")
        step = np.abs(np.gradient(ndimage.gaussian_filter1d(grey, 1.5, axis=1), axis=1))
        best = away[step.argmax(1)]
        rim = np.stack([centre[0] + best * np.sin(angle), centre[1] + best * np.cos(angle)], 1)
        kept = np.ones(len(rim), dtype=bool)
        for _ in range(4):
            centre, radius = _circle(rim[kept])
            miss = np.abs(np.hypot(*(rim - centre).T) - radius)
            kept = miss <= max(0.5, 2.5 * float(np.median(miss)))
    return 2 * radius


def _circle(at: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return middle and radius of the circle through points, by least squares (Kasa 1976)."""
    known = np.column_stack([2 * at, np.ones(len(at))])
    a, b, c = np.linalg.lstsq(known, (at**2).sum(1), rcond=None)[0]
    return np.array([a, b]), float(np.sqrt(max(c + a * a + b * b, 0.0)))


def as_csv(measurements: Sequence[Measurement]) -> str:
    """Return measurements as CSV, one a row, with the digest of their film and the points in its pixels.

    Examples
    --------
    >>> print(as_csv([Measurement("ab", "cobb", 31.25, "degrees", [(1, 2.5)])]))
    film,what,value,unit,points
    ab,cobb,31.25,degrees,1.0 2.5
    <BLANKLINE>
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["film", "what", "value", "unit", "points"])
    for m in measurements:
        points = "; ".join(f"{r:.1f} {c:.1f}" for r, c in m.points)
        table.writerow([m.film, m.what, f"{m.value:.2f}", m.unit, points])
    return out.getvalue()
