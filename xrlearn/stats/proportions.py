"""Proportions with their intervals: sensitivity and its relatives, likelihood ratios, and McNemar's test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, chdtrc, ndtri

from .checks import StatsError, choice, confidence, labels, numbers, same_length


def proportion_ci(k: int, n: int, method: str = "wilson", level: float = 0.95) -> tuple[float, float]:
    """Return the confidence interval of the proportion k / n.

    Parameters
    ----------
    k, n : int
        `k` cases out of `n`.
    method : {"wilson", "clopper-pearson"}
        Wilson's score interval covers `level` on average; Clopper and Pearson's covers at least `level`, always.
    level : float
        Confidence level.

    Returns
    -------
    low, high : float

    Raises
    ------
    StatsError
        If `n` is 0 or `k` is not between 0 and `n`.

    References
    ----------
    Wilson (1927), J Am Stat Assoc 22:209-212; Clopper & Pearson (1934), Biometrika 26:404-413; worked example 81 of 263
    in Newcombe (1998), Stat Med 17:857-872.

    Examples
    --------
    >>> [round(x, 4) for x in proportion_ci(81, 263)]
    [0.2553, 0.3662]
    >>> [round(x, 4) for x in proportion_ci(81, 263, "clopper-pearson")]
    [0.2527, 0.3676]
    """
    choice("method", method, ("wilson", "clopper-pearson"))
    level = confidence(level)
    if not (n >= 1 and 0 <= k <= n and k == int(k) and n == int(n)):
        raise StatsError("k_of_n", k=k, n=n)
    if method == "clopper-pearson":
        tail = (1 - level) / 2
        low = float(betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
        high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
        return low, high
    z = float(ndtri((1 + level) / 2))
    centre = (k + z**2 / 2) / (n + z**2)
    width = z * float(np.sqrt(k * (n - k) / n + z**2 / 4)) / (n + z**2)
    return (centre - width if k > 0 else 0.0), (centre + width if k < n else 1.0)


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; not a number where it is undefined (for example a proportion of no cases)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Diagnostic:
    """What :func:`diagnostic` returns: the four cells of the table, and the figures made of them."""

    tp: int
    fp: int
    fn: int
    tn: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    accuracy: Estimate
    prevalence: Estimate
    lr_positive: Estimate
    lr_negative: Estimate


def diagnostic(truth: ArrayLike, positive: ArrayLike, method: str = "wilson", level: float = 0.95) -> Diagnostic:
    """Return sensitivity, specificity, predictive values, accuracy and likelihood ratios with their intervals.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal.
    positive : array-like, shape (cases,)
        1 where the test or the reader called the case positive, else 0.
    method : {"wilson", "clopper-pearson"}
        Of the intervals of the proportions.
    level : float
        Confidence level.

    Returns
    -------
    Diagnostic
        Predictive values hold for the prevalence of these cases only (see :func:`predictive_values`). The intervals of
        the likelihood ratios are Simel's, on the log scale; where a cell of the table is 0, one half is added to each
        cell for the interval (not for the value).

    References
    ----------
    Altman, Machin, Bryant & Gardner (2000), Statistics with Confidence, 2nd ed, chapter 10; Simel, Samsa & Matchar
    (1991), J Clin Epidemiol 44:763-770.

    Examples
    --------
    >>> d = diagnostic([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0, 0, 0])
    >>> d.sensitivity.value, round(d.lr_positive.value, 3)
    (0.75, 4.5)
    """
    t, c = labels(truth), labels(positive)
    same_length(truth=t.astype(float), positive=c.astype(float))
    tp, fp, fn, tn = (int((a & b).sum()) for a, b in ((t, c), (~t, c), (t, ~c), (~t, ~c)))

    def share(k: int, n: int) -> Estimate:
        return Estimate(k / n, *proportion_ci(k, n, method, level)) if n else Estimate(np.nan, np.nan, np.nan)

    return Diagnostic(
        tp,
        fp,
        fn,
        tn,
        sensitivity=share(tp, tp + fn),
        specificity=share(tn, tn + fp),
        ppv=share(tp, tp + fp),
        npv=share(tn, tn + fn),
        accuracy=share(tp + tn, len(t)),
        prevalence=share(tp + fn, len(t)),
        lr_positive=_likelihood_ratio(tp, tp + fn, fp, fp + tn, level),
        lr_negative=_likelihood_ratio(fn, tp + fn, tn, fp + tn, level),
    )


def _likelihood_ratio(k1: float, n1: float, k0: float, n0: float, level: float) -> Estimate:
    """Return (k1 / n1) / (k0 / n0), the share of a result among the diseased over that among the normal."""
    if n1 == 0 or n0 == 0 or (k1 == 0 and k0 == 0):
        return Estimate(np.nan, np.nan, np.nan)
    value = (k1 / n1) / (k0 / n0) if k0 else np.inf
    if 0 in (k1, k0, n1 - k1, n0 - k0):
        k1, n1, k0, n0 = k1 + 0.5, n1 + 1, k0 + 0.5, n0 + 1
    centre = np.log((k1 / n1) / (k0 / n0))
    width = ndtri((1 + confidence(level)) / 2) * np.sqrt(1 / k1 - 1 / n1 + 1 / k0 - 1 / n0)
    return Estimate(value, float(np.exp(centre - width)), float(np.exp(centre + width)))


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """Return positive and negative predictive value at another prevalence, by Bayes' theorem.

    Parameters
    ----------
    sensitivity, specificity, prevalence : float
        Each 0 to 1.

    Examples
    --------
    >>> ppv, npv = predictive_values(0.9, 0.9, 0.1)
    >>> round(ppv, 3), round(npv, 3)
    (0.5, 0.988)
    """
    for name, value in (("sensitivity", sensitivity), ("specificity", specificity), ("prevalence", prevalence)):
        if not 0 <= value <= 1:
            raise StatsError("share", name=name, value=value)
    positive = sensitivity * prevalence + (1 - specificity) * (1 - prevalence)
    return (
        sensitivity * prevalence / positive if positive else np.nan,
        specificity * (1 - prevalence) / (1 - positive) if positive < 1 else np.nan,
    )


@dataclass(frozen=True)
class McNemar:
    """McNemar's test: chi-square `statistic` (the smaller discordant count for ``exact``) and two-sided `p`."""

    statistic: float
    p: float


