"""Trained on simulated films alone, tested on real ones: bone age and fractures of the hand.

    python benchmarks/sim_to_real_real.py [--films N] [--real N] [--only TASK]
                                               (`make bench-real`; what has no real films here is left out)

The ImageNet trunk is kept up to a sixteenth of the film's size; what comes behind it is trained on simulated films that
are moved, turned, exposed, blurred and windowed at random (Tobin et al., IROS 2017), and local contrast is evened out,
so that little is left of who made the film. A third of the real patients
tunes (how long to train, and for ages a straight line from what the network says to months), the rest is tested once.
The Cobb angle and the knee have files of their own, `cobb_real.py` and `knee_real.py`. Seed 0; intervals are 95 %, by
the bootstrap of patients.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage
from torch import Tensor

import xrlearn as xr
from xrlearn.data import DataError, read_source
from xrlearn.orthopaedics import find
from xrlearn.phantom.cohort import Cohort, kept
from xrlearn.stats import auc
from xrlearn.training.answers import VoteNet
from xrlearn.training.films import fit, open_picture
from xrlearn.training.measures import bootstrap
from xrlearn.training.network import channels_last

SIZE = 160  # side of the square that a film is fitted into, pixels
ROUNDS = 2  # how often every simulated film is varied
EPOCHS = 4
Floats = np.ndarray


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def whole(picture: Image.Image) -> Image.Image:
    """Return the picture as it is."""
    return picture


def hand(picture: Image.Image) -> Image.Image:
    """Return the box around the hand: the largest bright thing that reaches into the middle of the film."""
    grey = np.asarray(picture, dtype=np.float32)
    small = ndimage.gaussian_filter(grey, max(grey.shape) / 150)
    rows, columns = grey.shape
    low, high = np.quantile(small[rows // 8 : -rows // 8, columns // 8 : -columns // 8], [0.02, 0.98])
    found, n = ndimage.label(small > low + 0.25 * (high - low))
    inside = np.bincount(found[rows // 5 : -rows // 5, columns // 5 : -columns // 5].ravel(), minlength=n + 1)
    it = found == 1 + int(inside[1:].argmax()) if n else np.ones_like(found, bool)
    down, across = np.flatnonzero(it.sum(1) > rows / 100), np.flatnonzero(it.sum(0) > columns / 100)
    if len(down) < 0.3 * rows or len(across) < 0.2 * columns:
        return picture
    return picture.crop((int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1))


@dataclass(frozen=True)
class Trial:
    """One question on real films: what is asked, the cut that both kinds of film get, and how much is enough."""

    label: str
    pack: str
    simulated: Mapping[str, Any]  # a cohort's recipe
    cut: Callable[[Image.Image], Image.Image]
    target: str


TRIALS = {
    "bone-age": Trial("bone_age", "rsna-bone-age", find("bone-age").simulated, hand, "mean error <= 24 months"),
    "hand-fracture": Trial("fracture", "fracatlas", {"region": "hand"}, whole, "AUC >= 0.70"),
}


def squares(cases: pd.DataFrame, cut: Callable[[Image.Image], Image.Image]) -> Floats:
    """Return the films, cut and fitted into squares: (films, SIZE, SIZE), 0 to 1, float16."""
    made = [np.asarray(fit(cut(open_picture(name)), SIZE)) for name in cases["image"]]
    return (np.stack(made) / 255).astype(np.float16)


def blur(film: Tensor, width: float) -> Tensor:
    """Smooth films (films, 1, rows, columns) by about a Gaussian of this standard deviation: two running means."""
    reach = round(1.22 * width - 0.5)  # two means of n pixels have the variance (n * n - 1) / 6
    for _ in range(2):
        film = F.pad(film, (reach,) * 4, mode="replicate")
        film = F.avg_pool2d(F.avg_pool2d(film, (2 * reach + 1, 1), 1), (1, 2 * reach + 1), 1)
    return film


def even(film: Tensor, width: float = SIZE / 36) -> Tensor:
    """Bring every place to the same mean and contrast (local contrast normalisation: Jarrett et al., ICCV 2009)."""
    rest = film - blur(film, width)
    return (0.5 + 0.17 * rest / (blur(rest * rest, 1.5 * width).sqrt() + 0.02)).clip(0, 1)


def varied(film: Tensor, chance: torch.Generator) -> Tensor:
    """Return each film (films, 1, rows, columns) as another patient's pose and another hospital might give it."""
    n = len(film)

    def between(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(n, *shape, generator=chance)

    turn, size, side = between(-0.35, 0.35), 1 / between(0.75, 1.15), torch.sign(between(-1, 1))
    move = torch.zeros(n, 2, 3)
    move[:, 0, 0], move[:, 0, 1] = turn.cos() * size * side, -turn.sin() * size
    move[:, 1, 0], move[:, 1, 1] = turn.sin() * size * side, turn.cos() * size
    move[:, :, 2] = between(-0.12, 0.12, 2)
    film = F.grid_sample(film, F.affine_grid(move, film.shape, False), padding_mode="border", align_corners=False)
    film = film.clamp(0, 1) ** between(-0.6, 0.6, 1, 1, 1).exp()
    film = (between(0.4, 1, 1, 1, 1) * film + between(0, 0.25, 1, 1, 1)).minimum(between(0.7, 1.2, 1, 1, 1))
    film = film + between(0, 1.2, 1, 1, 1) * (film - blur(film, 1.5))
    return film + 0.03 * between(0, 1, 1, 1, 1) * torch.randn(film.shape, generator=chance)


class Student:
    """The trunk's beginning as ImageNet left it, and its end, which learns."""

    def __init__(self, outputs: int) -> None:
        torch.manual_seed(0)
        net = channels_last(VoteNet("number", outputs, dropout=0.3))
        self.start = torch.nn.Sequential(net.stem, net.middle).eval()
        self.end = torch.nn.Sequential(net.deep, net.hide, net.vote)

    def seen(self, films: Floats, chance: torch.Generator | None = None) -> Tensor:
        """Return what the kept part of the trunk sees, (films, 112, SIZE / 16, SIZE / 16), 16 bits."""
        parts = []
        with torch.inference_mode():
            for some in np.array_split(films, math.ceil(len(films) / 32)):
                film = torch.from_numpy(some.astype(np.float32))[:, None]
                film = even(film if chance is None else varied(film, chance)).expand(-1, 3, -1, -1)
                parts.append(self.start(film.contiguous(memory_format=torch.channels_last) * 2 - 1).half())
        return torch.cat(parts).clone()

    def says(self, seen: Tensor) -> Tensor:
        """Return the answers, (films, outputs)."""
        return self.end(seen.float()).mean((2, 3))

    def epochs(self, seen: Tensor, loss: Callable[[Tensor, Tensor], Tensor], batch: int = 32) -> Iterator[int]:
        """Train, and come up for air after every epoch."""
        steps = EPOCHS * (len(seen) // batch)
        step = torch.optim.AdamW(self.end.parameters(), weight_decay=0.05)
        rate = torch.optim.lr_scheduler.OneCycleLR(step, 1e-3, total_steps=steps, pct_start=0.2)
        for epoch in range(EPOCHS):
            self.end.train()
            order = torch.randperm(len(seen))
            for some in order[: len(seen) // batch * batch].split(batch):
                step.zero_grad()
                loss(self.says(seen[some]), some).backward()
                torch.nn.utils.clip_grad_norm_(self.end.parameters(), 5)
                step.step()
                rate.step()
            self.end.eval()
            yield epoch


def real_films(trial: Trial, patients: int) -> pd.DataFrame:
    """Return the real films of at most so many patients, with a column ``tunes``: a third of the patients.

    Raises
    ------
    ValueError
        If they are not on this machine.
    """
    if trial.label == "fracture":
        cases = xr.load("fracture", source=trial.pack)
        cases = cases[cases["region"] == "hand"]
    else:
        cases = xr.load(next(name for name in TRIALS if TRIALS[name] is trial), source=trial.pack)
    return divided(cases, patients)


def divided(cases: pd.DataFrame, patients: int | None = None) -> pd.DataFrame:
    """Return the films of at most so many patients, none with bone dark, and a column ``tunes``: a third of them."""
    if "flag_inverted" in cases:
        cases = cases[cases["flag_inverted"] == 0]
    names = np.random.default_rng(0).permutation(np.unique(cases["patient"].astype(str)))[:patients]
    cases = cases[cases["patient"].astype(str).isin(names)].reset_index(drop=True)
    return cases.assign(tunes=cases["patient"].astype(str).isin(names[: len(names) // 3]))


def column(trial: Trial, cases: pd.DataFrame) -> Tensor:
    """Which output answers for a film: ages have one for girls and one for boys (as in Lee et al. 2017)."""
    boys = (cases["sex"] == "M") if trial.label == "bone_age" else np.zeros(len(cases))
    return torch.tensor(np.asarray(boys, dtype=np.int64))


def run(trial: Trial, films: int, patients: int) -> None:
    """Train on `films` simulated films, tune on a third of the real patients, and print the figures of the others."""
    cases = real_films(trial, patients)
    folder = kept(Cohort(**{**trial.simulated, "n": films, "seed": 7, "size": 224}))
    made = read_source(folder, task=trial.label)
    student = Student(2)
    chance = torch.Generator().manual_seed(0)
    pictures = squares(made, trial.cut)
    seen = torch.cat([student.seen(pictures, chance) for _ in range(ROUNDS)])
    truth = torch.tensor(np.tile(made[trial.label].to_numpy(dtype=np.float32), ROUNDS))
    which = column(trial, made).repeat(ROUNDS)
    scale = 60.0 if trial.label == "bone_age" else 1.0

    def loss(said: Tensor, some: Tensor) -> Tensor:
        one = said[torch.arange(len(some)), which[some]]
        if trial.label == "fracture":
            return F.binary_cross_entropy_with_logits(one, truth[some])
        return F.smooth_l1_loss(one, truth[some] / scale)

    real = squares(cases, trial.cut)
    both = [student.seen(real), student.seen(real[:, :, ::-1])]
    row, output = np.arange(len(real)), column(trial, cases).numpy()
    y, tunes = cases[trial.label].to_numpy(dtype=np.float64), cases["tunes"].to_numpy()
    best: tuple[float, np.ndarray] = (-np.inf, np.zeros(len(real)))
    for epoch in student.epochs(seen, loss):
        with torch.inference_mode():
            said = scale * sum(
                np.concatenate([student.says(part).numpy() for part in one.split(64)])[row, output] for one in both
            ) / 2  # fmt: skip
        good = np.corrcoef(said[tunes], y[tunes])[0, 1] if scale > 1 else auc(y[tunes].astype(int), said[tunes])
        say(f"   epoch {epoch + 1}: {'correlation' if scale > 1 else 'AUC'} {good:.3f} on the patients that tune")
        best = max(best, (good, said), key=lambda pair: pair[0])
    report(trial, cases, best[1])


def report(trial: Trial, cases: pd.DataFrame, said: np.ndarray) -> None:
    """Print the figures of the patients that tuned nothing."""
    y, tunes = cases[trial.label].to_numpy(dtype=np.float64), cases["tunes"].to_numpy()
    patients = cases["patient"].to_numpy()[~tunes]

    def line(name: str, figure: Callable[[np.ndarray], float]) -> None:
        low, high = bootstrap(figure, patients)
        say(f"{name:52s}{figure(np.arange(len(patients))):8.3f} ({low:.3f} - {high:.3f})")

    say(f"{len(patients)} films of {len(np.unique(patients))} real patients; target: {trial.target}")
    if trial.label != "bone_age":
        ill, score = y[~tunes].astype(int), said[~tunes]
        line("AUC", lambda films: auc(ill[films], score[films]))
        return
    straight = np.polyval(np.polyfit(said[tunes], y[tunes], 1), said)
    sex = cases["sex"].to_numpy()
    median = np.array([np.median(y[tunes & (sex == s)]) for s in sex])
    for name, answer in (
        ("mean absolute error, months, as the network says", said),
        ("the same after a line fitted to the third that tunes", straight),
        ("the same for the median age of each sex", median),
    ):
        wrong = np.abs(answer - y)[~tunes]
        line(name, lambda films, wrong=wrong: float(wrong[films].mean()))


def main() -> None:
    """Run the trials whose real films are here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=1500, help="simulated films")
    parser.add_argument("--real", type=int, default=900, help="real patients at most")
    parser.add_argument("--only", choices=TRIALS, help="one trial alone")
    wanted = parser.parse_args()
    for name, trial in TRIALS.items():
        if wanted.only not in (None, name):
            continue
        say(f"== {name}")
        try:
            run(trial, wanted.films, wanted.real)
        except DataError as error:
            say(f"Skipped: {error}")


if __name__ == "__main__":
    main()
