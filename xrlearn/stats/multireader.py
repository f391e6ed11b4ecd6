"""Multi-reader multi-case analysis after Obuchowski and Rockette, with Hillis' degrees of freedom."""

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import scipy

from ..locale import text
from .bounded import difference_bounds, share_bounds
from .checks import Floats, StatsError, choice, confidence
from .ratings import crossed
from .roc import delong_covariance, placements


@dataclass(frozen=True)
class Analysis:
    """One of the three analyses: the test of equal modalities, their differences, and each modality by itself.

    Attributes
    ----------
    F : float or None
        F statistic; None where the analysis uses a chi-square statistic (fixed readers).
    chi2 : float or None
        Chi-square statistic; None where the analysis uses F.
    df1, df2 : float
        Degrees of freedom; `df2` is infinite for chi-square.
    p : float
        Two-sided p value of the hypothesis that all modalities are equal.
    difference, se, low, high : float or None
        Mean of the first modality minus that of the second, its standard error and interval; None when there are more
        than two modalities (see `pairs`).
    pairs : DataFrame
        Every pair of modalities: a, b, difference, se, low, high, method of the interval, p (not corrected for multiple
        comparisons).
    means : DataFrame
        Every modality by itself, from its own data alone: modality, value, se, df, low, high, method.

    Intervals are the textbook's, but none leaves -1 to 1 or 0 to 1 (:mod:`xrlearn.stats.bounded`).
    """

    F: float | None
    chi2: float | None
    df1: float
    df2: float
    p: float
    difference: float | None
    se: float | None
    low: float | None
    high: float | None
    pairs: pd.DataFrame
    means: pd.DataFrame


@dataclass(frozen=True)
class MRMC:
    """What :func:`mrmc` returns.

    Attributes
    ----------
    auc : DataFrame
        One row per reader and modality: reader, modality, value (named ``auc``, ``sensitivity`` or ``specificity``),
        se, low, high, method of the interval.
    rrrc, frrc, rrfc : Analysis or None
        Random readers and random cases; fixed readers and random cases; random readers and fixed cases. With a single
        reader only `frrc` exists.
    components : dict
        Obuchowski-Rockette variance components (reader, modality_reader, error, cov1, cov2, cov3); estimates may be
        negative. ``dbm_*``: the equivalent components of Dorfman, Berbaum and Metz, for `cases` pseudovalues.
    mean_squares : dict
        Mean squares of the modality x reader analysis of variance: modality, reader, modality_reader.
    matrix : ndarray, shape (modalities * readers, modalities * readers)
        Covariance of all values, modality by modality.
    modalities, readers : tuple
    cases, diseased : int
        Number of cases, and how many of them are diseased.
    metric, covariance : str
    level : float
    """

    auc: pd.DataFrame
    rrrc: Analysis | None
    frrc: Analysis
    rrfc: Analysis | None
    components: dict[str, float]
    mean_squares: dict[str, float]
    matrix: Floats = field(repr=False)
    modalities: tuple[Any, ...]
    readers: tuple[Any, ...]
    cases: int
    diseased: int
    metric: str
    covariance: str
    level: float


