"""Forty-one landmarks of a hand, PA: both ends of every tubular bone, the capitate, the distal forearm.

The network (:mod:`.points`) learns from simulated films alone; :mod:`.bone_age` trains it, and cuts from films the
places at which bone age is read.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ..radiograph.hand import POINTS
from .descent import descend
from .hand_films import Hands, covered, exposed, fitted, moved
from .networks.heatmap_regressor import HeatmapRegressor, load

NAME = "hand-landmarks"
SIDE = 224  # of the square that the network sees, pixels
EPOCHS, BATCH, RATE = 6, 24, 3e-3
_WIDTHS = (16, 32, 64, 96, 128, 160)


def network() -> HeatmapRegressor:
    """Return an untrained network."""
    return HeatmapRegressor(len(POINTS), _WIDTHS)


def train(
    hands: Hands, epochs: int = EPOCHS, seed: int = 0, progress: Callable[[int, float], object] | None = None
) -> HeatmapRegressor:
    """Train on simulated hands; `progress` is told (epoch, mean error in percent of the film's side) after each.

    Convolutions are done in 16 bits: twice as quick where the processor has them.
    """
    torch.manual_seed(seed)
    rng, chance = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    net: nn.Module = network().train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    n = len(hands.films)
    batch = min(BATCH, n)

    def error(some: Tensor) -> Tensor:
        film = F.interpolate(hands.films[some].float() / 255, size=SIDE, mode="area")
        film, points = moved(film, hands.points[some], chance)
        film = covered(exposed(_lit(film, chance), chance), rng).clamp(0, 1)
        with torch.autocast("cpu", torch.bfloat16):
            found = net(film)
        return 100 * (found.float() - points).abs().mean()

    descend(
        net, lambda: torch.randperm(n, generator=chance)[: n // batch * batch].split(batch), error,
        epochs=epochs, steps=n // batch * epochs, rate=RATE, decay=0.02, rise=0.15, progress=progress,
    )  # fmt: skip
    trained = net.eval()
    assert isinstance(trained, HeatmapRegressor)
    return trained


def _lit(film: Tensor, chance: torch.Generator) -> Tensor:
    """Let exposure change from one edge of each film to the other."""
    slope = torch.linspace(-1, 1, film.shape[-1])
    down, across = (s * torch.randn(len(film), 1, 1, 1, generator=chance) for s in (0.25, 0.15))
    return film * (1 + down * slope[:, None] + across * slope).clamp(min=0.1)


def _both(net: nn.Module, film: Tensor) -> Tensor:
    """The points on films (n, 1, rows, columns) as they are and mirrored, averaged."""
    there, back = net(torch.cat([film, film.flip(3)])).chunk(2)
    return (there + (back * torch.tensor([1.0, -1.0]) + torch.tensor([0.0, 1.0]))) / 2


def locate(net: nn.Module, squares: Tensor) -> Tensor:
    """Return the landmarks on films in squares (n, 1, side, side; uint8) as shares of the square, (n, 41, 2).

    The network looks twice: at the film, and at the hand that it found there.
    """
    film = squares.float() / 255
    with torch.inference_mode():
        first = _both(net, F.interpolate(film, size=SIDE, mode="area"))
        low, high = first.amin(1), first.amax(1)
        middle, half = (low + high) / 2, (0.65 * (high - low).amax(1)).clamp(0.25, 0.8)
        closer = torch.zeros(len(film), 2, 3)
        closer[:, 0, 0] = closer[:, 1, 1] = 2 * half
        closer[:, :, 2] = 2 * middle.flip(1) - 1
        grid = F.affine_grid(closer, [len(film), 1, SIDE, SIDE], align_corners=False)
        second = _both(net, F.grid_sample(film, grid, align_corners=False))
        return middle[:, None] + (second - 0.5) * 2 * half[:, None, None]


def landmarks(pixels: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the landmarks on a film with the shipped network: 41 x (row, column), in the film's own pixels.

    Their names are :data:`xrlearn.radiograph.hand.POINTS`. The film must show one whole hand, PA, fingers up.
    """
    square, scale, corner = fitted(pixels)
    found = locate(shipped(), torch.from_numpy(square)[None, None])[0].double().numpy()
    return np.asarray((found * len(square) - corner) / scale - 0.5)


@lru_cache(maxsize=1)
def shipped() -> nn.Module:
    """Return the network that comes with the package, ready for use."""
    return load(network(), NAME)
