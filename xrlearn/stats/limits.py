"""Limits of agreement between two ways of measuring."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ..locale import text
from .checks import StatsError, confidence, numbers, same_length


@dataclass(frozen=True)
class BlandAltman:
    """What :func:`bland_altman` returns, all in the units measured.

    Attributes
    ----------
    mean, sd : float
        Mean difference a - b (the bias) and standard deviation of the differences (n - 1).
    low, high : float
        Limits of agreement.
    mean_ci, low_ci, high_ci : tuple of float
        Their intervals, from Student's t on n - 1 degrees of freedom.
    mean_se, limit_se : float
        Standard errors of the mean difference and of a limit.
    n : int
        Number of pairs.
    """

    mean: float
    sd: float
    low: float
    high: float
    mean_ci: tuple[float, float]
    low_ci: tuple[float, float]
    high_ci: tuple[float, float]
    mean_se: float
    limit_se: float
    n: int


def bland_altman(
    a: ArrayLike, b: ArrayLike, level: float = 0.95, *, multiplier: float = 1.96, simple: bool = False
) -> BlandAltman:
    """Return mean difference and limits of agreement of paired measurements, with their intervals.

    Parameters
    ----------
    a, b : array-like, shape (pairs,)
        Measurements of the same cases by two methods or readers.
    level : float
        Confidence level of the intervals.
    multiplier : float
        Limits are mean +- `multiplier` standard deviations. Bland and Altman took 2 in 1986 and 1.96 since.
    simple : bool
        Take sqrt(3 / n) * sd as the standard error of a limit, as the paper of 1986 did; left out, that of 1999:
        sd * sqrt(1 / n + multiplier^2 / (2 (n - 1))).

    Raises
    ------
    StatsError
        If there are fewer than 2 pairs, lengths differ, or values are missing.

    References
    ----------
    Bland & Altman (1986), Lancet i:307-310; Bland & Altman (1999), Stat Methods Med Res 8:135-160.

    Examples
    --------
    >>> r = bland_altman([10, 12, 14, 16], [11, 12, 12, 17])
    >>> r.mean, round(r.low, 3), round(r.high, 3)
    (0.0, -2.772, 2.772)
    """
    x, y = numbers("a", a), numbers("b", b)
    same_length(a=x, b=y)
    n = len(x)
    if n < 2:
        raise StatsError("too_few", wanted=2, what=text("stats.what.pairs"), found=n)
    mean, sd = float(np.mean(x - y)), float(np.std(x - y, ddof=1))
    low, high = mean - multiplier * sd, mean + multiplier * sd
    mean_se = sd / float(np.sqrt(n))
    limit_se = sd * float(np.sqrt(3 / n if simple else 1 / n + multiplier**2 / (2 * (n - 1))))
    t = float(scipy.stats.t.ppf((1 + confidence(level)) / 2, n - 1))

    def ci(value: float, se: float) -> tuple[float, float]:
        return value - t * se, value + t * se

    return BlandAltman(
        mean, sd, low, high, ci(mean, mean_se), ci(low, limit_se), ci(high, limit_se), mean_se, limit_se, n
    )
