"""Osteoarthritis of the knee, measured on real films by a network that learned from simulated films alone.

    python benchmarks/knee_real.py [--films N] [--epochs E] [--keep FILE.npz]   (`make bench-real`)

Without the real films it says so. Defaults take about 25 minutes of one core, ten of them to make the films; `--keep`
stores those for the next run.

A small U-net finds 52 points of the outlines of femur and tibia. It learns them from simulated knees, whose outlines
are known, each cut about its joint, turned so that its lateral side lies on the right, and varied as hospitals vary
(Tobin et al., IROS 2017): pose, exposure, grain, blur, equalised contrast. The points are measured as Kellgren and
Lawrence describe their grades: how narrow the worse joint space is, and how far the margins of the joint stand out.
Each measurement is divided by its spread among simulated knees as the network reads them; the score of a film is their
weighted sum.

Real films are those of Chen (Mendeley Data, 2018) from the Osteoarthritis Initiative. A third of the patients served to
choose the constants below and is reported apart; nothing is fitted to the others. Prints the error of the points after
each epoch and, for both parts, the AUC of grade 2 or more and of 3 or more and Spearman's correlation with the grade.
Seed 0; intervals are 95 %, by the bootstrap of patients.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from common import Floats, divided, say
from scipy.ndimage import map_coordinates
from scipy.stats import rankdata
from torch import Generator, Tensor
from xrlearn.training.measures import bootstrap

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.phantom import SITES, Truth, make
from xrlearn.stats import auc
from xrlearn.training.descent import descend
from xrlearn.training.films import open_picture
from xrlearn.training.networks.heatmap_regressor import HeatmapRegressor

SHARES = (0.32, 0.20, 0.28, 0.15, 0.05)  # of the grades 0 to 4 among the simulated films
SIZE = 224  # side of the square that is cut, pixels: that of the real films
SIDE = 1.033 * 224 / 180  # of the real films, in widths of the tibial plateau: 180 of their 224 pixels, as measured
STORED_MM, STORED = 0.45, 240  # pixel and side of the simulated films as they are kept for training
SIDES = ("medial", "lateral")
# The points of one side: on both bones at these shares of the plateau's width from the middle of the joint ...
FROM_MIDDLE = (0.43, 0.38, 0.33, 0.28, 0.23, 0.18, 0.12)
# ... and on the outer side of each, mm (in a knee of 77 mm) below the plateau's contact and above the condyle's.
BELOW_MM = {"medial": (1.0, 3.5, 6.5, 10.0, 15.0, 21.0), "lateral": (3.0, 5.5, 8.5, 12.0, 17.0, 23.0)}
ABOVE_MM = (2.0, 5.0, 8.0, 12.0, 17.0, 23.0)
POINTS = 2 * (2 * len(FROM_MIDDLE) + 2 * len(ABOVE_MM))
MEDIAL = 0.6  # the medial joint space of healthy knees as a share of the lateral one, as read
WEIGHTS = {"narrowing": 1.0, "medial tibia": 1.0, "medial femur": 0.5, "lateral femur": 0.7}
POSES = ((1.0, 0.0, 0.0), (0.95, 0.02, 1.5), (1.05, -0.02, -1.5))  # scale, shift, degrees: a film is read three times
RATE, BATCH, SPREAD = 3e-3, 16, 1000  # SPREAD: simulated films that say how far measurements usually spread


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


def varied(picture: Tensor, points: Tensor, plateau_mm: Tensor, chance: Generator) -> tuple[Tensor, Tensor]:
    """Return stored films as another pose and another hospital might give them, (films, 1, SIZE, SIZE), and points."""
    n = len(picture)

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, 1, 1, 1, generator=chance)

    def normal(width: float, *shape: int) -> Tensor:
        return width * torch.randn(n, *shape, generator=chance)

    def one(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand(1, generator=chance))

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


def train(net: HeatmapRegressor, known: Films, epochs: int, chance: Generator) -> None:
    """Teach the network the points, every film varied anew in every epoch, and say how far it is off."""
    n = len(known.pictures)

    def loss(some: Tensor) -> Tensor:
        points, plateau_mm = known.points[some], known.told[some, 1]
        film, points = varied(known.pictures[some], points, plateau_mm, chance)
        if torch.rand(1, generator=chance) < 0.5:
            film = hidden(film, chance)
        with torch.autocast("cpu", torch.bfloat16):
            said = net(film)
        return SIZE * torch.nan_to_num(said - points).abs().mean()  # where a bone has no outline, nothing is asked

    def batches() -> Iterator[Tensor]:
        yield from torch.randperm(n, generator=chance)[: n - n % BATCH].view(-1, BATCH)

    def progress(epoch: int, off: float) -> None:
        say(f"   epoch {epoch + 1}: points {off:.2f} pixels off")

    steps = epochs * (n // BATCH)
    descend(net, batches, loss, epochs=epochs, steps=steps, rate=RATE, decay=0.02, rise=0.15, clip=5, progress=progress)


def read(net: HeatmapRegressor, seen: Tensor) -> Tensor:
    """Return the points of films (n, 1, SIZE, SIZE), in pixels: the mean of three readings in slightly other poses."""
    net.eval()
    found = torch.zeros(len(seen), POINTS, 2)
    for scale, shift, degrees in POSES:
        c, s = scale * np.cos(np.deg2rad(degrees)), scale * np.sin(np.deg2rad(degrees))
        move = torch.tensor([[c, -s, shift], [s, c, shift]], dtype=torch.float32)
        for first in range(0, len(seen), 64):
            part = seen[first : first + 64]
            grid = F.affine_grid(move.expand(len(part), 2, 3), list(part.shape), align_corners=False)
            with torch.inference_mode():
                said = net(F.grid_sample(part, grid, padding_mode="border", align_corners=False))
            found[first : first + 64] += ((2 * said.flip(-1) - 1) @ move[:, :2].T + move[:, 2]).flip(-1)
    return SIZE * (found / len(POSES) + 1) / 2


def real(cases: pd.DataFrame) -> Tensor:
    """Return the real films, their lateral side on the right."""
    seen = []
    for name, side in zip(cases["image"], cases["side"], strict=True):
        film = np.asarray(open_picture(name), dtype=np.float32) / 255
        seen.append(torch.from_numpy(np.ascontiguousarray(film[:, ::-1] if side == "R" else film)))
    return torch.stack(seen)[:, None]


def measured(points: Tensor) -> dict[str, Floats]:
    """Measure the outlines of films (n, POINTS, 2), in widths of the tibia, (n,) each; more disease is more."""
    at = points.double().numpy().reshape(len(points), 2, -1, 2)
    pairs = at[:, :, : 2 * len(FROM_MIDDLE)].reshape(len(points), 2, -1, 2, 2)
    # Axes of the knee: along the joint line towards the lateral side, and down.
    along = np.diff(pairs[:, :, 1:5].mean((2, 3)), axis=1)[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    down = np.stack([along[:, 1], -along[:, 0]], axis=1)
    sides = np.einsum("nspx,nx->nsp", at[:, :, 2 * len(FROM_MIDDLE) :], along)
    tibia, femur = np.split(sides * np.array([[-1.0], [1.0]]), 2, axis=2)  # outwards
    width = tibia[:, :, 2:5].mean(2).sum(1)
    height = np.einsum("nspbx,nx->nspb", pairs, down)
    space = np.median(height[:, :, :5, 1] - height[:, :, :5, 0], axis=2) / [MEDIAL, 1.0]
    found = {
        # A beam that is not level narrows both spaces: half of what they share is taken out.
        "narrowing": 0.5 * space.mean(1) - space.min(1),
        # Beyond the straight line through the side of the bone 10 and 15 mm below.
        "medial tibia": tibia[:, 0, 1] - 1.6 * tibia[:, 0, 3] + 0.6 * tibia[:, 0, 4],
        # Against the side of the condyle 23 mm above.
        "medial femur": femur[:, 0, 0] - femur[:, 0, 5],
        "lateral femur": femur[:, 1, 0] - femur[:, 1, 5],
    }
    return {name: value / width for name, value in found.items()}


def usual(values: Floats) -> tuple[float, float]:
    """Return the median, and the spread that a normal distribution of these quartiles has."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return middle, (high - low) / 1.349


