"""Quantile scaling, principal components and a small network: the design of Lim et al. 2019."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from torch import Tensor, nn

#: a column is scaled by so many of its quantiles
QUANTILES = 41
#: a scaled value is at most so many standard deviations from the middle
FARTHEST = 2.6


class ScaledComponents(nn.Module):
    """Columns, NaN where nothing is known -> log-odds.

    A value becomes the normal score of its quantile, what is missing becomes the middle, and each column's absence is
    an input of its own. Everything that was learned of the columns travels as buffers.
    """

    quantiles: Tensor
    usual: Tensor
    centre: Tensor
    components: Tensor

    def __init__(self, columns: int, hidden: Sequence[int]) -> None:
        super().__init__()
        wide = 2 * columns
        # flat, so that they are stored with 16 bits
        self.register_buffer("quantiles", torch.zeros(columns * QUANTILES))
        self.register_buffer("usual", torch.zeros(columns))
        self.register_buffer("centre", torch.zeros(wide))
        self.register_buffer("components", torch.zeros(wide * wide))
        layers: list[nn.Module] = []
        for size in hidden:
            layers += [nn.Linear(wide, size), nn.ReLU()]
            wide = size
        self.layers = nn.Sequential(*layers, nn.Linear(wide, 1))

    def settle(self, columns: NDArray[np.float64]) -> None:
        """Learn quantiles and components of the training rows, (rows, columns)."""
        steps = np.linspace(0, 1, QUANTILES)
        known = [column[np.isfinite(column)] for column in columns.T]
        grid = np.array([np.quantile(column, steps) if len(column) else steps for column in known])
        self.quantiles = torch.from_numpy(grid.ravel()).float()
        self.usual = torch.tensor([float(np.median(column)) if len(column) else 0.0 for column in known])
        scaled = self._scaled(columns)
        self.centre = torch.from_numpy(scaled.mean(0)).float()
        _, spread, directions = np.linalg.svd(scaled - scaled.mean(0), full_matrices=False)
        deviation = spread / np.sqrt(max(len(scaled) - 1, 1))
        kept = np.where(deviation[:, None] > 1e-3, directions / np.maximum(deviation[:, None], 0.2), 0.0)
        square = np.zeros((scaled.shape[1], scaled.shape[1]))
        square[: len(kept)] = kept
        self.components = torch.from_numpy(square.ravel()).float()

    def _scaled(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        grid = self.quantiles.cpu().numpy().astype(np.float64).reshape(columns.shape[1], QUANTILES)
        steps = np.linspace(0, 1, QUANTILES)
        scores = np.zeros_like(columns)
        for i, column in enumerate(columns.T):
            known = np.isfinite(column)
            # a value that many share stands in the middle of its quantiles
            low = np.interp(column[known], *_ends(grid[i], steps, first=True))
            high = np.interp(column[known], *_ends(grid[i], steps, first=False))
            scores[known, i] = np.clip(ndtri(np.clip((low + high) / 2, 1e-6, 1 - 1e-6)), -FARTHEST, FARTHEST)
        return np.concatenate([scores, ~np.isfinite(columns)], axis=1)

    def inputs(self, columns: NDArray[np.float64]) -> Tensor:
        """Return what :meth:`forward` takes, (rows, 2 columns): scaled values and absences."""
        return torch.from_numpy(self._scaled(columns).astype(np.float32))

    def forward(self, x: Tensor) -> Tensor:
        """Return log-odds, (rows,)."""
        centred = x.as_subclass(Tensor) - self.centre
        wide = len(self.centre)
        out: Tensor = self.layers(centred @ self.components.reshape(wide, wide).T)
        return out[:, 0]


def _ends(
    grid: NDArray[np.float64], steps: NDArray[np.float64], first: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each value of a grid once, with the first or the last step at which it stands."""
    values = np.unique(grid)
    side = np.searchsorted(grid, values, "left") if first else np.searchsorted(grid, values, "right") - 1
    return values, steps[side]
