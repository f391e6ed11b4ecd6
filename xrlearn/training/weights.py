"""A trained model on disk: its numbers as safetensors, everything else as a JSON model card. Never pickle.

Most numbers of a network are kept with 8 bits, each output channel on a scale of its own: a quarter of the room, and no
figure of ours changes in its third digit (weight-only quantisation: Jacob et al., CVPR 2018).
"""

import json
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import init
from torch.overrides import TorchFunctionMode

from ..locale.errors import SentenceError
from ..memory import give_back
from ..paths import WEIGHTS
from ..radiograph import Radiograph
from ..tasks import Task, find
from .fingerprint import fingerprint, seen
from .frozen_features import EARLY
from .out_of_distribution import OutOfDistribution, learn_distribution
from .systems import Reading, System, system_of

#: tensors with fewer numbers than this are kept with 16 bits
_SMALL = 512
#: training films from which a model's idea of its own films is learned: enough to know their spread
KNOWN = 1000


class WeightsError(SentenceError):
    """A model's files are missing or damaged; the message says which."""

    section = "training.error."


class ModelCard(BaseModel):
    """The model card: what a reader must know before believing the model."""

    model_config = ConfigDict(extra="forbid")

    task: str
    #: family of networks, a file of :mod:`xrlearn.training.systems`
    system: str
    version: str
    #: what the family must know to build the network: for a classifier ``size``
    options: dict[str, Any]
    #: what the answer settled on validation films, see :mod:`xrlearn.tasks.answers`
    calibration: dict[str, float]
    #: limits of :class:`~xrlearn.training.out_of_distribution.OutOfDistribution`: ``rest`` and ``limit``
    distribution: dict[str, float]
    #: origin, citation, licence, films and patients of each split
    data: dict[str, Any]
    #: how it was trained: command, seed, epochs, edition of the simulator
    training: dict[str, Any]
    #: figures on the test films, with intervals, and where the heat map points
    figures: dict[str, Any]
    #: what the model must not be used for, and where it is known to fail, per language
    limits: dict[str, list[str]]

    @property
    def threshold(self) -> float:
        """Probability from which the answer is yes; NaN where none is."""
        return self.calibration.get("threshold", float("nan"))


@dataclass(frozen=True)
class Model:
    """A network with what was settled for it.

    Attributes
    ----------
    net : nn.Module
    card : ModelCard
    learned : pandas.DataFrame or None
        The training and validation films, where the model was trained just now; what is kept of them on disk is
        computed from them when it is first asked for.
    stored : mapping of str to Tensor
        What a file keeps of them.
    """

    net: nn.Module
    card: ModelCard
    learned: pd.DataFrame | None = field(default=None, repr=False)
    stored: dict[str, Tensor] = field(default_factory=dict, repr=False)

    @cached_property
    def task(self) -> Task:
        """The task that it answers."""
        return find(self.card.task)

    @cached_property
    def system(self) -> System:
        """The family that its network is of."""
        return system_of(self.task, self.card.system)

    @cached_property
    def seen(self) -> NDArray[np.int8]:
        """Fingerprints of the films that it was trained or tuned on, see :mod:`~xrlearn.training.fingerprint`."""
        if self.learned is None:
            return self.stored["seen"].numpy()
        return self.system.fingerprints(self.learned)

    @cached_property
    def distribution(self) -> OutOfDistribution:
        """What films like those that it has learned from look like."""
        if self.learned is None:
            mean, basis = (self.stored[f"distribution.{name}"].float().numpy() for name in ("mean", "basis"))
            if self.system.films and len(mean) != EARLY:
                raise WeightsError("bad_weights", file=f"{self.card.task}.safetensors")
            return OutOfDistribution(mean, basis, **self.card.distribution)
        train, valid = (self.learned[self.learned["split"] == part] for part in ("train", "valid"))
        shuffled = train.sample(frac=1, random_state=0)
        place = shuffled.groupby("source").cumcount() if "source" in train else np.arange(len(train))
        sample = shuffled.iloc[np.argsort(place, kind="stable")[:KNOWN]]  # of each source as many, where it has them
        parts = [part for _, part in valid.groupby("source")] if "source" in valid else [valid]
        looks = [self.system.looks(self.net, part, self.card.options) for part in (sample, *parts)]
        return learn_distribution(*looks)

    def knowing(self, films: pd.DataFrame) -> "Model":
        """Return the model with a new idea of its own films' looks; those that it has learned from stay the same."""
        model = replace(self, learned=films)
        model.__dict__["seen"] = self.seen
        return model

    def with_card(self, card: ModelCard) -> "Model":
        """Return the model with another card; what was computed of its films is not computed again."""
        model = replace(self, card=card)
        model.__dict__.update({name: self.__dict__[name] for name in ("seen", "distribution") if name in self.__dict__})
        return model

    def having_seen(self, prints: NDArray[np.int8]) -> "Model":
        """Return the model with more fingerprints of films that it has learned from: those of the one it began with."""
        model = self.with_card(self.card)
        model.__dict__["seen"] = np.concatenate([prints, self.seen])
        return model

    def read(self, film: Radiograph, **inputs: Any) -> Reading:
        """Read one film."""
        row = pd.DataFrame({"image": [film], **{name: [value] for name, value in inputs.items()}})
        return self.system.read(self.net, row, self.card.options)

    def knows(self, film: Radiograph) -> bool:
        """Say whether it was trained or tuned on this very film."""
        return bool(seen(fingerprint(film)[None], self.seen)[0])


