"""The empirical ROC curve: its points, its area, DeLong's variance, and comparisons of areas."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from ..locale import text
from .bounded import difference_bounds
from .checks import Floats, StatsError, choice, confidence, labels, numbers, same_length


def placements(truth: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Return the placement values (DeLong's structural components) of diseased and normal cases.

    The placement of a diseased case is the share of normal cases that score lower, ties counting one half; that of a
    normal case is the share of diseased cases that score higher. Their means are both the AUC. Each is found by binary
    search in the other class, so that the cost is O(n log n) as in Sun & Xu (2014), not O(n^2).

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal.
    scores : array-like, shape (tests, cases)
        One row per test (or reader).

    Returns
    -------
    diseased : ndarray, shape (tests, diseased cases)
    normal : ndarray, shape (tests, normal cases)
    """
    present = labels(truth, both=True)
    rows = numbers("score", scores, ndim=2)
    same_length(truth=present.astype(float), score=rows)
    diseased, normal = rows[:, present], rows[:, ~present]

    def share_below(values: Floats, others: Floats) -> Floats:
        ordered = np.sort(others)
        return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (
            2 * len(ordered)
        )

    return (
        np.array([share_below(x, y) for x, y in zip(diseased, normal)]),
        1 - np.array([share_below(y, x) for x, y in zip(diseased, normal)]),
    )


def delong_covariance(diseased: Floats, normal: Floats) -> Floats:
    """Return the covariance matrix of the AUCs of several tests from their placement values.

    Parameters
    ----------
    diseased, normal : ndarray, shape (tests, cases of that class)
        From :func:`placements`.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845, equations 4-6.
    """
    m, n = diseased.shape[1], normal.shape[1]
    if min(m, n) < 2:
        raise StatsError("too_few", wanted=2, what=text("stats.what.cases_of_each_class"), found=min(m, n))
    return np.atleast_2d(np.cov(diseased)) / m + np.atleast_2d(np.cov(normal)) / n


def auc(truth: ArrayLike, score: ArrayLike) -> float:
    """Return the area under the empirical ROC curve.

    It is the probability that a diseased case scores higher than a normal one, ties counting one half (the
    Mann-Whitney statistic divided by the number of pairs). A high score must speak for disease.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal; both must occur.
    score : array-like, shape (cases,)
        Any finite numbers; only their order matters.

    Raises
    ------
    StatsError
        If a value is missing, the lengths differ, or only one class is present.

    References
    ----------
    Bamber (1975), J Math Psychol 12:387-415; Hanley & McNeil (1982), Radiology 143:29-36.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [1, 2, 2, 3])
    0.875
    """
    diseased, _ = placements(truth, numbers("score", score)[None])
    return float(diseased.mean())


