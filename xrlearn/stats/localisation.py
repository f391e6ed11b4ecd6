"""Did the reader find the lesion? Figures of merit that count a true positive only at the right place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..locale import text
from .bounded import share_bounds
from .checks import Floats, StatsError, confidence, labels, numbers, same_length


@dataclass(frozen=True)
class FigureOfMerit:
    """A figure of merit with its jackknife standard error and interval (:func:`.bounded.share_bounds`)."""

    value: float
    se: float
    low: float
    high: float


def lroc(truth: ArrayLike, score: ArrayLike, located: ArrayLike, level: float = 0.95) -> FigureOfMerit:
    """Return the area under the localisation ROC curve.

    It is the probability that a diseased case scores higher than a normal one (ties counting one half) and that its
    lesion was marked at the right place.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased (with one lesion), 0 for normal.
    score : array-like, shape (cases,)
        One score per case.
    located : array-like, shape (cases,)
        1 where the mark hit the lesion, else 0; ignored for normal cases.
    level : float
        Confidence level.

    References
    ----------
    Swensson (1996), Med Phys 23:1709-1725; Popescu (2007), Med Phys 34:1556-1564 (nonparametric).

    Examples
    --------
    >>> lroc([0, 0, 0, 1, 1, 1], [1, 2, 3, 3, 4, 5], [0, 0, 0, 1, 0, 1]).value
    0.6111111111111112
    """
    present, hit = labels(truth, both=True), labels(located)
    values = numbers("score", score)
    same_length(truth=present.astype(float), score=values, located=hit.astype(float))
    found = [values[i : i + 1] if hit[i] else np.array([-np.inf]) for i in np.flatnonzero(present)]
    return _merit(found, values[~present], [np.ones(1)] * len(found), level)


def afroc(
    normal: ArrayLike,
    lesions: Sequence[ArrayLike],
    weights: Sequence[ArrayLike] | None = None,
    level: float = 0.95,
) -> FigureOfMerit:
    """Return the area under the alternative free-response ROC curve, the JAFROC figure of merit.

    It is the probability that a lesion is rated higher than every mark on a normal film, ties counting one half.

    Parameters
    ----------
    normal : array-like, shape (normal cases,)
        Rating of the highest mark on each normal film; minus infinity where there was none.
    lesions : sequence of array-like
        For each diseased film the rating of each of its lesions; minus infinity for a lesion not marked. Ratings of a
        mark that hit no lesion on a diseased film are not used.
    weights : sequence of array-like, optional
        Importance of each lesion of each film; they must sum to 1 within a film (weighted AFROC). Left out, every
        lesion counts the same.
    level : float
        Confidence level.

    References
    ----------
    Chakraborty & Berbaum (2004), Med Phys 31:2313-2330; Chakraborty & Zhai (2016), Med Phys 43:2604 (weights).

    Examples
    --------
    >>> unmarked = float("-inf")
    >>> afroc([unmarked, 1, 2, unmarked], [[3], [2, unmarked]]).value
    0.7083333333333334
    """
    highest = _ratings("normal", normal)
    rated = [_ratings("lesions", film) for film in lesions]
    if not rated:
        raise StatsError("empty", name="lesions")
    if weights is None:
        each = [np.ones(len(film)) for film in rated]
    else:
        each = [numbers("weights", film) for film in weights]
        if [len(w) for w in each] != [len(film) for film in rated] or any(abs(w.sum() - 1) > 1e-9 for w in each):
            raise StatsError("weights")
    return _merit(rated, highest, each, level)


def _ratings(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise StatsError("empty", name=name)
    bad = np.isnan(array) | (array == np.inf)
    if bad.any():
        raise StatsError("missing", name=name, count=int(bad.sum()))
    return array


def _merit(rated: list[Floats], highest: Floats, weights: list[Floats], level: float) -> FigureOfMerit:
    """Return the weighted share of (lesion, normal film) pairs in the right order, with its jackknife over films."""
    m, n = len(rated), len(highest)
    if min(m, n) < 2:
        what = text("stats.what.cases_of_each_class")
        raise StatsError("too_few", wanted=2, what=what, found=min(m, n))
    film = np.repeat(np.arange(m), [len(r) for r in rated])
    lesion, weight = np.concatenate(rated), np.concatenate(weights)
    ordered = np.sort(highest)
    above = (np.searchsorted(ordered, lesion, "left") + np.searchsorted(ordered, lesion, "right")) / (2 * n)
    per_film, total = np.bincount(film, weight * above, m), np.bincount(film, weight, m)
    value = per_film.sum() / total.sum()
    order = np.argsort(lesion)
    mass, ranked = np.concatenate([[0.0], np.cumsum(weight[order])]), lesion[order]
    outranked = (
        mass[-1]
        - (mass[np.searchsorted(ranked, highest, "left")] + mass[np.searchsorted(ranked, highest, "right")]) / 2
    )
    without_film = (per_film.sum() - per_film) / (total.sum() - total)
    without_normal = (n * value - outranked / mass[-1]) / (n - 1)
    without = np.concatenate([without_film, without_normal])
    se = float(np.sqrt((m + n - 1) / (m + n) * np.sum((without - without.mean()) ** 2)))
    low, high, _ = share_bounds(float(value), se, level=confidence(level))
    return FigureOfMerit(float(value), se, low, high)
