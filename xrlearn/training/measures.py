"""The figures of tasks that ask more than yes or no, each with its 95 % interval and how that was computed.

Where every patient has one film the intervals are the textbook's; where some have several, films are not independent,
and patients are drawn with all their films instead.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..orthopaedics import Task
from ..stats import auc, auc_ci, bland_altman, cohen_kappa, proportion_ci

#: how intervals are computed when nothing better is known
BOOTSTRAP = "bootstrap of patients, 1,000 draws, seed 0"

Figure = dict[str, Any]


def bootstrap(
    figure: Callable[[NDArray[np.intp]], float], patients: ArrayLike, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a figure when patients are drawn anew, each with all his films.

    Parameters
    ----------
    figure : callable
        Takes the numbers of the films drawn, gives the figure; NaN where it does not exist, such draws are left out.
    patients : array_like, (films,)
        Whose film each is.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> low, high = bootstrap(lambda films: x[films].mean(), np.arange(100))
    >>> low < 49.5 < high
    True
    """
    _, whose = np.unique(np.asarray(patients), return_inverse=True)
    films = np.split(np.argsort(whose, kind="stable"), np.cumsum(np.bincount(whose))[:-1])
    rng = np.random.default_rng(seed)
    values = [figure(np.concatenate([films[i] for i in rng.integers(0, len(films), len(films))])) for _ in range(draws)]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def _figure(value: float, interval: tuple[float, float], method: str, unit: str = "") -> Figure:
    low, high = (float(bound) for bound in interval)
    return {"value": float(value), "low": low, "high": high, "method": method} | ({"unit": unit} if unit else {})


def share(right: NDArray[np.bool_], patients: ArrayLike) -> Figure:
    """Return the share of films that are right: Wilson's interval, or the bootstrap of patients with several films."""
    value = float(right.mean())
    if _alone(patients):
        return _figure(value, proportion_ci(int(right.sum()), len(right)), "Wilson")
    return _figure(value, bootstrap(lambda films: float(right[films].mean()), patients), BOOTSTRAP)


def area(diseased: NDArray[np.bool_], score: NDArray[np.float64], patients: ArrayLike) -> Figure:
    """Return the area under the ROC curve: DeLong's interval, or the bootstrap of patients with several films.

    A class of one film has no variance that DeLong could take; then too patients are drawn.
    """
    truth = diseased.astype(int)
    if _alone(patients) and 2 <= truth.sum() <= len(truth) - 2:
        return _figure(auc(truth, score), auc_ci(truth, score), "DeLong")

    def again(films: NDArray[np.intp]) -> float:
        return auc(truth[films], score[films]) if 0 < truth[films].sum() < len(films) else float("nan")

    return _figure(auc(truth, score), bootstrap(again, patients), BOOTSTRAP)


def _alone(patients: ArrayLike) -> bool:
    names = np.asarray(patients)
    return len(np.unique(names)) == len(names)


def class_figures(
    task: Task, truth: NDArray[np.int64], chances: NDArray[np.float64], patients: ArrayLike
) -> dict[str, Figure]:
    """Return the figures of a task with several classes or grades.

    Parameters
    ----------
    task : Task
    truth : ndarray, (films,)
        Class or grade.
    chances : ndarray, (films, classes)
        Probability of each.
    patients : array_like, (films,)

    Returns
    -------
    dict
        ``accuracy``; ``auc`` of disease (from the task's ``diseased_from`` on) where both kinds occur; for grades
        ``kappa``, quadratic; for classes ``sensitivity_0``, ``auc_0``, ... of each class against all others.
    """
    said = chances.argmax(1)
    found = {"accuracy": share(said == truth, patients)}
    diseased = truth >= task.diseased_from
    if diseased.any() and not diseased.all():
        found["auc"] = area(diseased, chances[:, task.diseased_from :].sum(1), patients)
    if task.kind == "grades":
        grades = range(len(task.classes))
        kappa = cohen_kappa(truth, said, "quadratic", categories=grades)
        found["kappa"] = _figure(kappa.value, (kappa.low, kappa.high), "Fleiss, Cohen & Everitt")
        if not _alone(patients):
            again = bootstrap(lambda films: _kappa(truth[films], said[films], len(grades)), patients)
            found["kappa"] = _figure(kappa.value, again, BOOTSTRAP)
        return found
    for k in np.unique(truth):
        one = truth == k
        found[f"sensitivity_{k}"] = share(said[one] == k, np.asarray(patients)[one])
        if not one.all():
            found[f"auc_{k}"] = area(one, chances[:, k], patients)
    return found


def _kappa(a: NDArray[np.int64], b: NDArray[np.int64], grades: int) -> float:
    """Quadratic kappa alone, quickly enough for a thousand draws: 1 - mean squared distance over that by chance."""
    apart = np.subtract.outer(np.arange(grades), np.arange(grades)) ** 2
    chance = np.bincount(a, minlength=grades) @ apart @ np.bincount(b, minlength=grades) / len(a)
    return float(1 - ((a - b) ** 2).sum() / chance) if chance else float("nan")


def number_figures(
    task: Task, truth: NDArray[np.float64], said: NDArray[np.float64], patients: ArrayLike
) -> dict[str, Figure]:
    """Return the figures of a task whose answer is a number.

    Parameters
    ----------
    task : Task
    truth, said : ndarray, (films,)
        In the task's unit; at least two films.
    patients : array_like, (films,)

    Returns
    -------
    dict
        ``mae`` (mean absolute error), ``median_error`` (median absolute error), ``rmse``; ``within_12``, ... the share
        of films that near; ``bias`` (mean of answer - truth), ``limit_low`` and ``limit_high`` (Bland and Altman's
        limits of agreement).
    """
    unit = task.unit.split(".")[-1]
    error = said - truth
    wrong = np.abs(error)
    measures: dict[str, Callable[[NDArray[np.intp]], float]] = {
        "mae": lambda films: float(wrong[films].mean()),
        "median_error": lambda films: float(np.median(wrong[films])),
        "rmse": lambda films: float(np.sqrt((error[films] ** 2).mean())),
    }
    every = np.arange(len(error))
    found = {
        name: _figure(measure(every), bootstrap(measure, patients), BOOTSTRAP, unit)
        for name, measure in measures.items()
    }
    found |= {f"within_{reach:g}": share(wrong <= reach, patients) for reach in task.within}
    limits = bland_altman(said, truth)
    for name, value, interval, z in (
        ("bias", limits.mean, limits.mean_ci, 0.0),
        ("limit_low", limits.low, limits.low_ci, -1.96),
        ("limit_high", limits.high, limits.high_ci, 1.96),
    ):

        def limit(films: NDArray[np.intp], z: float = z) -> float:
            return float(error[films].mean() + z * error[films].std(ddof=1))

        found[name] = _figure(value, interval, "Bland & Altman 1999", unit)
        if not _alone(patients):
            found[name] = _figure(value, bootstrap(limit, patients), BOOTSTRAP, unit)
    return found
