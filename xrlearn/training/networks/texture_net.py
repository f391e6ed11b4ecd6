"""Places found on a film, the texture of bone at each of them, and a classical model of these numbers."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ...radiograph.trabecular_places import Places
from .coarse_finder import CoarseFinder
from .readout import Readout

Measure = Callable[[NDArray[np.floating]], NDArray[np.float64]]


class TextureNet(nn.Module):
    """Films (films, 1, side, side), 0 to 1 -> what the answer understands, (films, outputs).

    Parameters
    ----------
    places : Places
        Where texture is read.
    ahead : (str, str)
        See :class:`~.coarse_finder.CoarseFinder`.
    measure : callable
        A place, as it is cut out, -> its numbers.
    features : int
        How many numbers of all places there are, with those that stand beside the film.
    method : str
        See :mod:`.readout`.
    outputs : int
        Questions of yes or no that the answer is made of.
    rows : int
        Training films.
    two : bool
        ``forward`` gives the logits of no and yes, as a loss over classes takes them.
    """

    centre: Tensor
    spread: Tensor

    def __init__(
        self, places: Places, ahead: tuple[str, str], measure: Measure, features: int, method: str, outputs: int,
        rows: int, two: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.places, self.measure, self.two = places, measure, two
        at = [places.points.index(name) for name in ahead]
        self.find = CoarseFinder(len(places.points), (at[0], at[1]))
        self.register_buffer("centre", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self.readouts = nn.ModuleList(Readout(method, features, rows) for _ in range(outputs))

    def settle(
        self, numbers: NDArray[np.float64], questions: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]]
    ) -> None:
        """Fit every question on the films that it is put to: which these are, and which of all films are a yes."""
        self.centre.copy_(torch.from_numpy(np.nanmean(numbers, 0)))
        self.spread.copy_(torch.from_numpy(np.maximum(np.nanstd(numbers, 0), 1e-6)))
        x = self.standardised(numbers).double().numpy()
        for readout, (asked, yes) in zip(self.readouts, questions, strict=True):
            assert isinstance(readout, Readout)
            readout.settle(x[asked], yes[asked])

    def numbers(self, films: Tensor, points: Tensor) -> NDArray[np.float64]:
        """Measure the places of films, (films, features)."""
        found = []
        for film, at in zip(films[:, 0].cpu().numpy(), points.double().cpu().numpy(), strict=True):
            cuts = self.places.cut(film, at * film.shape[0] - 0.5)
            found.append(np.concatenate([self.measure(cut) for cut in cuts]))
        return np.array(found)

    def standardised(self, numbers: NDArray[np.float64]) -> Tensor:
        """Return numbers in units of their spread among training films; none is further than five off.

        What is not told, NaN or the last columns, is as usual.
        """
        x = torch.from_numpy(numbers).float().to(self.centre.device)
        x = F.pad(x, (0, len(self.centre) - x.shape[1]), value=torch.nan)
        return ((x - self.centre) / self.spread).clamp(-5, 5).nan_to_num(0.0)

    def read(self, x: Tensor) -> Tensor:
        """Return the output for standardised numbers, (films, outputs)."""
        return torch.stack([readout(x) for readout in self.readouts], 1)

    def forward(self, films: Tensor) -> Tensor:
        """Return the output, or two logits where the answer is yes or no."""
        films = films.as_subclass(Tensor)
        with torch.no_grad():
            x = self.standardised(self.numbers(films, self.find(films)))
        said = self.read(x)
        return torch.cat([torch.zeros_like(said), said], 1) if self.two else said