def mrmc(
    ratings: pd.DataFrame,
    covariance: str = "jackknife",
    level: float = 0.95,
    *,
    metric: str = "auc",
    threshold: float | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> MRMC:
    """Compare modalities that several readers have used on the same cases.

    Parameters
    ----------
    ratings : DataFrame
        Columns reader, modality, case, truth (1 diseased, 0 normal), score (higher speaks for disease). Every reader
        has read every case in every modality, once.
    covariance : {"jackknife", "delong", "bootstrap"}
        How the covariances between the readers' AUCs are estimated. The bootstrap draws diseased and normal cases
        apart.
    level : float
        Confidence level.
    metric : {"auc", "sensitivity", "specificity"}
        What is compared. Sensitivity and specificity need `threshold`.
    threshold : float, optional
        Scores at or above it count as positive.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    MRMC

    Raises
    ------
    StatsError
        If the table is not fully crossed or has fewer than two modalities (see :func:`crossed`).

    Notes
    -----
    With t modalities, r readers, and MS the mean squares of the t x r table of AUCs:
    random readers and cases, F = MS(T) / [MS(TR) + r max(Cov2 - Cov3, 0)] on t - 1 and
    [MS(TR) + r max(Cov2 - Cov3, 0)]^2 / {MS(TR)^2 / [(t - 1)(r - 1)]} degrees of freedom (Hillis' ddf_H);
    fixed readers, chi-square = (t - 1) MS(T) / [Var - Cov1 + (r - 1) max(Cov2 - Cov3, 0)] on t - 1;
    fixed cases, F = MS(T) / MS(TR) on t - 1 and (t - 1)(r - 1).
    The DBM analysis of jackknife pseudovalues with Hillis' model simplification is the same test
    (Hillis et al. 2005); :attr:`MRMC.components` lists its variance components too.

    References
    ----------
    Obuchowski & Rockette (1995), Commun Stat Simul 24:285-308; Hillis (2007), Stat Med 26:596-619; Hillis (2014),
    Stat Med 33:330-360; Hillis, Obuchowski, Schartz & Berbaum (2005), Stat Med 24:1579-1607.

    Examples
    --------
    >>> import itertools, numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> rows = [
    ...     (reader, modality, case, case % 2, (case % 2) * (1 + modality) + rng.normal())
    ...     for reader, modality, case in itertools.product("ABC", (0, 1), range(40))
    ... ]
    >>> result = mrmc(pd.DataFrame(rows, columns=["reader", "modality", "case", "truth", "score"]))
    >>> result.rrrc.df1, len(result.auc)
    (1, 6)
    """
    choice("covariance", covariance, ("jackknife", "delong", "bootstrap"))
    choice("metric", metric, ("auc", "sensitivity", "specificity"))
    level = confidence(level)
    present, scores, modalities, readers = crossed(ratings)
    t, r = scores.shape[:2]
    if t < 2:
        raise StatsError("too_few", wanted=2, what=text("stats.what.modalities"), found=t)
    flat = scores.reshape(t * r, -1)
    if metric != "auc" and threshold is None:
        raise StatsError("threshold")
    parts = _parts(present, flat, metric, threshold)
    if min(part.shape[1] for part in parts) < 2:
        what = text("stats.what.cases_of_each_class")
        raise StatsError("too_few", wanted=2, what=what, found=min(part.shape[1] for part in parts))
    values = parts[0].mean(axis=1)
    if covariance == "bootstrap":
        matrix = _bootstrap(present, flat, metric, threshold, resamples, seed)
    elif metric != "auc":  # of a mean, the jackknife and DeLong's estimate are the same
        matrix = np.cov(parts[0]) / parts[0].shape[1]
    else:
        matrix = (_jackknife if covariance == "jackknife" else delong_covariance)(*parts)
    model = _Model(values.reshape(t, r), matrix.reshape(t, r, t, r), level)
    return MRMC(
        auc=_single(values, matrix, metric, modalities, readers, level),
        rrrc=model.rrrc(modalities) if r > 1 else None,
        frrc=model.frrc(modalities),
        rrfc=model.rrfc(modalities) if r > 1 else None,
        components=model.components(sum(part.shape[1] for part in parts)),
        mean_squares={"modality": model.ms_t, "reader": model.ms_r, "modality_reader": model.ms_tr},
        matrix=matrix,
        modalities=modalities,
        readers=readers,
        cases=present.size,
        diseased=int(present.sum()),
        metric=metric,
        covariance=covariance,
        level=level,
    )


def _parts(present: np.ndarray, scores: Floats, metric: str, threshold: float | None) -> list[Floats]:
    """Return what each case contributes to each test's value (their mean), one array for each class that counts."""
    if metric == "auc":
        return list(placements(present, scores))
    positive = (scores >= np.float64(threshold)).astype(np.float64)
    return [positive[:, present] if metric == "sensitivity" else 1 - positive[:, ~present]]


def _jackknife(diseased: Floats, normal: Floats) -> Floats:
    """Return the jackknife covariance of AUCs; leaving out a case moves an AUC by its placement."""
    m, n = diseased.shape[1], normal.shape[1]
    area = diseased.mean(axis=1, keepdims=True)
    without = np.hstack([(m * area - diseased) / (m - 1), (n * area - normal) / (n - 1)])
    away = without - without.mean(axis=1, keepdims=True)
    return (m + n - 1) / (m + n) * away @ away.T


def _bootstrap(
    present: np.ndarray, scores: Floats, metric: str, threshold: float | None, resamples: int, seed: int
) -> Floats:
    """Return the covariance of the metric over resamples of cases, diseased and normal drawn apart."""
    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(present), np.flatnonzero(~present)]
    drawn = (np.concatenate([rng.choice(cases, cases.size) for cases in classes]) for _ in range(resamples))
    values = [_parts(present[draw], scores[:, draw], metric, threshold)[0].mean(axis=1) for draw in drawn]
    return np.cov(np.transpose(values))


