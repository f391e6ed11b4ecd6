"""Simulated knees for `knee_real.py`: their outlines, and how hospitals vary them.

Each knee is cut about its joint, turned so that its lateral side lies on the right, and stored; every time it is taken
out again it is varied as hospitals and patients vary (Tobin et al., IROS 2017): pose, shape, exposure, grain, blur,
equalised contrast.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from common import Floats
from scipy.ndimage import map_coordinates
from torch import Generator, Tensor

from xrlearn.phantom import SITES, Truth, make

SHARES = (0.32, 0.20, 0.28, 0.15, 0.05)  # of the grades 0 to 4 among the simulated films
SIZE = 224  # side of the square that is cut, pixels: that of the real films
SIDE = 1.033 * 224 / 180  # of the real films, in widths of the tibial plateau: 180 of their 224 pixels, as measured
WARP = 3.0  # up to how many stored pixels a place of a film is moved when it is varied, as a standard deviation
STORED_MM, STORED = 0.45, 240  # pixel and side of the simulated films as they are kept for training
SIDES = ("medial", "lateral")
# The points of one side: on both bones at these shares of the plateau's width from the middle of the joint ...
FROM_MIDDLE = (0.43, 0.38, 0.33, 0.28, 0.23, 0.18, 0.12, 0.085, 0.05)
# ... and on the outer side of each, mm (in a knee of 77 mm) below the plateau's contact and above the condyle's.
BELOW_MM = {"medial": (1.0, 3.5, 6.5, 10.0, 15.0, 21.0), "lateral": (3.0, 5.5, 8.5, 12.0, 17.0, 23.0)}
ABOVE_MM = (2.0, 5.0, 8.0, 12.0, 17.0, 23.0)
POINTS = 2 * (2 * len(FROM_MIDDLE) + 2 * len(ABOVE_MM))


def outlines(truth: Truth) -> Floats:
    """Return the points of a simulated film, (POINTS, 2) in rows and columns; not a number where there is none.

    Medial side, then lateral: femur and tibia in turn from the margin inwards, side of the tibia, side of the femur.
    """
    at, femur, tibia = truth.landmarks, truth.mask("femur"), truth.mask("tibia")
    width = 1.034 * truth.patient["plateau_mm"] / truth.spacing_mm
    edges = [at[f"{side} margin of tibia"][1] for side in SIDES]
    outwards = {side: np.sign(edges[k] - edges[1 - k]) for k, side in enumerate(SIDES)}

    def last(line: Floats, up: bool) -> float:
        found = np.flatnonzero(line)
        return np.nan if not len(found) else found[-1] + 0.5 if up else found[0] - 0.5

    points = []
    for side in SIDES:
        for share in FROM_MIDDLE:
            column = round(np.mean(edges) + outwards[side] * share * width)
            points += [(last(femur[:, column], True), column), (last(tibia[:, column], False), column)]
        for bone, start, down, steps in (
            (tibia, "plateau", 1, BELOW_MM[side]),
            (femur, "condyle", -1, ABOVE_MM),
        ):
            for step in steps:
                row = round(at[f"{side} {start}"][0] + down * step * width / 79.6)
                points.append((row, last(bone[row], outwards[side] > 0)))
    return np.array(points)


def simulated(seed: int) -> tuple[Floats, Floats, list[float]]:
    """Make one knee: its film about the joint, its points as shares of that film, its grade and its width in mm."""
    rng = np.random.default_rng(seed)
    grade = int(rng.choice(5, p=SHARES))
    site = replace(list(SITES.values())[rng.integers(len(SITES))], marker="none", collimation_mm=0.0)
    film, truth = make("knee", "PA", seed=seed, kl=grade, metal="none", site=site, size=304)
    across = ((np.arange(STORED) + 0.5) - STORED / 2) * STORED_MM / truth.spacing_mm
    row, column = truth.landmarks["joint centre"]
    row -= 11.3 / truth.spacing_mm  # real films show a little more of the femur
    cut = map_coordinates(
        film.pixels, np.meshgrid(row + across, column + across, indexing="ij"), order=1, mode="nearest"
    )
    points = (outlines(truth) - [row, column]) * truth.spacing_mm / (STORED * STORED_MM) + 0.5
    if truth.side == "R":
        cut, points[:, 1] = cut[:, ::-1], 1 - points[:, 1]
    picture = np.rint(255 * cut.clip(0, 1)).astype(np.uint8)
    return picture, points.astype(np.float32), [grade, float(truth.patient["plateau_mm"])]


@dataclass
class Films:
    """Simulated films as they are kept, and what is known of them."""

    pictures: Tensor  # (films, STORED, STORED), 0 to 255
    points: Tensor  # (films, POINTS, 2), shares of the film
    told: Tensor  # (films, 2): grade, width of the plateau in mm


def films(n: int, file: Path | None) -> Films:
    """Make `n` simulated knees on all cores, or take them from the file where an earlier run kept them."""
    if file is None or not file.exists():
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
            pictures, points, told = zip(*workers.map(simulated, range(n), chunksize=50), strict=True)
        made = {"pictures": np.stack(pictures), "points": np.stack(points), "told": np.array(told, np.float32)}
        if file is not None:
            np.savez(file, **made)
    else:
        with np.load(file) as kept:
            made = {name: kept[name][:n] for name in kept}
    return Films(**{name: torch.from_numpy(part) for name, part in made.items()})


def bell(width: float) -> Tensor:
    """Return the weights of a Gaussian of `width` pixels."""
    at = torch.arange(-int(3 * width + 0.5), int(3 * width + 0.5) + 1)
    weights = torch.exp(-0.5 * (at / width) ** 2)
    return weights / weights.sum()


def smeared(film: Tensor, down: float, across: float) -> Tensor:
    """Blur films (films, 1, rows, columns) by a Gaussian; they get smaller by its reach."""
    for axis, width in ((2, down), (3, across)):
        weights = bell(width).tolist()
        size = film.shape[axis] - len(weights) + 1
        blurred = weights[0] * film.narrow(axis, 0, size)  # for one channel a tenth of the time of a convolution
        for k, weight in enumerate(weights[1:], 1):
            blurred.add_(film.narrow(axis, k, size), alpha=weight)
        film = blurred
    return film


def soft(film: Tensor, width: float) -> Tensor:
    """Blur films by a Gaussian of `width` pixels, all ways alike."""
    return smeared(F.pad(film, (len(bell(width)) // 2,) * 4, mode="replicate"), width, width)


def equalised(film: Tensor, clip: Tensor, tiles: int, levels: int = 128) -> Tensor:
    """Equalise contrast tile by tile, no grey more than `clip` times as frequent as the mean (CLAHE: Zuiderveld 1994).

    Films are (films, size, size) of values 0 to 1; the tables of neighbouring tiles are interpolated.
    """
    n, size, _ = film.shape
    side = -(-size // tiles)
    grey = F.pad(film[:, None], (0, side * tiles - size) * 2, mode="reflect")[:, 0]
    grey = (grey * (levels - 1)).round().long()
    cut = grey.view(n, tiles, side, tiles, side).permute(0, 1, 3, 2, 4).reshape(n * tiles * tiles, -1)
    of_tile = (cut + levels * torch.arange(len(cut))[:, None]).flatten()
    counts = torch.bincount(of_tile, minlength=levels * len(cut)).view(n, -1, levels).float()
    limit = (clip * side * side / levels).clamp(min=1)[:, None, None]
    counts = counts.minimum(limit) + (counts - limit).clamp(min=0).sum(2, keepdim=True) / levels
    table = (counts.cumsum(2) / (side * side)).flatten()
    at = ((torch.arange(size) + 0.5) / side - 0.5).clamp(0, tiles - 1)
    low = at.long().clamp(max=tiles - 2)
    rest, grey, films = at - low, grey[:, :size, :size], torch.arange(n)[:, None, None]
    r, c, down, right = low[:, None], low, rest[:, None], rest

    def said(row: Tensor, column: Tensor) -> Tensor:
        return table[((films * tiles + row) * tiles + column) * levels + grey]

    upper = (1 - right) * said(r, c) + right * said(r, c + 1)
    lower = (1 - right) * said(r + 1, c) + right * said(r + 1, c + 1)
    return (1 - down) * upper + down * lower


def warped(picture: Tensor, points: Tensor, chance: Generator) -> tuple[Tensor, Tensor]:
    """Bend stored films (films, STORED, STORED) smoothly, by up to a millimetre or two, and their points with them.

    No drawn knee has the outlines of another; the network shall follow the film, not remember the shape.
    """
    n, cells = len(picture), int(torch.randint(5, 16, (1,), generator=chance))
    width = WARP * torch.rand(n, 1, 1, 1, generator=chance)
    bend = width * torch.randn(n, 2, cells, cells, generator=chance)  # columns and rows, in pixels
    bend = F.interpolate(bend, picture.shape[1:], mode="bicubic") * 2 / STORED
    same = F.affine_grid(torch.eye(2, 3).expand(n, 2, 3), [n, 1, STORED, STORED], align_corners=False)
    film = F.grid_sample(
        picture[:, None].float(), same + bend.permute(0, 2, 3, 1), padding_mode="border", align_corners=False
    )
    moved = points
    for _ in range(3):  # a point p shows where q + bend(q) = p
        at = torch.nan_to_num(2 * moved.flip(-1) - 1)[:, None]
        here = F.grid_sample(bend, at, padding_mode="border", align_corners=False)[:, :, 0].permute(0, 2, 1)
        moved = points - here.flip(-1) / 2
    return film[:, 0], moved


def varied(picture: Tensor, points: Tensor, plateau_mm: Tensor, chance: Generator) -> tuple[Tensor, Tensor]:
    """Return stored films as another pose and another hospital might give them, (films, 1, SIZE, SIZE), and points."""
    n = len(picture)

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, 1, 1, 1, generator=chance)

    def normal(width: float, *shape: int) -> Tensor:
        return width * torch.randn(n, *shape, generator=chance)

    def one(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand(1, generator=chance))

    picture, points = warped(picture, points, chance)
    half, turn = SIDE * plateau_mm / (STORED_MM * STORED) * (1 + normal(0.035)), torch.deg2rad(normal(2.2))
    move = torch.zeros(n, 2, 3)
    move[:, 0, 0], move[:, 0, 1] = half * turn.cos() * (1 + normal(0.02)), -half * turn.sin()
    move[:, 1, 1], move[:, 1, 0] = half * turn.cos() * (1 + normal(0.02)), half * turn.sin()
    move[:, :, 2] = normal(2.3, 2) / (STORED_MM * STORED / 2)
    grid = F.affine_grid(move, [n, 1, SIZE, SIZE], align_corners=False)
    film = F.grid_sample(picture[:, None] / 255, grid, padding_mode="border", align_corners=False)
    points = torch.linalg.solve(move[:, None, :, :2], (2 * points.flip(-1) - 1 - move[:, None, :, 2])[..., None])
    points = (points[..., 0].flip(-1) + 1) / 2
    slope = torch.linspace(-1, 1, SIZE)
    film = film * (1 + normal(0.15, 1, 1, 1) * slope[:, None] + normal(0.08, 1, 1, 1) * slope)
    patches = normal(1.0, 1, int(one(5, 14)), 8)  # no two places are equally dense
    film = film * (1 + between(0, 0.2) * F.interpolate(patches, (SIZE, SIZE), mode="bicubic"))
    film = film.minimum(torch.where(between(0, 1) < 0.07, between(0.7, 0.95), 9.0))  # some are saturated
    film = film.clamp(0, 1) ** between(0.6, 1.7)
    down, across = one(0.4, 3.0), one(0.4, 1.4)  # trabeculae of another pattern, longer along the limb than across
    rows, columns = (SIZE + len(bell(width)) - 1 for width in (down, across))
    grain = smeared(normal(1.0, 1, rows, columns), down, across)
    film = film + between(0, 0.04) * (between(0, 1) < 0.7) * grain / grain.std() * (film > 0.3)
    if one(0, 1) < 0.5:
        film = soft(film, one(0.3, 1.4))
    some = 5 * n // 6
    clip, tiles = between(1.5, 10)[:some, 0, 0, 0], int(one(4, 10))
    film = torch.cat([equalised(film[:some, 0].clamp(0, 1), clip, tiles)[:, None], film[some:]])
    return film + between(0, 0.06) * normal(1.0, 1, SIZE, SIZE), points


def hidden(seen: Tensor, chance: Generator) -> Tensor:
    """Hide a patch of four films in ten, so that no sign is leant upon alone."""
    films, _, rows, columns = seen.shape
    size, grey = 10 + 26 * torch.rand(films, 2, generator=chance), 0.2 + 0.6 * torch.rand(films, generator=chance)
    low = torch.rand(films, 2, generator=chance) * torch.tensor([rows - 24, columns - 34])
    size = size * (torch.rand(films, 1, generator=chance) < 0.4)
    inside = torch.ones(films, 1, 1, 1, dtype=torch.bool)
    for axis, at in enumerate((torch.arange(rows)[:, None], torch.arange(columns))):
        first, last = low[:, axis].view(-1, 1, 1, 1), (low + size)[:, axis].view(-1, 1, 1, 1)
        inside = inside & (at >= first) & (at < last)
    return torch.where(inside, grey.view(-1, 1, 1, 1), seen)
