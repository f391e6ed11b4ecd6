"""Measure a model on films with labels, with intervals, never on films it has seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..locale import text
from ..orthopaedics import find
from ..stats import auc, auc_ci, ece, ece_ci, proportion_ci
from .fingerprint import fingerprints, seen
from .inference import Progress, readout_films
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
        and ``method`` of the interval.
    threshold : float
        Probability from which the model says yes.
    left_out : int
        Films of the source that were not used, because the model was trained or tuned on them.
    cases : pandas.DataFrame
        The films that were used, with columns ``score`` and ``probability``.
    """

    task: str
    metrics: Mapping[str, Mapping[str, Any]]
    threshold: float
    left_out: int
    cases: pd.DataFrame = field(repr=False)
    evidence: NDArray[np.float32] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return what ``xrlearn evaluate --json`` writes."""
        return {
            "task": self.task,
            "n": len(self.cases),
            "metrics": {name: dict(figure) for name, figure in self.metrics.items()},
            "threshold": self.threshold,
            "left_out": self.left_out,
        }

    def table(self) -> pd.DataFrame:
        """Return the figures as a table for people, in the language in use."""
        rows = {
            text(f"training.metric.{name}"): {
                text("training.table.value"): f"{f['value']:.3f}",
                text("training.table.interval"): f"{f['low']:.3f} – {f['high']:.3f}",
                text("training.table.method"): f["method"],
            }
            for name, f in self.metrics.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        return str(self.table().to_html())


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
    _refuse_one_class(used, t.label)
    out = readout_films(model.net, used["image"].tolist(), model.card.size, progress=progress)
    p = model.calibration.probability(out.score)
    truth = used[t.label].to_numpy(dtype=np.int64)
    return Evaluation(
        t.name, figures(truth, p, model.card.threshold), model.card.threshold, int((~fresh).sum()),
        used.assign(score=out.score, probability=p), out.evidence,
    )  # fmt: skip


def _evaluate_learner(learn: "Learner", cases: pd.DataFrame | None, progress: Progress | None) -> Evaluation:
    t, size = learn.task, learn.dls.valid.one_batch()[0].shape[-1]
    own = learn.cases
    valid = own[own["split"] == "valid"]
    used = (own[own["split"] == "test"] if cases is None else cases).reset_index(drop=True)
    _refuse_one_class(used, t.label)
    tuned = readout_films(learn.model, valid["image"].tolist(), size, progress=progress)
    calibration = calibrate(valid[t.label], tuned.score)
    threshold = youden_threshold(valid[t.label], calibration.probability(tuned.score))
    out = readout_films(learn.model, used["image"].tolist(), size, progress=progress)
    p = calibration.probability(out.score)
    truth = used[t.label].to_numpy(dtype=np.int64)
    used = used.assign(score=out.score, probability=p)
    return Evaluation(t.name, figures(truth, p, threshold), threshold, 0, used, out.evidence)


def _refuse_one_class(cases: pd.DataFrame, label: str) -> None:
    if cases[label].nunique() < 2:
        raise ValueError(text("training.error.one_class", n=len(cases)))