def _packed(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """Return a tensor of a network as it is stored: 8 bits and a scale, 16 bits, or as it is."""
    if not tensor.is_floating_point():
        return {f"net.{name}": tensor}
    if tensor.ndim < 2 or tensor.numel() < _SMALL:
        return {f"net.{name}": tensor.half()}
    rows = tensor.float().flatten(1)
    scale = rows.abs().amax(1).clamp(min=1e-12) / 127
    whole = (rows / scale[:, None]).round().to(torch.int8).reshape(tensor.shape)
    return {f"net.{name}": whole, f"scale.{name}": scale}


def _fill(net: nn.Module, file: Any) -> None:
    """Write into a network what :func:`_packed` stored, tensor by tensor: at once they would take three times the room.

    Raises
    ------
    KeyError
        If they do not belong together.
    """
    state, names = net.state_dict(), set(file.keys())
    if {f"net.{name}" for name in state} != {name for name in names if name.startswith("net.")}:
        raise KeyError
    for name, target in state.items():
        tensor = file.get_tensor(f"net.{name}")
        if tensor.shape != target.shape:
            raise KeyError(name)
        if f"scale.{name}" in names:
            tensor = tensor.float() * file.get_tensor(f"scale.{name}").reshape(-1, *[1] * (tensor.ndim - 1))
        target.copy_(tensor)


def save(model: Model, folder: Path = WEIGHTS) -> Path:
    """Write ``<task>.safetensors`` and ``<task>.json``; return the first's path.

    Of a model that is another task's, too, and lies there, the card alone is written.
    Both are written beside and then renamed, so that a full disk leaves the older model whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    for name, tensor in model.net.state_dict().items():
        tensors |= _packed(name, tensor.detach().cpu())
    known = model.distribution
    tensors["distribution.mean"] = torch.from_numpy(known.mean).half()
    tensors["distribution.basis"] = torch.from_numpy(known.basis).half()
    tensors["seen"] = torch.from_numpy(model.seen)
    card = model.card.model_copy(update={"distribution": {"rest": known.rest, "limit": known.limit}})
    path = folder / f"{card.task}.safetensors"
    part = path.with_suffix(".part")
    if "as" in card.training and (folder / f"{card.training['as']}.safetensors").is_file():
        path.unlink(missing_ok=True)  # its numbers lie there already
    else:
        save_file({name: t.contiguous() for name, t in tensors.items()}, part)
        part.chmod(0o644)  # a model is for everyone on the machine; safetensors writes for its owner alone
        part.replace(path)
    words = json.dumps(card.model_dump(), indent=2, ensure_ascii=False)
    part.write_text(words + "\n", encoding="utf-8")
    part.replace(path.with_suffix(".json"))
    return path


def model_card(task: str, folder: Path = WEIGHTS) -> ModelCard:
    """Read the model card of a task; needs no tensors and no network.

    Raises
    ------
    WeightsError
        If there is no such model, or its card is damaged.

    Examples
    --------
    >>> model_card("fracture").options["size"]
    320
    """
    path = folder / f"{task}.json"
    try:
        return ModelCard.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WeightsError("no_weights", task=task) from None
    except ValueError:
        raise WeightsError("bad_weights", file=path.name) from None


class _Unfilled(TorchFunctionMode):
    """Networks made within draw no random numbers for weights that are about to be loaded."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in (Tensor.uniform_, Tensor.normal_) or getattr(func, "__module__", "") == init.__name__:
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        return func(*args, **kwargs)


def load_model(task: str, folder: Path = WEIGHTS) -> Model:
    """Load a trained model; it comes on the GPU where torch sees one.

    Raises
    ------
    WeightsError
        If files are missing or damaged.
    """
    about = model_card(task, folder)
    path = folder / f"{task}.safetensors"
    if not path.is_file():
        path = folder / f"{find(task).tensors}.safetensors"
    with _Unfilled():
        net = system_of(find(task), about.system).network(about.options)
    try:
        with safe_open(path, framework="pt") as file:
            _fill(net, file)
            rest = {name: file.get_tensor(name) for name in ("distribution.mean", "distribution.basis", "seen")}
    except FileNotFoundError:
        raise WeightsError("no_weights", task=task) from None
    except (SafetensorError, RuntimeError, KeyError, TypeError):
        raise WeightsError("bad_weights", file=path.name) from None
    net.to("cuda" if torch.cuda.is_available() else "cpu")
    give_back()
    return Model(net.eval(), about, stored=rest)


@lru_cache(maxsize=2)
def shipped(task: str) -> Model:
    """Return the model that ships with the package; the last two are kept in memory."""
    return load_model(task)
