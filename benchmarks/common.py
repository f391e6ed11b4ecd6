"""What the benchmarks on real films share: saying a line, dividing patients, evening out contrast."""

import sys

import numpy as np
import pandas as pd
import torch.nn.functional as F
from torch import Tensor

Floats = np.ndarray


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


def blur(film: Tensor, width: float) -> Tensor:
    """Smooth films (films, 1, rows, columns) by about a Gaussian of this standard deviation: two running means."""
    reach = round(1.22 * width - 0.5)  # two means of n pixels have the variance (n * n - 1) / 6
    for _ in range(2):
        film = F.pad(film, (reach,) * 4, mode="replicate")
        film = F.avg_pool2d(F.avg_pool2d(film, (2 * reach + 1, 1), 1), (1, 2 * reach + 1), 1)
    return film


def even(film: Tensor, width: float) -> Tensor:
    """Bring every place to the same mean and contrast (local contrast normalisation: Jarrett et al., ICCV 2009)."""
    rest = film - blur(film, width)
    return (0.5 + 0.17 * rest / (blur(rest * rest, 1.5 * width).sqrt() + 0.02)).clip(0, 1)