def report(title: str, cases: pd.DataFrame, score: Floats) -> None:
    """Print the figures of some films."""
    grade = cases["kl"].to_numpy()
    say(f"== {title}: {len(cases)} films of {cases['patient'].nunique()} patients")
    for name, figure in (
        ("AUC, grade 2 or more (target: 0.80)", lambda films: auc((grade[films] >= 2).astype(int), score[films])),
        ("AUC, grade 3 or more", lambda films: auc((grade[films] >= 3).astype(int), score[films])),
        (
            "Spearman's correlation with the grade",
            lambda films: np.corrcoef(rankdata(grade[films]), rankdata(score[films]))[0, 1],
        ),
    ):
        low, high = bootstrap(figure, cases["patient"])
        say(f"{name:40s}{figure(np.arange(len(grade))):8.3f} ({low:.3f} - {high:.3f})")


def main() -> None:
    """Train on simulated films, and print the figures on real ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=6000, help="simulated films")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="where the simulated films are kept for the next run (.npz)")
    wanted = parser.parse_args()
    try:
        cases = divided(xr.load("knee-oa", source="knee-oa"))
    except DataError as error:
        say(f"Skipped: {error}")
        return
    torch.manual_seed(0)
    chance = Generator().manual_seed(0)
    known = films(wanted.films, wanted.keep)
    net = HeatmapRegressor(POINTS, (24, 32, 64, 96, 128)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    train(net, known, wanted.epochs, chance)
    some = [
        varied(known.pictures[k], known.points[k], known.told[k, 1], chance)[0] for k in torch.arange(SPREAD).split(50)
    ]
    among = measured(read(net, torch.cat(some)))
    said = measured(read(net, real(cases)))
    score = np.zeros(len(cases))
    for name, weight in WEIGHTS.items():
        middle, spread = usual(among[name])
        score += weight * np.clip((said[name] - middle) / spread, -3, 3)
    tunes = cases["tunes"].to_numpy(copy=True)
    report("the third of the patients that chose the constants", cases[tunes], score[tunes])
    report("the patients that tuned nothing", cases[~tunes], score[~tunes])


if __name__ == "__main__":
    main()
