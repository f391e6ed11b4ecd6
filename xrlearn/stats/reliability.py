"""Do the probabilities mean what they say? Brier score, calibration error, calibration slope and intercept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit, logit, ndtri

from ..locale import text
from .checks import Floats, StatsError, choice, confidence, labels, probabilities, same_length


def _pair(truth: ArrayLike, probability: ArrayLike, *, both: bool = False) -> tuple[Floats, Floats]:
    y = labels(truth, both=both).astype(np.float64)
    p = probabilities(probability)
    same_length(truth=y, probability=p)
    return y, p


def brier(truth: ArrayLike, probability: ArrayLike) -> float:
    """Return the Brier score: the mean squared distance of the probability from what came true (0 is perfect).

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal.
    probability : array-like, shape (cases,)
        Predicted probability of disease, 0 to 1.

    References
    ----------
    Brier (1950), Mon Weather Rev 78:1-3 (half of his two-category score, as is usual today).

    Examples
    --------
    >>> brier([0, 1], [0.5, 1.0])
    0.125
    """
    y, p = _pair(truth, probability)
    return float(np.mean((p - y) ** 2))


@dataclass(frozen=True)
class BrierParts:
    """Parts of the Brier score: ``reliability - resolution + uncertainty + within`` is the score itself."""

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def brier_decomposition(truth: ArrayLike, probability: ArrayLike, bins: int | None = None) -> BrierParts:
    """Split the Brier score into reliability (lower is better), resolution (higher is better) and uncertainty.

    Parameters
    ----------
    truth, probability : array-like, shape (cases,)
    bins : int, optional
        Number of bins of equal width. Left out, cases are grouped by equal probabilities, as Murphy did; `within` is
        then zero. With bins, `within` is what the grouping hides: variance of the probabilities inside the bins
        less twice their covariance with the outcome (Stephenson et al. 2008).

    References
    ----------
    Murphy (1973), J Appl Meteorol 12:595-600; Stephenson, Coelho & Jolliffe (2008), Weather Forecast 23:752-757.

    Examples
    --------
    >>> parts = brier_decomposition([0, 0, 1, 1], [0.2, 0.2, 0.2, 0.8])
    >>> round(parts.reliability, 4), round(parts.resolution, 4), parts.uncertainty
    (0.0233, 0.0833, 0.25)
    """
    y, p = _pair(truth, probability)
    groups = np.unique(p, return_inverse=True)[1] if bins is None else _bin(p, bins, "uniform")
    n, mean_p, mean_y = _by_bin(groups, y, p)
    reliability = float(np.sum(n * (mean_p - mean_y) ** 2) / len(y))
    resolution = float(np.sum(n * (mean_y - y.mean()) ** 2) / len(y))
    uncertainty = float(y.mean() * (1 - y.mean()))
    within = float(np.mean((p - y) ** 2)) - (reliability - resolution + uncertainty)
    return BrierParts(reliability, resolution, uncertainty, 0.0 if bins is None else within)


def _bin(p: Floats, bins: int, strategy: str) -> NDArray[np.intp]:
    """Return the bin of each probability; a value on an edge belongs to the bin below it."""
    choice("strategy", strategy, ("uniform", "quantile"))
    if bins < 1:
        raise StatsError("too_few", wanted=1, what=text("stats.what.bins"), found=bins)
    share = np.linspace(0, 1, bins + 1)[1:-1]
    edges = share if strategy == "uniform" else np.unique(np.quantile(p, share))
    return np.searchsorted(edges, p)


def _by_bin(groups: NDArray[np.intp], y: Floats, p: Floats) -> tuple[Floats, Floats, Floats]:
    """Return cases, mean probability and share of diseased cases of every bin that is not empty."""
    n = np.bincount(groups).astype(np.float64)
    filled = n > 0
    mean_p = np.bincount(groups, p)[filled] / n[filled]
    mean_y = np.bincount(groups, y)[filled] / n[filled]
    return n[filled], mean_p, mean_y


def reliability_bins(
    truth: ArrayLike, probability: ArrayLike, bins: int = 10, strategy: str = "uniform"
) -> tuple[Floats, Floats, Floats]:
    """Return what a reliability diagram shows: per bin the cases, the mean probability and the share diseased.

    Parameters
    ----------
    truth, probability : array-like, shape (cases,)
    bins : int
        Number of bins; empty ones are left out.
    strategy : {"uniform", "quantile"}
        Bins of equal width, or of (nearly) equal numbers of cases.

    Examples
    --------
    >>> reliability_bins([0, 0, 1, 1], [0.1, 0.1, 0.6, 0.8], bins=2)
    (array([2., 2.]), array([0.1, 0.7]), array([0., 1.]))
    """
    y, p = _pair(truth, probability)
    return _by_bin(_bin(p, bins, strategy), y, p)


def ece(
    truth: ArrayLike, probability: ArrayLike, bins: int = 10, strategy: str = "uniform", *, debiased: bool = False
) -> float:
    """Return the expected calibration error: the mean distance of predicted from observed share of disease, over bins.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal.
    probability : array-like, shape (cases,)
        Predicted probability of disease (not of the predicted class), 0 to 1.
    bins : int
        Number of bins.
    strategy : {"uniform", "quantile"}
        Bins of equal width (each closed above, the first also below), or of nearly equal numbers of cases.
    debiased : bool
        Take off what chance adds: an estimate from few cases is too high, and even a perfectly calibrated model has
        ECE > 0. In each bin it is what a normal error of the observed share, with its standard error, would add again.

    References
    ----------
    Naeini, Cooper & Hauskrecht (2015), AAAI 29:2901-2907; Guo et al. (2017), ICML 34; debiased: Kumar, Liang & Ma
    (2019), NeurIPS 32.

    Examples
    --------
    >>> round(ece([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8], bins=2), 12)
    0.25
    """
    n, mean_p, mean_y = reliability_bins(truth, probability, bins, strategy)
    apart = np.abs(mean_p - mean_y)
    plain = float(np.sum(n * apart) / n.sum())
    if not debiased:
        return plain
    from scipy.special import ndtr

    error = np.sqrt(np.maximum(mean_y * (1 - mean_y), 1e-12) / n)
    again = error * np.sqrt(2 / np.pi) * np.exp(-((apart / error) ** 2) / 2) + apart * (1 - 2 * ndtr(-apart / error))
    return max(0.0, 2 * plain - float(np.sum(n * again) / n.sum()))


def ece_ci(
    truth: ArrayLike,
    probability: ArrayLike,
    bins: int = 10,
    strategy: str = "uniform",
    level: float = 0.95,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return a bootstrap interval of the expected calibration error, which holds the debiased :func:`ece`.

    Parameters
    ----------
    truth, probability, bins, strategy
        As in :func:`ece`; the bins are laid out afresh in every resample.
    level : float
        Confidence level.
    resamples, seed : int
        Number of resamples of cases, and the seed that makes them repeatable.

    Notes
    -----
    Every resample adds to the error what chance adds to a sample, on top of what chance added to these cases. The
    resamples are therefore debiased, and moved so that their mean is the debiased estimate.

    References
    ----------
    Efron & Tibshirani (1993), An introduction to the bootstrap, section 10.6.

    Examples
    --------
    >>> truth, said = [0, 0, 1, 1] * 10, [0.1, 0.3, 0.6, 0.8] * 10
    >>> low, high = ece_ci(truth, said, bins=2)
    >>> low < ece(truth, said, bins=2, debiased=True) < high
    True
    """
    y, p = _pair(truth, probability)
    rng = np.random.default_rng(seed)
    draws = (rng.integers(0, len(y), len(y)) for _ in range(resamples))
    values = np.array([ece(y[draw], p[draw], bins, strategy, debiased=True) for draw in draws])
    return centred(values, ece(y, p, bins, strategy, debiased=True), level)


