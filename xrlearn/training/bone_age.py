"""Bone age, read where clinicians read it: at fifteen growth plates of the fingers, the carpus and the distal forearm.

Landmarks (:mod:`.hand_landmarks`) say where the seventeen places lie; each is cut out, turned upright and scaled with
the bones beside it; a small network says for each place how old it looks and how sure it is; and the hand is as old as
the mean of its places, each weighted by its certainty (as Tanner and Whitehouse scored bone by bone, 1975). Both
networks learn from simulated films alone: no film of a patient is needed to make them, and none is hidden in their
weights.

    python -m xrlearn.training.bone_age    makes the films and trains both anew (one core: about 40 minutes)
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ..radiograph.hand import FINGERS, PLACES, POINTS, squares
from . import hand_landmarks
from .descent import descend
from .hand_films import Hands, exposed, fitted, simulated
from .networks.heatmap_regressor import block, load, locally_normalised, save

NAME = "bone-age-places"
FILMS, SEED = 5000, 7  # simulated hands to train on, and the seed of their cohort
EPOCHS, BATCH, RATE = 6, 32, 3e-3
SIDES = (44, 72)  # of the places of the fingers, and of carpus and forearm, pixels
CENTRE, SPREAD = 120.0, 50.0  # months: the network's answers are (age - CENTRE) / SPREAD
_WIDTHS = (16, 32, 64, 96)
_HIDDEN = 48
_ORDER = ("centre of capitate", "head of metacarpal 1", "head of metacarpal 5")


@dataclass(frozen=True)
class HandAge:
    """What the networks say about one hand.

    Attributes
    ----------
    months : float
    places : mapping of str to (float, float)
        Name of a place (:data:`xrlearn.radiograph.hand.PLACES`) -> its age in months, and how far off it expects to be.
    centre, down : ndarray, (17, 2)
        Where the places lie on the film, see :func:`xrlearn.radiograph.hand.squares`.
    """

    months: float
    places: dict[str, tuple[float, float]]
    centre: NDArray[np.float64]
    down: NDArray[np.float64]


def cut(films: Tensor, points: Tensor, rng: np.random.Generator | None = None) -> tuple[Tensor, Tensor]:
    """Cut the places out of films.

    Parameters
    ----------
    films : (n, 1, side, side) tensor
    points : (n, 41, 2) tensor
        Landmarks as shares of the side.
    rng : Generator, optional
        Lets every place miss its mark a little, as landmarks that a network finds do.

    Returns
    -------
    fingers : (n * 15, 1, 44, 44) tensor
    wrist : (n * 2, 1, 72, 72) tensor
        Carpus and forearm.
    """
    n = len(films)
    centre, down = squares(points.numpy())
    if rng is not None:
        half = np.linalg.norm(down, axis=-1, keepdims=True)
        centre = centre + 0.1 * half * rng.standard_normal(centre.shape)
        turn = 0.12 * rng.standard_normal(half.shape)
        down = down * np.cos(turn) + down[..., ::-1] * [-1, 1] * np.sin(turn)
        size = 0.08 * rng.standard_normal((n, 1, 1)) + 0.06 * rng.standard_normal(half.shape)
        down = down * np.exp(size)
    right = down[..., ::-1] * [-1, 1]  # down is (row, column)
    found = []
    for part, side in ((slice(None, FINGERS), SIDES[0]), (slice(FINGERS, None), SIDES[1])):
        step = (np.arange(side) + 0.5) / side * 2 - 1
        at = centre[:, part, None, None] + (
            step[:, None, None] * down[:, part, None, None] + step[:, None] * right[:, part, None, None]
        )
        grid = torch.from_numpy((2 * at[..., ::-1] - 1).astype(np.float32)).reshape(n, -1, side, 2)
        places = F.grid_sample(films, grid, align_corners=False, padding_mode="border")
        found.append(places.reshape(-1, 1, side, side))
    return found[0], found[1]


class AgeNet(nn.Module):
    """Places of n hands and their sex to ages: each place has a head of its own on what two encoders see."""

    def __init__(self) -> None:
        super().__init__()
        self.fingers, self.wrist = (
            nn.Sequential(*(block(i, o, 1 if i == 1 else 2) for i, o in pairwise((1, *_WIDTHS)))) for _ in range(2)
        )
        places, seen = len(PLACES), 2 * _WIDTHS[-1] + 1
        self.hide = nn.Dropout(0.2)
        self.first = nn.Parameter(0.05 * torch.randn(places, seen, _HIDDEN))
        self.first_bias = nn.Parameter(torch.zeros(places, _HIDDEN))
        self.last = nn.Parameter(0.05 * torch.randn(places, _HIDDEN, 2))
        self.last_bias = nn.Parameter(torch.zeros(places, 2))

    def forward(self, fingers: Tensor, wrist: Tensor, male: Tensor) -> tuple[Tensor, Tensor]:
        """Return age and the logarithm of its expected error for every place, (n, 17) each, in units of SPREAD."""
        seen = []
        for encoder, places in ((self.fingers, fingers), (self.wrist, wrist)):
            window = places.shape[-1] // 8 | 1  # half of the place, in units of 4 pixels
            x = encoder(locally_normalised(places, window, whole=0.3).contiguous(memory_format=torch.channels_last))
            seen.append(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1).float().reshape(len(male), -1, 2 * _WIDTHS[-1]))
        both = self.hide(torch.cat(seen, 1))
        sex = (male - 0.5)[:, None, None].expand(-1, both.shape[1], 1)
        x = torch.einsum("npf,pfh->nph", torch.cat([both, sex], 2), self.first) + self.first_bias
        answer = torch.einsum("nph,phk->npk", torch.relu(x), self.last) + self.last_bias
        return answer[..., 0], answer[..., 1].clamp(-3, 2)


def together(age: Tensor, log_error: Tensor) -> Tensor:
    """Return the mean of the places (n, places), each weighted by the inverse of its expected error."""
    weight = (-log_error).exp()
    return (age * weight).sum(1) / weight.sum(1)


def loss(age: Tensor, log_error: Tensor, truth: Tensor) -> Tensor:
    """Mean negative log likelihood of every place (Laplace), and twice the error of the hand (Huber)."""
    each = (age - truth[:, None]).abs() * (-log_error).exp() + log_error
    return each.mean() + 2 * F.smooth_l1_loss(together(age, log_error), truth, beta=0.2)


def train(
    hands: Hands, epochs: int = EPOCHS, seed: int = 0, progress: Callable[[int, float], object] | None = None
) -> AgeNet:
    """Train on simulated hands; `progress` is told (epoch, mean loss) after each."""
    torch.manual_seed(seed)
    rng, chance = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    net = AgeNet().train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    n = len(hands.films)
    batch = min(BATCH, n)

    def error(some: Tensor) -> Tensor:
        places = cut(hands.films[some].float() / 255, hands.points[some], rng)
        fingers, wrist = (exposed(p, chance) for p in places)
        with torch.autocast("cpu", torch.bfloat16):
            age, log_error = net(fingers, wrist, hands.male[some])
        return loss(age.float(), log_error.float(), (hands.months[some] - CENTRE) / SPREAD)

    descend(
        net, lambda: torch.randperm(n, generator=chance)[: n // batch * batch].split(batch), error,
        epochs=epochs, steps=n // batch * epochs, rate=RATE, decay=0.03, rise=0.2, clip=5, progress=progress,
    )  # fmt: skip
    return net.eval()


def ages(net: nn.Module, films: Tensor, points: Tensor, male: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return months of hands (n,), months of their places (n, 17) and the errors that these expect (n, 17).

    Films are squares (n, 1, side, side; uint8), points are shares of the side.
    """
    with torch.inference_mode():
        age, log_error = net(*cut(films.float() / 255, points), male)
    months = CENTRE + SPREAD * age
    return CENTRE + SPREAD * together(age, log_error), months, SPREAD * log_error.exp()


