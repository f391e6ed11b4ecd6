"""Fractures of the arm, learnt from simulated films alone and found on real ones.

    python benchmarks/arm_fracture_real.py [--arms N] [--steps N]   (`make bench-real`; needs the real films)

Every simulated arm is filmed twice, whole and broken, and is the same in all else: all that the network can go by is
the fracture, not what comes with it. Both films are turned, scaled to the pixels of a small copy of a large cassette,
exposed, blurred and compressed alike, and cut to a patch; arms whose fracture changes the film least are left out. A
network, ImageNet's up to a sixteenth of its input, learns to mark the fracture on a map with a cell for every 8 pixels
(the simulator knows the place). A real film is read whole, and its score is the sum of the evidence on its map.

Real films are those of the arm in FracAtlas (Abedeen et al., Sci Data 2023), which it calls "hand". A third of the
patients served to choose the constants below and is reported apart; nothing is fitted to the others. Seed 0; intervals
are 95 %, by the bootstrap of patients. Takes some 25 minutes on an idle core: 9 for the films, 12 to train, 3 to read.
"""

import argparse
import io
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from common import Floats, divided, even, say
from PIL import Image
from torch import Tensor, nn

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.phantom import SITES, region
from xrlearn.phantom.film import shoot
from xrlearn.phantom.region import Streams
from xrlearn.phantom.scene import project
from xrlearn.stats import auc, bootstrap
from xrlearn.training.films import open_picture
from xrlearn.training.networks.trunk import Trunk, channels_last

SIDE, CELL = 96, 8  # of a patch and of a cell of the map, pixels of the real film
MM = (1.15, 1.65)  # a pixel of the real films: cassettes of 35 x 43 cm, 256 to 320 pixels
TURNS, SHARES = (0, 90, 180, 270), (0.15, 0.2, 0.45, 0.2)  # most hands point down
SUBTLEST, LEFT_OUT = 0.6, 0.4  # of the lesions; and the share of arms whose fracture shows least
WEIGHT = 8.0  # of a cell with a fracture against one without
RATE, BATCH = 6e-4, 24

#: region -> lesion -> share of the broken arms, about as they were counted on the third that tunes
MIXES = {
    "forearm": {
        "distal_radius": 0.3,
        "both_bones_shaft": 0.2,
        "radius_shaft": 0.1,
        "ulna_shaft": 0.09,
        "supracondylar": 0.15,
        "olecranon": 0.07,
        "radial_head": 0.09,
    },
    "hand": {"distal_radius": 0.62, "metacarpal": 0.14, "phalanx": 0.1, "bennett": 0.08, "boxer": 0.06},
}


@dataclass(frozen=True)
class Pair:
    """One arm filmed twice, 1 mm a pixel: ``films`` (2, rows, columns), whole and broken, and where it is broken."""

    films: Floats
    mask: Floats
    shows: float  # how much the fracture changes the film


def turned(name: str, rng: np.random.Generator) -> tuple[str, tuple[float, float, float]]:
    """Return a view and a pose: hands lie flat, oblique or on edge, forearms as their view says."""
    if name == "forearm":
        view = str(rng.choice(["AP", "lateral"]))
        return view, (rng.normal(0, 4), rng.normal(0, 10), rng.normal(0, 4))
    chance = rng.random()
    aside = rng.normal(0, 8) if chance < 0.35 else rng.normal(45, 12) if chance < 0.5 else rng.normal(92, 10)
    return "PA", (rng.normal(0, 6), aside, rng.normal(0, 5))


def filmed(name: str, number: int) -> Pair:
    """Film arm `number` whole and broken."""
    rng, place, mix = Streams(number)("arm"), region(name), MIXES[name]
    lesion = str(rng.choice([*mix], p=[*mix.values()]))
    person, subtlety = place.person(number, lesion, {}), float(rng.uniform(0, SUBTLEST))
    view, pose = turned(name, rng)
    site = replace(SITES[sorted(SITES)[rng.integers(len(SITES))]], collimation_mm=0.0)
    whole, broken = (place.build(person, found, subtlety, Streams(number)) for found in (None, lesion))
    films = []
    for arm in (whole, replace(broken, scale=whole.scale)):
        size = round(place.views[view].field_mm[0] * arm.scale / 0.8)
        scene = project(arm, place.views[view], person, number, size, pose)
        film, truth = shoot(place, view, person, arm, site, number, size, subtlety, scene=scene)
        films.append(millimetres(film.pixels, truth.spacing_mm))
    mask = np.any([truth.mask(n) for n in truth.masks() if n.startswith("lesion")], axis=0)
    pair, mask = np.stack(films), millimetres(mask, truth.spacing_mm)
    return Pair(pair, mask, change(pair, mask))


def millimetres(film: Floats, spacing_mm: float) -> Floats:
    """Return a film (values 0 to 1) with pixels of 1 mm, 8 bits."""
    rows, columns = (round(n * spacing_mm) for n in film.shape)
    picture = Image.fromarray(np.round(film * 255.0).astype(np.uint8))
    return np.asarray(picture.resize((columns, rows), Image.Resampling.BICUBIC))


