"""Measure a model on films with labels, with intervals, never on films it has seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..locale import text
from ..locale.errors import SentenceError
from ..progress import Progress
from ..tasks import find
from .calibration import calibrate
from .fingerprint import seen
from .one_column import beside
from .systems import Reading
from .weights import Model, load_model

if TYPE_CHECKING:
    from fastai.learner import Learner


class EvaluationError(SentenceError):
    """There is nothing to measure a model on; the message says why."""

    section = "training.error."


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model on one set of films.

    Attributes
    ----------
    task : str
        Name of the task.
    metrics : mapping of str to mapping
        What the task's answer is measured by (:meth:`xrlearn.tasks.answers.Answer.figures`): each ``value``, ``low``,
        ``high`` (95 %, by patient) and ``method`` of the interval.
    calibration : mapping of str to float
        What was settled on validation films.
    left_out : int
        Films of the source that were not used, because the model was trained or tuned on them.
    cases : pandas.DataFrame
        The films that were used, and what was said of them (:meth:`xrlearn.tasks.answers.Answer.table`).
    reading : Reading
        What the system said, as it said it.
    """

    task: str
    metrics: Mapping[str, Mapping[str, Any]]
    calibration: Mapping[str, float]
    left_out: int
    cases: pd.DataFrame = field(repr=False)
    reading: Reading = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return what ``xrlearn evaluate --json`` writes."""
        return {
            "task": self.task,
            "n": len(self.cases),
            "metrics": {name: dict(figure) for name, figure in self.metrics.items()},
            "calibration": dict(self.calibration),
            "left_out": self.left_out,
        }

    def details(self) -> dict[str, Any]:
        """Return what a card keeps beside the figures (:meth:`xrlearn.tasks.answers.Answer.details`)."""
        answer = find(self.task).answer
        return answer.details(answer.truth(self.cases), self.reading.output, self.calibration)

    def table(self) -> pd.DataFrame:
        """Return the figures as a table for people, in the language in use."""
        answer = find(self.task).answer
        rows = {
            answer.title(name): {
                text("training.table.value"): _rounded(f["value"], f),
                text("training.table.interval"): f"{_rounded(f['low'], f)} – {_rounded(f['high'], f)}",
                text("training.table.method"): f["method"],
            }
            for name, f in self.metrics.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        return str(self.table().to_html())


def _rounded(value: float, figure: Mapping[str, Any]) -> str:
    return f"{value:.1f}" if "unit" in figure else f"{value:.3f}"


def evaluate(
    model: "str | Model | Learner",
    cases: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a model on films with labels.

    Parameters
    ----------
    model : str, Model or fastai Learner
        A task's name stands for the model that ships with the package. A learner is calibrated on its validation films
        first.
    cases : pandas.DataFrame, optional
        Films with labels; the test films of a learner when left out. Films that the model was trained or tuned on are
        recognised by their content and left out.
    progress : callable, optional
        Called with (films done, films in all).

    Raises
    ------
    EvaluationError
        If no films are given or remain.
    AnswerError
        If all have the same answer.

    Examples
    --------
    >>> import xrlearn as xr
    >>> xr.evaluate("fracture", xr.load("fracture")).metrics["auc"]["value"] > 0.9   # doctest: +SKIP
    True
    """
    if isinstance(model, str):
        model = load_model(model)
    if not isinstance(model, Model):
        own = model.cases[model.cases["split"] == "test"] if cases is None else None
        model = calibrate(model, progress=progress)
        if own is not None:  # its test films are none of those it was trained on
            return _measured(model, own.reset_index(drop=True), 0, progress)
    if cases is None:
        raise EvaluationError("no_cases")
    fresh = ~seen(model.system.fingerprints(cases), model.seen)
    return _measured(model, cases[fresh].reset_index(drop=True), int((~fresh).sum()), progress)


def _measured(model: Model, cases: pd.DataFrame, left_out: int, progress: Progress | None) -> Evaluation:
    if cases.empty:
        raise EvaluationError("no_films", left_out=left_out)
    answer, calibration = model.task.answer, model.card.calibration
    answer.check(cases)
    reading = model.system.read(model.net, cases, model.card.options, progress)
    figures = answer.figures(answer.truth(cases), reading.output, calibration, cases["patient"])
    figures |= model.system.figures(cases, reading, calibration)
    if model.task.baseline:
        figures |= beside(model.task.baseline, cases, answer.truth(cases), reading.output)
    said = cases.assign(**answer.table(reading.output, calibration))
    return Evaluation(model.card.task, figures, calibration, left_out, said, reading)
