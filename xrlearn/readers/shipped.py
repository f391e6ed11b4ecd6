"""The model that ships for a study's task, as the AI of the study: of which films it may speak, and what it says."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import StudyError
from .protocol import Protocol, Scale
from .records import Spot

if TYPE_CHECKING:
    from ..training import Prediction

#: reads one film: answer on the protocol's scale (a probability for confidence; NaN where it knows no such films), and
#: where its evidence is strongest
Model = Callable[[Path], tuple[float, Spot | None]]


def seen_by_model(task: str) -> NDArray[np.int8]:
    """Return the fingerprints of the films that trained or tuned a task's model; none where none ships."""
    from safetensors import SafetensorError, safe_open

    from ..paths import WEIGHTS
    from ..tasks import find

    try:
        with safe_open(WEIGHTS / f"{find(task).tensors}.safetensors", framework="numpy") as stored:
            prints: NDArray[np.int8] = stored.get_tensor("seen")
            return prints
    except (FileNotFoundError, SafetensorError):
        return np.empty((0, 450), np.int8)


def known_to_model(protocol: Protocol, beside: Mapping[Path, Mapping[str, Any]]) -> Callable[[Path], bool] | None:
    """Return what says whether the model that ships has an answer for a film; None where none ships.

    The model itself is asked, so that nothing is chosen here that it is silent on in the study.

    Examples
    --------
    >>> known_to_model(Protocol.example("abnormal"), {}) is None
    True
    """
    try:
        read, _ = shipped_model(protocol, beside)
    except StudyError:
        return None
    return lambda film: not np.isnan(read(film)[0])


def shipped_model(protocol: Protocol, beside: Mapping[Path, Mapping[str, Any]]) -> tuple[Model, float]:
    """Return the model that ships for a protocol's task as a reader of films, and its threshold.

    Parameters
    ----------
    protocol : Protocol
    beside : mapping of Path to mapping
        What the model must know beside each film, such as ``sex``.

    Raises
    ------
    StudyError
        If no model ships for the task, or its files are damaged.
    """
    from ..training import model_card, predict
    from ..training.weights import WeightsError

    try:
        threshold = model_card(protocol.task).threshold
    except WeightsError:
        raise StudyError("no_model", task=protocol.task) from None

    def read(film: Path) -> tuple[float, Spot | None]:
        found = predict({"image": film, **beside.get(film, {})}, protocol.task)
        low, high = (0.0, 1.0) if protocol.scale == "confidence" else protocol.limits
        return float(np.clip(said(found, protocol.scale), low, high)), found.heatmap_peak

    return read, 0.5 if np.isnan(threshold) else threshold


def said(prediction: "Prediction", scale: Scale) -> float:
    """Return a model's answer on a scale: probability, most probable grade, or the number; NaN for unknown films."""
    if scale == "confidence":
        return prediction.probability
    if scale == "ordinal":
        chances = list(prediction.answers.values())
        return float(np.argmax(chances)) if chances else np.nan
    return prediction.answers.get("value", np.nan)
