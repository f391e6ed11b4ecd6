"""Do readers agree? Kappa for categories, intraclass correlation for measurements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from ..locale import text
from .bounded import difference_bounds
from .checks import Floats, StatsError, choice, confidence, numbers


@dataclass(frozen=True)
class Kappa:
    """Chance-corrected agreement.

    Attributes
    ----------
    value : float
        1 for full agreement, 0 for agreement by chance.
    se, low, high : float
        Large-sample standard error and the interval made of it (:func:`.bounded.difference_bounds`).
    se_null, z, p : float
        Standard error if there were no agreement beyond chance, and the test of that.
    observed, expected : float
        (Weighted) share of agreement, observed and expected by chance.
    """

    value: float
    se: float
    low: float
    high: float
    se_null: float
    z: float
    p: float
    observed: float
    expected: float


def _kappa(value: float, variance: float, null: float, observed: float, expected: float, level: float) -> Kappa:
    se, se_null = float(np.sqrt(max(variance, 0.0))), float(np.sqrt(max(null, 0.0)))
    low, high, _ = difference_bounds(value, se, level=level)
    z = value / se_null if se_null > 0 else float("nan")
    p = float(2 * scipy.stats.norm.sf(abs(z)))
    return Kappa(value, se, low, high, se_null, z, p, observed, expected)


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    weights: str | None = None,
    level: float = 0.95,
    *,
    categories: Sequence[Any] | None = None,
) -> Kappa:
    """Return Cohen's kappa of two readers.

    Parameters
    ----------
    a, b : array-like, shape (cases,)
        Category that each reader gave to each case: numbers, strings or booleans.
    weights : {None, "linear", "quadratic"}
        Credit for near misses on an ordered scale: 1 - d / (k - 1) or 1 - (d / (k - 1))^2 for categories d steps apart
        among k.
    level : float
        Confidence level.
    categories : sequence, optional
        All categories in their order (such as grades 0 to 4). Left out, those that occur, sorted; with weights, name
        them whenever one of the scale may not have been used.

    Returns
    -------
    Kappa
        `se` is the non-null standard error and `se_null` the null one, both of Fleiss, Cohen & Everitt.

    Raises
    ------
    StatsError
        If the readers used one single category between them (kappa is then undefined), lengths differ, or values are
        missing.

    References
    ----------
    Cohen (1960), Educ Psychol Meas 20:37-46; Cohen (1968), Psychol Bull 70:213-220; Fleiss, Cohen & Everitt (1969),
    Psychol Bull 72:323-327.

    Examples
    --------
    >>> k = cohen_kappa([1, 1, 1, 0, 0, 0, 1, 0], [1, 1, 0, 0, 0, 1, 1, 0])
    >>> k.value, round(k.se, 4)
    (0.5, 0.3062)
    """
    choice("weights", weights, (None, "linear", "quadratic"))
    level = confidence(level)
    first, second, k = _codes(a, b, categories)
    n = len(first)
    p = np.zeros((k, k))
    np.add.at(p, (first, second), 1 / n)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    w = np.eye(k) if weights is None else 1 - apart ** (1 if weights == "linear" else 2)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.sum(w * p)), float(rows @ w @ columns)
    if expected > 1 - 1e-12:
        raise StatsError("one_category")
    value = (observed - expected) / (1 - expected)
    mean_w = (w @ columns)[:, None] + (rows @ w)[None, :]
    spread = np.sum(p * (w - mean_w * (1 - value)) ** 2) - (value - expected * (1 - value)) ** 2
    null = np.sum(np.outer(rows, columns) * (w - mean_w) ** 2) - expected**2
    scale = n * (1 - expected) ** 2
    return _kappa(value, spread / scale, null / scale, observed, expected, level)


def _codes(a: ArrayLike, b: ArrayLike, categories: Sequence[Any] | None) -> tuple[np.ndarray, np.ndarray, int]:
    """Return both readers' categories as numbers from 0, and how many categories there are."""
    import pandas as pd

    first, second = pd.Series(np.asarray(a).ravel()), pd.Series(np.asarray(b).ravel())
    if len(first) != len(second):
        raise StatsError("lengths", found=f"a {len(first)}, b {len(second)}")
    if first.empty:
        raise StatsError("empty", name="a")
    missing = int(first.isna().sum() + second.isna().sum())
    if missing:
        raise StatsError("missing", name="a, b", count=missing)
    order = pd.Index(np.unique(np.concatenate([first, second])) if categories is None else list(categories))
    codes = order.get_indexer(first), order.get_indexer(second)
    if min(codes[0].min(), codes[1].min()) < 0:
        raise StatsError("unknown_category")
    return codes[0], codes[1], len(order)