def _single(
    values: Floats, matrix: Floats, metric: str, modalities: tuple[Any, ...], readers: tuple[Any, ...], level: float
) -> pd.DataFrame:
    error = np.sqrt(np.diag(matrix))
    frame = pd.MultiIndex.from_product([modalities, readers], names=["modality", "reader"]).to_frame(index=False)
    frame = frame[["reader", "modality"]]
    frame[metric], frame["se"] = values, error
    return frame.join(pd.DataFrame([share_bounds(v, se, level=level) for v, se in zip(values, error)]))


class _Model:
    """The Obuchowski-Rockette model of a modalities x readers table and its error covariances."""

    def __init__(self, values: Floats, matrix: Floats, level: float) -> None:
        self.t, self.r = t, r = values.shape
        self.level = level
        self.means = values.mean(axis=1)
        by_reader, grand = values.mean(axis=0), values.mean()
        self.ms_t = _tidy(r * np.sum((self.means - grand) ** 2) / (t - 1))
        self.ms_r = _tidy(t * np.sum((by_reader - grand) ** 2) / (r - 1)) if r > 1 else 0.0
        rest = values - self.means[:, None] - by_reader + grand
        self.ms_tr = _tidy(np.sum(rest**2) / ((t - 1) * (r - 1))) if r > 1 else 0.0
        self.ms_r_of = [_tidy(x) for x in values.var(axis=1, ddof=1)] if r > 1 else [0.0] * t

        same_t, same_r = np.eye(t, dtype=bool), np.eye(r, dtype=bool)

        def mean(modality: np.ndarray, reader: np.ndarray) -> float:
            picked = matrix[(modality[:, None, :, None] & reader[None, :, None, :])]
            return float(picked.mean()) if picked.size else 0.0

        self.error = mean(same_t, same_r)
        self.cov1, self.cov2, self.cov3 = mean(~same_t, same_r), mean(same_t, ~same_r), mean(~same_t, ~same_r)
        own = [matrix[i, :, i, :] for i in range(t)]
        self.error_of = [float(np.diag(x).mean()) for x in own]
        self.cov2_of = [float(x[~same_r].mean()) if r > 1 else 0.0 for x in own]

    def components(self, cases: int) -> dict[str, float]:
        error, cov1, cov2, cov3 = self.error, self.cov1, self.cov2, self.cov3
        reader = (self.ms_r - self.ms_tr) / self.t - cov1 + cov3
        modality_reader = self.ms_tr - error + cov1 + cov2 - cov3
        return {
            "reader": reader,
            "modality_reader": modality_reader,
            "error": error,
            "cov1": cov1,
            "cov2": cov2,
            "cov3": cov3,
            "dbm_reader": reader,
            "dbm_case": cases * cov3,
            "dbm_modality_reader": modality_reader,
            "dbm_modality_case": cases * (cov2 - cov3),
            "dbm_reader_case": cases * (cov1 - cov3),
            "dbm_rest": cases * (error - cov1 - cov2 + cov3),
        }

    def rrrc(self, modalities: tuple[Any, ...]) -> Analysis:
        """Random readers and random cases: an F test with Hillis' degrees of freedom."""
        noise = self.ms_tr + self.r * max(self.cov2 - self.cov3, 0)
        df2 = _hillis(noise, self.ms_tr, (self.t - 1) * (self.r - 1))
        totals = [ms + self.r * max(cov2, 0) for ms, cov2 in zip(self.ms_r_of, self.cov2_of)]
        single = [(x / self.r, _hillis(x, ms, self.r - 1)) for x, ms in zip(totals, self.ms_r_of)]
        return self._analysis(modalities, noise, df2, single)

    def frrc(self, modalities: tuple[Any, ...]) -> Analysis:
        """Fixed readers and random cases: a chi-square test."""
        others = self.r - 1
        noise = self.error - self.cov1 + others * max(self.cov2 - self.cov3, 0)
        single = [((e + others * max(cov2, 0)) / self.r, np.inf) for e, cov2 in zip(self.error_of, self.cov2_of)]
        return self._analysis(modalities, noise, np.inf, single, chi2=True)

    def rrfc(self, modalities: tuple[Any, ...]) -> Analysis:
        """Random readers and fixed cases: the repeated-measures F test of the readers' values."""
        single = [(ms / self.r, self.r - 1) for ms in self.ms_r_of]
        return self._analysis(modalities, self.ms_tr, (self.t - 1) * (self.r - 1), single)

    def _analysis(
        self,
        modalities: tuple[Any, ...],
        noise: float,
        df2: float,
        single: list[tuple[float, float]],
        *,
        chi2: bool = False,
    ) -> Analysis:
        df1, noise = self.t - 1, _tidy(noise)
        ratio = _ratio(self.ms_t, noise)
        p = scipy.stats.chi2.sf(df1 * ratio, df1) if np.isinf(df2) else scipy.stats.f.sf(ratio, df1, df2)
        pairs = pd.DataFrame(combinations(modalities, 2), columns=["a", "b"])
        pairs["difference"] = [a - b for a, b in combinations(self.means, 2)]
        pairs["se"] = np.sqrt(2 / self.r * noise)
        bounds = [difference_bounds(d, se, df2, self.level) for d, se in zip(pairs["difference"], pairs["se"])]
        pairs = pairs.join(pd.DataFrame(bounds))
        pairs["p"] = [2 * scipy.stats.t.sf(np.sqrt(_ratio(self.r * d**2 / 2, noise)), df2) for d in pairs["difference"]]
        means = pd.DataFrame({"modality": modalities, "value": self.means})
        means["se"], means["df"] = [np.sqrt(variance) for variance, _ in single], [df for _, df in single]
        own = [share_bounds(v, se, df, self.level) for v, se, df in zip(self.means, means["se"], means["df"])]
        means = means.join(pd.DataFrame(own))
        only = {name: float(pairs[name][0]) if self.t == 2 else None for name in ("difference", "se", "low", "high")}
        statistic = {"F": None, "chi2": df1 * ratio} if chi2 else {"F": ratio, "chi2": None}
        return Analysis(**statistic, df1=df1, df2=df2, p=float(p), **only, pairs=pairs, means=means)


def _hillis(total: float, mean_square: float, df: float) -> float:
    """Return Hillis' degrees of freedom of a mean square to which a covariance term without its own error is added."""
    return float(df * (total / mean_square) ** 2) if mean_square > 0 else np.inf


def _ratio(signal: float, noise: float) -> float:
    """Return signal / noise; nothing over nothing is no evidence."""
    return float(signal / noise) if noise > 0 else (np.inf if _tidy(signal) > 0 else 0.0)


def _tidy(variance: float) -> float:
    """Return a variance without rounding error: AUCs of a real study differ by more than 1e-10, or not at all."""
    return float(variance) if variance > 1e-20 else 0.0
