"""A network small enough to be trained while one watches: a second or two on a laptop, and every choice is a knob.

It answers one question with yes or no. Its last step is linear in a map of evidence, so the map says exactly which
place of the film added how much to the score: class activation mapping (Zhou, Khosla, Lapedriza, Oliva, Torralba,
"Learning deep features for discriminative localization", CVPR 2016).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from ...stats import auc
from ..films import fit as into_square
from ..films import open_picture
from .augment import augment

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.1),
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "none": nn.Identity,
}
_BATCH = 16  # films seen between two small changes of the weights
_WIDEST = 64  # channels; the width doubles from layer to layer up to here


def pixels(images: Sequence[str | Path], size: int) -> NDArray[np.uint8]:
    """Read films and fit each into a black square: (films, size, size), bone bright.

    Parameters
    ----------
    images : sequence of path
    size : int
        Side of the square in pixels.
    """
    squares = [np.asarray(into_square(open_picture(image), size)) for image in images]
    return np.stack(squares) if squares else np.empty((0, size, size), np.uint8)


@dataclass(frozen=True)
class Recipe:
    """Everything that is chosen before training.

    Attributes
    ----------
    width : int
        Channels of the first layer; every further layer has twice as many, up to 64.
    depth : int
        Convolution layers.
    activation : str
        A key of :data:`ACTIVATIONS`.
    weight_decay : float
        Pull of all weights towards 0 in every step (AdamW: Loshchilov & Hutter, ICLR 2019); 0.1 to 1 is felt.
    dropout : float
        Share of feature channels that are hidden from the last layer during training, 0 to 1.
    augment : tuple of str
        Names of changes, see :mod:`.augment`.
    dose : float
        How strong these changes are.
    epochs : int
        How often every training film is seen.
    rate : float
        Highest learning rate; it rises at first, then falls (one cycle).
    steadied : float
        Share of the former weights kept in a running mean of them, 0 to below 1; the mean is what is measured and
        returned. At 0 these are the last weights themselves, whose loss may leap from round to round.
    seed : int
        Another seed gives other first weights and another order of films.

    Raises
    ------
    ValueError
        If a number or name is out of range.
    """

    width: int = 8
    depth: int = 3
    activation: str = "relu"
    weight_decay: float = 0.0
    dropout: float = 0.0
    augment: tuple[str, ...] = ()
    dose: float = 1.0
    epochs: int = 12
    rate: float = 1e-2
    steadied: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"{self.activation!r} is not one of {', '.join(ACTIVATIONS)}")
        if min(self.width, self.depth, self.epochs) < 1 or self.rate <= 0:
            raise ValueError("width, depth, epochs and rate must be positive")
        if not 0 <= self.dropout < 1 or not 0 <= self.steadied < 1 or self.weight_decay < 0 or self.dose < 0:
            raise ValueError("dropout and steadied lie from 0 to below 1; weight_decay and dose are not negative")


def plain_trunk(recipe: Recipe) -> tuple[nn.Module, int]:
    """Return convolution layers as the recipe wants them, and how many channels come out.

    The first layer halves the picture, and it is halved again after each of the first two that is not the last, so
    a deep network's map of evidence is still an eighth of the film's size.
    """
    layers: list[nn.Module] = []
    channels, width = 1, recipe.width
    for layer in range(recipe.depth):
        first = layer == 0
        layers += [
            nn.Conv2d(channels, width, 5 if first else 3, stride=1 + first, padding=1 + first, bias=False),
            nn.BatchNorm2d(width, momentum=0.2),
            ACTIVATIONS[recipe.activation](),
        ]
        if layer < min(recipe.depth - 1, 2):
            layers.append(nn.MaxPool2d(2))
        channels, width = width, min(2 * width, max(_WIDEST, recipe.width))
    return nn.Sequential(*layers), channels


class TinyNet(nn.Module):
    """Film -> map of evidence -> its mean, which is the score (log-odds of yes).

    The mean of the map is the same as "global average pooling, then a linear layer", so the map is the class
    activation map, exactly. After each call ``evidence`` holds it: (films, rows, columns), offset included.

    Parameters
    ----------
    recipe : Recipe
    trunk : (Module, int), optional
        Other layers than :func:`plain_trunk`, and the number of their output channels.

    Notes
    -----
    Input: (films, 1, rows, columns), values 0 to 1, bone bright. Output: (films,).
    """

    def __init__(self, recipe: Recipe, trunk: tuple[nn.Module, int] | None = None) -> None:
        super().__init__()
        self.trunk, channels = trunk or plain_trunk(recipe)
        self.drop = nn.Dropout2d(recipe.dropout)
        self.cell = nn.Conv2d(channels, 1, 1)
        self.evidence: Tensor = torch.empty(0)

    @property
    def parameter_count(self) -> int:
        """How many numbers the network learns."""
        return sum(p.numel() for p in self.parameters())

    def forward(self, films: Tensor) -> Tensor:
        """Return the score of each film."""
        evidence = self.cell(self.drop(self.trunk((films - 0.5) * 4)))
        self.evidence = evidence[:, 0]
        return self.evidence.mean((1, 2))


@dataclass(frozen=True)
class Epoch:
    """How a network does after one more round through its training films, measured as in use (no dropout).

    Attributes
    ----------
    loss, auc : float
        On the training films, with the answers it was given. The loss is the mean of -log(probability of the answer).
    valid_loss, valid_auc : float
        On the validation films; NaN where there are none.
    """

    loss: float
    auc: float
    valid_loss: float
    valid_auc: float


@dataclass(frozen=True)
class Fit:
    """A trained network, its course, and how long its training took on the clock."""

    net: TinyNet
    epochs: list[Epoch] = field(repr=False)
    seconds: float = float("nan")


def tensor(films: ArrayLike) -> Tensor:
    """Turn films (films, rows, columns) of 0 to 255 into what a network takes: (films, 1, rows, columns), 0 to 1."""
    inputs = torch.from_numpy(np.asarray(films, np.uint8)).unsqueeze(1).float() / 255
    return inputs.to(memory_format=torch.channels_last)


def scores(net: TinyNet, films: ArrayLike) -> NDArray[np.float64]:
    """Return the score (log-odds of yes) of each film, (films,).

    Parameters
    ----------
    net : TinyNet
    films : array_like of uint8, (films, rows, columns)
    """
    net.eval()
    with torch.inference_mode():
        parts = [net(part) for part in tensor(films).split(256)]
    return torch.cat(parts).double().numpy() if parts else np.empty(0)


def _measure(net: TinyNet, films: NDArray[np.uint8], truth: NDArray[np.int64]) -> tuple[float, float]:
    score = scores(net, films)
    return float(np.logaddexp(0, np.where(truth == 1, -score, score)).mean()), auc(truth, score)


@contextmanager
def _one_thread() -> Iterator[None]:
    """So small a network gains nothing from a second thread, and loses much where another program is busy too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fit(
    films: ArrayLike,
    truth: ArrayLike,
    recipe: Recipe,
    valid: tuple[ArrayLike, ArrayLike] | None = None,
    on_epoch: Callable[[Epoch], bool | None] | None = None,
    trunk: tuple[nn.Module, int] | Callable[[], tuple[nn.Module, int]] | None = None,
) -> Fit:
    """Train a :class:`TinyNet`.

    Parameters
    ----------
    films : array_like of uint8, (films, rows, columns)
    truth : array_like of 0 and 1, (films,)
    recipe : Recipe
    valid : (films, truth), optional
        Films on which it is measured after each epoch; it never learns from them.
    on_epoch : callable, optional
        Told every :class:`Epoch`; when it returns True, training ends there.
    trunk : (Module, int) or a function that makes it, optional
        Other layers, see :class:`TinyNet`; a function is called under the recipe's seed.

    Raises
    ------
    ValueError
        If only one of both answers is there to learn, or films and answers differ in number.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> films, truth = rng.integers(0, 100, (48, 32, 32)), np.arange(48) % 2
    >>> films[truth == 1, 10:20, 10:20] += 100
    >>> fit(films, truth, Recipe(epochs=4)).epochs[-1].auc > 0.9
    True
    """
    films, truth = np.asarray(films, np.uint8), np.asarray(truth, np.int64)
    if len(films) != len(truth) or len(np.unique(truth)) < 2:
        raise ValueError("every film needs its answer, and both answers must occur")
    checked = (np.asarray(valid[0], np.uint8), np.asarray(valid[1], np.int64)) if valid is not None else None
    epochs: list[Epoch] = []
    started = time.perf_counter()
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        net = TinyNet(recipe, trunk() if callable(trunk) else trunk)
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a processor
        inputs, answers = tensor(films), torch.from_numpy(truth).float()
        optimiser = torch.optim.AdamW(net.parameters(), recipe.rate, weight_decay=recipe.weight_decay)
        steps = recipe.epochs * -(-len(films) // _BATCH)
        mean = deepcopy(net) if recipe.steadied else net
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=max(steps, 2))
        for _ in range(recipe.epochs):
            net.train()
            for batch in torch.randperm(len(films)).split(_BATCH):
                seen = augment(inputs[batch], recipe.augment, recipe.dose)
                loss = F.binary_cross_entropy_with_logits(net(seen), answers[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                if mean is not net:
                    _follow(mean, net, recipe.steadied)
            nan = float("nan"), float("nan")
            epochs.append(Epoch(*_measure(mean, films, truth), *(_measure(mean, *checked) if checked else nan)))
            if on_epoch is not None and on_epoch(epochs[-1]):
                break
    return Fit(mean.eval(), epochs, time.perf_counter() - started)


def _follow(mean: nn.Module, net: nn.Module, kept: float) -> None:
    """Move the mean of the weights, and of what a layer of normalisation has counted, towards the latest."""
    with torch.no_grad():
        for old, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
            if old.is_floating_point():
                old.lerp_(new, 1 - kept)
