"""The binormal ROC curve: the smooth curve behind ordinal ratings, fitted by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from .bounded import share_bounds
from .checks import Floats, StatsError, confidence, labels, numbers, same_length


@dataclass(frozen=True)
class Binormal:
    """A binormal ROC curve: TPF = Phi(a + b * Phi^-1(FPF)).

    Attributes
    ----------
    a, b : float
        Distance between the means, and spread of the normal cases, in standard deviations of the diseased ones.
    auc, auc_se, auc_low, auc_high : float
        Area under the curve, Phi(a / sqrt(1 + b^2)), its standard error and interval (:func:`.bounded.share_bounds`).
    covariance : ndarray, shape (2, 2)
        Of a and b.
    thresholds : ndarray
        Fitted boundaries between categories, in standard deviations of the normal cases.
    log_likelihood : float
    """

    a: float
    b: float
    auc: float
    auc_se: float
    auc_low: float
    auc_high: float
    covariance: Floats
    thresholds: Floats
    log_likelihood: float

    def tpf(self, fpf: ArrayLike) -> Floats:
        """Return the true positive fraction at false positive fractions between 0 and 1."""
        return np.asarray(norm.cdf(self.a + self.b * norm.ppf(np.asarray(fpf, dtype=float))))


def binormal(truth: ArrayLike, score: ArrayLike, level: float = 0.95, categories: int = 50) -> Binormal:
    """Fit the binormal ROC curve by maximum likelihood, with Dorfman and Alf's method of scoring.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal; both must occur.
    score : array-like, shape (cases,)
        Ordinal ratings, or continuous scores.
    level : float
        Confidence level.
    categories : int
        Continuous scores are put into categories first: neighbouring scores with nothing but cases of one class are
        merged, which loses no information (Metz, Herman & Shen), and then thinned to at most this many.

    Raises
    ------
    StatsError
        If there are too few categories, or the fit is degenerate: the points lie on the sides of the square, so that
        no finite curve is the most likely.

    References
    ----------
    Dorfman & Alf (1969), J Math Psychol 6:487-496; Metz, Herman & Shen (1998), Stat Med 17:1033-1053.

    Examples
    --------
    The 109 CT images of Hanley & McNeil (1982), Radiology 143:29-36:

    >>> normal, diseased = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    >>> ratings = [rating for counts in (normal, diseased) for rating, n in enumerate(counts, 1) for _ in range(n)]
    >>> fit = binormal([0] * 58 + [1] * 51, ratings)
    >>> round(fit.a, 2), round(fit.b, 2), round(fit.auc, 3)
    (1.66, 0.71, 0.911)
    """
    level = confidence(level)
    counts = _counts(truth, score, categories)
    k = counts.shape[1]
    if k < 3:
        raise StatsError("too_few_categories", found=k)
    beta = _start(counts)
    current = _log_likelihood(beta, counts)
    for _ in range(500):
        gradient, information = _score(beta, counts)
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            raise StatsError("degenerate_fit") from None
        size = 1.0
        while (new := _log_likelihood(beta + size * step, counts)) < current and size > 1e-10:
            size /= 2
        if size <= 1e-10:
            new, size = current, 0.0
        beta, gain, current = beta + size * step, new - current, new
        if not 0.001 < beta[1] < 1000 or abs(beta[0]) > 20 or np.abs(beta[2:]).max() > 20:
            raise StatsError("degenerate_fit")
        if np.abs(gradient @ step) < 1e-12 or (gain < 1e-13 and size < 1):
            break
    else:
        raise StatsError("degenerate_fit")
    a, b = float(beta[0]), float(beta[1])
    covariance = np.linalg.inv(_score(beta, counts)[1])[:2, :2].astype(np.float64)
    root = np.sqrt(1 + b**2)
    slope = norm.pdf(a / root) * np.array([1 / root, -a * b / root**3])
    area, se = float(norm.cdf(a / root)), float(np.sqrt(slope @ covariance @ slope))
    low, high, _ = share_bounds(area, se, level=level)
    return Binormal(a, b, area, se, low, high, covariance, beta[2:], float(current))


def _counts(truth: ArrayLike, score: ArrayLike, most: int) -> Floats:
    """Return cases by class (normal, diseased) and category, from the lowest category up."""
    present = labels(truth, both=True)
    values = numbers("score", score)
    same_length(truth=present.astype(float), score=values)
    _, category = np.unique(values, return_inverse=True)
    table = np.stack([np.bincount(category[group], minlength=category.max() + 1) for group in (~present, present)])
    if table.shape[1] <= 20:
        return table.astype(np.float64)
    pure = np.where(table[0] == 0, 1, np.where(table[1] == 0, 0, -1))
    first = np.r_[True, (pure[1:] != pure[:-1]) | (pure[1:] == -1)]
    merged = np.add.reduceat(table, np.flatnonzero(first), axis=1)
    if merged.shape[1] > most:
        rank = (np.cumsum(merged.sum(axis=0)) - 0.5 * merged.sum(axis=0)) / merged.sum()
        group = (rank * most).astype(int)
        merged = np.add.reduceat(merged, np.flatnonzero(np.r_[True, group[1:] != group[:-1]]), axis=1)
    return merged.astype(np.float64)


def _start(counts: Floats) -> Floats:
    """Return starting values: the line through the points on normal-deviate axes."""
    smooth = counts + 0.5
    below = np.cumsum(smooth, axis=1)[:, :-1] / smooth.sum(axis=1, keepdims=True)
    c, d = norm.ppf(below)
    b = max(float(np.std(d) / np.std(c)), 0.1)
    return np.concatenate([[float(np.mean(b * c - d)), b], c])


def _cells(beta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return boundaries of the normal cases, of the diseased cases, and the probability of each cell."""
    c = beta[2:]
    d = beta[1] * c - beta[0]
    below = np.stack([norm.cdf(c), norm.cdf(d)])
    edges = np.hstack([np.zeros((2, 1)), below, np.ones((2, 1))])
    return c, d, np.diff(edges, axis=1)


def _log_likelihood(beta: Floats, counts: Floats) -> float:
    if beta[1] <= 0:
        return -np.inf
    cells = _cells(beta)[2]
    seen = counts > 0
    if (cells[seen] <= 0).any():
        return -np.inf
    return float(np.sum(counts[seen] * np.log(cells[seen])))


def _score(beta: Floats, counts: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """Return gradient and expected information of (a, b, boundaries)."""
    c, d, cells = _cells(beta)
    k = len(c)
    moves = np.zeros((2, k, k + 2))  # how each boundary's cumulative probability moves with each parameter
    at = np.arange(k)
    moves[0, at, at + 2] = norm.pdf(c)
    moves[1, at, at + 2] = beta[1] * norm.pdf(d)
    moves[1, :, 0], moves[1, :, 1] = -norm.pdf(d), c * norm.pdf(d)
    none = np.zeros((2, 1, k + 2))
    by_cell = np.diff(np.concatenate([none, moves, none], axis=1), axis=1)
    safe = np.maximum(cells, 1e-300)
    gradient = np.einsum("ij,ijp->p", counts / safe, by_cell)
    information = np.einsum("ij,ijp,ijq->pq", counts.sum(axis=1)[:, None] / safe, by_cell, by_cell)
    return gradient, information
