"""The kinds of simulated records, by name."""

import numpy as np
import pandas as pd

from . import hips, oa, reports

_KINDS = {"reports": reports.write, "oa": oa.people, "hips": hips.people}


def draw(kind: str, n: int, seed: int) -> pd.DataFrame:
    """Return `n` records of a kind, a row each, with ``patient`` and the truth; the same for the same seed.

    Examples
    --------
    >>> draw("hips", 3, 0).equals(draw("hips", 3, 0)), draw("hips", 3, 0).equals(draw("hips", 3, 1))
    (True, False)
    """
    table = _KINDS[kind](n, np.random.default_rng([seed, n]))
    return table.assign(patient=[f"{kind}-{seed}-{i:05d}" for i in range(n)])
