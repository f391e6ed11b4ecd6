"""The shipped landmark network, which saw simulated films only, on the real films of the AASCE challenge.

    python benchmarks/cobb_real.py            (`make bench-real`; needs the AASCE films, says so without them)

Films whose landmarks are known to be wrong (vertebrae or corners in the wrong order, an angle above 100 degrees) are
left out. Intervals are 95 %, from the bootstrap of patients, seed 0. One core: about a minute.
"""

import sys

import numpy as np
import torch
from common import say

import xrlearn as xr
from xrlearn.data import DataError

FLAGS = ["flag_vertebra_order", "flag_corner_order", "flag_cobb_gt100"]


def main() -> None:
    """Print the figures."""
    torch.set_num_threads(1)
    try:
        cases = xr.load("cobb-angle", source="aasce-spine")
    except DataError as error:
        say(f"Skipped: {error}")
        return
    films = cases[cases.filter(items=FLAGS).sum(axis=1) == 0]
    found = xr.evaluate("cobb-angle", films)
    truth = found.cases["cobb"]
    say(f"== {len(truth)} films of {found.cases['patient'].nunique()} patients, Cobb angle in degrees")
    say(found.table().to_string())
    say(f"correlation with the published {np.corrcoef(found.reading.output, truth)[0, 1]:.3f}")
    say(f"always the median angle: median {(truth - truth.median()).abs().median():.2f} degrees off")


if __name__ == "__main__":
    sys.exit(main())