def fleiss_kappa(counts: ArrayLike, level: float = 0.95) -> Kappa:
    """Return Fleiss' kappa of several readers, who need not be the same for every case.

    Parameters
    ----------
    counts : array-like, shape (cases, categories)
        How many readers put each case into each category; the same number of readers for every case.
    level : float
        Confidence level.

    Returns
    -------
    Kappa
        `se` (and the interval) is Gwet's large-sample standard error, which holds whatever the agreement. `se_null`,
        `z` and `p` are those of Fleiss, Nee & Landis, which hold when there is no agreement; they are what the
        R package irr prints, and are far too small to make an interval of when readers do agree.

    Raises
    ------
    StatsError
        If the counts are not whole, the number of readers differs between cases or is below 2, there are fewer than
        2 cases, or only one category was used.

    References
    ----------
    Fleiss (1971), Psychol Bull 76:378-382; Fleiss, Nee & Landis (1979), Psychol Bull 86:974-977; Gwet (2021), Educ
    Psychol Meas 81:781-790.

    Examples
    --------
    >>> k = fleiss_kappa([[3, 0], [2, 1], [0, 3], [0, 3], [3, 0]])
    >>> round(k.value, 4)
    0.7321
    """
    level = confidence(level)
    table = numbers("counts", counts, ndim=2)
    n = len(table)
    if (table < 0).any() or (table != np.round(table)).any():
        raise StatsError("counts", name="counts")
    if n < 2:
        raise StatsError("too_few", wanted=2, what=text("stats.what.cases"), found=n)
    readers = table.sum(axis=1)
    r = float(readers[0])
    if (readers != r).any():
        raise StatsError("unequal_readers", low=int(readers.min()), high=int(readers.max()))
    if r < 2:
        raise StatsError("too_few", wanted=2, what=text("stats.what.readers"), found=int(r))
    share = table.mean(axis=0) / r
    agree = (table * (table - 1)).sum(axis=1) / (r * (r - 1))
    observed, expected = float(agree.mean()), float(share @ share)
    if expected > 1 - 1e-12:
        raise StatsError("one_category")
    value = (observed - expected) / (1 - expected)
    by_case = (agree - expected) / (1 - expected) - 2 * (1 - value) * (table @ share / r - expected) / (1 - expected)
    variance = float(np.sum((by_case - value) ** 2)) / (n * (n - 1))
    q = share * (1 - share)
    null = 2 / (q.sum() ** 2 * n * r * (r - 1)) * (q.sum() ** 2 - np.sum(q * (1 - 2 * share)))
    return _kappa(value, variance, float(null), observed, expected, level)


@dataclass(frozen=True)
class ICC:
    """One intraclass correlation with its interval, and the F test of whether it is above zero."""

    value: float
    low: float
    high: float
    F: float
    df1: float
    df2: float
    p: float


