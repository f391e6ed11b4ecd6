"""Osteoarthritis of the knee, learnt from simulated films alone and read from real ones.

    python benchmarks/knee_real.py [--films N] [--epochs E]   (`make bench-real`; without the real films it says so)

Every simulated knee is cut about its joint, turned so that its lateral side lies on the right, and varied as hospitals
vary (Tobin et al., IROS 2017); on simulated and real films alike local contrast is evened out and the band about the
joint is kept. The first stages of the trunk stay as ImageNet left them, the next are fine-tuned, and a linear layer
reads grade, joint spaces, osteophytes, narrowing and sclerosis from the grid. The score of a film is the mean of its
grade, four osteophytes and narrowing, each in standard deviations among the simulated films.

Real films are those of Chen (Mendeley Data, 2018) from the Osteoarthritis Initiative. A third of the patients served to
choose the constants below and is reported apart; nothing is fitted to the others. Prints the loss of each epoch and,
for both parts, the AUC of grade 2 or more and of 3 or more and Spearman's correlation with the grade. Seed 0; intervals
are 95 %, by the bootstrap of patients.
"""

import argparse
import json
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.stats import rankdata
from sim_to_real_real import Floats, divided, even, say
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.phantom.cohort import Cohort, kept
from xrlearn.stats import auc
from xrlearn.training.films import open_picture
from xrlearn.training.measures import bootstrap
from xrlearn.training.network import Trunk, channels_last

SHARES = (0.32, 0.20, 0.28, 0.15, 0.05)  # of the grades 0 to 4 among the simulated films
SIZE = 176  # side of the square that is cut, pixels
BAND = slice(48, 160)  # its rows that the network sees: the joint and the ends of the bones
SIDE = 1.033 * 224 / 172  # of the real films, in widths of the tibial plateau: 172 of their 224 pixels, as measured
STORED_MM, STORED = 0.5, 240  # pixel and side of the simulated films as they are kept for training
SPACES = ("medial_joint_space_mm", "lateral_joint_space_mm")
OSTEOPHYTES = tuple(f"osteophyte_{side}_{bone}_mm" for bone in ("femur", "tibia") for side in ("medial", "lateral"))
SCORED = ("kl", *OSTEOPHYTES, "narrowing")
ASKED = (*SCORED, *SPACES, "subchondral_gain")
RATE, WARM_UP, BATCH = 6e-4, 60, 32


def square(picture: Floats, centre: Floats, half: float, size: int, turn: float = 0.0) -> Floats:
    """Return the square of `size` pixels that reaches `half` pixels from `centre` (row, column), turned (radians)."""
    across = ((np.arange(size) + 0.5) / size * 2 - 1) * half
    y, x = np.meshgrid(across, across, indexing="ij")
    rows, columns = np.cos(turn) * y - np.sin(turn) * x, np.sin(turn) * y + np.cos(turn) * x
    return map_coordinates(picture, [centre[0] + rows, centre[1] + columns], order=1, mode="nearest")


