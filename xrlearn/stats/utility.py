"""Is it worth using? Net benefit, reclassification, and a chart that watches for failures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from ..locale import text
from .bounded import difference_bounds
from .checks import Floats, StatsError, confidence, labels, numbers, probabilities, same_length


def _threshold(value: float) -> float:
    if not 0 <= value < 1:
        raise StatsError("threshold_range", value=value)
    return float(value)


def net_benefit(truth: ArrayLike, probability: ArrayLike, threshold: float) -> float:
    """Return the net benefit of acting on every probability at or above the threshold.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal.
    probability : array-like, shape (cases,)
        Predicted probability of disease, 0 to 1.
    threshold : float
        Probability, from 0 to below 1, at which acting and not acting are equally good: threshold / (1 - threshold)
        is how many false alarms one missed disease is worth.

    Returns
    -------
    float
        TP / n - FP / n * threshold / (1 - threshold): true positives per case, less the harm of false ones.

    Raises
    ------
    StatsError
        If the threshold is not from 0 to below 1, or the input is not truth and probabilities of equal length.

    References
    ----------
    Vickers & Elkin (2006), Med Decis Making 26:565-574.

    Examples
    --------
    >>> net_benefit([1, 1, 0, 0], [0.9, 0.6, 0.7, 0.2], 0.5)
    0.25
    """
    t = _threshold(threshold)
    y, p = labels(truth), probabilities(probability)
    same_length(truth=y.astype(float), probability=p)
    act = p >= t
    return float(np.mean(act & y) - np.mean(act & ~y) * t / (1 - t))


def decision_curve(truth: ArrayLike, probability: ArrayLike, thresholds: ArrayLike | None = None) -> pd.DataFrame:
    """Return the decision curve: net benefit of the model, of treating all, and of treating none, by threshold.

    Parameters
    ----------
    truth, probability : array-like, shape (cases,)
        As in :func:`net_benefit`.
    thresholds : array-like, optional
        Threshold probabilities; 0.01 to 0.99 in steps of 0.01 when left out.

    Returns
    -------
    DataFrame
        Columns threshold, model, all, none, and avoided: false alarms that the model avoids per 100 cases, compared
        with treating all, without missing any more disease.

    References
    ----------
    Vickers & Elkin (2006), Med Decis Making 26:565-574; Vickers, van Calster & Steyerberg (2019), Diagn Progn Res 3:18.

    Examples
    --------
    >>> decision_curve([1, 1, 0, 0], [0.9, 0.6, 0.7, 0.2], [0.5]).round(2).to_numpy().tolist()
    [[0.5, 0.25, 0.0, 0.0, 25.0]]
    """
    grid = np.arange(1, 100) / 100 if thresholds is None else numbers("thresholds", thresholds)
    model = [net_benefit(truth, probability, t) for t in grid]
    rate = float(labels(truth).mean())
    table = pd.DataFrame({"threshold": grid, "model": model})
    table["all"] = rate - (1 - rate) * table["threshold"] / (1 - table["threshold"])
    table["none"] = 0.0
    odds = (table["threshold"] / (1 - table["threshold"])).where(table["threshold"] > 0)
    table["avoided"] = 100 * (table["model"] - table["all"]) / odds
    return table


@dataclass(frozen=True)
class Change:
    """A change in prediction: its value, standard error, interval, z and two-sided p."""

    value: float
    se: float
    low: float
    high: float
    z: float
    p: float


def _change(value: float, variance: float, level: float) -> Change:
    se = float(np.sqrt(max(variance, 0.0)))
    bounds = difference_bounds(value / 2, se / 2, level=confidence(level))  # a sum of two shares' changes: -2 to 2
    z = value / se if se > 0 else (0.0 if value == 0 else float("nan"))
    return Change(value, se, 2 * bounds.low, 2 * bounds.high, z, float(2 * ndtr(-abs(z))))


def _three(truth: ArrayLike, old: ArrayLike, new: ArrayLike) -> tuple[NDArray[np.bool_], Floats, Floats]:
    y, before, after = labels(truth, both=True), probabilities(old), probabilities(new)
    same_length(truth=y.astype(float), old=before, new=after)
    return y, before, after


@dataclass(frozen=True)
class NRI:
    """Net reclassification improvement: among the diseased, among the normal, and their sum."""

    events: Change
    nonevents: Change
    total: Change


def nri(
    truth: ArrayLike, old: ArrayLike, new: ArrayLike, thresholds: Sequence[float] | None = None, level: float = 0.95
) -> NRI:
    """Return the net reclassification improvement of new probabilities over old ones.

    Parameters
    ----------
    truth : array-like, shape (cases,)
        1 for diseased, 0 for normal; both must occur.
    old, new : array-like, shape (cases,)
        Probabilities before and after (such as of the reader alone, and with AI).
    thresholds : sequence of float, optional
        Edges between risk categories, a probability on an edge belonging to the category above it. Left out, every
        change counts (the continuous NRI).
    level : float
        Confidence level.

    Notes
    -----
    With u and d the shares moved up and down among n diseased, the value is u - d and its variance
    (u + d - (u - d)^2) / n; among the normal it is d - u. The sum says little by itself: report both parts, and
    calibration beside them, because a miscalibrated model can have a high NRI.

    References
    ----------
    Pencina et al. (2008), Stat Med 27:157-172; Pencina, D'Agostino & Steyerberg (2011), Stat Med 30:11-21.

    Examples
    --------
    >>> result = nri([1, 1, 1, 1, 0, 0, 0, 0], [.4, .4, .6, .6, .4, .4, .6, .6], [.6, .6, .7, .3, .3, .3, .3, .7], [.5])
    >>> result.events.value, result.nonevents.value
    (0.25, 0.25)
    """
    y, before, after = _three(truth, old, new)
    if thresholds is not None:
        edges = np.sort(numbers("thresholds", list(thresholds)))
        before, after = (np.searchsorted(edges, p, side="right").astype(float) for p in (before, after))
    moved = np.sign(after - before)

    def part(moves: Floats) -> tuple[float, float]:
        net = float(moves.mean())
        return net, (float(np.abs(moves).mean()) - net**2) / len(moves)

    (up, up_var), (down, down_var) = part(moved[y]), part(-moved[~y])
    return NRI(_change(up, up_var, level), _change(down, down_var, level), _change(up + down, up_var + down_var, level))


def idi(truth: ArrayLike, old: ArrayLike, new: ArrayLike, level: float = 0.95) -> Change:
    """Return the integrated discrimination improvement: the gain in the gap between diseased and normal means.

    Parameters
    ----------
    truth, old, new, level
        As in :func:`nri`; at least two cases of each class.

    Notes
    -----
    The variance is var(change among the diseased) / n1 + var(change among the normal) / n0, with n - 1 in each
    variance; the pairing of old and new is kept.

    References
    ----------
    Pencina et al. (2008), Stat Med 27:157-172.

    Examples
    --------
    >>> round(idi([1, 1, 0, 0], [.5, .6, .4, .3], [.7, .9, .3, .3]).value, 3)
    0.3
    """
    y, before, after = _three(truth, old, new)
    if min(y.sum(), (~y).sum()) < 2:
        what = text("stats.what.cases_of_each_class")
        raise StatsError("too_few", wanted=2, what=what, found=int(min(y.sum(), (~y).sum())))
    rise, fall = (after - before)[y], (before - after)[~y]
    variance = rise.var(ddof=1) / len(rise) + fall.var(ddof=1) / len(fall)
    return _change(float(rise.mean() + fall.mean()), float(variance), level)


@dataclass(frozen=True)
class CUSUM:
    """A CUSUM chart: its `values` after each case, the `limit`, and the `signals` (positions, from 0, of crossings)."""

    values: Floats
    limit: float
    signals: tuple[int, ...]


def cusum(failures: ArrayLike, acceptable: float, unacceptable: float, limit: float) -> CUSUM:
    """Return the risk CUSUM of a series of failures, in the order in which they happened.

    Parameters
    ----------
    failures : array-like, shape (cases,)
        1 where the reader (or the AI) failed, else 0.
    acceptable, unacceptable : float
        Failure rates: the one in control, and the higher one that the chart is to detect.
    limit : float
        The chart signals when it reaches this height, and starts again from 0.

    Notes
    -----
    After each case the chart rises by log(unacceptable / acceptable) for a failure, and falls by
    log((1 - acceptable) / (1 - unacceptable)), never below 0, for a success. The limit is chosen from the run length
    that one accepts between false alarms, by simulation.

    References
    ----------
    Page (1954), Biometrika 41:100-115; Steiner, Cook, Farewell & Treasure (2000), Biostatistics 1:441-452.

    Examples
    --------
    >>> chart = cusum([0, 1, 1, 0, 1], acceptable=0.1, unacceptable=0.3, limit=2)
    >>> chart.values.round(2).tolist(), chart.signals
    ([0.0, 1.1, 2.2, 0.0, 1.1], (2,))
    """
    failed = labels(failures)
    if not 0 < acceptable < unacceptable < 1:
        raise StatsError("failure_rates", acceptable=acceptable, unacceptable=unacceptable)
    if not limit > 0:
        raise StatsError("limit", value=limit)
    up, down = np.log(unacceptable / acceptable), np.log((1 - unacceptable) / (1 - acceptable))
    values, signals, height = [], [], 0.0
    for i, failure in enumerate(failed):
        height = max(0.0, (0.0 if height >= limit else height) + (up if failure else down))
        values.append(height)
        if height >= limit:
            signals.append(i)
    return CUSUM(np.array(values), float(limit), tuple(signals))
