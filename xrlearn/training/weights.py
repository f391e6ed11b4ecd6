"""A trained model on disk: its numbers as safetensors, everything else as a JSON model card. Never pickle."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..locale import text
from ..orthopaedics import find
from ..paths import WEIGHTS
from .answers import network
from .network import Trunk, channels_last
from .settle import Calibration, Familiarity


class WeightsError(ValueError):
    """A model's files are missing or damaged; the message says which."""


class Card(BaseModel):
    """The model card: what a reader must know before believing the model."""

    model_config = ConfigDict(extra="forbid")

    task: str
    version: str
    #: side of the square that films are fitted into, in pixels
    size: int
    #: slope and offset of :class:`~xrlearn.training.settle.Calibration`; for a number ``margin``, which 9 in 10
    #: validation films keep to; empty for other tasks
    calibration: dict[str, float]
    #: probability from which the answer is yes; 0.5 in other tasks, which have no use for it
    threshold: float
    threshold_rule: str
    #: limits of familiarity, see :class:`~xrlearn.training.settle.Familiarity`
    familiar: dict[str, float]
    #: data set, citation, licence, films and patients of each split, how it was split
    data: dict[str, Any]
    #: how it was trained: command, seed, epochs
    training: dict[str, Any]
    #: figures on the test films, with intervals, and where the heat map points
    figures: dict[str, Any]
    #: what the model must not be used for, and where it is known to fail, per language
    limits: dict[str, list[str]]


@dataclass(frozen=True)
class Model:
    """A network with what was settled for it.

    Attributes
    ----------
    seen : ndarray of int8, (films, 450)
        Fingerprints of the films that it was trained or tuned on, see :mod:`~xrlearn.training.fingerprint`.
    """

    net: Trunk
    card: Card
    familiarity: Familiarity
    seen: NDArray[np.int8]

    @property
    def calibration(self) -> Calibration:
        """The map from score to probability."""
        return Calibration(**self.card.calibration)


def save(model: Model, folder: Path = WEIGHTS) -> Path:
    """Write ``<task>.safetensors`` (16-bit floats) and ``<task>.json``; return the first's path."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"net.{name}": (t.half() if t.is_floating_point() else t).contiguous().cpu()
        for name, t in model.net.state_dict().items()
    }
    tensors["familiar.mean"] = torch.from_numpy(model.familiarity.mean)
    tensors["familiar.basis"] = torch.from_numpy(model.familiarity.basis).half()
    tensors["seen"] = torch.from_numpy(model.seen)
    path = folder / f"{model.card.task}.safetensors"
    save_file({name: t.contiguous() for name, t in tensors.items()}, path)
    path.chmod(0o644)  # a model is for everyone on the machine; safetensors writes for its owner alone
    card = json.dumps(model.card.model_dump(), indent=2, ensure_ascii=False)
    path.with_suffix(".json").write_text(card + "\n", encoding="utf-8")
    return path


def card(task: str, folder: Path = WEIGHTS) -> Card:
    """Read the model card of a task; needs no torch tensors and no network.

    Raises
    ------
    WeightsError
        If there is no such model, or its card is damaged.

    Examples
    --------
    >>> card("fracture").size
    320
    """
    path = folder / f"{task}.json"
    try:
        return Card.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WeightsError(text("training.error.no_weights", task=task)) from None
    except ValueError:
        raise WeightsError(text("training.error.bad_weights", file=path.name)) from None


def load_model(task: str, folder: Path = WEIGHTS) -> Model:
    """Load a trained model; it comes on the GPU where torch sees one.

    Raises
    ------
    WeightsError
        If files are missing or damaged.
    """
    about = card(task, folder)
    path = folder / f"{task}.safetensors"
    net = network(find(task), pretrained=False)
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (not a mapping)
        state = {
            n.removeprefix("net."): t.float() if t.is_floating_point() else t
            for n, t in tensors.items()
            if n.startswith("net.")
        }
        net.load_state_dict(state)
        familiarity = Familiarity(
            tensors["familiar.mean"].numpy(), tensors["familiar.basis"].float().numpy(), **about.familiar
        )
        seen = tensors["seen"].numpy()
    except FileNotFoundError:
        raise WeightsError(text("training.error.no_weights", task=task)) from None
    except (SafetensorError, RuntimeError, KeyError, TypeError):
        raise WeightsError(text("training.error.bad_weights", file=path.name)) from None
    net.to("cuda" if torch.cuda.is_available() else "cpu")
    return Model(channels_last(net).eval(), about, familiarity, seen)