def equalised(picture: Floats, clip: float, tiles: int, levels: int = 256) -> Floats:
    """Equalise contrast tile by tile, no grey more than `clip` times as frequent as the mean (CLAHE: Zuiderveld 1994).

    The picture is square, of values 0 to 1; the tables of neighbouring tiles are interpolated.
    """
    size = len(picture)
    side = -(-size // tiles)
    grey = np.rint(np.pad(picture, (0, side * tiles - size), mode="reflect") * (levels - 1)).astype(int)
    cut = grey.reshape(tiles, side, tiles, side).swapaxes(1, 2).reshape(tiles * tiles, -1)
    of_tile = cut + levels * np.arange(tiles * tiles)[:, None]
    counts = np.bincount(of_tile.ravel(), minlength=levels * tiles * tiles).reshape(-1, levels).astype(float)
    limit = max(1.0, clip * side * side / levels)
    counts = np.minimum(counts, limit) + np.maximum(counts - limit, 0).sum(1, keepdims=True) / levels
    table = (counts.cumsum(1) / (side * side)).reshape(tiles, tiles, levels)
    at = np.clip((np.arange(size) + 0.5) / side - 0.5, 0, tiles - 1)
    low = np.minimum(at.astype(int), tiles - 2)
    rest, grey = at - low, grey[:size, :size]
    r, c = np.ix_(low, low)
    down, right = np.ix_(rest, rest)
    upper = (1 - right) * table[r, c, grey] + right * table[r, c + 1, grey]
    lower = (1 - right) * table[r + 1, c, grey] + right * table[r + 1, c + 1, grey]
    return (1 - down) * upper + down * lower


def varied(picture: Floats, plateau_mm: float, rng: np.random.Generator) -> Floats:
    """Return a stored film as another pose and another hospital might give it, (SIZE, SIZE)."""
    half = SIDE * plateau_mm / 2 * rng.normal(1, 0.035) / STORED_MM
    centre = (STORED - 1) / 2 + rng.normal(0, 2.2, 2) / STORED_MM
    film = square(picture, centre, half, SIZE, np.deg2rad(rng.normal(0, 2)))
    slope = np.linspace(-1, 1, SIZE)
    film = film * (1 + rng.normal(0, 0.15) * slope[:, None] + rng.normal(0, 0.08) * slope)
    if rng.random() < 0.12:  # saturated
        film = np.minimum(film, np.quantile(film, rng.uniform(0.75, 0.97)))
    film = np.clip(film, 0, 1) ** rng.uniform(0.6, 1.7)
    if rng.random() < 0.6:  # trabeculae of another pattern, longer along the limb than across
        grain = gaussian_filter(rng.standard_normal(film.shape), (rng.uniform(0.3, 4), rng.uniform(0.3, 1.5)))
        film = film + rng.uniform(0, 0.05) * grain / grain.std() * (film > 0.35)
    if rng.random() < 0.5:
        film = gaussian_filter(film, rng.uniform(0, 0.9))
    if rng.random() < 0.8:
        film = equalised(np.clip(film, 0, 1), rng.uniform(1.5, 8), int(rng.integers(4, 10)))
    return film + rng.normal(0, rng.uniform(0, 0.05), film.shape)


def band(film: Floats) -> Tensor:
    """Even out the contrast of a film (SIZE, SIZE) and return the band that the network sees, (1, rows, SIZE)."""
    return even(torch.from_numpy(film.astype(np.float32))[None, None], 9.5)[0, :, BAND]


@dataclass
class Films(Dataset):
    """Simulated films: each is varied anew in every epoch."""

    pictures: Floats  # (films, STORED, STORED)
    plateau_mm: Floats  # (films,)
    answers: Floats  # (films, len(ASKED)), in standard deviations
    epoch: int = 0

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, k: int) -> tuple[Tensor, Tensor]:
        """Return film `k` as the network sees it, half of them with a patch hidden, and the answers."""
        rng = np.random.default_rng([k, self.epoch])
        seen = band(varied(self.pictures[k].astype(np.float32), self.plateau_mm[k], rng))
        if rng.random() < 0.5:
            (row, column), (rows, columns) = rng.integers(0, (90, 150)), rng.integers(8, 30, 2)
            seen[:, row : row + rows, column : column + columns] = rng.uniform(0.2, 0.8)
        return seen, torch.from_numpy(self.answers[k])


