"""What a study's ratings amount to: curves, changes with AI, errors, times, marks and the readers' own confidence.

Everything here is a pure function of the table that :meth:`Store.ratings` returns. `before` and `after` name two arms.
Whether AI makes readers follow it blindly is in :mod:`~xrlearn.readers.bias`, what readers and AI are worth together in
:mod:`~xrlearn.readers.together`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from ..stats import (
    MRMC,
    StatsError,
    auc,
    brier,
    calibration,
    ece,
    icc,
    lroc,
    mrmc,
    proportion_ci,
    reliability_bins,
    roc_curve,
)
from ..stats.bounded import MIN_READERS, Bounds, difference_bounds, readers_for_ratio, share_bounds, unseen_share
from .errors import StudyError
from .ratings import YES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval, and how that was made (:mod:`xrlearn.stats.bounded`; ``log`` for ratios)."""

    value: float
    low: float
    high: float
    method: str = "t"


@dataclass(frozen=True)
class Shift:
    """A figure in two arms, and its change (after less before) with a 95 % interval."""

    before: float
    after: float
    change: Estimate


def complete(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings of those readers who have read every film in every arm.

    Raises
    ------
    StudyError
        If there is none yet.

    Examples
    --------
    >>> table = pd.DataFrame({"reader": ["A", "A", "B"], "modality": [1, 2, 1], "case": "c"})
    >>> complete(table)["reader"].unique().tolist()
    ['A']
    """
    wanted = len(ratings["modality"].astype("category").cat.categories) * ratings["case"].nunique()
    counts = ratings.groupby("reader")["case"].size()
    if ratings.empty or counts.max() < wanted:
        raise StudyError("none_finished")
    return ratings[ratings["reader"].isin(counts.index[counts == wanted])].reset_index(drop=True)


def matrix(ratings: pd.DataFrame, arm: str, column: str = "score") -> Floats:
    """Return one column of a complete table as an array, (readers, cases), both sorted."""
    part = ratings[ratings["modality"] == arm]
    return part.pivot(index="reader", columns="case", values=column).sort_index().to_numpy(dtype=np.float64)


def by_case(ratings: pd.DataFrame, column: str) -> Floats:
    """Return what is known of each film (truth, ai, threshold), (cases,), sorted by case."""
    return ratings.groupby("case")[column].first().sort_index().to_numpy(dtype=np.float64)


# ------------------------------------------------------------------------------------------------ curves
@dataclass(frozen=True)
class Curve:
    """An empirical ROC curve of one reader in one arm; `reader` is None for the mean of the readers."""

    reader: str | None
    modality: str
    false_positive: Floats
    true_positive: Floats
    auc: float


def curves(ratings: pd.DataFrame) -> list[Curve]:
    """Return the ROC curve of every reader in every arm, and of each arm the mean curve.

    The mean curve averages sensitivities at each false positive fraction, so that the area under it is the mean of the
    readers' areas.

    References
    ----------
    Chen & Samuelson (2014), Br J Radiol 87:20140016.
    """
    table, found = complete(ratings), list[Curve]()
    for arm in arms(table):
        own = []
        for reader, part in table[table["modality"] == arm].groupby("reader"):
            x, y, _ = roc_curve(part["truth"], part["score"])
            own.append(Curve(str(reader), arm, x, y, auc(part["truth"], part["score"])))
        grid = np.unique(np.concatenate([c.false_positive for c in own]))
        # a curve may rise upright: its lower and upper end at each false positive fraction are averaged apart
        ends = np.mean([[_end(c, grid, "left"), _end(c, grid, "right")] for c in own], axis=0)
        mean = Curve(None, arm, np.repeat(grid, 2), ends.T.ravel(), float(np.mean([c.auc for c in own])))
        found += [*own, mean]
    return found


def _end(curve: Curve, grid: Floats, side: str) -> Floats:
    """Return the curve's lowest ("left") or highest ("right") sensitivity at each point of `grid`."""
    x, y = curve.false_positive, curve.true_positive
    distinct, first = np.unique(x, return_index=True)
    last = np.append(first[1:], len(x)) - 1
    low, high = y[first], y[last]
    i = np.searchsorted(distinct, grid, "right") - 1
    j = np.minimum(i + 1, len(distinct) - 1)
    exact = distinct[i] == grid
    width = np.where(j > i, distinct[j] - distinct[i], 1.0)
    between = high[i] + (grid - distinct[i]) / width * (low[j] - high[i])
    return np.where(exact, low[i] if side == "left" else high[i], between)


def arms(ratings: pd.DataFrame) -> list[str]:
    """Return the arms that occur, in the protocol's order."""
    there = set(ratings["modality"])
    return [str(arm) for arm in ratings["modality"].astype("category").cat.categories if arm in there]


def compare(ratings: pd.DataFrame, metric: str = "auc", covariance: str = "jackknife", level: float = 0.95) -> MRMC:
    """Return the multi-reader multi-case analysis of the readers who have finished (:func:`xrlearn.stats.mrmc`).

    Its differences are the first arm less the second. Sensitivity and specificity count a confidence of 50 as yes.
    """
    threshold = None if metric == "auc" else YES
    return mrmc(complete(ratings), covariance, level, metric=metric, threshold=threshold)


# ------------------------------------------------------------------------------------------------ change with AI
@dataclass(frozen=True)
class Change:
    """How reading changes from one arm to another, as Lindsey et al. reported it.

    Attributes
    ----------
    sensitivity, specificity, misreads : Shift
        Means over readers; misreads: share of wrong answers on the study's films.
    reduction : Estimate
        Relative reduction of misreads, 1 - after / before; nan where nobody erred before.
    readers, cases : int
    """

    sensitivity: Shift
    specificity: Shift
    misreads: Shift
    reduction: Estimate
    readers: int
    cases: int


def change(ratings: pd.DataFrame, before: str, after: str) -> Change:
    """Return the change of sensitivity, specificity and misreads from arm `before` to arm `after`.

    Intervals are for other readers and other cases (:func:`crossed_mean`); those of sensitivity and specificity are
    the same as of :func:`compare`. The reduction's is made on the log scale by the delta method, and is nan where
    nobody erred in one of the arms.

    References
    ----------
    Lindsey et al. (2018), PNAS 115:11591-11596: sensitivity 80.8 to 91.5 %, specificity 87.5 to 93.9 %, a relative
    reduction of misinterpretation of 47 %.
    """
    table = complete(ratings)
    sick = by_case(table, "truth") == 1
    right = [((matrix(table, arm) >= YES) == sick).astype(np.float64) for arm in (before, after)]
    wrong = [1 - x for x in right]
    return Change(
        _shift(*(x[:, sick] for x in right)),
        _shift(*(x[:, ~sick] for x in right)),
        _shift(*wrong),
        _reduction(*wrong),
        len(right[0]),
        len(sick),
    )


def crossed_mean(values: Floats, kind: Literal["share", "difference", "amount"]) -> Estimate:
    """Return the mean of a (readers, cases) array with a 95 % interval for random readers and random cases.

    Parameters
    ----------
    values : ndarray, (readers, cases)
    kind : {"share", "difference", "amount"}
        What bounds the mean: 0 to 1, -1 to 1, or nothing.

    The variance of the mean is [MS(R) + max(MS(C) - MS(RC), 0)] / (readers x cases), with Hillis' degrees of freedom;
    for a difference of two arms it is that of Obuchowski and Rockette's analysis. With one reader only cases vary.
    Where no case differs from another, the interval is what so many cases may have missed
    (:func:`xrlearn.stats.bounded.unseen_share`).

    References
    ----------
    Hillis (2007), Stat Med 26:596-619.

    Examples
    --------
    >>> found = crossed_mean(np.array([[1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0]]), "share")
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), found.method
    (0.667, 0.303, 0.902, 'logit')
    """
    readers, cases = values.shape
    mean = float(values.mean())
    if cases < 2:
        return Estimate(mean, np.nan, np.nan)
    if readers == 1:
        variance, df = values.var(ddof=1) / cases, cases - 1.0
    else:
        rows, columns = values.mean(axis=1), values.mean(axis=0)
        ms_r, ms_c = cases * rows.var(ddof=1), readers * columns.var(ddof=1)
        rest = values - rows[:, None] - columns + mean
        ms_rc = (rest**2).sum() / ((readers - 1) * (cases - 1))
        total = ms_r + max(ms_c - ms_rc, 0)
        variance, df = total / (readers * cases), (readers - 1) * (total / ms_r) ** 2 if ms_r > 1e-20 else np.inf
    se = float(np.sqrt(variance))
    if kind == "amount":
        half = float(stdtrit(df, 0.975)) * se
        return Estimate(mean, mean - half, mean + half)
    if se < 1e-10:
        least, unseen = (0.0 if kind == "share" else -1.0), unseen_share(cases)
        return Estimate(mean, max(mean - unseen, least), min(mean + unseen, 1.0), "exact")
    bounds: Bounds = (share_bounds if kind == "share" else difference_bounds)(mean, se, df)
    return Estimate(mean, *bounds)


def _shift(before: Floats, after: Floats) -> Shift:
    """Return the change of a share."""
    return Shift(float(before.mean()), float(after.mean()), crossed_mean(after - before, "difference"))


def _reduction(before: Floats, after: Floats) -> Estimate:
    """Return 1 - after / before of two mean error rates."""
    first, then = before.mean(), after.mean()
    if first == 0 or then == 0:
        return Estimate(1.0 if first > 0 else np.nan, np.nan, np.nan)
    low, high = _ratio_bounds(before, after)
    return Estimate(float(1 - then / first), 1 - high, 1 - low, "log")


def _ratio_bounds(before: Floats, after: Floats) -> tuple[float, float]:
    """Return the interval of after / before, two means above 0, on the log scale by the delta method."""
    first, then = before.mean(), after.mean()
    spread = crossed_mean(after / then - before / first, "amount")  # of the log ratio, about 0
    return float(then / first * np.exp(spread.low)), float(then / first * np.exp(spread.high))


# ------------------------------------------------------------------------------------------------ measurements
def errors(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the error of every reader in every arm, of the mean of the readers, and of the AI, as Tajmir et al. did.

    Returns
    -------
    DataFrame
        reader ("" for the mean of all readers' answers, with modality; "AI" with modality ""), modality, n, rmse, mae,
        bias (answer less truth), in the units of the scale.

    References
    ----------
    Tajmir et al. (2019), Skeletal Radiol 48:275-283: RMSE of readers 0.661 y, AI 0.601 y, pooled readers with AI
    0.508 y.

    Examples
    --------
    >>> table = pd.DataFrame({"reader": ["A", "B"], "modality": "alone", "case": "c", "truth": 100.0,
    ...                       "score": [97.0, 105.0], "ai": 102.0})
    >>> errors(table)["rmse"].tolist()
    [3.0, 5.0, 1.0, 2.0]
    """
    rows = []
    for arm in arms(ratings):
        part = ratings[ratings["modality"] == arm]
        rows += [(str(r), arm, *_error(own["score"] - own["truth"])) for r, own in part.groupby("reader")]
        pooled = part.groupby("case")[["score", "truth"]].mean()
        rows.append(("", arm, *_error(pooled["score"] - pooled["truth"])))
    films = ratings.groupby("case")[["ai", "truth"]].first().dropna()
    if len(films):
        rows.append(("AI", "", *_error(films["ai"] - films["truth"])))
    return pd.DataFrame(rows, columns=["reader", "modality", "n", "rmse", "mae", "bias"])


def _error(off: pd.Series) -> tuple[int, float, float, float]:
    return len(off), float(np.sqrt((off**2).mean())), float(off.abs().mean()), float(off.mean())


def rmse_change(ratings: pd.DataFrame, before: str, after: str) -> Shift:
    """Return the change of the readers' mean RMSE between two arms.

    The interval is that of :func:`crossed_mean` on the linearised RMSE (delta method); where it would promise an error
    below 0, it is made of the ratio of the two errors on the log scale.
    """
    table = complete(ratings)
    truth = by_case(table, "truth")
    own, other = (_linear_rmse(matrix(table, arm) - truth) for arm in (before, after))
    first, then = float(own.mean()), float(other.mean())
    change = crossed_mean(other - own, "amount")
    if change.low < -first and then > 0:
        low, high = _ratio_bounds(own, other)
        change = Estimate(change.value, first * (low - 1), first * (high - 1), "log")
    return Shift(first, then, change)


def _linear_rmse(off: Floats) -> Floats:
    """Return what each case contributes to its reader's RMSE, (readers, cases): the rows' means are the RMSEs."""
    squares = off**2
    rmse = np.sqrt(squares.mean(axis=1, keepdims=True))
    return np.where(rmse > 0, rmse + (squares - rmse**2) / np.maximum(2 * rmse, 1e-12), 0.0)


def agreement(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return how far readers agree with each other in each arm: ICC(2,1) with its interval.

    Returns
    -------
    DataFrame
        modality, icc, low, high; empty with fewer than two readers.
    """
    table, rows = complete(ratings), []
    for arm in arms(table):
        scores = matrix(table, arm)
        if len(scores) > 1:
            found = icc(scores.T)["ICC(2,1)"]
            rows.append((arm, found.value, found.low, found.high))
    return pd.DataFrame(rows, columns=["modality", "icc", "low", "high"])


# ------------------------------------------------------------------------------------------------ time and place
def times(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return how long films took, per reader and arm, and per arm over all readers (reader ""): median and quartiles.

    The time of a second reader's film is that of both its answers.

    Examples
    --------
    >>> table = pd.DataFrame({"reader": "A", "modality": "alone", "seconds": [4.0, 6.0, 20.0], "first_seconds": np.nan})
    >>> times(table)[["median", "q1", "q3"]].to_numpy().tolist()
    [[6.0, 5.0, 13.0], [6.0, 5.0, 13.0]]
    """
    table = ratings.assign(seconds=ratings["seconds"] + ratings["first_seconds"].fillna(0))
    rows = []
    for arm in arms(table):
        part = table[table["modality"] == arm]
        for reader, own in [*part.groupby("reader"), ("", part)]:
            low, middle, high = own["seconds"].quantile([0.25, 0.5, 0.75])
            rows.append((str(reader), arm, len(own), middle, low, high))
    return pd.DataFrame(rows, columns=["reader", "modality", "n", "median", "q1", "q3"])


def time_ratio(ratings: pd.DataFrame, before: str, after: str) -> Estimate:
    """Return how many times as long a film takes in arm `after`, over readers.

    Geometric mean of the readers' ratios of geometric mean times; t interval over readers (nan for one reader).
    """
    logs = _log_times(ratings, before, after)
    n, mean = len(logs), float(logs.mean())
    half = float(stdtrit(n - 1, 0.975) * logs.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return Estimate(float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half)), "log")


def readers_for_time(ratings: pd.DataFrame, before: str, after: str) -> int:
    """Return how many readers like these it takes to know the ratio of times within a factor of two either way."""
    logs = _log_times(ratings, before, after)
    return readers_for_ratio(float(logs.std(ddof=1))) if len(logs) > 1 else MIN_READERS


def _log_times(ratings: pd.DataFrame, before: str, after: str) -> Floats:
    """Return each reader's mean logarithm of the ratio of times, (readers,)."""
    table = complete(ratings)
    first, then = (
        np.log(np.maximum(matrix(table, arm, "seconds") + np.nan_to_num(matrix(table, arm, "first_seconds")), 0.1))
        for arm in (before, after)
    )
    by_reader: Floats = (then - first).mean(axis=1)
    return by_reader


def localisation(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return how often the mark hit, per reader and arm, over the films whose lesions were outlined.

    Returns
    -------
    DataFrame
        reader, modality, hits, n, marks (films on which anything was marked), rate, low, high (Wilson), lroc: area
        under the localisation ROC curve of these films
        and the normal ones (nan where there are none).
    """
    rows = []
    for arm in arms(ratings):
        for reader, part in ratings[ratings["modality"] == arm].groupby("reader"):
            marked = part[part["hit"].notna() & (part["truth"] == 1)]
            if marked.empty:
                continue
            hits, n = int(marked["hit"].sum()), len(marked)
            used = pd.concat([marked, part[part["truth"] == 0]])
            area = lroc(used["truth"], used["score"], used["hit"].fillna(0)).value if len(used) > n else np.nan
            marks = int(marked["mark_row"].notna().sum())
            rows.append((str(reader), arm, hits, n, marks, hits / n, *proportion_ci(hits, n), area))
    return pd.DataFrame(rows, columns=["reader", "modality", "hits", "n", "marks", "rate", "low", "high", "lroc"])


# ------------------------------------------------------------------------------------------------ confidence
@dataclass(frozen=True)
class Confidence:
    """How well the readers' own confidence is calibrated in one arm, all readers' answers together.

    Attributes
    ----------
    stated, observed, count : ndarray, (bins,)
        Mean stated probability, share diseased and number of answers of each tenth that was used.
    ece, brier : float
        The calibration error is debiased (:func:`xrlearn.stats.ece`): what chance adds to few answers is taken off.
    slope : float
        Calibration slope; below 1 is over-confident; nan where it cannot be fitted.
    """

    modality: str
    stated: Floats
    observed: Floats
    count: Floats
    ece: float
    brier: float
    slope: float


def confidence(ratings: pd.DataFrame) -> list[Confidence]:
    """Return the calibration of the readers' confidence (0 to 100, taken as a probability) in each arm."""
    found = []
    for arm in arms(ratings):
        part = ratings[ratings["modality"] == arm]
        p, truth = part["score"] / 100, part["truth"]
        count, stated, observed = reliability_bins(truth, p)
        try:
            slope = calibration(truth, p, clip=0.005).slope
        except StatsError:
            slope = np.nan
        found.append(Confidence(arm, stated, observed, count, ece(truth, p, debiased=True), brier(truth, p), slope))
    return found
