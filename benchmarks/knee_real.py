"""Osteoarthritis of the knee on real films, by models that learned from simulated films alone.

    python benchmarks/knee_real.py        (`make bench-real`; needs the real films, says so without them)

Side by side: what the outlines measure, and a classifier of the whole film. Films are those of Chen (Mendeley Data,
2018) from the Osteoarthritis Initiative. A third of the patients, drawn with a fixed seed, served to choose what is
measured and is reported apart; nothing is fitted to the others. Prints the figures of each task, and of each sign alone
the AUC of grade 2 or more. Intervals are 95 %, by patient. One core: about 12 minutes.
"""

import sys

import pandas as pd
from common import divided, say

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.radiograph.knee import SIGNS
from xrlearn.stats.clustered import area


def report(title: str, cases: pd.DataFrame) -> None:
    """Print the figures of some films."""
    say(f"== {title}: {len(cases)} films of {cases['patient'].nunique()} patients")
    for task in ("knee-outlines", "knee-oa"):
        result = xr.evaluate(task, cases)
        say(f"{task}\n{result.table().to_string()}")
        if task == "knee-outlines":
            diseased = result.cases["kl"].to_numpy() >= 2
            for name, sign in zip(SIGNS, result.reading.output.T, strict=True):
                auc = area(diseased, sign, result.cases["patient"])
                say(f"{name:16s} alone: AUC {auc['value']:.3f} ({auc['low']:.3f} - {auc['high']:.3f})")


def main() -> None:
    """Print the figures."""
    try:
        cases = divided(xr.load("knee-oa", source="knee-oa"))
    except DataError as error:
        say(f"Skipped: {error}")
        return
    report("the third of the patients that chose what is measured", cases[cases["tunes"]])
    report("the patients that tuned nothing", cases[~cases["tunes"]])


if __name__ == "__main__":
    sys.exit(main())