def icc(scores: ArrayLike, level: float = 0.95) -> dict[str, ICC]:
    """Return the six intraclass correlations of Shrout and Fleiss.

    Parameters
    ----------
    scores : array-like, shape (targets, raters)
        One row per target (patient), one column per rater; nothing missing.
    level : float
        Confidence level.

    Returns
    -------
    dict of str to ICC
        ``"ICC(1,1)"``, ``"ICC(2,1)"``, ``"ICC(3,1)"``: of a single rating, when each target has other raters, when the
        raters are a random sample of raters (absolute agreement), and when they are the only ones of interest
        (consistency). ``"ICC(1,k)"``, ``"ICC(2,k)"``, ``"ICC(3,k)"``: of the mean of all k ratings.

    Raises
    ------
    StatsError
        If there are fewer than 2 targets or raters, values are missing, or no target differs from another.

    Notes
    -----
    F, df and p are those of the one-way (ICC 1) and two-way (ICC 2 and 3) analysis of variance between targets.

    References
    ----------
    Shrout & Fleiss (1979), Psychol Bull 86:420-428; intervals of ICC(2,.) also McGraw & Wong (1996), Psychol Methods
    1:30-46.

    Examples
    --------
    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> {name: round(x.value, 2) for name, x in icc(table).items()}
    {'ICC(1,1)': 0.17, 'ICC(2,1)': 0.29, 'ICC(3,1)': 0.71, 'ICC(1,k)': 0.44, 'ICC(2,k)': 0.62, 'ICC(3,k)': 0.91}
    """
    x = numbers("scores", scores, ndim=2)
    n, k = x.shape
    for what, found in (("targets", n), ("readers", k)):
        if found < 2:
            raise StatsError("too_few", wanted=2, what=text(f"stats.what.{what}"), found=found)
    upper = (1 + confidence(level)) / 2
    msb, msj, mse, msw = _mean_squares(x)
    total = msb + (k - 1) * mse + k * (msj - mse) / n  # the spread of single ratings, times k
    if (msb == 0 and mse == 0) or total == 0:
        raise StatsError("all_alike")

    def averaged(one: float) -> float:
        """Step a value or a bound up from one rating to the mean of k (Spearman-Brown)."""
        return k * one / (1 + (k - 1) * one) if 1 + (k - 1) * one > 1e-12 else -np.inf

    def one_error(noise: float, df: float) -> tuple[float, float]:
        f = msb / noise if noise else np.inf
        fl, fu = f / scipy.stats.f.ppf(upper, n - 1, df), f * scipy.stats.f.ppf(upper, df, n - 1)
        low, high = (1.0 if np.isinf(bound) else float((bound - 1) / (bound + k - 1)) for bound in (fl, fu))
        return low, high

    def test(noise: float, df: float) -> tuple[float, float, float, float]:
        f = msb / noise if noise else np.inf
        return float(f), n - 1, df, float(scipy.stats.f.sf(f, n - 1, df))

    one, two = n * (k - 1), (n - 1) * (k - 1)
    value2 = (msb - mse) / total
    forms = {
        "1": ((msb - msw) / (msb + (k - 1) * msw), one_error(msw, one), test(msw, one)),
        "2": (value2, _absolute_bounds(value2, msb, msj, mse, n, k, upper), test(mse, two)),
        "3": ((msb - mse) / (msb + (k - 1) * mse), one_error(mse, two), test(mse, two)),
    }
    single = {f"ICC({form},1)": ICC(value, *bounds, *tested) for form, (value, bounds, tested) in forms.items()}
    mean = {
        f"ICC({form},k)": ICC(averaged(value), averaged(low), averaged(high), *tested)
        for form, (value, (low, high), tested) in forms.items()
    }
    return single | mean


def _mean_squares(x: Floats) -> tuple[float, float, float, float]:
    """Return mean squares between targets, between raters, of the residual, and within targets."""
    n, k = x.shape
    x = x - x.mean()
    targets, raters = x.mean(axis=1), x.mean(axis=0)
    total = float(np.sum(x**2))
    ssb, ssj = k * float(np.sum(targets**2)), n * float(np.sum(raters**2))
    sse = float(np.sum((x - targets[:, None] - raters) ** 2))
    ssb, ssj, sse = (s if s > 1e-14 * total else 0.0 for s in (ssb, ssj, sse))
    return ssb / (n - 1), ssj / (k - 1), sse / ((n - 1) * (k - 1)), (ssj + sse) / (n * (k - 1))


def _absolute_bounds(
    value: float, msb: float, msj: float, mse: float, n: int, k: int, upper: float
) -> tuple[float, float]:
    """Return the bounds of ICC(2,1), by Satterthwaite's degrees of freedom of the raters' and residual mean squares."""
    if value >= 1:
        return 1.0, 1.0
    a, b = k * value, n * (1 + (k - 1) * value) - k * value
    below = (n - 1) * (a * msj) ** 2 + (b * mse) ** 2
    df = (k - 1) * (n - 1) * (a * msj + b * mse) ** 2 / below if below else k - 1
    up, down = scipy.stats.f.ppf(upper, n - 1, df), scipy.stats.f.ppf(upper, df, n - 1)
    noise = k * msj + (k * n - k - n) * mse
    return (
        float(n * (msb / up - mse) / (noise + n * msb / up)),  # this way round, an infinite quantile does no harm
        float(n * (down * msb - mse) / (noise + n * down * msb)),
    )
