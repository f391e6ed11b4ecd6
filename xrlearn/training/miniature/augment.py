"""Changed copies of films while a tiny network trains: what augmentation is, in one function each.

Every change takes a batch of films (films, 1, rows, columns) with values 0 to 1 and a dose: 1 is what a radiographer's
day may bring, 2 is twice as much, 0 leaves the films alone.
"""

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def _warp(films: Tensor, matrices: Tensor) -> Tensor:
    """Sample films where `matrices` (films, 2, 3) send the square from -1 to 1; outside, the edge goes on."""
    grid = F.affine_grid(matrices, list(films.shape), align_corners=False)
    return F.grid_sample(films, grid, padding_mode="border", align_corners=False)


def _uniform(films: Tensor, reach: float) -> Tensor:
    """One number a film, from -reach to reach."""
    return (torch.rand(len(films)) * 2 - 1) * reach


def _matrices(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    return torch.stack([torch.stack(list(row), -1) for row in rows], 1)


def flip(films: Tensor, dose: float) -> Tensor:
    """Mirror every second film, left to right: a right hand becomes a left one, and its letter unreadable."""
    mirrored = (torch.rand(len(films)) < 0.5 * min(dose, 1)).view(-1, 1, 1, 1)
    return torch.where(mirrored, films.flip(-1), films)


def rotate(films: Tensor, dose: float) -> Tensor:
    """Turn each film by up to 12 degrees either way, times the dose."""
    angle = _uniform(films, math.radians(12 * dose))
    c, s, none = angle.cos(), angle.sin(), torch.zeros(len(films))
    return _warp(films, _matrices([[c, -s, none], [s, c, none]]))


def crop(films: Tensor, dose: float) -> Tensor:
    """Cut 85 % of the sides out of each film, at a random place, and enlarge it; a smaller part at a higher dose."""
    side = 1 - 0.15 * min(dose, 4)
    part, none = torch.full((len(films),), side), torch.zeros(len(films))
    across, down = _uniform(films, 1 - side), _uniform(films, 1 - side)
    return _warp(films, _matrices([[part, none, across], [none, part, down]]))


def affine(films: Tensor, dose: float) -> Tensor:
    """Slant and stretch each film by up to 12 %, as another angle of the tube would; times the dose."""
    one, none = torch.ones(len(films)), torch.zeros(len(films))
    a, b, c, d = (_uniform(films, 0.12 * dose) for _ in range(4))
    return _warp(films, _matrices([[one + a, b, none], [c, one + d, none]]))


def brightness(films: Tensor, dose: float) -> Tensor:
    """Change brightness by up to 0.1 and contrast by up to 25 %: another exposure, another window; times the dose."""
    shift, gain = (_uniform(films, reach * dose).view(-1, 1, 1, 1) for reach in (0.1, 0.25))
    return ((films - 0.5) * (1 + gain) + 0.5 + shift).clamp(0, 1)


def noise(films: Tensor, dose: float) -> Tensor:
    """Add grain with a standard deviation of up to 0.05 of the grey scale, times the dose: fewer photons."""
    strength = _uniform(films, 0.05 * dose).abs().view(-1, 1, 1, 1)
    return (films + strength * torch.randn_like(films)).clamp(0, 1)


#: name -> change, in the order in which they are made
CHANGES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "flip": flip,
    "rotate": rotate,
    "crop": crop,
    "affine": affine,
    "brightness": brightness,
    "noise": noise,
}


def augment(films: Tensor, names: Sequence[str], dose: float = 1.0) -> Tensor:
    """Return changed copies of a batch; draws come from torch's global generator.

    Parameters
    ----------
    films : Tensor, (films, 1, rows, columns), 0 to 1
    names : sequence of str
        Keys of :data:`CHANGES`.
    dose : float
        How strong every change is.

    Raises
    ------
    ValueError
        If a name is not known.

    Examples
    --------
    >>> films = torch.rand(4, 1, 16, 16)
    >>> augment(films, ["rotate", "noise"]).shape
    torch.Size([4, 1, 16, 16])
    >>> bool((augment(films, ["brightness"], dose=0) == films).all())
    True
    """
    if strange := [name for name in names if name not in CHANGES]:
        raise ValueError(f"{strange[0]!r} is not one of {', '.join(CHANGES)}")
    for name, change in CHANGES.items():
        if name in names and dose > 0:
            films = change(films, dose)
    return films
