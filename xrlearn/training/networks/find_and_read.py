"""Two networks in one: the first finds the landmarks of a film, the second reads the places that are cut at them.

For each place the second says what it reads and how sure it is; the film's answer is the mean of its places, each
weighted by its certainty (as Tanner and Whitehouse scored bone by bone, 1975).
"""

from itertools import pairwise
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from .heatmap_regressor import HeatmapRegressor, block, locally_normalised

#: side of small and of large places, pixels
SIDES = (44, 72)
_FIND = (16, 32, 64, 96, 128, 160)
_READ = (16, 32, 64, 96)
_HIDDEN = 48


class PlaceReader(nn.Module):
    """Small and large places of n films, and a flag of each film, to numbers; each place has a head of its own."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.fingers, self.wrist = (
            nn.Sequential(*(block(i, o, 1 if i == 1 else 2) for i, o in pairwise((1, *_READ)))) for _ in range(2)
        )
        seen = 2 * _READ[-1] + 1
        self.hide = nn.Dropout(0.2)
        self.first = nn.Parameter(0.05 * torch.randn(places, seen, _HIDDEN))
        self.first_bias = nn.Parameter(torch.zeros(places, _HIDDEN))
        self.last = nn.Parameter(0.05 * torch.randn(places, _HIDDEN, 2))
        self.last_bias = nn.Parameter(torch.zeros(places, 2))

    def forward(self, small: Tensor, large: Tensor, flag: Tensor) -> tuple[Tensor, Tensor]:
        """Return the number and the logarithm of its expected error for every place, (n, places) each."""
        seen = []
        for encoder, places in ((self.fingers, small), (self.wrist, large)):
            window = places.shape[-1] // 8 | 1  # half of the place, in units of 4 pixels
            x = encoder(locally_normalised(places, window, whole=0.3).contiguous(memory_format=torch.channels_last))
            seen.append(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1).float().reshape(len(flag), -1, 2 * _READ[-1]))
        both = self.hide(torch.cat(seen, 1))
        told = (flag - 0.5)[:, None, None].expand(-1, both.shape[1], 1)
        x = torch.einsum("npf,pfh->nph", torch.cat([both, told], 2), self.first) + self.first_bias
        answer = torch.einsum("nph,phk->npk", torch.relu(x), self.last) + self.last_bias
        return answer[..., 0], answer[..., 1].clamp(-3, 2)


class FindAndRead(nn.Module):
    """Both stages, kept in one file.

    Parameters
    ----------
    points, places : int
    """

    def __init__(self, points: int, places: int) -> None:
        super().__init__()
        self.find = HeatmapRegressor(points, _FIND)
        self.read = PlaceReader(places)

    def train(self, mode: bool = True) -> Self:
        """Learn or not; a first stage that is held fixed keeps the running statistics that belong to its weights."""
        super().train(mode)
        if not any(weight.requires_grad for weight in self.find.parameters()):
            self.find.eval()
        return self

    def forward(self, film: Tensor, small: Tensor, large: Tensor, flag: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the points on `film`, and what is read at the places; in 16 bits while it learns (twice as quick)."""
        with torch.autocast(film.device.type, torch.bfloat16, enabled=self.training):
            points, (number, log_error) = self.find(film), self.read(small, large, flag)
        return points.float(), number.float(), log_error.float()

    def locate(self, film: Tensor, side: int) -> Tensor:
        """Return the points on square films (n, 1, size, size; 0 to 1) as shares of the square, (n, points, 2).

        The network looks twice, each time in a square of `side`: at the film, and at what it found there.
        """
        first = self._both(F.interpolate(film, size=side, mode="area"))
        low, high = first.amin(1), first.amax(1)
        middle, half = (low + high) / 2, (0.65 * (high - low).amax(1)).clamp(0.25, 0.8)
        closer = torch.zeros(len(film), 2, 3, device=film.device)
        closer[:, 0, 0] = closer[:, 1, 1] = 2 * half
        closer[:, :, 2] = 2 * middle.flip(1) - 1
        grid = F.affine_grid(closer, [len(film), 1, side, side], align_corners=False)
        second = self._both(F.grid_sample(film, grid, align_corners=False))
        return middle[:, None] + (second - 0.5) * 2 * half[:, None, None]

    def _both(self, film: Tensor) -> Tensor:
        """The points on films as they are and mirrored, averaged."""
        there, back = self.find(torch.cat([film, film.flip(3)])).chunk(2)
        return (there + mirrored(back)) / 2


def mirrored(points: Tensor) -> Tensor:
    """Return points (..., 2), shares of a square, where they lie on its mirror image."""
    return points * points.new_tensor([1, -1]) + points.new_tensor([0, 1])


def cut(films: Tensor, centre: NDArray[np.float64], down: NDArray[np.float64], large: int) -> tuple[Tensor, Tensor]:
    """Cut places out of films and turn them upright.

    Parameters
    ----------
    films : (n, 1, size, size) tensor
    centre, down : (n, places, 2) arrays
        Middle of each place, and the way from there to the middle of its lower edge, as shares of the square.
    large : int
        How many of the places, the last ones, are large.

    Returns
    -------
    small, large : (n * places, 1, side, side) tensors
        Of :data:`SIDES`.
    """
    right, few = down[..., ::-1] * [-1, 1], down.shape[1] - large  # down is (row, column)
    found = []
    for part, side in ((slice(None, few), SIDES[0]), (slice(few, None), SIDES[1])):
        step = (np.arange(side) + 0.5) / side * 2 - 1
        at = centre[:, part, None, None] + (
            step[:, None, None] * down[:, part, None, None] + step[:, None] * right[:, part, None, None]
        )
        grid = torch.from_numpy((2 * at[..., ::-1] - 1).astype(np.float32)).reshape(len(films), -1, side, 2)
        places = F.grid_sample(films, grid.to(films.device), align_corners=False, padding_mode="border")
        found.append(places.reshape(-1, 1, side, side))
    return found[0], found[1]


def together(number: Tensor, log_error: Tensor) -> Tensor:
    """Return the mean of the places (n, places), each weighted by the inverse of its expected error."""
    weight = (-log_error).exp()
    return (number * weight).sum(1) / weight.sum(1)