def auc_ci(
    truth: ArrayLike,
    score: ArrayLike,
    level: float = 0.95,
    method: str = "delong",
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the confidence interval of the AUC.

    Parameters
    ----------
    truth, score : array-like, shape (cases,)
        As in :func:`auc`.
    level : float
        Confidence level.
    method : {"delong", "logit", "bootstrap"}
        ``delong``: AUC +- z * SE with DeLong's standard error, cut off at 0 and 1. ``logit``: the same on the logit
        scale, which stays inside 0 to 1 by itself (Pepe 2003, p. 107). ``bootstrap``: percentiles over resamples of
        diseased and normal cases, each drawn from its own class.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    low, high : float
        When the classes are perfectly separated (AUC 1 or 0), every one of these standard errors is zero and says
        nothing. The bound is then exact: among min(m, n) disjoint pairs all are in order, which has probability
        AUC^min(m, n), so the lower bound is ((1 - level) / 2)^(1 / min(m, n)) (and its mirror image for AUC 0).
        Scores that are all alike have AUC 0.5 with certainty: (0.5, 0.5).

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845.

    Examples
    --------
    >>> low, high = auc_ci([0, 0, 0, 1, 1, 1], [1, 2, 3, 2, 3, 4])
    >>> round(low, 4), round(high, 4)
    (0.3704, 1.0)
    """
    choice("method", method, ("delong", "logit", "bootstrap"))
    tail = (1 - confidence(level)) / 2
    diseased, normal = placements(truth, numbers("score", score)[None])
    area = float(diseased.mean())
    error = float(np.sqrt(delong_covariance(diseased, normal)[0, 0]))
    if area in (0.0, 1.0):
        bound = float(tail ** (1 / min(diseased.size, normal.size)))
        return (bound, 1.0) if area == 1.0 else (0.0, 1.0 - bound)
    if method == "bootstrap":
        return _bootstrap(np.asarray(score, float), labels(truth), tail, resamples, seed)
    reach = float(ndtri(1 - tail))
    if method == "delong":
        return max(0.0, area - reach * error), min(1.0, area + reach * error)
    centre, width = np.log(area / (1 - area)), reach * error / (area * (1 - area))
    low, high = 1 / (1 + np.exp(-(centre + np.array([-width, width]))))
    return float(low), float(high)


def _bootstrap(score: Floats, present: np.ndarray, tail: float, resamples: int, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    diseased, normal = score[present], score[~present]
    truth = np.repeat([1, 0], [len(diseased), len(normal)])
    areas = [
        auc(truth, np.concatenate([rng.choice(diseased, len(diseased)), rng.choice(normal, len(normal))]))
        for _ in range(resamples)
    ]
    low, high = np.quantile(areas, [tail, 1 - tail])
    return float(low), float(high)


@dataclass(frozen=True)
class AUCTest:
    """Comparison of two AUCs: the statistic `z`, its two-sided `p`, the `difference` a - b with `se`, `low`, `high`.

    The interval stays within -1 to 1; `method` says how it was made (:mod:`xrlearn.stats.bounded`).
    """

    z: float
    p: float
    difference: float
    se: float
    low: float
    high: float
    method: str = "t"


def _compare(difference: float, variance: float, level: float) -> AUCTest:
    error = float(np.sqrt(max(variance, 0.0)))
    # with no variance at all, equal areas are no evidence and unequal ones cannot be weighed
    degenerate = 0.0 if abs(difference) < 1e-12 else float("nan")
    z = difference / error if error > 1e-12 else degenerate
    bounds = difference_bounds(difference, error, level=confidence(level))
    return AUCTest(z, float(2 * ndtr(-abs(z))), difference, error, *bounds)


def delong_test(truth: ArrayLike, score_a: ArrayLike, score_b: ArrayLike, level: float = 0.95) -> AUCTest:
    """Test whether two tests read on the same cases have the same AUC.

    Parameters
    ----------
    truth, score_a, score_b : array-like, shape (cases,)
        Truth and both scores of each case.
    level : float
        Confidence level of the interval of the difference.

    Returns
    -------
    AUCTest
        `difference` is AUC(a) - AUC(b). Where DeLong's variance of the difference is zero, `z` is 0 for equal areas
        and not a number for unequal ones (two constant or perfect scores cannot be weighed against each other).

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845; fast as Sun & Xu (2014), IEEE Signal Process Lett
    21:1389-1393.

    Examples
    --------
    >>> test = delong_test([0, 0, 0, 1, 1, 1], [1, 2, 3, 2, 3, 4], [2, 1, 3, 1, 2, 3])
    >>> round(test.difference, 4), round(test.z, 4)
    (0.2778, 1.7678)
    """
    a, b = numbers("score_a", score_a), numbers("score_b", score_b)
    same_length(score_a=a, score_b=b)
    diseased, normal = placements(truth, np.stack([a, b]))
    c = delong_covariance(diseased, normal)
    areas = diseased.mean(axis=1)
    return _compare(float(areas[0] - areas[1]), float(c[0, 0] + c[1, 1] - 2 * c[0, 1]), level)


def delong_unpaired_test(
    truth_a: ArrayLike, score_a: ArrayLike, truth_b: ArrayLike, score_b: ArrayLike, level: float = 0.95
) -> AUCTest:
    """Test whether two tests have the same AUC when each was read on its own cases.

    Parameters
    ----------
    truth_a, score_a : array-like, shape (cases a,)
    truth_b, score_b : array-like, shape (cases b,)
        Truth and scores of two groups that share no case.
    level : float
        Confidence level of the interval of the difference.

    Notes
    -----
    z is the difference over the root of the sum of both DeLong variances, referred to the normal distribution (R's pROC
    refers the same figure to Student's t).

    References
    ----------
    Hanley & McNeil (1983), Radiology 148:839-843, with r = 0.

    Examples
    --------
    >>> test = delong_unpaired_test([0, 0, 0, 1, 1, 1], [1, 2, 3, 2, 3, 4], [0, 0, 0, 1, 1, 1], [2, 1, 3, 1, 2, 3])
    >>> round(test.difference, 4), round(test.z, 4)
    (0.2778, 0.8111)
    """
    areas, variance = [], 0.0
    for truth, score in ((truth_a, score_a), (truth_b, score_b)):
        parts = placements(truth, numbers("score", score)[None])
        areas.append(float(parts[0].mean()))
        variance += float(delong_covariance(*parts)[0, 0])
    return _compare(areas[0] - areas[1], variance, level)


def roc_curve(truth: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the points of the empirical ROC curve.

    Parameters
    ----------
    truth, score : array-like, shape (cases,)
        As in :func:`auc`.

    Returns
    -------
    fpf, tpf, threshold : ndarray
        False and true positive fraction when scores at or above the threshold count as positive, from (0, 0), at an
        infinite threshold, to (1, 1).

    Examples
    --------
    >>> roc_curve([0, 0, 1, 1], [1, 2, 2, 3])
    (array([0. , 0. , 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]), array([inf,  3.,  2.,  1.]))
    """
    present = labels(truth, both=True)
    values = numbers("score", score)
    same_length(truth=present.astype(float), score=values)
    cuts = np.append(np.unique(values), np.inf)[::-1]

    def share_at_least(group: Floats) -> Floats:
        return 1 - np.searchsorted(np.sort(group), cuts, "left") / len(group)

    return share_at_least(values[~present]), share_at_least(values[present]), cuts


def partial_auc(
    truth: ArrayLike,
    score: ArrayLike,
    low: float,
    high: float = 1.0,
    focus: str = "specificity",
    *,
    standardised: bool = False,
) -> float:
    """Return the area under the part of the ROC curve where specificity (or sensitivity) lies in a range.

    Parameters
    ----------
    truth, score : array-like, shape (cases,)
        As in :func:`auc`.
    low, high : float
        The range, within 0 to 1.
    focus : {"specificity", "sensitivity"}
        What the range is of. The area lies under the curve for specificity, and to the right of it for sensitivity.
    standardised : bool
        Return McClish's index instead: 1 for a perfect and 0.5 for a worthless test, whatever the range.

    References
    ----------
    McClish (1989), Med Decis Making 9:190-195; Jiang, Metz & Nishikawa (1996), Radiology 201:745-750.

    Examples
    --------
    >>> partial_auc([0, 0, 1, 1], [1, 2, 2, 3], low=0.5)
    0.375
    >>> round(partial_auc([0, 0, 1, 1], [1, 2, 2, 3], low=0.5, standardised=True), 4)
    0.8333
    """
    choice("focus", focus, ("specificity", "sensitivity"))
    if not 0 <= low < high <= 1:
        raise StatsError("range", low=low, high=high)
    fpf, tpf, _ = roc_curve(truth, score)
    # seen from the corner that the range starts at, both are the area under a rising line between 1 - high and 1 - low
    x, y = (fpf, tpf) if focus == "specificity" else ((1 - tpf)[::-1], (1 - fpf)[::-1])
    start, stop = 1 - high, 1 - low
    area = _area(x, y, stop) - _area(x, y, start)
    if not standardised:
        return area
    least, most = (stop**2 - start**2) / 2, stop - start
    return float((1 + (area - least) / (most - least)) / 2)


def _area(x: Floats, y: Floats, stop: float) -> float:
    """Return the trapezoidal area under the points from x = 0 to `stop`."""
    inside = x <= stop
    xs, ys = x[inside], y[inside]
    if xs[-1] < stop:
        after = np.flatnonzero(~inside)[0]
        xs = np.append(xs, stop)
        ys = np.append(ys, np.interp(stop, x[after - 1 : after + 1], y[after - 1 : after + 1]))
    return float(np.trapezoid(ys, xs))
