"""Groups of trabeculae: curves along the load that fade one after another as a bone loses mineral."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..meshes import Floats


@dataclass(frozen=True)
class Arcade:
    """One group of trabeculae in the plane of the film.

    Parameters
    ----------
    knots : tuple of (float, float)
        The curve in its middle, mm.
    half_mm : float
        Half its width.
    gone : float
        T-score at which nothing is left of it.
    """

    knots: tuple[tuple[float, float], ...]
    half_mm: float
    gone: float

    def left(self, t_score: float) -> float:
        """Return how much of it is left at a T-score: 1 all, 0 none; it fades over 1.6 standard deviations."""
        return float(np.clip((t_score - self.gone) / 1.6, 0, 1))


def followed(plane: Floats, arcades: tuple[Arcade, ...], t_score: float) -> tuple[Floats, Floats]:
    """Return how much bone the arcades lay at points, and which way it runs.

    Parameters
    ----------
    plane : (n, 2) array
        Points in the plane of the arcades, mm.

    Returns
    -------
    (n,) array, (n,) array
        Sum of what is left of every arcade there, and the angle of the strongest one in the plane, radians.

    Examples
    --------
    >>> post = Arcade(((0.0, 0.0), (0.0, 20.0)), 4.0, -3.0)
    >>> much, angle = followed(np.array([[0.0, 10.0], [12.0, 10.0]]), (post,), 0.0)
    >>> much.round(3), angle.round(3)
    (array([1., 0.]), array([1.571, 1.571]))
    """
    weights, doubled = np.empty((len(arcades), len(plane))), np.empty((len(arcades), len(plane)))
    points = np.ascontiguousarray(plane, np.float64)
    for n, arcade in enumerate(arcades):
        _nearest(points, np.array(arcade.knots, float), weights[n], doubled[n])
        weights[n] = max(arcade.left(t_score), 0.04) * np.exp(-((weights[n] / arcade.half_mm) ** 2))
    strong = weights**2 + 1e-9
    angle = 0.5 * np.arctan2((strong * np.sin(doubled)).sum(axis=0), (strong * np.cos(doubled)).sum(axis=0))
    return weights.sum(axis=0), angle


@njit(cache=True)
def _nearest(points, knots, away, doubled):  # type: ignore[no-untyped-def]  # compiled
    """Write the distance of every point from a curve, and twice the angle of the piece that is nearest."""
    angle = np.empty(len(knots) - 1)
    for k in range(len(angle)):
        angle[k] = 2 * np.arctan2(knots[k + 1, 1] - knots[k, 1], knots[k + 1, 0] - knots[k, 0])
    for i in range(len(points)):
        best = np.inf
        for k in range(len(knots) - 1):
            dr, dc = knots[k + 1, 0] - knots[k, 0], knots[k + 1, 1] - knots[k, 1]
            r, c = points[i, 0] - knots[k, 0], points[i, 1] - knots[k, 1]
            t = min(max((r * dr + c * dc) / (dr * dr + dc * dc), 0.0), 1.0)
            off = (r - t * dr) ** 2 + (c - t * dc) ** 2
            if off < best:
                best = off
                doubled[i] = angle[k]
        away[i] = np.sqrt(best)
