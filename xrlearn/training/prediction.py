"""What the model says about one film."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from ..locale import text
from ..orthopaedics import Task, find
from ..radiograph import Finding, Radiograph, quality, read
from .answers import probabilities
from .films import Frame, square, unsquare
from .inference import readout
from .weights import Model, load_model


@dataclass(frozen=True)
class Prediction:
    """What the model says about one film.

    Attributes
    ----------
    task : str
        Name of the task.
    label : str
        The answer at the model's threshold, in the language in use; the most probable class or grade; or a number.
    probability : float
        Calibrated probability of the task's positive class; of the answer where there are several classes or grades;
        NaN for a number.
    threshold : float
        Probability from which the answer is yes; NaN in other tasks.
    heatmap : ndarray, (rows, columns), float32, 0 to 1
        The evidence on the film's own pixels: the local probability of a lesion as the network sees it.
    heatmap_peak : (int, int)
        Row and column of the strongest evidence.
    warnings : tuple of Finding
        Reasons not to trust the answer; each has a ``key`` and a ``text``.
    distance : float
        How unlike the training films this one is, as a multiple of the limit (above 1 is warned of).
    seconds : float
        Time it took.
    answers : mapping of str to float
        Probability of each class or grade by its name; of a number ``value``, and ``margin``, to which 9 in 10 films
        keep. Empty in tasks that ask yes or no.
    """

    task: str
    label: str
    probability: float
    threshold: float
    heatmap: NDArray[np.float32] = field(repr=False)
    heatmap_peak: tuple[int, int]
    warnings: tuple[Finding, ...]
    distance: float
    seconds: float
    answers: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what ``xrlearn predict --json`` writes; what does not exist in this task is left out."""
        numbers = {"probability": self.probability, "threshold": self.threshold}
        return {
            "task": self.task,
            "label": self.label,
            **{name: value for name, value in numbers.items() if not math.isnan(value)},
            **({"answers": dict(self.answers)} if self.answers else {}),
            "heatmap_peak": list(self.heatmap_peak),
            "warnings": [finding.text for finding in self.warnings],
        }


@lru_cache(maxsize=1)
def shipped(task: str) -> Model:
    """Return the model that ships with the package; loaded once a process."""
    return load_model(task)


def predict(
    film: str | Path | bytes | BinaryIO | Radiograph, task: str = "fracture", model: Model | None = None
) -> Prediction:
    """Read one film with a task's model.

    Parameters
    ----------
    film : path, bytes, file or Radiograph
        Anything that :func:`xrlearn.read` takes.
    task : str
        Name of a task.
    model : Model, optional
        The model to use; the one that ships with the package when left out.

    Raises
    ------
    RadiographError
        If the film cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> grey = Radiograph(pixels=np.full((64, 48), 0.5, dtype=np.float32))   # doctest: +SKIP
    >>> predict(grey).heatmap.shape                                          # doctest: +SKIP
    (64, 48)
    """
    start = time.perf_counter()
    model = model or shipped(task)
    radiograph = film if isinstance(film, Radiograph) else read(film)
    size = model.card.size
    out = readout(model.net, square(radiograph, size)[None])
    t = find(task)
    label, p, threshold, answers = _yes_or_no(model, out.score) if t.binary else _answer(t, model, out.score)
    heat = unsquare(1 / (1 + np.exp(-out.evidence[0])), Frame.of(radiograph, size))
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    distance = float(model.familiarity.distance(out.features)[0] / model.familiarity.limit)
    warnings = quality(radiograph)
    if distance > 1:
        warnings.insert(0, Finding("training.warning.unfamiliar" if task == "fracture" else "training.warning.unlike"))
    return Prediction(
        task, label, p, threshold, heat, (int(row), int(column)), tuple(warnings), distance,
        time.perf_counter() - start, answers,
    )  # fmt: skip


def _yes_or_no(model: Model, score: NDArray[np.float32]) -> tuple[str, float, float, dict[str, float]]:
    p = float(model.calibration.probability(score)[0])
    return find(model.card.task).answer(int(p >= model.card.threshold)), p, model.card.threshold, {}


def _answer(task: Task, model: Model, score: NDArray[np.float32]) -> tuple[str, float, float, dict[str, float]]:
    """Return label, its probability, no threshold, and the answers of a task that asks more than yes or no."""
    if task.kind == "number":
        value, margin = float(score[0, 0]), model.card.calibration["margin"]
        label = text("training.answer.number", value=value, margin=margin, unit=text(task.unit))
        return label, math.nan, math.nan, {"value": value, "margin": margin}
    chances = probabilities(task.kind, torch.from_numpy(score))[0].tolist()
    names = [task.answer(k) for k in range(len(chances))]
    best = int(np.argmax(chances))
    return names[best], chances[best], math.nan, dict(zip(names, chances, strict=True))
