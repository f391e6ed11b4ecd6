"""Made-up wrists for tests of the lessons."""

import numpy as np
import pandas as pd

from xrlearn.labs.wrists import Wrists


def made_up(n: int = 160, size: int = 32) -> Wrists:
    """Grey noise; a broken film has a faint bright bar somewhere."""
    rng = np.random.default_rng(0)
    films, truth = rng.integers(60, 140, (n, size, size)).astype(np.uint8), rng.integers(0, 2, n)
    for film, broken in zip(films, truth):
        r, c = rng.integers(2, size - 12, 2)
        if broken:
            film[r : r + 3, c : c + 10] += 25
    split = np.array(["train", "valid", "test"])[np.searchsorted([0.6 * n, 0.8 * n], np.arange(n), side="right")]
    return Wrists(pd.DataFrame({"split": split, "fracture": truth}), films, np.zeros((n, 4), int))