def read_age(pixels: NDArray[np.floating], sex: str) -> HandAge:
    """Read the bone age of a hand with the shipped networks.

    Parameters
    ----------
    pixels : ndarray, (rows, columns)
        One whole hand, PA, fingers up, bone bright; left or right.
    sex : {"F", "M"}
        Girls are ahead of boys.

    Raises
    ------
    ValueError
        If `sex` is neither.
    """
    if sex not in ("F", "M"):
        raise ValueError(f"sex must be F or M, not {sex!r}")
    square, scale, corner = fitted(pixels)
    films = torch.from_numpy(square)[None, None]
    points = hand_landmarks.locate(hand_landmarks.shipped(), films)
    centre, down = squares(points[0].numpy() * len(square))
    if _mirrored(points[0].numpy()):
        films, points = films.flip(3), points * torch.tensor([1.0, -1.0]) + torch.tensor([0.0, 1.0])
    age, months, error = ages(shipped(), films, points, torch.tensor([float(sex == "M")]))
    told = {p.name: (float(m), float(e)) for p, m, e in zip(PLACES, months[0], error[0], strict=True)}
    return HandAge(float(age[0]), told, (centre - corner) / scale - 0.5, down / scale)


def _mirrored(points: NDArray[np.floating]) -> bool:
    """Whether the thumb lies to the left of the little finger, seen with the fingers up: a right hand."""
    wrist, thumb, little = (points[POINTS.index(name)] for name in _ORDER)
    a, b = thumb - wrist, little - wrist
    return bool(a[0] * b[1] - a[1] * b[0] < 0)


@lru_cache(maxsize=1)
def shipped() -> nn.Module:
    """Return the network that comes with the package, ready for use."""
    return load(AgeNet(), NAME)


def main() -> None:
    """Make the films, train both networks, save both."""
    begun = time.process_time()

    def tell(what: str) -> Callable[[int, float], None]:
        def line(epoch: int, value: float) -> None:
            sys.stdout.write(f"{what}, round {epoch + 1}: {value:.3f}, {time.process_time() - begun:.0f} s\n")
            sys.stdout.flush()

        return line

    torch.set_num_threads(1)
    hands = simulated(FILMS, SEED)
    about = {
        "command": "python -m xrlearn.training.bone_age",
        "data": f"{len(hands.films)} simulated hands, PA, 0 to 19 years; no film of a patient",
        "figures": {"command": "python benchmarks/bone_age_real.py"},
        "limits": {
            "en": ["For teaching, not for diagnosis. The film must show one whole hand, PA, fingers up."],
            "zh": ["仅供教学，不可用于诊断。影像须为完整的单手后前位，手指朝上。"],
        },
    }
    for name, work, epochs in (
        (hand_landmarks.NAME, hand_landmarks.train, hand_landmarks.EPOCHS),
        (NAME, train, EPOCHS),
    ):
        net = work(hands, progress=tell(name))
        training = {"epochs": epochs, "seed": 0, "seconds": round(time.process_time() - begun)}
        sys.stdout.write(f"{save(net, name, {'task': name, **about, 'training': training})}\n")


if __name__ == "__main__":
    main()