def mcnemar(table: ArrayLike, method: str = "asymptotic") -> McNemar:
    """Test whether two tests read on the same cases are positive equally often.

    Parameters
    ----------
    table : array-like, shape (2, 2)
        Counts of cases: rows by the first test, columns by the second. Only the two discordant cells matter.
    method : {"asymptotic", "corrected", "exact"}
        Chi-square on one degree of freedom, the same with Edwards' continuity correction, or the exact binomial test
        (its p is twice the smaller tail, at most 1).

    Raises
    ------
    StatsError
        If the table is not 2 x 2 or holds anything but counts.

    Notes
    -----
    Without discordant pairs the statistic is 0 and p is 1.

    References
    ----------
    McNemar (1947), Psychometrika 12:153-157; Edwards (1948), Psychometrika 13:185-187; worked example of approval
    ratings in Agresti (1990), Categorical Data Analysis, p. 350.

    Examples
    --------
    >>> round(mcnemar([[794, 150], [86, 570]]).statistic, 4)
    17.3559
    """
    choice("method", method, ("asymptotic", "corrected", "exact"))
    cells = numbers("table", table, ndim=2)
    if cells.shape != (2, 2) or (cells < 0).any() or (cells != np.round(cells)).any():
        raise StatsError("counts", name="table")
    b, c = cells[0, 1], cells[1, 0]
    if b + c == 0:
        return McNemar(0.0, 1.0)
    if method == "exact":
        from scipy.stats import binom

        return McNemar(float(min(b, c)), min(1.0, 2 * float(binom.cdf(min(b, c), b + c, 0.5))))
    apart = max(abs(b - c) - (method == "corrected"), 0.0)
    return McNemar(float(apart**2 / (b + c)), float(chdtrc(1, apart**2 / (b + c))))
