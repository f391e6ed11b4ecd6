"""Measure a model on films with labels, with intervals, never on films it has seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from ..locale import text
from ..orthopaedics import Task, find
from ..stats import auc, auc_ci, ece, ece_ci, proportion_ci
from .answers import probabilities
from .fingerprint import fingerprints, seen
from .inference import Progress, Readout, readout_films
from .measures import area, class_figures, number_figures, share
from .settle import calibrate, youden_threshold
from .weights import Model, load_model

if TYPE_CHECKING:
    from fastai.learner import Learner

#: how each figure's 95 % interval is computed
METHODS = {
    "auc": "DeLong",
    "accuracy": "Wilson",
    "sensitivity": "Wilson",
    "specificity": "Wilson",
    "ece": "bootstrap of films, 1,000 draws, seed 0; 10 bins of equal width",
}


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model on one set of films.

    Attributes
    ----------
    task : str
        Name of the task.
    metrics : mapping of str to mapping
        ``auc``, ``accuracy``, ``sensitivity``, ``specificity``, ``ece``: each ``value``, ``low``, ``high`` (95 %)
        and ``method`` of the interval. What other tasks than yes or no report: :mod:`.measures`.
    threshold : float or None
        Probability from which the model says yes; None for other tasks.
    left_out : int
        Films of the source that were not used, because the model was trained or tuned on them.
    cases : pandas.DataFrame
        The films that were used, with columns ``score`` and ``probability``; for other tasks ``answer`` and, where it
        is a class or a grade, ``probability_0`` and so on.
    """

    task: str
    metrics: Mapping[str, Mapping[str, Any]]
    threshold: float | None
    left_out: int
    cases: pd.DataFrame = field(repr=False)
    evidence: NDArray[np.float32] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return what ``xrlearn evaluate --json`` writes."""
        return {
            "task": self.task,
            "n": len(self.cases),
            "metrics": {name: dict(figure) for name, figure in self.metrics.items()},
            **({} if self.threshold is None else {"threshold": self.threshold}),
            "left_out": self.left_out,
        }

    def table(self) -> pd.DataFrame:
        """Return the figures as a table for people, in the language in use."""
        task = find(self.task)
        rows = {
            _title(name, task): {
                text("training.table.value"): _rounded(f["value"], f),
                text("training.table.interval"): f"{_rounded(f['low'], f)} – {_rounded(f['high'], f)}",
                text("training.table.method"): f["method"],
            }
            for name, f in self.metrics.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        return str(self.table().to_html())


def _title(name: str, task: Task) -> str:
    """What a figure is called for people: ``auc_3`` is that of class 3, ``within_12`` the share within 12 units."""
    base, _, number = name.rpartition("_")
    if not number.isdigit():
        unit = f" ({text(task.unit)})" if task.unit else ""
        return text(f"training.metric.{name}") + unit
    if base == "within":
        return text("training.metric.within", reach=number, unit=text(task.unit))
    return f"{text(f'training.metric.{base}')}: {task.answer(int(number))}"


def _rounded(value: float, figure: Mapping[str, Any]) -> str:
    return f"{value:.1f}" if "unit" in figure else f"{value:.3f}"


def figures(truth: NDArray[np.int64], probability: NDArray[np.float64], threshold: float) -> dict[str, dict[str, Any]]:
    """Compute the figures of :class:`Evaluation`.

    Parameters
    ----------
    truth : ndarray of 0 and 1, (films,)
    probability : ndarray, (films,)
    threshold : float
        Yes from here on.

    Raises
    ------
    ValueError
        If only one class is present: then neither an AUC nor both rates exist.
    """
    yes = probability >= threshold
    pairs = {
        "accuracy": (int((yes == truth).sum()), len(truth)),
        "sensitivity": (int((yes & (truth == 1)).sum()), int((truth == 1).sum())),
        "specificity": (int((~yes & (truth == 0)).sum()), int((truth == 0).sum())),
    }
    values = {"auc": (auc(truth, probability), *auc_ci(truth, probability))}
    values |= {name: (k / n, *proportion_ci(k, n)) for name, (k, n) in pairs.items()}
    values["ece"] = (ece(truth, probability), *ece_ci(truth, probability))
    return {
        name: {"value": float(v), "low": float(low), "high": float(high), "method": METHODS[name]}
        for name, (v, low, high) in values.items()
    }


def operating_points(truth: NDArray[np.int64], probability: NDArray[np.float64]) -> list[dict[str, float]]:
    """Return sensitivity and specificity at every hundredth of a probability: what a threshold slider needs.

    Each point: ``threshold``, ``sensitivity``, ``sensitivity_low``, ``sensitivity_high``, ``specificity`` and so on
    (Wilson, 95 %).

    Examples
    --------
    >>> points = operating_points(np.array([0, 1]), np.array([0.2, 0.8]))
    >>> [(p["sensitivity"], p["specificity"]) for p in points if p["threshold"] in (0.0, 0.5, 1.0)]
    [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    """
    points = []
    for threshold in np.linspace(0, 1, 101).round(2):
        yes = probability >= threshold
        point = {"threshold": float(threshold)}
        for name, right, part in (("sensitivity", yes, truth == 1), ("specificity", ~yes, truth == 0)):
            k, n = int(right[part].sum()), int(part.sum())
            low, high = proportion_ci(k, n)
            point |= {name: k / n, f"{name}_low": float(low), f"{name}_high": float(high)}
        points.append(point)
    return points


def evaluate(
    model: "str | Model | Learner",
    cases: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a model on films with labels.

    Parameters
    ----------
    model : str, Model or fastai Learner
        A task's name stands for the model that ships with the package. A learner is calibrated on its validation
        films first and measured on its test films.
    cases : pandas.DataFrame, optional
        Films with labels; a learner brings its own. Films that the model was trained or tuned on are recognised by
        their content and left out.
    progress : callable, optional
        Called with (films done, films in all).

    Raises
    ------
    ValueError
        If no films remain, or only one class.
    """
    if isinstance(model, str):
        model = load_model(model)
    if not isinstance(model, Model):
        return _evaluate_learner(model, cases, progress)
    t = find(model.card.task)
    if cases is None:
        raise ValueError(text("training.error.no_cases"))
    fresh = ~seen(fingerprints(cases["image"].tolist()), model.seen)
    used = cases[fresh].reset_index(drop=True)
    _refuse_one_class(used, t)
    out = readout_films(model.net, used["image"].tolist(), model.card.size, progress=progress)
    if not t.binary:
        return _answers(t, used, out, int((~fresh).sum()))
    p = model.calibration.probability(out.score)
    return _yes_or_no(t, used.assign(score=out.score, probability=p), model.card.threshold, out, int((~fresh).sum()))


def _evaluate_learner(learn: "Learner", cases: pd.DataFrame | None, progress: Progress | None) -> Evaluation:
    t, size = learn.task, learn.dls.valid.one_batch()[0].shape[-1]
    own = learn.cases
    valid = own[own["split"] == "valid"]
    used = (own[own["split"] == "test"] if cases is None else cases).reset_index(drop=True)
    _refuse_one_class(used, t)
    if not t.binary:
        return _answers(t, used, readout_films(learn.model, used["image"].tolist(), size, progress=progress), 0)
    tuned = readout_films(learn.model, valid["image"].tolist(), size, progress=progress)
    calibration = calibrate(valid[t.label], tuned.score)
    threshold = youden_threshold(valid[t.label], calibration.probability(tuned.score))
    out = readout_films(learn.model, used["image"].tolist(), size, progress=progress)
    p = calibration.probability(out.score)
    return _yes_or_no(t, used.assign(score=out.score, probability=p), threshold, out, 0)


def _yes_or_no(task: Task, used: pd.DataFrame, threshold: float, out: Readout, left_out: int) -> Evaluation:
    truth, p = used[task.label].to_numpy(dtype=np.int64), used["probability"].to_numpy()
    found = figures(truth, p, threshold)
    if task.together:
        whole = used.groupby("patient").agg(truth=(task.label, "max"), p=("probability", "mean"))
        broken, p = whole["truth"].to_numpy() == 1, whole["p"].to_numpy()
        found["auc_together"] = area(broken, p, whole.index)
        found["accuracy_together"] = share((p >= threshold) == broken, whole.index)
    return Evaluation(task.name, found, threshold, left_out, used, out.evidence)


def _answers(task: Task, used: pd.DataFrame, out: Readout, left_out: int) -> Evaluation:
    """Measure what is not yes or no."""
    if task.kind == "number":
        said = out.score[:, 0].astype(np.float64)
        found = number_figures(task, used[task.label].to_numpy(dtype=np.float64), said, used["patient"])
        return Evaluation(task.name, found, None, left_out, used.assign(answer=said), out.evidence)
    chances = probabilities(task.kind, torch.from_numpy(out.score)).numpy().astype(np.float64)
    found = class_figures(task, used[task.label].to_numpy(dtype=np.int64), chances, used["patient"])
    columns = {f"probability_{k}": chances[:, k] for k in range(chances.shape[1])}
    return Evaluation(task.name, found, None, left_out, used.assign(answer=chances.argmax(1), **columns), out.evidence)


def _refuse_one_class(cases: pd.DataFrame, task: Task) -> None:
    if cases[task.label].nunique() < 2:
        key = "training.error.one_class" if task.binary else "training.error.one_answer"
        raise ValueError(text(key, n=len(cases)))
