"""Films of simulated hands for the networks that find landmarks and read bone age, and how they are varied.

Every number that differs from hospital to hospital is drawn wide, so that real films lie somewhere within (domain
randomisation: Tobin et al., IROS 2017).
"""

import json
import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Generator, Tensor

from ..phantom.cohort import Cohort, kept
from ..radiograph.hand import POINTS

#: side of the square that films are kept in, pixels
SIZE = 320


@dataclass(frozen=True)
class Hands:
    """Left hands (right ones are mirrored), and what is true of them.

    Attributes
    ----------
    films : uint8 tensor, (n, 1, SIZE, SIZE)
    points : float32 tensor, (n, 41, 2)
        Row and column as shares of the square.
    months, male : float32 tensors, (n,)
    """

    films: Tensor
    points: Tensor
    months: Tensor
    male: Tensor


def fitted(pixels: NDArray[np.floating], size: int = SIZE) -> tuple[NDArray[np.uint8], float, tuple[int, int]]:
    """Fit a film into a black square, its grey values from the 1st to the 99.5th percentile.

    Returns
    -------
    square : ndarray, (size, size)
    scale : float
        Pixels of the square for a pixel of the film.
    corner : (int, int)
        Row and column in the square at which the film begins.
    """
    p = np.asarray(pixels, dtype=np.float32)
    low, high = np.quantile(p, [0.01, 0.995])
    grey = np.rint(255 * np.clip((p - low) / max(float(high - low), 1e-6), 0, 1)).astype(np.uint8)
    scale = size / max(p.shape)
    rows, columns = (max(1, round(n * scale)) for n in p.shape)
    top, left = (size - rows) // 2, (size - columns) // 2
    square = np.zeros((size, size), np.uint8)
    small = Image.fromarray(grey).resize((columns, rows), Image.Resampling.LANCZOS)
    square[top : top + rows, left : left + columns] = np.asarray(small)
    return square, scale, (top, left)


def simulated(n: int, seed: int) -> Hands:
    """Make the hands of about `n` children and adolescents; the films are kept in the cache of cohorts."""
    whole = {"adult": False, "cast": False, "metal": "none"}
    folder = kept(Cohort("hand", n, seed=seed, size=SIZE, mix={"none": 1.0}, patient=whole))
    films, points, months, male = [], [], [], []
    for file in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(file.read_text(encoding="utf-8"))
        with Image.open(folder / "images" / f"{file.stem}.png") as picture:
            square, scale, corner = fitted(np.asarray(picture, dtype=np.float32))
        found = truth["landmarks"]
        if not all(name in found for name in POINTS):  # the capitate of a newborn is not there yet
            continue
        at = ((np.array([found[name] for name in POINTS]) + 0.5) * scale + corner) / SIZE
        if truth["side"] == "R":
            square, at[:, 1] = square[:, ::-1], 1 - at[:, 1]
        films.append(square)
        points.append(at)
        months.append(truth["labels"]["bone_age"])
        male.append(truth["patient"]["sex"] == "M")
    return Hands(
        torch.from_numpy(np.stack(films))[:, None],
        torch.from_numpy(np.array(points, np.float32)),
        torch.tensor(months, dtype=torch.float32),
        torch.tensor(male, dtype=torch.float32),
    )


def between(low: float, high: float, n: int, chance: Generator) -> Tensor:
    """Draw `n` numbers, shaped (n, 1, 1, 1)."""
    return low + (high - low) * torch.rand(n, 1, 1, 1, generator=chance)


def blur(film: Tensor, width: float) -> Tensor:
    """Smooth films (n, 1, rows, columns) by a Gaussian of this standard deviation in pixels."""
    reach = max(1, int(3 * width))
    weight = torch.exp(-(torch.arange(-reach, reach + 1) ** 2) / (2 * width * width))
    weight = weight / weight.sum()
    across = F.conv2d(F.pad(film, (reach, reach, 0, 0), mode="replicate"), weight.view(1, 1, 1, -1))
    return F.conv2d(F.pad(across, (0, 0, reach, reach), mode="replicate"), weight.view(1, 1, -1, 1))


def exposed(film: Tensor, chance: Generator) -> Tensor:
    """Return films (n, 1, rows, columns; 0 to 1) with another curve, sharpness, window and noise."""
    n = len(film)
    film = film.clamp(0, 1) ** between(-0.7, 0.7, n, chance).exp()
    kind, width = torch.rand(2, generator=chance).tolist()
    if kind < 0.45:
        film = blur(film, 0.3 + width)
    elif kind < 0.75:
        film = film + between(0, 1.4, n, chance) * (film - blur(film, 1.4))
    film = film * between(0.4, 1, n, chance) + between(0, 0.3, n, chance)
    return film + torch.randn(film.shape, generator=chance) * between(0, 0.03, n, chance)


def moved(film: Tensor, points: Tensor, chance: Generator) -> tuple[Tensor, Tensor]:
    """Return films and their points turned, scaled, shifted, and half of them mirrored."""
    n = len(film)
    turn = 0.21 * torch.randn(n, generator=chance)
    size = between(math.log(0.55), math.log(1.1), n, chance).flatten().exp()
    wide = size * (0.06 * torch.randn(n, generator=chance)).exp() * torch.sign(torch.rand(n, generator=chance) - 0.5)
    rows = torch.stack([turn.cos() * wide, -turn.sin() * size, turn.sin() * wide, turn.cos() * size], 1)
    forth, shift = rows.reshape(n, 2, 2), 0.3 * torch.rand(n, 2, generator=chance) - 0.15
    back = torch.linalg.inv(forth)
    grid = F.affine_grid(torch.cat([back, -back @ shift[:, :, None]], 2), list(film.shape), align_corners=False)
    edge = "zeros" if torch.rand(1, generator=chance) < 0.5 else "border"
    film = F.grid_sample(film, grid, padding_mode=edge, align_corners=False)
    there = (2 * points.flip(-1) - 1) @ forth.mT + shift[:, None]  # grids are (column, row), from -1 to 1
    return film, ((there + 1) / 2).flip(-1)


def covered(film: Tensor, rng: np.random.Generator) -> Tensor:
    """Lay edges of cassettes and plates with letters over films, in place."""
    size = film.shape[-1]
    for one in film[:, 0]:
        if rng.random() < 0.35:
            lying, wide = one.T if rng.random() < 0.5 else one, rng.integers(2, size // 8)
            (lying[:wide] if rng.random() < 0.5 else lying[-wide:]).fill_(rng.random())
        for _ in range(rng.integers(0, 3)):
            (h, w), through = rng.integers(5, size // 5, 2), 0.5 * rng.random()
            r, c = rng.integers(0, size - h), rng.integers(0, size - w)
            one[r : r + h, c : c + w] = one[r : r + h, c : c + w] * through + (1 - through) * rng.random()
    return film
