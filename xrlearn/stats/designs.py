"""Reader studies that are not fully crossed: split-plot, readers of one modality only, ratings that are missing."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ..locale import text
from .bounded import Bounds, difference_bounds, share_bounds
from .checks import Floats, StatsError, choice, confidence
from .ratings import arranged


@dataclass(frozen=True)
class AnyDesign:
    """What :func:`mrmc_any_design` returns.

    Attributes
    ----------
    readers : DataFrame
        One row per reader and modality: reader, modality, normal and diseased (cases read), value.
    means : DataFrame
        One row per modality: modality, value, se, df, low, high, method of the interval. The value weighs
        readers by what they have read.
    pairs : DataFrame
        Every pair of modalities: a, b, difference, se, df, low, high, method, p (not corrected for multiple
        comparisons).
    cases, diseased, ratings, missing : int
        Cases, how many of them are diseased, ratings given, and how many a fully crossed study would have had more.
    metric : str
    level : float
    """

    readers: pd.DataFrame
    means: pd.DataFrame
    pairs: pd.DataFrame
    cases: int
    diseased: int
    ratings: int
    missing: int
    metric: str
    level: float


def mrmc_any_design(
    ratings: pd.DataFrame, level: float = 0.95, *, metric: str = "auc", threshold: float | None = None
) -> AnyDesign:
    """Compare modalities whatever part of the cases each reader has read, for random readers and random cases.

    Parameters
    ----------
    ratings : DataFrame
        Columns reader, modality, case, truth, score, as for :func:`xrlearn.stats.mrmc`; any of its rows may be absent.
    level : float
        Confidence level.
    metric : {"auc", "sensitivity", "specificity"}
        What is compared. Sensitivity and specificity need `threshold`.
    threshold : float, optional
        Scores at or above it count as positive.

    Returns
    -------
    AnyDesign

    Raises
    ------
    StatsError
        If a variance cannot be estimated from the ratings that there are: a single reader or case in a modality, or an
        estimate below zero.

    Notes
    -----
    The variance is Gallas' "one-shot" estimate: the square of the mean less the U-statistic that estimates its
    expectation from pairs of comparisons with no reader and no case in common, which the design leaves enough of or
    not. The degrees of freedom are after Satterthwaite, rounded down for the interval and p, as the iMRMC programmes
    have them. In a fully crossed study :func:`xrlearn.stats.mrmc` says more.

    References
    ----------
    Gallas (2006), Acad Radiol 13:353-362; Gallas & Brown (2008), Neural Netw 21:387-397; Gallas, Pennello & Myers
    (2007), J Opt Soc Am A 24:B70-B80; Gallas, Bandos, Samuelson & Wagner (2009), Commun Stat Theory Methods
    38:2586-2603; Obuchowski, Gallas & Hillis (2012), Acad Radiol 19:1508-1517 (split-plot designs).

    Examples
    --------
    >>> from xrlearn.stats import roe_metz
    >>> study = roe_metz(readers=6, normal=40, diseased=40)
    >>> split = study[study["case"] % 2 == study["reader"] % 2]   # half of the readers, half of the cases
    >>> result = mrmc_any_design(split)
    >>> result.missing, len(result.pairs)
    (480, 1)
    """
    choice("metric", metric, ("auc", "sensitivity", "specificity"))
    level = confidence(level)
    if metric != "auc" and threshold is None:
        raise StatsError("threshold")
    present, scores, modalities, readers, _ = arranged(ratings)
    if len(modalities) < 2:
        raise StatsError("too_few", wanted=2, what=text("stats.what.modalities"), found=len(modalities))
    rights = [_right(one, present, metric, threshold) for one in scores]
    for modality, right in zip(modalities, rights):
        if min(_lone(right)) < 2:
            raise StatsError("design", modality=modality)
    own = [_Product(right, right) for right in rights]
    means = pd.DataFrame([_line(p.value, p.variance, p.df, level, share_bounds) for p in own])
    means.insert(0, "modality", modalities)
    pairs = []
    for (i, a), (j, b) in combinations(enumerate(modalities), 2):
        both = _Product(rights[i], rights[j])
        x, y = own[i], own[j]
        variance = x.variance + y.variance - 2 * both.variance
        spread = x.components + y.components - 2 * both.components
        df = _satterthwaite(variance, spread, np.minimum(x.dfs, y.dfs))
        line = _line(x.value - y.value, variance, df, level, difference_bounds)
        if line["se"] < 0 or min(means["se"]) < 0:
            raise StatsError("negative_variance")
        ratio = abs(line["value"]) / line["se"] if line["se"] else np.inf if line["value"] else 0.0
        p = 2 * stats.t.sf(ratio, np.floor(df))
        pairs.append({"a": a, "b": b, "difference": line.pop("value"), **line, "p": float(p)})
    return AnyDesign(
        readers=_readers(rights, present, scores, modalities, readers),
        means=means,
        pairs=pd.DataFrame(pairs, columns=["a", "b", "difference", "se", "df", "low", "high", "method", "p"]),
        cases=present.size,
        diseased=int(present.sum()),
        ratings=int(np.isfinite(scores).sum()),
        missing=int(np.isnan(scores).sum()),
        metric=metric,
        level=level,
    )


def _right(scores: Floats, present: np.ndarray, metric: str, threshold: float | None) -> Floats:
    """Return how right each reader was on each case, or each pair of a diseased and a normal one; nan where not read.

    Shape (readers, diseased, normal), or (readers, cases).
    """
    if metric == "auc":
        apart = scores[:, present, None] - scores[:, None, ~present]
        return np.where(np.isnan(apart), np.nan, (np.sign(apart) + 1) / 2)
    part = scores[:, present if metric == "sensitivity" else ~present]
    said = (part >= np.float64(threshold)) == (metric == "sensitivity")
    return np.where(np.isnan(part), np.nan, said)


def _lone(right: Floats) -> list[int]:
    """Return how many readers, and how many cases of each class, take part."""
    there = np.isfinite(right)
    axes = range(right.ndim)
    return [int(there.any(axis=tuple(b for b in axes if b != a)).sum()) for a in axes]


class _Product:
    """Two means over the same readers and cases: their covariance, and which part of it each axis brings."""

    def __init__(self, x: Floats, y: Floats) -> None:
        (s, d), (t, e) = ((np.nan_to_num(z), np.isfinite(z).astype(np.float64)) for z in (x, y))
        axes = range(x.ndim)
        pairs = d.sum() * e.sum()
        self.value = float(s.sum() / d.sum())
        product = s.sum() * t.sum() / pairs
        apart = sum((-1) ** len(same) * np.array([_same(s, t, same), _same(d, e, same)]) for same in _subsets(x.ndim))
        if apart[1] < 0.5:
            raise StatsError("design_pairs")
        #: the product of the means less what it would be if no two comparisons had anything in common
        self.variance = float(product - apart[0] / apart[1])
        shared = [np.array([_same(s, t, (a,)), _same(d, e, (a,))]) for a in axes]
        self.components = np.array([top / below - product if below else 0.0 for top, below in shared])
        with np.errstate(divide="ignore"):
            self.dfs = np.round(np.divide(pairs, [below for _, below in shared]) - 1)
        self.df = _satterthwaite(self.variance, self.components, self.dfs)


def _subsets(n: int) -> "chain[tuple[int, ...]]":
    return chain.from_iterable(combinations(range(n), k) for k in range(n + 1))


def _same(x: Floats, y: Floats, axes: tuple[int, ...]) -> float:
    """Return the sum of x times y over all pairs of entries that agree on these axes."""
    others = tuple(a for a in range(x.ndim) if a not in axes)
    return float((x.sum(axis=others) * y.sum(axis=others)).sum())


def _satterthwaite(variance: float, components: Floats, dfs: Floats) -> float:
    spread = float((components**2 / dfs**3).sum())
    least = float(dfs.min())
    return max(variance**2 / spread, least) if spread > 0 else least


def _line(
    value: float, variance: float, df: float, level: float, bounds: Callable[[float, float, float, float], Bounds]
) -> dict[str, Any]:
    se = float(np.sign(variance) * np.sqrt(abs(variance))) if abs(variance) > 1e-14 else 0.0  # rounding is no spread
    return {"value": value, "se": se, "df": df, **bounds(value, se, float(np.floor(df)), level)._asdict()}


def _readers(
    rights: list[Floats], present: np.ndarray, scores: Floats, modalities: tuple[Any, ...], readers: tuple[Any, ...]
) -> pd.DataFrame:
    rows = []
    for modality, right, given in zip(modalities, rights, np.isfinite(scores)):
        for reader, own, read in zip(readers, right, given):
            if np.isfinite(own).any():
                n = int(read[~present].sum()), int(read[present].sum())
                rows.append((reader, modality, *n, float(np.nanmean(own))))
    return pd.DataFrame(rows, columns=["reader", "modality", "normal", "diseased", "value"])
