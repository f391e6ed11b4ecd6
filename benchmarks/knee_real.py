"""Osteoarthritis of the knee, learnt from simulated films alone and read from real ones.

    python benchmarks/knee_real.py [--films N] [--epochs E] [--keep FILE.npz]   (`make bench-real`)

Without the real films it says so. Defaults take about 14 minutes of one core, ten of them to make the films; `--keep`
stores those for the next run.

Every simulated knee is cut about its joint, turned so that its lateral side lies on the right, and varied as hospitals
vary (Tobin et al., IROS 2017): pose, exposure, grain and equalised contrast, so that the power of spatial frequencies
spreads about that of real films. On simulated and real films alike local contrast is evened out and the band about the
joint is kept. A small convolutional network, not pretrained, learns grade, osteophytes, narrowing, joint spaces and
sclerosis; a running mean of its weights is used. The score of a film is the mean of its grade, osteophytes and
narrowing, each in standard deviations among the simulated films. Two epochs, because later ones read simulated films
ever better and real ones worse.

Real films are those of Chen (Mendeley Data, 2018) from the Osteoarthritis Initiative. A third of the patients served to
choose the constants below and is reported apart; nothing is fitted to the others. Prints the loss of each epoch and,
for both parts, the AUC of grade 2 or more and of 3 or more and Spearman's correlation with the grade. Seed 0; intervals
are 95 %, by the bootstrap of patients.
"""

import argparse
import copy
import time
from collections.abc import Callable
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
from torch import Generator, Tensor, nn

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.phantom import SITES, make
from xrlearn.stats import auc
from xrlearn.training.films import open_picture
from xrlearn.training.measures import bootstrap

SHARES = (0.32, 0.20, 0.28, 0.15, 0.05)  # of the grades 0 to 4 among the simulated films
SIZE = 224  # side of the square that is cut, pixels: that of the real films
BAND = slice(64, 208)  # its rows that the network sees: the joint and the ends of the bones
ABOVE = 36  # rows above the band that the evening out looks at
SIDE = 1.033 * 224 / 172  # of the real films, in widths of the tibial plateau: 172 of their 224 pixels, as measured
STORED_MM, STORED = 0.45, 240  # pixel and side of the simulated films as they are kept for training
OSTEOPHYTES = tuple(f"osteophyte_{side}_{bone}_mm" for bone in ("femur", "tibia") for side in ("medial", "lateral"))
SCORED = ("kl", *OSTEOPHYTES, "narrowing")
SPACES = ("medial_joint_space_mm", "lateral_joint_space_mm")
ASKED = (*SCORED, *SPACES, "subchondral_gain", "largest osteophyte")
RATE, WARM_UP, BATCH, MEAN = 1.5e-3, 150, 32, 0.995


def simulated(seed: int) -> tuple[Floats, list[float]]:
    """Make one knee of a grade drawn from `SHARES`: its film about the joint, its answers and its width in mm."""
    rng = np.random.default_rng(seed)
    grade = int(rng.choice(5, p=SHARES))
    site = replace(list(SITES.values())[rng.integers(len(SITES))], marker="none", collimation_mm=0.0)
    film, truth = make("knee", "PA", seed=seed, kl=grade, metal="none", site=site, size=304)
    across = ((np.arange(STORED) + 0.5) - STORED / 2) * STORED_MM / truth.spacing_mm
    row, column = truth.landmarks["joint centre"]
    rows, columns = np.meshgrid(row - 10 / truth.spacing_mm + across, column + across, indexing="ij")
    cut = map_coordinates(film.pixels, [rows, columns], order=1, mode="nearest")
    told, width = truth.measurements, float(truth.patient["plateau_mm"])
    told = told | {"kl": grade, "largest osteophyte": min(4.5, max(told[name] for name in OSTEOPHYTES))}
    answers = [told[name] / (width if name in SPACES else 1) for name in ASKED]
    return np.rint(255 * (cut[:, ::-1] if truth.side == "R" else cut).clip(0, 1)).astype(np.uint8), [*answers, width]


