"""Fracture or none, learned from simulated shoulders and ankles only, on the real films of FracAtlas.

    python benchmarks/limb_fracture_real.py   (`make bench-real`; needs the FracAtlas films, says so without them)

A hard test: FracAtlas flags any film that shows a shoulder (with fractures of arm, collar bone or ribs) or any part of
a leg (with fractures of tibia, foot or toes), on cassettes of 35 x 43 cm. Features are those of a network that saw no
radiograph; a logistic regression is trained on simulated films. A third of the real films, by group, chooses its
penalty and whether real films are centred on their own mean (which needs no labels); the figures are of the others.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression

from xrlearn.data import pack
from xrlearn.phantom import Cohort
from xrlearn.stats import auc, auc_ci
from xrlearn.training.frozen_features import features

#: flag of FracAtlas -> simulated region and views; how much larger than the film its cassette may be
PAIRS = {"shoulder": ("shoulder", ("wide-AP",), 1.0), "leg": ("ankle", ("AP", "mortise", "lateral"), 2.6)}
FILMS, SEED = 900, 1

Floats = NDArray[np.float64]


def say(line: str = "") -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def simulated(region: str, views: tuple[str, ...], room: float) -> Iterator[tuple[Floats, int]]:
    """Yield films and whether they are fractured: cropped, mirrored, of any gamma, anywhere on their cassette."""
    for k, (film, truth) in enumerate(Cohort(region, FILMS, seed=SEED, views=views, subtlety=(0.0, 0.6)).films()):
        rng = np.random.default_rng(k)
        grey = film.pixels[:, :: rng.choice([-1, 1])] ** rng.uniform(0.7, 1.6)
        size = np.array(grey.shape)
        part = (size * rng.uniform(0.75, 1.0)).astype(int)
        r, c = (rng.uniform(0, 1, 2) * (size - part)).astype(int)
        grey = grey[r : r + part[0], c : c + part[1]]
        cassette = np.full(
            np.maximum(part, (part[0] * rng.uniform(1.0, room) * np.array([1.0, 0.82])).astype(int)), 0.09
        )
        r, c = (rng.uniform(0, 1, 2) * (np.array(cassette.shape) - part)).astype(int)
        cassette[r : r + part[0], c : c + part[1]] = grey
        yield cassette, int(truth.labels["fracture"])


def learn(region: str, views: tuple[str, ...], room: float) -> tuple[Floats, NDArray[np.int_]]:
    """Return features and labels of the simulated films."""
    with TemporaryDirectory() as folder:
        files, labels = [], []
        for k, (grey, label) in enumerate(simulated(region, views, room)):
            files.append(Path(folder) / f"{k}.png")
            Image.fromarray((grey * 255).astype(np.uint8)).save(files[-1])
            labels.append(label)
        return features(files).astype(float), np.array(labels)


def main() -> None:
    """Print the figures."""
    folder = pack("fracatlas")
    if folder is None:
        say("Skipped: the FracAtlas films are not below the folder that XRLEARN_FILMS names.")
        return
    table = pd.read_csv(folder / "labels.csv")
    for flag, (region, views, room) in PAIRS.items():
        films = table[(table[flag] == 1) & (table["hardware"] == 0)]
        if flag == "leg":
            films = films[films["region"] == "leg"]
        truth, tuning = films["fractured"].to_numpy(), (films["group"].str[1:].astype(int) % 3 == 0).to_numpy()
        real = features([folder / name for name in films["filename"]]).astype(float)
        made, labels = learn(region, views, room)
        middle, spread = made.mean(axis=0), made.std(axis=0) + 1e-3
        tried = []
        for penalty in (1e-4, 1e-3, 1e-2):
            model = LogisticRegression(C=penalty, max_iter=2000, class_weight="balanced")
            model.fit((made - middle) / spread, labels)
            for centred in (False, True):
                home = ((real - real.mean(axis=0)) / (real.std(axis=0) + 1e-3)) if centred else (real - middle) / spread
                tried.append(
                    (model.decision_function(home), f"C {penalty:g}, {'own' if centred else 'simulated'} mean")
                )
        score, words = max(tried, key=lambda t: auc(truth[tuning], t[0][tuning]))
        low, high = auc_ci(truth[~tuning], score[~tuning])
        say(
            f"simulated {region:9s} -> FracAtlas {flag:9s} AUC {auc(truth[~tuning], score[~tuning]):.3f} "
            f"({low:.3f} - {high:.3f}), n = {(~tuning).sum()}, fractured {truth[~tuning].sum()} ({words})"
        )


if __name__ == "__main__":
    main()
