"""Made-up films for the tests of the shortcuts lab."""

import numpy as np

from xrlearn.labs.shortcuts_state import Workbench


def made_up(n: int = 160, size: int = 64) -> Workbench:
    """Grey films; a broken one has a bright bar near its middle, which takes a network some effort to find."""
    rng = np.random.default_rng(0)
    films, truth = rng.normal(0.35, 0.05, (n, size, size)), np.arange(n) % 2
    for film, broken in zip(films, truth, strict=True):
        r, c = rng.integers(24, 40, 2)
        film[r : r + 3, c - 8 : c + 8] += 0.12 * broken
    return Workbench(truth, films.clip(0, 1).astype(np.float32), ["R"] * n)
