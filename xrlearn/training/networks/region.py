"""Two networks in one: the first finds the region where a lesion would be, the second looks at that alone."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .evidence import EvidenceNet
from .heatmap_regressor import HeatmapRegressor

#: the first network sees films in a square of this many pixels, the second the region in one of that many
WHOLE, CUT = 96, 160
_WIDTHS = (16, 24, 32, 48)

#: points as shares of the square (films, points, 2) -> middle of a square region (films, 2) and half its side (films,)
Region = Callable[[Any], tuple[Any, Any]]


class RegionNet(nn.Module):
    """Film -> points -> region -> two logits, "no" and "yes".

    Parameters
    ----------
    points : int
    region : callable
    pretrained : bool
        The second network starts from ImageNet weights.
    **trunk
        Of its :class:`.trunk.Trunk`: ``network``, ``width``.

    Notes
    -----
    After each call ``points`` are those found, shares of the square, and ``evidence`` is the map of the region. While
    it learns the region is cut at the points in ``told``, as far as they are known, and a little beside them.
    """

    def __init__(self, points: int, region: Region, pretrained: bool = True, **trunk: Any) -> None:
        super().__init__()
        self.region = region
        self.find = HeatmapRegressor(points, _WIDTHS)
        self.read = EvidenceNet(pretrained, **trunk)
        self.told: Tensor | None = None
        self.points: Tensor = torch.empty(0)
        self.frame: tuple[Tensor, Tensor] = (torch.empty(0), torch.empty(0))

    @property
    def evidence(self) -> Tensor:
        """The map of the region."""
        return self.read.evidence

    def train(self, mode: bool = True) -> "RegionNet":
        """Switch between training and use; what a step left cannot be copied."""
        super().train(mode)
        self.told, self.points = None, torch.empty(0)
        return self

    def locate(self, film: Tensor) -> Tensor:
        """Return the points on square films (films, 1, size, size) as shares of the square, (films, points, 2)."""
        found: Tensor = self.find(F.interpolate(film, size=WHOLE, mode="area"))
        return found

    def forward(self, film: Tensor) -> Tensor:
        """Return logits (films, 2) for "no" and "yes"."""
        self.points = self.locate(film)
        at = self.points.detach()
        if self.training and self.told is not None:
            at = torch.where(self.told.isfinite(), self.told, at)
        centre, half = self.region(at)
        half = half.clamp(0.05, 0.6)
        if self.training:
            centre = centre + 0.15 * half[:, None] * torch.randn_like(centre)
            half = half * (0.1 * torch.randn_like(half)).exp()
        self.frame = centre, half
        said: Tensor = self.read(cut(film, centre, half, CUT))
        return said


def cut(film: Tensor, centre: Tensor, half: Tensor, side: int, mode: str = "bilinear") -> Tensor:
    """Cut a square out of each film (films, 1, size, size), (films, 1, side, side); beyond the film it is black.

    Examples
    --------
    >>> film = torch.arange(16.0).reshape(1, 1, 4, 4)
    >>> cut(film, torch.tensor([[0.25, 0.25]]), torch.tensor([0.25]), 2).flatten().tolist()
    [0.0, 1.0, 4.0, 5.0]
    """
    theta = torch.zeros(len(film), 2, 3, device=film.device)
    theta[:, 0, 0] = theta[:, 1, 1] = 2 * half
    theta[:, :, 2] = 2 * centre.flip(1) - 1
    grid = F.affine_grid(theta, [len(film), 1, side, side], align_corners=False)
    return F.grid_sample(film, grid, mode=mode, align_corners=False)


def pasted(part: Tensor, centre: Tensor, half: Tensor, side: int) -> Tensor:
    """Lay maps of regions (films, 1, rows, columns) where they were cut, (films, 1, side, side); 0 elsewhere.

    Examples
    --------
    >>> part = cut(torch.ones(1, 1, 8, 8), torch.tensor([[0.25, 0.75]]), torch.tensor([0.25]), 4)
    >>> pasted(part, torch.tensor([[0.25, 0.75]]), torch.tensor([0.25]), 4)[0, 0].tolist()
    [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    return cut(part, 0.5 + (0.5 - centre) / (2 * half[:, None]), 0.25 / half, side)
