"""Intervals that do not leave what is possible, and from how many films and readers a figure says anything.

The textbook interval, figure +- t * standard error, is kept wherever it lies within the range of its figure, so that
published results come out as published. Where it would not, the same standard error is carried to a scale without ends
(logit of a share, arctanh of a difference of two shares) and the interval is made there and brought back.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, stdtrit

#: readers from which a figure speaks for other readers: with 2 there is one degree of freedom, and t is 12.7 where 3
#: readers have 4.3 and 4 have 3.2
MIN_READERS = 3
#: films of each kind from which a share is told: Wilson's interval of 5 out of 10 runs from 24 to 76 %, that of 2 out
#: of 4 from 15 to 85 %, which is next to nothing
MIN_FILMS = 10


class Bounds(NamedTuple):
    """An interval and how it was made: ``t`` (the textbook's), ``logit``, ``arctanh`` or ``exact``."""

    low: float
    high: float
    method: str


def _t_bounds(value: float, se: float, df: float, level: float) -> tuple[float, float]:
    half = float(stdtrit(df, (1 + level) / 2)) * se
    return value - half, value + half


def share_bounds(value: float, se: float, df: float = np.inf, level: float = 0.95) -> Bounds:
    """Return the interval of a share or an area under the curve, within 0 to 1.

    Parameters
    ----------
    value, se : float
        The figure and its standard error.
    df : float
        Degrees of freedom of the standard error; infinite for the normal distribution.
    level : float
        Confidence level.

    References
    ----------
    Pepe (2003), The statistical evaluation of medical tests, p. 107 (the logit scale, by the delta method).

    Examples
    --------
    >>> [round(x, 3) for x in share_bounds(0.9, 0.04)[:2]]
    [0.822, 0.978]
    >>> found = share_bounds(0.9, 0.08)
    >>> found.method, round(found.low, 3), round(found.high, 3)
    ('logit', 0.612, 0.981)
    """
    low, high = _t_bounds(value, se, df, level)
    if (low >= 0 and high <= 1) or not 0 < value < 1:
        return Bounds(max(low, 0.0), min(high, 1.0), "t")
    low, high = _t_bounds(float(logit(value)), se / (value * (1 - value)), df, level)
    return Bounds(float(expit(low)), float(expit(high)), "logit")


def difference_bounds(value: float, se: float, df: float = np.inf, level: float = 0.95) -> Bounds:
    """Return the interval of a difference of two shares or two areas, within -1 to 1.

    Parameters
    ----------
    value, se, df, level
        As in :func:`share_bounds`.

    Notes
    -----
    The textbook interval decides for itself, so that it and the p value of the same test agree; only where it runs over
    an end is it made on the arctanh scale (Fisher's z, for a figure that lies between -1 and 1; delta method).

    Examples
    --------
    >>> [round(x, 3) for x in difference_bounds(0.1, 0.03)[:2]]
    [0.041, 0.159]
    >>> found = difference_bounds(-0.125, 0.125, df=1)
    >>> found.method, round(found.low, 2), round(found.high, 2)
    ('arctanh', -0.94, 0.9)
    """
    low, high = _t_bounds(value, se, df, level)
    if (low >= -1 and high <= 1) or not -1 < value < 1:
        return Bounds(max(low, -1.0), min(high, 1.0), "t")
    low, high = _t_bounds(float(np.arctanh(value)), se / (1 - value**2), df, level)
    return Bounds(float(np.tanh(low)), float(np.tanh(high)), "arctanh")


def unseen_share(cases: int, level: float = 0.95) -> float:
    """Return the largest share of cases that a study may have missed that saw none among `cases`.

    This is the upper bound of Clopper and Pearson's interval for 0 of `cases`; "3 / n" is its well-known shorthand for
    a one-sided 95 %.

    References
    ----------
    Hanley & Lippman-Hand (1983), JAMA 249:1743-1745 ("If nothing goes wrong, is everything all right?").

    Examples
    --------
    >>> round(unseen_share(20), 3)
    0.168
    """
    return float(1 - ((1 - level) / 2) ** (1 / cases))


def readers_for_ratio(spread: float, factor: float = 2.0, level: float = 0.95, most: int = 1000) -> int:
    """Return how many readers it takes to know a ratio within a factor either way.

    Parameters
    ----------
    spread : float
        Standard deviation over readers of the logarithm of the ratio, from the readers there are.
    factor : float
        The interval shall run from ratio / factor to ratio * factor, or be narrower.
    level : float
        Confidence level.
    most : int
        Where to give up.

    Examples
    --------
    >>> readers_for_ratio(0.2), readers_for_ratio(1.0)
    (3, 11)
    """
    n = np.arange(MIN_READERS, most + 1)
    half = stdtrit(n - 1, (1 + level) / 2) * spread / np.sqrt(n)
    enough = np.flatnonzero(half <= np.log(factor))
    return int(n[enough[0]]) if enough.size else most
