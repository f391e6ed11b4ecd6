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
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from common import Floats, descend, divided, say
from knee_films import FROM_MIDDLE, POINTS, SIZE, Films, films, hidden, varied
from scipy.stats import rankdata
from torch import Generator, Tensor

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.stats import auc, bootstrap
from xrlearn.training.films import open_picture
from xrlearn.training.networks.heatmap_regressor import HeatmapRegressor

MEDIAL = 0.6  # the medial joint space of healthy knees as a share of the lateral one, as read
WEIGHTS = {"narrowing": 1.0, "medial tibia": 1.0, "medial femur": 0.5, "lateral femur": 0.7}
POSES = ((1.0, 0.0, 0.0), (0.95, 0.02, 1.5), (1.05, -0.02, -1.5))  # scale, shift, degrees: a film is read three times
RATE, BATCH, SPREAD = 3e-3, 16, 1000  # SPREAD: simulated films that say how far measurements usually spread


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