@dataclass
class Films:
    """Simulated films as they are kept, and what is known of them."""

    pictures: Tensor  # (films, STORED, STORED), 0 to 255
    plateau_mm: Tensor  # (films,)
    answers: Tensor  # (films, len(ASKED)), in standard deviations


def films(n: int, file: Path | None) -> Films:
    """Make `n` simulated knees on all cores, or take them from the file where an earlier run kept them."""
    if file is None or not file.exists():
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
            pictures, told = zip(*workers.map(simulated, range(n), chunksize=50), strict=True)
        made = {"pictures": np.stack(pictures), "told": np.array(told, np.float32)}
        if file is not None:
            np.savez(file, **made)
    else:
        with np.load(file) as kept:
            made = {name: kept[name][:n] for name in kept}
    told = torch.from_numpy(made["told"])
    answers = told[:, :-1]
    return Films(torch.from_numpy(made["pictures"]), told[:, -1], (answers - answers.mean(0)) / answers.std(0))


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


def blur(film: Tensor, width: float) -> Tensor:
    """Blur widely, on a film a quarter the size: two running means of n pixels, whose variance is (n * n - 1) / 6."""
    reach = round(1.22 * width / 4 - 0.5)
    small = F.avg_pool2d(film, 4)
    for _ in range(2):
        small = F.pad(small, (reach,) * 4, mode="replicate")
        small = F.avg_pool2d(F.avg_pool2d(small, (2 * reach + 1, 1), 1), (1, 2 * reach + 1), 1)
    return F.interpolate(small, film.shape[2:], mode="bilinear")


def band(film: Tensor) -> Tensor:
    """Even out local contrast (Jarrett et al., ICCV 2009) and return the band that the network sees."""
    film = film[:, :, BAND.start - ABOVE :]
    rest = film - blur(film, 12.0)
    film = (0.5 + 0.17 * rest / (blur(rest * rest, 18.0).sqrt() + 0.02)).clip(0, 1)
    return film[:, :, ABOVE : ABOVE + BAND.stop - BAND.start]


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


def varied(picture: Tensor, plateau_mm: Tensor, chance: Generator) -> Tensor:
    """Return stored films as another pose and another hospital might give them, (films, 1, SIZE, SIZE)."""
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
    slope = torch.linspace(-1, 1, SIZE)
    film = film * (1 + normal(0.15, 1, 1, 1) * slope[:, None] + normal(0.08, 1, 1, 1) * slope)
    patches = normal(1.0, 1, int(one(5, 14)), 8)  # no two places are equally dense
    film = film * (1 + between(0, 0.12) * F.interpolate(patches, (SIZE, SIZE), mode="bicubic"))
    film = film.minimum(torch.where(between(0, 1) < 0.07, between(0.7, 0.95), 9.0))  # some are saturated
    film = film.clamp(0, 1) ** between(0.6, 1.7)
    down, across = one(0.4, 3.0), one(0.4, 1.4)  # trabeculae of another pattern, longer along the limb than across
    rows, columns = (SIZE + len(bell(width)) - 1 for width in (down, across))
    grain = smeared(normal(1.0, 1, rows, columns), down, across)
    film = film + between(0, 0.02) * (between(0, 1) < 0.7) * grain / grain.std() * (film > 0.3)
    if one(0, 1) < 0.4:
        film = soft(film, one(0.3, 1.0))
    some = 2 * n // 3
    clip, tiles = between(1.5, 8)[:some, 0, 0, 0], int(one(4, 10))
    film = torch.cat([equalised(film[:some, 0].clamp(0, 1), clip, tiles)[:, None], film[some:]])
    return film + between(0, 0.035) * normal(1.0, 1, SIZE, SIZE)


