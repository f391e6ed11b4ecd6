"""Fractures learnt from simulated limbs alone and found on real ones, by the family of patches.

    python benchmarks/arm_fracture_real.py [--limb arm|shoulder|leg] [--limbs N] [--epochs E]   (`make bench-real`)

Every simulated limb is filmed twice, whole and broken. Real films are those of FracAtlas (Abedeen et al., Sci Data
2023), which calls the arm "hand"; without them it says so. A third of the patients served to choose constants (those of
:mod:`xrlearn.training.learners.patches`, and the shares below) and is reported apart; nothing is fitted to the others.
Seed 0; intervals are 95 %, by the bootstrap of patients.
"""

import argparse
import sys

import pandas as pd
from common import divided, say

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.phantom import Cohort, region
from xrlearn.phantom.cohort import kept
from xrlearn.stats.clustered import area
from xrlearn.training import Model, calibrate

MM = 0.8  # a pixel of the simulated films
SUBTLETY = (0.0, 0.6)

#: what FracAtlas calls a limb; and of each simulated region its views, its share of the limbs, and its lesions about as
#: they were counted on the third that chose (the region's own where none are named)
LIMBS = {
    "arm": (
        "hand",
        {
            "forearm": (
                ("AP", "lateral"),
                0.5,
                {
                    "distal_radius": 0.3,
                    "both_bones_shaft": 0.2,
                    "radius_shaft": 0.1,
                    "ulna_shaft": 0.09,
                    "supracondylar": 0.15,
                    "olecranon": 0.07,
                    "radial_head": 0.09,
                },
            ),
            "hand": (
                ("PA", "oblique"),
                0.25,
                {"distal_radius": 0.62, "metacarpal": 0.14, "phalanx": 0.1, "bennett": 0.08, "boxer": 0.06},
            ),
            "wrist": (("lateral",), 0.25, {}),
        },
    ),
    "shoulder": ("shoulder", {"shoulder": (("wide-AP",), 1.0, {})}),
    "leg": ("leg", {"ankle": (("AP", "mortise", "lateral"), 1.0, {})}),
}


def simulated(limb: str, n: int) -> pd.DataFrame:
    """Return `n` limbs, each filmed whole and broken; those that would be kept for a test are learned from too."""
    parts = []
    for name, (views, share, mix) in LIMBS[limb][1].items():
        size = round(region(name).views[views[0]].field_mm[0] / MM)
        films = Cohort(
            name, 2 * round(share * n), seed=51, size=size, views=views, subtlety=SUBTLETY, mix=mix, pairs=True
        )
        parts.append(xr.load("fracture", kept(films)))
    cases = pd.concat(parts, ignore_index=True)
    return cases.assign(split=cases["split"].replace("test", "train"))


def report(title: str, model: Model, cases: pd.DataFrame) -> None:
    """Print the figures of some films: all of them, and those without plates, nails and screws."""
    found = xr.evaluate(model, cases).cases
    say(f"== {title}: {len(found)} films of {found['patient'].nunique()} patients")
    for name, films in (("AUC", found), ("AUC, films without metal", found[found["hardware"] == 0])):
        auc = area(films["fracture"].to_numpy() == 1, films["score"].to_numpy(), films["patient"])
        say(f"{name:28s}{auc['value']:8.3f} ({auc['low']:.3f} - {auc['high']:.3f})")


def main() -> None:
    """Learn from simulated films, and print the figures on real ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limb", choices=LIMBS, default="arm")
    parser.add_argument("--limbs", type=int, default=1700, help="simulated limbs, each filmed whole and broken")
    parser.add_argument("--epochs", type=int, default=10)
    wanted = parser.parse_args()
    try:
        cases = xr.load("fracture", source="fracatlas")
    except DataError as error:
        say(f"Skipped: {error}")
        return
    real = divided(cases[cases["region"] == LIMBS[wanted.limb][0]])
    learn = xr.learner("fracture", simulated(wanted.limb, wanted.limbs), system="patches")
    with learn.no_bar():
        learn.fit_one_cycle(wanted.epochs, slice(1e-3, 3e-3))
    model = calibrate(learn)
    report("the third of the patients that chose the constants", model, real[real["tunes"]])
    report("the patients that tuned nothing", model, real[~real["tunes"]])


if __name__ == "__main__":
    sys.exit(main())