def change(pair: Floats, mask: Floats) -> float:
    """Return by how much the two films differ about the mask, local contrast normalised: the mean of 60 pixels."""
    at = np.argwhere(mask > 127)
    if len(at) == 0:
        return 0.0
    (top, left), (bottom, right) = np.maximum(at.min(0) - 8, 0), at.max(0) + 9
    cut = torch.from_numpy(pair[:, None, top:bottom, left:right] / np.float32(255))
    one, two = even(F.avg_pool2d(cut, 2, 1), 4.0)[:, 0]
    return float((one - two).abs().flatten().sort(descending=True).values[:60].mean())


def patch(pair: Pair, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return both films (2, SIDE, SIDE), cut and varied alike, and the mask of the fracture (SIDE, SIDE)."""
    rows, columns = pair.mask.shape
    if rng.random() < 0.85:
        near = np.argwhere(pair.mask > 127)
        centre = near[rng.integers(len(near))] + rng.uniform(-0.4 * SIDE, 0.4 * SIDE, 2) * np.mean(MM)
    else:
        bright = np.argwhere(pair.films[0, ::8, ::8] > np.quantile(pair.films[0, ::8, ::8], 0.7))
        centre = 8.0 * bright[rng.integers(len(bright))] + rng.normal(0, 15, 2)
    angle = np.deg2rad(rng.choice(TURNS, p=SHARES) + rng.normal(0, 16))
    side, narrow = rng.choice([-1, 1]), math.exp(rng.normal(0, 0.05))
    c, s = rng.uniform(*MM) * np.array([np.cos(angle), np.sin(angle)])
    turn = np.array([[c * side * narrow, -s / narrow], [s * side * narrow, c / narrow]])
    size = np.array([columns, rows])
    move = np.c_[turn * SIDE / size[:, None], (2 * centre[::-1] - size) / size].astype(np.float32)
    grid = F.affine_grid(torch.from_numpy(move)[None], [1, 3, SIDE, SIDE], align_corners=False)
    both = torch.from_numpy(np.concatenate([pair.films, pair.mask[None]]) / np.float32(255))
    air = both[0, ::8, ::8].quantile(0.05) * (rng.random() < 0.7)  # the film goes on beyond its edge, or it is black
    seen = F.grid_sample((both - air)[None], grid, align_corners=False)[0] + air
    return exposed(seen[:2].clamp(0, 1), rng), (seen[2] > 0.4).float()


def exposed(film: Tensor, rng: np.random.Generator) -> Tensor:
    """Return films (n, SIDE, SIDE) as another hospital and a small copy give them, all alike but for their noise."""
    film = film ** math.exp(rng.uniform(-0.7, 0.5)) * rng.uniform(0.45, 1) + rng.uniform(0, 0.2) * (rng.random() < 0.7)
    if rng.random() < 0.3:  # saturated
        film = film.clamp(max=float(film[0].quantile(rng.uniform(0.9, 0.99))))
    if rng.random() < 0.5:  # sharpened
        film = film + rng.uniform(0, 0.9) * (film - F.avg_pool2d(film, 5, 1, 2, count_include_pad=False))
    stripes = rng.normal(0, rng.uniform(0, 0.008), (1, 1, SIDE)) * (rng.random() < 0.5)
    noise = rng.normal(0, rng.uniform(0, 0.012), film.shape)
    film = film + torch.from_numpy((stripes + noise).astype(np.float32))
    if rng.random() < 0.12:  # a strip of lead, or the edge of the cassette
        angle, wide = rng.uniform(0, 2 * np.pi), rng.uniform(2, 6) if rng.random() < 0.5 else np.inf
        across, down = np.meshgrid(np.arange(SIDE) - SIDE / 2, np.arange(SIDE) - SIDE / 2)
        depth = torch.from_numpy(across * np.cos(angle) + down * np.sin(angle) - rng.uniform(0.1, 0.45) * SIDE)
        film = torch.where(depth > 0, torch.where(depth < wide, rng.uniform(0.6, 1), rng.uniform(0, 0.2)), film)
    film = film.float().clamp(0, 1)
    return compressed(film, int(rng.integers(60, 92))) if rng.random() < 0.6 else film


def compressed(film: Tensor, quality: int) -> Tensor:
    """Return films (n, rows, columns) as JPEG gives them back."""
    out = []
    for one in film.numpy():
        file = io.BytesIO()
        Image.fromarray((255 * one).astype(np.uint8)).save(file, "JPEG", quality=quality)
        out.append(np.asarray(Image.open(file)) / np.float32(255))
    return torch.from_numpy(np.stack(out))


class ArmNet(Trunk):
    """Film -> a map of evidence with a cell for every CELL pixels; the film is looked at in twice its size."""

    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.Sequential()  # pooling any further would lose the place
        self.mark = nn.Sequential(
            *(nn.Conv2d(112, 128, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU()),
            *(nn.Conv2d(128, 128, 3, padding=1, groups=128, bias=False), nn.Conv2d(128, 128, 1, bias=False)),
            *(nn.BatchNorm2d(128), nn.ReLU(), nn.Dropout2d(0.2), nn.Conv2d(128, 1, 1)),
        )
        nn.init.constant_(self.mark[-1].bias, -3.0)  # most cells hold no fracture

    def forward(self, film: Tensor) -> Tensor:
        """Return the evidence, (films, 1, rows / CELL, columns / CELL), of films (films, 1, rows, columns)."""
        large = F.interpolate(film, scale_factor=2.0, mode="bicubic", align_corners=False).clamp(0, 1)
        middle, _ = self.look(even(large, 7.0))
        return self.mark(middle)


def train(net: ArmNet, pairs: list[Pair], steps: int) -> None:
    """Fine-tune: AdamW, the rate rising and then falling as a cosine; cells beside a fracture are spared."""
    rng = np.random.default_rng(0)
    parts = [{"params": net.middle.parameters()}, {"params": net.mark.parameters(), "lr": 2 * RATE}]
    step = torch.optim.AdamW(parts, RATE, weight_decay=0.03)
    rate = torch.optim.lr_scheduler.LambdaLR(
        step, lambda k: min(1.0, (k + 1) / 60) * (0.5 + 0.5 * math.cos(math.pi * k / steps))
    )
    weight, losses, start = torch.tensor(WEIGHT), [], time.monotonic()
    net.train()
    for k in range(steps):
        films, masks = zip(*(patch(pairs[i], rng) for i in rng.integers(len(pairs), size=BATCH // 2)), strict=True)
        broken = F.max_pool2d(torch.stack(masks)[:, None], CELL)
        truth = torch.stack([torch.zeros_like(broken), broken], 1).flatten(0, 1)
        clear = (F.max_pool2d(truth, 3, 1, 1) == truth).float()
        said = net(torch.cat(films)[:, None])
        cells = F.binary_cross_entropy_with_logits(said, truth, pos_weight=weight, reduction="none")
        score = torch.logsumexp(said.flatten(1), 1) - math.log(said[0].numel())
        film = F.binary_cross_entropy_with_logits(score, truth.amax((1, 2, 3)))
        loss = 2 * (cells * clear).mean() + 0.3 * film
        step.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        step.step()
        rate.step()
        losses.append(loss.item())
        if k % 100 == 99:
            say(f"   step {k + 1}: loss {np.mean(losses[-100:]):.3f}, {time.monotonic() - start:.0f} s")


def scores(net: ArmNet, cases: pd.DataFrame) -> Floats:
    """Return the log-sum of the evidence on every real film, (films,), its outermost cells left out."""
    found = []
    net.eval()
    with torch.inference_mode():
        for name in cases["image"]:
            film = np.asarray(open_picture(name), dtype=np.float32) / 255
            film = np.pad(film, [(0, -n % 16) for n in film.shape], mode="edge")
            said = net(torch.from_numpy(film)[None, None])[0, 0, 1:-1, 1:-1]
            found.append(said.flatten().logsumexp(0).item())
    return np.array(found)


def report(title: str, cases: pd.DataFrame, score: Floats) -> None:
    """Print the figures of some films: all of them, and those without plates, nails and screws."""
    say(f"== {title}: {len(cases)} films of {cases['patient'].nunique()} patients")
    truth, patients = cases["fracture"].to_numpy(dtype=int), cases["patient"].to_numpy()
    for name, these in (
        ("AUC (target: 0.70)", np.arange(len(cases))),
        ("AUC, films without metal", np.flatnonzero(cases["hardware"].to_numpy() == 0)),
    ):
        figure = lambda films, these=these: auc(truth[these][films], score[these][films])  # noqa: E731
        low, high = bootstrap(figure, patients[these])
        say(f"{name:40s}{figure(np.arange(len(these))):8.3f} ({low:.3f} - {high:.3f})")


def main() -> None:
    """Train on simulated films, and print the figures on real ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", type=int, default=1700, help="simulated arms, each filmed whole and broken")
    parser.add_argument("--steps", type=int, default=800)
    wanted = parser.parse_args()
    try:
        cases = xr.load("fracture", source="fracatlas")
    except DataError as error:
        say(f"Skipped: {error}")
        return
    cases = divided(cases[cases["region"] == "hand"])
    start = time.monotonic()
    pairs = [filmed(name, 51_000_000 + k) for k in range(wanted.arms // 2) for name in MIXES]
    say(f"   {len(pairs)} arms filmed, {time.monotonic() - start:.0f} s")
    least = np.quantile([pair.shows for pair in pairs], LEFT_OUT)
    torch.manual_seed(0)
    net = channels_last(ArmNet())
    train(net, [pair for pair in pairs if pair.shows > least], wanted.steps)
    score, tunes = scores(net, cases), cases["tunes"].to_numpy()
    report("the third of the patients that chose the constants", cases[tunes], score[tunes])
    report("the patients that tuned nothing", cases[~tunes], score[~tunes])


if __name__ == "__main__":
    main()
