"""A network that finds named points on a film: a small U-net draws one heat map a point.

A point lies at the mean of its map (the differentiable spatial to numerical transform of Nibali et al. 2018, which
Galbusera et al. used on spines in 2019). The families ``landmarks`` and ``two_stage`` use it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def block(into: int, out: int, stride: int = 1) -> nn.Sequential:
    """Return two 3 x 3 convolutions, the first of them with `stride`, each followed by batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
        nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True),
    )  # fmt: skip


def locally_normalised(film: Tensor, window: int = 9, whole: float = 0.0) -> Tensor:
    """Return films with the same brightness and contrast everywhere, so that exposure and window matter little.

    Parameters
    ----------
    film : (films, 1, rows, columns) tensor
        Rows and columns are multiples of 4.
    window : int
        Side of the neighbourhood that is locally_normalised out, in units of 4 pixels; odd.
    whole : float
        How much of the contrast is that of the whole film and not of the neighbourhood, 0 to 1.
    """

    def around(x: Tensor) -> Tensor:  # the mean over a neighbourhood, on a coarser grid
        small = F.avg_pool2d(F.avg_pool2d(x, 4), window, 1, window // 2, count_include_pad=False)
        return F.interpolate(small, scale_factor=4.0, mode="bilinear")

    mean = around(film)
    spread = (around(film * film) - mean * mean).clamp(min=0).sqrt()
    if whole:
        spread = (1 - whole) * spread + whole * film.std((2, 3), keepdim=True)
    return ((film - mean) / (spread + 0.02)).clamp(-3, 3)


class HeatmapRegressor(nn.Module):
    """From films (n, 1, rows, columns; 0 to 1) to points (n, points, 2) as shares of height and width.

    Parameters
    ----------
    points : int
    widths : tuple of int
        Channels at 1/2, 1/4, 1/8 ... of the film's size.
    """

    def __init__(self, points: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        w = widths
        self.down = nn.ModuleList([block(i, o, 2) for i, o in zip((1, *w[:-1]), w)])
        self.up = nn.ModuleList([block(w[k + 1] + w[k], w[k]) for k in reversed(range(1, len(w) - 1))])
        self.maps = nn.Conv2d(w[1], points, 1)
        self.sharpness = nn.Parameter(torch.tensor(1.0))

    def forward(self, film: Tensor) -> Tensor:
        """Return the points; while it learns, convolutions are done in 16 bits, where the processor has them."""
        seen = []
        x = locally_normalised(film).contiguous(memory_format=torch.channels_last)
        with torch.autocast(film.device.type, torch.bfloat16, enabled=self.training):
            for down in self.down:
                x = down(x)
                seen.append(x)
            for up, skip in zip(self.up, seen[-2:0:-1]):
                x = up(torch.cat([F.interpolate(x, size=skip.shape[2:]), skip], 1))
            x = self.maps(x)
        heat = x.float() * self.sharpness.exp()
        n, points, rows, columns = heat.shape
        share = heat.reshape(n, points, -1).softmax(-1).reshape(heat.shape)
        r = (torch.arange(rows, device=heat.device) + 0.5) / rows
        c = (torch.arange(columns, device=heat.device) + 0.5) / columns
        return torch.stack([(share.sum(3) * r).sum(2), (share.sum(2) * c).sum(2)], -1)
