"""The shipped bone-age networks, which saw simulated hands only, on the real films of the RSNA challenge.

    python benchmarks/bone_age_real.py        (`make bench-real`; needs the RSNA films, says so without them)

A third of the patients, drawn with a fixed seed, served for choosing between recipes; the figures are of the others,
and no film, label or mean of either is in the networks. Intervals are 95 %, from the bootstrap of patients, seed 0.
One core: about 3 minutes.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from common import divided, say
from xrlearn.training.measures import bootstrap

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.radiograph import read
from xrlearn.radiograph.hand import PLACES
from xrlearn.training.bone_age import read_age


def report(title: str, cases: pd.DataFrame, median: dict[str, float]) -> None:
    """Print the figures of some films; `median` is the age of each sex among the films that tuned."""
    truth = cases["bone_age"].to_numpy(float)
    guess = cases["sex"].map(median).to_numpy(float)
    say(f"\n== {title}: {len(cases)} films of {cases['patient'].nunique()} patients")
    for name, said in (
        ("all places together", cases["months"].to_numpy()),
        ("the median age of each sex", guess),
        *((place.name, cases[place.name].to_numpy()) for place in PLACES),
    ):
        wrong = np.abs(said - truth)
        low, high = bootstrap(lambda films, wrong=wrong: float(wrong[films].mean()), cases["patient"])
        off = f"on the mean {np.mean(said - truth):+5.1f}"
        say(f"{name:28s} mean error {wrong.mean():5.1f} ({low:.1f} - {high:.1f}) months, {off}")
    say(f"{'correlation':28s} {np.corrcoef(cases['months'], truth)[0, 1]:.3f}")
    late = truth >= 60
    say(f"{'error before, from 5 years':28s} {np.abs(cases['months'] - truth)[~late].mean():.1f}, "
        f"{np.abs(cases['months'] - truth)[late].mean():.1f} months")  # fmt: skip


def main() -> None:
    """Print the figures."""
    torch.set_num_threads(1)
    try:
        cases = divided(xr.load("bone-age", source="rsna-bone-age"))
    except DataError as error:
        say(f"Skipped: {error}")
        return
    rows = []
    for name, sex in zip(cases["image"], cases["sex"], strict=True):
        found = read_age(read(Path(name)).pixels, sex)
        rows.append({"months": found.months, **{place: age for place, (age, _) in found.places.items()}})
    cases = pd.concat([cases, pd.DataFrame(rows)], axis=1)
    tunes = cases["tunes"]
    median = cases[tunes].groupby("sex")["bone_age"].median().to_dict()
    report("the patients that tuned nothing (goal: mean error of 24 months or less)", cases[~tunes], median)
    report("the third that chose between recipes", cases[tunes], median)


if __name__ == "__main__":
    sys.exit(main())
