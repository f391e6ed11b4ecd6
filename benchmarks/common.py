"""What the benchmarks on real films share: saying a line, dividing patients."""

import sys

import numpy as np
import pandas as pd


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def divided(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the films on which bone is bright, and a column ``tunes``: those of a third of the patients."""
    if "flag_inverted" in cases:
        cases = cases[cases["flag_inverted"] == 0]
    names = np.random.default_rng(0).permutation(np.unique(cases["patient"].astype(str)))
    cases = cases.reset_index(drop=True)
    return cases.assign(tunes=cases["patient"].astype(str).isin(names[: len(names) // 3]))