def simulated(n: int) -> Films:
    """Make about `n` simulated knees, a cohort for each grade, and cut them about the joint."""
    pictures, plateau, answers = [], [], []
    for grade, share in enumerate(SHARES):
        # The grade is the one asked for: that which the film's own findings add up to is now and then a neighbour.
        known = {"kl": grade, "metal": "none"}
        some = max(1, round(share * n))
        folder = kept(Cohort("knee", some, seed=70 + grade, size=320, views=("PA",), mix={"none": 1}, patient=known))
        for file in sorted((folder / "truth").glob("*.json")):
            truth = json.loads(file.read_text(encoding="utf-8"))
            film = np.asarray(open_picture(folder / "images" / f"{file.stem}.png"), dtype=np.float32) / 255
            centre = np.array(truth["landmarks"]["joint centre"]) - (10 / truth["spacing_mm"], 0)
            cut = square(film, centre, STORED * STORED_MM / 2 / truth["spacing_mm"], STORED)
            pictures.append((cut[:, ::-1] if truth["side"] == "R" else cut).astype(np.float16))
            plateau.append(truth["patient"]["plateau_mm"])
            told = truth["measurements"] | {"kl": grade}
            answers.append([told[name] / (plateau[-1] if name in SPACES else 1) for name in ASKED])
    table = np.array(answers, dtype=np.float32)
    return Films(np.stack(pictures), np.array(plateau), (table - table.mean(0)) / table.std(0))


class KneeNet(Trunk):
    """The trunk up to a sixteenth of the film's size, and a linear layer that knows where on the grid it looks."""

    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.Sequential()  # pooling any further would lose the place of an osteophyte
        self.narrow = nn.Sequential(nn.Conv2d(112, 32, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        cells = (BAND.stop - BAND.start) // 16 * (SIZE // 16)
        self.answer = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * cells, len(ASKED)))

    def forward(self, film: Tensor) -> Tensor:
        """Return the answers in standard deviations, (films, len(ASKED))."""
        middle, _ = self.look(film)
        return self.answer(self.narrow(middle))


def train(net: KneeNet, films: Films, epochs: int) -> None:
    """Fine-tune: AdamW, the rate rising for 60 steps and then falling as a cosine."""
    steps = epochs * (len(films) // BATCH)
    new = [*net.narrow.parameters(), *net.answer.parameters()]
    groups = [{"params": net.middle.parameters()}, {"params": new, "lr": 3 * RATE}]
    step = torch.optim.AdamW(groups, RATE, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.LambdaLR(
        step, lambda k: min(1.0, (k + 1) / WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * k / steps))
    )
    for films.epoch in range(epochs):
        net.train()
        start, losses = time.monotonic(), []
        for seen, answers in DataLoader(films, BATCH, shuffle=True, num_workers=1, drop_last=True):
            loss = F.smooth_l1_loss(net(seen), answers)
            step.zero_grad()
            loss.backward()
            step.step()
            rate.step()
            losses.append(loss.item())
        say(f"   epoch {films.epoch + 1}: loss {np.mean(losses[-40:]):.3f}, {time.monotonic() - start:.0f} s")


def scores(net: KneeNet, cases: pd.DataFrame) -> Floats:
    """Return the score of every real film, (films,)."""
    seen = []
    for name, side in zip(cases["image"], cases["side"], strict=True):
        film = gaussian_filter(np.asarray(open_picture(name), dtype=np.float32) / 255, 0.4)
        film = film[:, ::-1] if side == "R" else film
        centre = (np.array(film.shape) - 1) / 2
        seen.append(band(square(film, centre, len(film) / 2, SIZE)))
    net.eval()
    with torch.inference_mode():
        said = torch.cat([net(part) for part in torch.stack(seen).split(64)])
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
    parser.add_argument("--films", type=int, default=4400, help="simulated films")
    parser.add_argument("--epochs", type=int, default=3)
    wanted = parser.parse_args()
    try:
        cases = divided(xr.load("knee-oa", source="knee-oa"))
    except DataError as error:
        say(f"Skipped: {error}")
        return
    torch.manual_seed(0)
    net = channels_last(KneeNet())
    train(net, simulated(wanted.films), wanted.epochs)
    score, tunes = scores(net, cases), cases["tunes"].to_numpy()
    report("the third of the patients that chose the constants", cases[tunes], score[tunes])
    report("the patients that tuned nothing", cases[~tunes], score[~tunes])


if __name__ == "__main__":
    main()