def centred(draws: Floats, value: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a calibration error from bootstrap draws of it, moved so that their mean is `value`.

    Examples
    --------
    >>> [round(x, 3) for x in centred(np.array([0.2, 0.3, 0.4]), 0.1, level=0.5)]
    [0.05, 0.15]
    """
    tail = (1 - confidence(level)) / 2
    low, high = np.quantile(draws - draws.mean() + value, [tail, 1 - tail])
    return max(0.0, min(float(low), value)), max(float(high), value)


@dataclass(frozen=True)
class Calibration:
    """Calibration of probabilities on the logit scale, each figure with its standard error and interval."""

    slope: float
    intercept: float
    citl: float
    slope_se: float
    intercept_se: float
    citl_se: float
    slope_ci: tuple[float, float]
    intercept_ci: tuple[float, float]
    citl_ci: tuple[float, float]


def calibration(truth: ArrayLike, probability: ArrayLike, level: float = 0.95, clip: float = 1e-6) -> Calibration:
    """Return calibration slope, intercept and calibration-in-the-large.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal; both must occur.
    probability : array-like, shape (cases,)
        Predicted probability of disease. Values beyond `clip` and 1 - `clip` are moved there, as 0 and 1 have no logit.
    level : float
        Confidence level of the (Wald) intervals.
    clip : float
        Smallest probability that is told apart from 0.

    Returns
    -------
    Calibration
        `slope` and `intercept` of the logistic regression of truth on logit(probability): 1 and 0 are perfect; a slope
        below 1 says that the probabilities are too extreme. `citl`: the intercept when the slope is held at 1; above
        0 the probabilities are too low on average.

    Raises
    ------
    StatsError
        If the fit has no finite answer (perfect separation, or all probabilities alike).

    References
    ----------
    Cox (1958), Biometrika 45:562-565; Steyerberg & Vergouwe (2014), Eur Heart J 35:1925-1931.

    Examples
    --------
    >>> fit = calibration([0, 1, 0, 0, 1, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
    >>> round(fit.slope, 3), round(abs(fit.intercept), 3), round(abs(fit.citl), 3)
    (0.596, 0.0, 0.0)
    """
    y, p = _pair(truth, probability, both=True)
    x = logit(np.clip(p, clip, 1 - clip))
    reach = float(ndtri((1 + confidence(level)) / 2))
    (intercept, slope), (se_i, se_s) = _logistic(np.column_stack([np.ones_like(x), x]), y, np.zeros_like(x))
    (citl,), (se_c,) = _logistic(np.ones((len(x), 1)), y, x)

    def ci(value: float, error: float) -> tuple[float, float]:
        return value - reach * error, value + reach * error

    return Calibration(slope, intercept, citl, se_s, se_i, se_c, ci(slope, se_s), ci(intercept, se_i), ci(citl, se_c))


def _logistic(design: Floats, y: Floats, offset: Floats) -> tuple[list[float], list[float]]:
    """Fit a logistic regression by Newton's method with step halving; return coefficients and standard errors."""

    def loss(beta: Floats) -> float:
        eta = design @ beta + offset
        return float(np.sum(np.logaddexp(0, eta) - y * eta))

    beta = np.zeros(design.shape[1])
    for _ in range(100):
        mean = expit(design @ beta + offset)
        information = design.T @ (design * (mean * (1 - mean))[:, None])
        if np.linalg.cond(information) > 1e14:
            break
        step = np.linalg.solve(information, design.T @ (y - mean))
        while loss(beta + step) > loss(beta) + 1e-12 and np.abs(step).max() > 1e-14:
            step /= 2
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return beta.tolist(), np.sqrt(np.diag(np.linalg.inv(information))).tolist()
    raise StatsError("no_fit")


@dataclass(frozen=True)
class HosmerLemeshow:
    """The Hosmer-Lemeshow test: chi-square `statistic`, degrees of freedom `df`, `p`, and the number of `groups`."""

    statistic: float
    df: int
    p: float
    groups: int


def hosmer_lemeshow(
    truth: ArrayLike, probability: ArrayLike, groups: int = 10, *, external: bool = False
) -> HosmerLemeshow:
    """Test whether probabilities are calibrated, by groups of predicted risk.

    Parameters
    ----------
    truth, probability : array-like, shape (cases,)
    groups : int
        Number of groups, cut at the quantiles of the probability; equal probabilities stay together, so that fewer
        may be left.
    external : bool
        False: the cases are those that the model was fitted on (groups - 2 degrees of freedom). True: they are new
        to the model (as many degrees of freedom as groups).

    Raises
    ------
    StatsError
        If fewer than 3 groups are left, or a group is certain (expects no case, or all).

    Notes
    -----
    The test depends on the grouping and on the number of cases; a calibration curve says more.

    References
    ----------
    Hosmer & Lemeshow (1980), Commun Stat A 9:1043-1069.

    Examples
    --------
    >>> p = [0.1] * 10 + [0.4] * 10 + [0.8] * 10
    >>> test = hosmer_lemeshow([1] + [0] * 9 + [1] * 6 + [0] * 4 + [1] * 7 + [0] * 3, p, groups=3)
    >>> round(test.statistic, 4), test.df
    (2.2917, 1)
    """
    y, p = _pair(truth, probability)
    n, mean_p, mean_y = _by_bin(_bin(p, groups, "quantile"), y, p)
    if len(n) < 3:
        raise StatsError("too_few", wanted=3, what=text("stats.what.bins"), found=len(n))
    if ((mean_p <= 0) | (mean_p >= 1)).any():
        raise StatsError("certain_group")
    statistic = float(np.sum(n * (mean_y - mean_p) ** 2 / (mean_p * (1 - mean_p))))
    df = len(n) if external else len(n) - 2
    return HosmerLemeshow(statistic, df, float(chdtrc(df, statistic)), len(n))
