"""What a model says about one film."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..locale.errors import SentenceError
from ..memory import give_back
from ..radiograph import Finding, Radiograph, quality
from ..records import RecordError
from ..tasks.part import other_part
from .films import film_of
from .systems.records import RecordSystem
from .systems.system import Spot
from .weights import Model, shipped

Film = str | Path | bytes | BinaryIO | Radiograph

#: a map's border: this share of the film's rows and columns at each side, half a cell of the coarsest maps
BORDER = 0.07


class PredictionError(SentenceError):
    """A film cannot be read by this model; the message says what is missing."""

    section = "training.error."


@dataclass(frozen=True)
class Prediction:
    """What a model says about one film.

    Attributes
    ----------
    task : str
        Name of the task.
    label : str
        The answer in the language in use; a sentence where the film is none that the model knows.
    probability : float
        Calibrated probability of the task's positive class; of the answer where there are several classes or grades;
        NaN for a number, and for a film that the model does not know.
    threshold : float
        Probability from which the answer is yes; NaN in other tasks.
    answers : mapping of str to float
        Probability of each class or grade by its name; of a number ``value``, and ``margin``, to which 9 in 10 films
        keep. Empty in tasks that ask yes or no, and for a film that the model does not know.
    heatmap : ndarray, (rows, columns), float32, 0 to 1, or None
        Where the model looked, on the film's own pixels; None where its family has no map, and where the map shows
        nothing or lies on the film's border, which ``warnings`` say instead.
    heatmap_peak : (int, int) or None
        Row and column of the strongest evidence.
    points : mapping of str to (float, float)
        Landmarks that the answer rests on: row and column on the film.
    parts : mapping of str to mapping
        Parts that the answer is made of: numbers by name.
    warnings : tuple of Finding
        Reasons not to trust the answer; each has a ``key`` and a ``text``.
    distance : float
        How unlike the training films this one is, as a multiple of the limit: above 1 the model does not know it.
    seconds : float
        Time it took.
    """

    task: str
    label: str
    probability: float
    threshold: float
    answers: Mapping[str, float]
    heatmap: NDArray[np.float32] | None = field(repr=False)
    heatmap_peak: tuple[int, int] | None
    points: Mapping[str, Spot] = field(repr=False)
    parts: Mapping[str, Mapping[str, float]] = field(repr=False)
    warnings: tuple[Finding, ...]
    distance: float
    seconds: float

    @property
    def known(self) -> bool:
        """Whether the film is of the kind that the model has learned from, and what it shows is settled."""
        return self.distance <= 1 and not self.asks

    @property
    def asks(self) -> bool:
        """Whether a question about the film comes before any answer; :meth:`Radiograph.confirmed` settles it."""
        return any(finding.asks for finding in self.warnings)

    def to_json(self) -> dict[str, Any]:
        """Return what ``xrlearn predict --json`` writes; what does not exist in this task is left out."""
        numbers = {"probability": self.probability, "threshold": self.threshold}
        told = {
            "answers": dict(self.answers),
            "heatmap_peak": self.heatmap_peak and list(self.heatmap_peak),
            "points": {name: [round(x, 1) for x in spot] for name, spot in self.points.items()},
            "parts": {name: dict(part) for name, part in self.parts.items()},
        }
        return {
            "task": self.task,
            "label": self.label,
            "known": self.known,
            "asks": self.asks,
            **{name: value for name, value in numbers.items() if not math.isnan(value)},
            **{name: value for name, value in told.items() if value},
            "warnings": [finding.text for finding in self.warnings],
        }


def predict(
    film: "Film | Mapping[str, Any] | pd.Series", task: str | None = None, model: Model | None = None
) -> Prediction:
    """Read one film with a task's model.

    Parameters
    ----------
    film : path, bytes, file, Radiograph, or row
        Anything that :func:`xrlearn.read` takes; or a mapping with it as ``image`` and what the task needs beside it:
        ``{"image": film, "sex": "F"}``, or a row of a cases table. For a task without films only what it reads:
        ``{"report": "No fracture."}``.
    task : str, optional
        Name of a task; that of `model` when left out, and ``"fracture"`` where neither is given.
    model : Model, optional
        The model to use; the one that ships with the package when left out.

    Raises
    ------
    RadiographError
        If the film cannot be read.
    PredictionError
        If the task needs more than the film, or `model` answers another task.
    RecordError
        If a record lacks what the task needs, or says what cannot be.

    Examples
    --------
    >>> import numpy as np
    >>> grey = Radiograph(pixels=np.full((64, 48), 0.5, dtype=np.float32))
    >>> predict(grey, "fracture").known
    False
    """
    start = time.perf_counter()
    if model is not None and task is not None and task != model.card.task:
        raise PredictionError("other_task", task=task, own=model.card.task)
    model = model or shipped(task or "fracture")
    row = dict(film) if isinstance(film, Mapping | pd.Series) else {"image": film}
    if not model.task.films:
        return _of_record(row, model, start)
    inputs = _inputs(row, model)
    radiograph = film_of(row)
    reading = model.read(radiograph, **inputs)
    distance = model.distribution.score(radiograph)
    heat = None if reading.heat is None else model.system.on_film(reading.heat[0], radiograph, model.card.options)
    warnings = quality(radiograph)
    give_back()
    if untold := [c.title for c in model.task.settings.get("beside", ()) if c.name not in inputs]:
        warnings.append(Finding("records.warning.filled", {"names": ", ".join(untold)}))
    if heat is not None and (useless := heat_finding(heat)) is not None:
        warnings.append(useless)
        heat = None
    said = model.task.answer.say(reading.output[0], model.card.calibration)
    label, probability, answers = said.label, said.probability, said.answers
    if distance <= 1 and (part := other_part(model.task, radiograph)) is not None:
        warnings.append(part)
    if distance > 1:
        unknown = Finding("training.warning.unlike")
        # A photograph has no right way round: whoever is unlike both ways is not asked.
        turned = next((f for f in warnings if f.key == "radiograph.quality.inverted"), None)
        if turned is not None and model.distribution.score(radiograph.confirmed(inverted=True)) > 1:
            warnings.remove(turned)
        warnings.insert(0, unknown)
        label, probability, answers = unknown.text, math.nan, {}
    if any(finding.asks for finding in warnings):
        warnings.sort(key=lambda finding: not finding.asks)
        label, probability, answers, heat = warnings[0].text, math.nan, {}, None
        reading = replace(reading, points=[], parts=[])
    return Prediction(
        model.card.task, label, probability, said.threshold, answers, heat, _peak(heat),
        reading.points[0] if reading.points else {}, reading.parts[0] if reading.parts else {},
        tuple(warnings), distance, time.perf_counter() - start,
    )  # fmt: skip


def _of_record(row: Mapping[str, Any], model: Model, start: float) -> Prediction:
    name, system = model.card.task, cast(RecordSystem, model.system)
    if row.get("image") is not None:
        raise RecordError("no_film", task=name)
    if missing := [column for column in model.task.inputs if pd.isna(row.get(column)) or row[column] == ""]:
        example = " ".join(f"--with {column}=..." for column in model.task.inputs)
        raise RecordError("missing", task=name, names=", ".join(missing), example=example)
    filled = system.filled(row)
    case = pd.DataFrame([{column: row.get(column) for column in system.columns()}])
    reading = system.read(model.net, case, model.card.options)
    known = model.distribution
    distance = float(known.distance(system.looks(model.net, case, model.card.options))[0] / known.limit)
    warnings = [Finding("records.warning.filled", {"names": ", ".join(filled)})] if filled else []
    said = model.task.answer.say(reading.output[0], model.card.calibration)
    label, probability, parts = said.label, said.probability, reading.parts[0]
    if distance > 1:
        warnings.insert(0, Finding("records.warning.unlike"))
        label, probability, parts = warnings[0].text, math.nan, {}
    return Prediction(
        name, label, probability, said.threshold, {}, None, None, {}, parts, tuple(warnings), distance,
        time.perf_counter() - start,
    )  # fmt: skip


def _inputs(row: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """What the system reads beside the film."""
    if missing := [name for name in model.task.inputs if row.get(name) in (None, "")]:
        raise PredictionError("missing_input", task=model.card.task, name=missing[0])
    beside = [name for name in model.task.beside if row.get(name) not in (None, "")]
    return {name: row[name] for name in (*model.task.inputs, *beside)}


def heat_finding(heat: NDArray[np.floating]) -> Finding | None:
    """Return what speaks against drawing a heat map of a film: it is empty, or its strong half lies on the border.

    Examples
    --------
    >>> heat = np.zeros((50, 40))
    >>> heat_finding(heat).key
    'training.warning.map_empty'
    >>> heat[20:30, 20:30] = 1
    >>> heat_finding(heat) is None
    True
    >>> heat_finding(np.roll(heat, 23, axis=0)).key
    'training.warning.map_border'
    """
    top = heat.max()
    if not top > 0:  # neither is NaN
        return Finding("training.warning.map_empty")
    strong = np.where(heat >= top / 2, heat, 0)
    rows, columns = (max(1, round(BORDER * side)) for side in heat.shape)
    inside = strong[rows:-rows, columns:-columns].sum()
    return Finding("training.warning.map_border") if inside < strong.sum() / 2 else None


def _peak(heat: NDArray[np.float32] | None) -> tuple[int, int] | None:
    if heat is None:
        return None
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    return int(row), int(column)
