"""The corners of 17 vertebrae on a frontal film, and the Cobb angle that follows from them.

The network (:mod:`.points`) learns from simulated films alone, so no film of a patient is needed to make it, and none
is hidden in its weights.

    python -m xrlearn.training.spine_landmarks    trains it anew: 15 minutes on one core
"""

import sys
import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..radiograph.spine import VERTEBRAE
from .descent import descend
from .networks.heatmap_regressor import HeatmapRegressor, load, save
from .spine_films import SHAPE, fitted, simulated, varied

NAME = "spine-landmarks"
FILMS, EPOCHS, FIRST = 3200, 8, 20_000  # simulated films to train on, rounds, and the number of the first of them
_WIDTHS = (16, 32, 64, 96, 128)  # channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the film's size
_POINTS = 4 * len(VERTEBRAE)


class SpineNet(HeatmapRegressor):
    """From films (n, 1, 256, 128; 0 to 1) to corners (n, 17, 4, 2) as shares of height and width."""

    def __init__(self) -> None:
        super().__init__(_POINTS, _WIDTHS)

    def forward(self, film: Tensor) -> Tensor:
        """Return the corners."""
        return super().forward(film).reshape(len(film), -1, 4, 2)


def loss(found: Tensor, truth: Tensor) -> Tensor:
    """Mean distance of the corners in hundredths of the height, plus that of their tilts in units of 4 degrees."""
    size = torch.tensor([1.0, SHAPE[1] / SHAPE[0]])
    return 100 * ((found - truth) * size).abs().mean() + (_tilt(found) - _tilt(truth)).abs().mean() * (57.3 / 4)


def _tilt(corners: Tensor) -> Tensor:
    across = (corners[:, :, 1] + corners[:, :, 3] - corners[:, :, 0] - corners[:, :, 2]) / 2
    return torch.atan2(across[..., 0] * SHAPE[0], (across[..., 1] * SHAPE[1]).clamp(min=1.0))


def train(
    films: NDArray[np.uint8],
    corners: NDArray[np.float32],
    epochs: int = EPOCHS,
    seed: int = 0,
    batch: int = 24,
    start: SpineNet | None = None,
    progress: Callable[[int, float], object] | None = None,
) -> SpineNet:
    """Train on films (n, 256, 128) and corners (n, 17, 4, 2), from `start` or from nothing.

    `progress` is told (epoch, mean loss) after each. Convolutions are done in 16 bits: twice as quick where the
    processor has them.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = (start or SpineNet()).train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    n = len(films) // batch  # batches of an epoch

    def error(some: NDArray[np.int64]) -> Tensor:
        pairs = [varied(films[i] / np.float32(255), corners[i], rng) for i in some]
        x = torch.from_numpy(np.stack([p[0] for p in pairs]))[:, None]
        y = torch.from_numpy(np.stack([p[1] for p in pairs]))
        with torch.autocast("cpu", torch.bfloat16):
            found = net(x)
        return loss(found.float(), y)

    descend(
        net, lambda: np.array_split(rng.permutation(len(films))[: n * batch], n), error,
        epochs=epochs, steps=n * epochs, rate=3e-3, decay=0.02, rise=0.15, progress=progress,
    )  # fmt: skip
    return net.eval()


def locate(net: SpineNet, pixels: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the corners on a frontal film, 17 x 4 x (row, column) in its own pixels.

    The film is looked at as it is and mirrored. It must show the spine from T1 to L5 and little more, upright.
    """
    film = torch.from_numpy(fitted(pixels))[None, None]
    with torch.inference_mode():
        both = net(torch.cat([film, film.flip(3)])).double().numpy()
    mirrored = both[1][:, [1, 0, 3, 2]] * [1, -1] + [0, 1]
    return np.asarray((both[0] + mirrored) / 2 * pixels.shape - 0.5)


@lru_cache(maxsize=1)
def shipped() -> SpineNet:
    """Return the network that comes with the package, ready for use."""
    net = load(SpineNet(), NAME)
    assert isinstance(net, SpineNet)
    return net


def main() -> None:
    """Simulate, train, save."""
    begun = time.process_time()
    pairs = [simulated(FIRST + k) for k in range(FILMS)]
    films = np.stack([np.rint(255 * film).astype(np.uint8) for film, _ in pairs])
    made = time.process_time() - begun

    def tell(epoch: int, value: float) -> None:
        sys.stdout.write(f"round {epoch + 1}: loss {value:.2f}, {time.process_time() - begun:.0f} s\n")

    net = train(films, np.stack([corners for _, corners in pairs]), progress=tell)
    about = {
        "task": NAME,
        "command": "python -m xrlearn.training.spine_landmarks",
        "data": f"{FILMS} simulated frontal films, numbers {FIRST} to {FIRST + FILMS - 1}; no film of a patient",
        "training": {"epochs": EPOCHS, "seed": 0, "films_s": round(made), "all_s": round(time.process_time() - begun)},
        "figures": "python benchmarks/cobb_real.py",
        "limits": {
            "en": ["For teaching, not for diagnosis. The film must show T1 to L5, upright and not much else."],
            "zh": ["仅供教学，不可用于诊断。影像须为直立位，并恰好包含 T1 至 L5。"],
        },
    }
    sys.stdout.write(f"{save(net, NAME, about)}\n")


if __name__ == "__main__":
    main()
