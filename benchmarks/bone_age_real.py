"""The shipped bone-age model, which saw simulated hands only, on the real films of the RSNA challenge.

    python benchmarks/bone_age_real.py        (`make bench-real`; needs the RSNA films, says so without them)

A third of the patients, drawn with a fixed seed, served for choosing between recipes; the figures are of the others,
and no film, label or mean of either is in the network. One core: about 3 minutes.
"""

import sys

import numpy as np
from common import divided, say

import xrlearn as xr
from xrlearn.data import DataError


def main() -> None:
    """Print the figures."""
    try:
        cases = divided(xr.load("bone-age", source="rsna-bone-age"))
    except DataError as error:
        say(f"Skipped: {error}")
        return
    tunes, rest = (cases[cases["tunes"] == wanted].reset_index(drop=True) for wanted in (True, False))
    result = xr.evaluate("bone-age", rest)
    say(f"{len(result.cases)} films of {rest['patient'].nunique()} patients that tuned nothing, months:")
    say(result.table().to_string())
    truth = rest["bone_age"].to_numpy(float)
    guess = rest["sex"].map(tunes.groupby("sex")["bone_age"].median()).to_numpy(float)
    say(f"guessing the median of each sex: mean error {np.abs(guess - truth).mean():.1f}")
    for place in result.reading.parts[0]:
        off = np.array([parts[place]["value"] for parts in result.reading.parts]) - truth
        say(f"{place:8s} alone: mean error {np.abs(off).mean():5.1f}, on the mean {off.mean():+5.1f}")


if __name__ == "__main__":
    sys.exit(main())
