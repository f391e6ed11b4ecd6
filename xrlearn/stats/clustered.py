"""Figures of films of which several may belong to one patient: such films are not independent of each other.

Where every patient has one film, intervals are the textbook's. Where some have several, patients are drawn anew with
all their films (the cluster bootstrap: Rutter, Acad Radiol 2000).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .limits import bland_altman
from .proportions import proportion_ci
from .reliability import centred, ece
from .roc import auc, auc_ci

#: how an interval was computed when it is no textbook's
BOOTSTRAP = "bootstrap of patients, 1,000 draws, seed 0"

#: ``value``, ``low`` and ``high`` (95 %), ``method`` of the interval, and ``unit`` where there is one
Figure = dict[str, Any]


def figure(value: float, interval: tuple[float, float], method: str, unit: str = "") -> Figure:
    """Return a figure as model cards keep it.

    Examples
    --------
    >>> figure(0.5, (0.4, 0.6), "Wilson")
    {'value': 0.5, 'low': 0.4, 'high': 0.6, 'method': 'Wilson'}
    """
    low, high = (float(bound) for bound in interval)
    return {"value": float(value), "low": low, "high": high, "method": method} | ({"unit": unit} if unit else {})


def patient_draws(
    statistic: Callable[[NDArray[np.intp]], float], patients: ArrayLike, draws: int = 1000, seed: int = 0
) -> NDArray[np.float64]:
    """Return a statistic in `draws` samples of patients, each with all his films, (draws,).

    Parameters
    ----------
    statistic : callable
        Takes the numbers of the films drawn; NaN where it does not exist.
    patients : array_like, (films,)
        Whose film each is.
    draws, seed : int
    """
    _, whose = np.unique(np.asarray(patients), return_inverse=True)
    sorted_films, sizes = np.argsort(whose, kind="stable"), np.bincount(whose)
    firsts = np.cumsum(sizes) - sizes  # where each patient's films begin among the sorted ones
    rng = np.random.default_rng(seed)

    def drawn() -> NDArray[np.intp]:
        sample = rng.integers(0, len(sizes), len(sizes))
        many = sizes[sample]
        places = np.arange(many.sum()) + np.repeat(firsts[sample] - np.cumsum(many) + many, many)
        return np.asarray(sorted_films[places])

    return np.array([statistic(drawn()) for _ in range(draws)])


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float], patients: ArrayLike, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic when patients are drawn anew, each with all his films.

    Parameters are those of :func:`patient_draws`; draws in which the statistic does not exist are left out.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> low, high = bootstrap(lambda films: x[films].mean(), np.arange(100))
    >>> low < 49.5 < high
    True
    """
    low, high = np.nanquantile(patient_draws(statistic, patients, draws, seed), [0.025, 0.975])
    return float(low), float(high)


def alone(patients: ArrayLike) -> bool:
    """Say whether every patient has one film only.

    Examples
    --------
    >>> alone(["a", "b"]), alone(["a", "a"])
    (True, False)
    """
    names = np.asarray(patients)
    return len(np.unique(names)) == len(names)


def share(right: NDArray[np.bool_], patients: ArrayLike) -> Figure:
    """Return the share of films that are right.

    Examples
    --------
    >>> share(np.array([True, True, False, True]), [1, 2, 3, 4])["value"]
    0.75
    """
    value = float(right.mean())
    if alone(patients):
        return figure(value, proportion_ci(int(right.sum()), len(right)), "Wilson")
    return figure(value, bootstrap(lambda films: float(right[films].mean()), patients), BOOTSTRAP)


def mean(values: NDArray[np.float64], patients: ArrayLike) -> Figure:
    """Return the mean over films of a number that each has.

    Examples
    --------
    >>> mean(np.array([0.5, 1.0]), ["a", "b"])["value"]
    0.75
    """
    return figure(float(values.mean()), bootstrap(lambda films: float(values[films].mean()), patients), BOOTSTRAP)


def area(diseased: NDArray[np.bool_], score: NDArray[np.float64], patients: ArrayLike) -> Figure:
    """Return the area under the ROC curve.

    A class of one film has no variance that DeLong could take; then too patients are drawn.

    Examples
    --------
    >>> area(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8]), [1, 2, 3, 4])["value"]
    0.75
    """
    truth = diseased.astype(int)
    if alone(patients) and 2 <= truth.sum() <= len(truth) - 2:
        return figure(auc(truth, score), auc_ci(truth, score), "DeLong")

    def again(films: NDArray[np.intp]) -> float:
        return auc(truth[films], score[films]) if 0 < truth[films].sum() < len(films) else float("nan")

    return figure(auc(truth, score), bootstrap(again, patients), BOOTSTRAP)


def calibration_error(truth: NDArray[np.int64], probability: NDArray[np.float64], patients: ArrayLike) -> Figure:
    """Return the expected calibration error, its bias by the number of films taken off.

    Every draw of films adds to the error what chance adds to a sample, on top of what chance added to these films. The
    draws are therefore moved so that their mean is the estimate (Efron & Tibshirani 1993, section 10.6).

    Examples
    --------
    >>> y = np.arange(200) % 2
    >>> found = calibration_error(y, np.where(y, 0.7, 0.3), np.arange(200))
    >>> found["low"] <= found["value"] <= found["high"]
    True
    """
    value = ece(truth, probability, debiased=True)
    drawn = patient_draws(lambda films: ece(truth[films], probability[films], debiased=True), patients)
    method = "bootstrap of patients, 1,000 draws, seed 0, centred; 10 bins of equal width, debiased"
    return figure(value, centred(drawn, value), method)


def differences(
    said: NDArray[np.float64], truth: NDArray[np.float64], patients: ArrayLike, unit: str
) -> dict[str, Figure]:
    """Return how far numbers lie from the truth.

    Parameters
    ----------
    said, truth : ndarray, (films,)
        At least two films, in `unit`.
    patients : array_like, (films,)
    unit : str

    Returns
    -------
    dict
        ``mae`` (mean absolute error), ``median_error`` (median absolute error), ``rmse``, ``standard_error`` (standard
        deviation of said - truth); ``bias`` (mean of said - truth), ``limit_low`` and ``limit_high`` (limits of
        agreement: Bland & Altman 1999).

    Examples
    --------
    >>> differences(np.array([1.0, 4.0]), np.array([2.0, 2.0]), [1, 2], "mm")["mae"]["value"]
    1.5
    """
    error = said - truth
    wrong = np.abs(error)
    measures: dict[str, Callable[[NDArray[np.intp]], float]] = {
        "mae": lambda films: float(wrong[films].mean()),
        "median_error": lambda films: float(np.median(wrong[films])),
        "rmse": lambda films: float(np.sqrt((error[films] ** 2).mean())),
        "standard_error": lambda films: float(error[films].std(ddof=1)),
    }
    every = np.arange(len(error))
    found = {
        name: figure(measure(every), bootstrap(measure, patients), BOOTSTRAP, unit)
        for name, measure in measures.items()
    }
    limits = bland_altman(said, truth)
    for name, value, interval, z in (
        ("bias", limits.mean, limits.mean_ci, 0.0),
        ("limit_low", limits.low, limits.low_ci, -1.96),
        ("limit_high", limits.high, limits.high_ci, 1.96),
    ):

        def limit(films: NDArray[np.intp], z: float = z) -> float:
            return float(error[films].mean() + z * error[films].std(ddof=1))

        found[name] = figure(value, interval, "Bland & Altman 1999", unit)
        if not alone(patients):
            found[name] = figure(value, bootstrap(limit, patients), BOOTSTRAP, unit)
    return found