class KneeNet(nn.Sequential):
    """Eight convolutions down to a sixteenth of the film's size, and a linear layer that knows where it looks."""

    def __init__(self) -> None:
        def step(out: int, wide: int = 3, stride: int = 1) -> list[nn.Module]:
            return [nn.LazyConv2d(out, wide, stride, wide // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU()]

        pairs = [part for out in (64, 128, 192) for part in (*step(out, stride=2), *step(out))]
        answer = [nn.Flatten(), nn.Dropout(0.3), nn.LazyLinear(len(ASKED))]
        super().__init__(*step(32, 5, 2), *pairs, *step(32, 1), *answer)
        self(torch.zeros(2, 1, BAND.stop - BAND.start, SIZE))

    def forward(self, film: Tensor) -> Tensor:
        """Return the answers in standard deviations, (films, len(ASKED)), worked out in bfloat16."""
        with torch.autocast("cpu", torch.bfloat16):
            return super().forward((4 * film - 2).contiguous(memory_format=torch.channels_last)).float()


def average(mean: nn.Module, net: nn.Module, share: float) -> None:
    """Let a running mean keep `share` of itself and take the rest from the net, its batch statistics included."""
    with torch.no_grad():
        for old, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
            old.copy_(old.lerp(new, 1 - share) if old.is_floating_point() else new)


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


def train(net: KneeNet, known: Films, epochs: int, chance: Generator, judged: Callable[[nn.Module], float]) -> KneeNet:
    """Train with AdamW, every film varied anew in every epoch, and return the running mean of the weights."""
    n, mean, done = len(known.pictures), copy.deepcopy(net), 0
    step = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.03)
    rate = torch.optim.lr_scheduler.LambdaLR(step, lambda k: min(1.0, (k + 1) / WARM_UP))
    for epoch in range(epochs):
        net.train()
        start, losses = time.process_time(), []
        for some in torch.randperm(n, generator=chance)[: n - n % BATCH].view(-1, BATCH):
            seen = hidden(band(varied(known.pictures[some], known.plateau_mm[some], chance)), chance)
            loss = F.smooth_l1_loss(net(seen), known.answers[some])
            step.zero_grad()
            loss.backward()
            step.step()
            rate.step()
            losses.append(loss.item())
            done += 1
            average(mean, net, min(MEAN, done / (done + 20)))
        took = time.process_time() - start
        say(f"   epoch {epoch + 1}: loss {np.mean(losses):.3f}, AUC tuning {judged(mean):.3f}, {took:.0f} s")
    return mean


def bands(cases: pd.DataFrame) -> Tensor:
    """Return the real films as the network sees them, their lateral side on the right."""
    seen = []
    for name, side in zip(cases["image"], cases["side"], strict=True):
        film = np.asarray(open_picture(name), dtype=np.float32) / 255
        film = np.ascontiguousarray(film[:, ::-1] if side == "R" else film)
        seen.append(band(soft(torch.from_numpy(film)[None, None], 0.4))[0])
    return torch.stack(seen)


def scores(net: nn.Module, seen: Tensor) -> Floats:
    """Return the score of every film, (films,)."""
    net.eval()
    with torch.inference_mode():
        said = torch.cat([net(part) for part in seen.split(64)])
    return said[:, : len(SCORED)].mean(1).numpy()


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
    parser.add_argument("--films", type=int, default=6400, help="simulated films")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="where the simulated films are kept for the next run (.npz)")
    wanted = parser.parse_args()
    try:
        cases = divided(xr.load("knee-oa", source="knee-oa"))
    except DataError as error:
        say(f"Skipped: {error}")
        return
    torch.manual_seed(0)
    seen, tunes = bands(cases), cases["tunes"].to_numpy(copy=True)
    ill = (cases["kl"].to_numpy()[tunes] >= 2).astype(int)
    known = films(wanted.films, wanted.keep)
    chance = Generator().manual_seed(0)
    net = train(KneeNet(), known, wanted.epochs, chance, lambda net: auc(ill, scores(net, seen[tunes])))
    score = scores(net, seen)
    report("the third of the patients that chose the constants", cases[tunes], score[tunes])
    report("the patients that tuned nothing", cases[~tunes], score[~tunes])


if __name__ == "__main__":
    main()
