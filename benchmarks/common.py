"""What the benchmarks on real films share: saying a line, dividing patients, a training."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

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


def descend(
    net: nn.Module,
    batches: Callable[[], Iterable[Any]],
    loss: Callable[[Any], Tensor],
    *,
    epochs: int,
    steps: int,
    rate: float,
    decay: float,
    rise: float,
    clip: float | None = None,
    progress: Callable[[int, float], object] | None = None,
) -> None:
    """Train `net` with AdamW, the rate rising to its top and falling again (one cycle: Smith & Topin 2019).

    Parameters
    ----------
    net : Module
    batches : callable
        Returns the batches of one epoch: indices of films.
    loss : callable
        Batch -> scalar.
    epochs, steps : int
        How often all films are seen; steps of all epochs together.
    rate, decay, rise : float
        Top of the learning rate, decay of the weights, share of the steps in which the rate rises.
    clip : float, optional
        Longest gradient that is followed whole.
    progress : callable, optional
        Told (epoch, mean loss) after each.
    """
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=rise)
    for epoch in range(epochs):
        losses = []
        for some in batches():
            value = loss(some)
            optimiser.zero_grad()
            value.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimiser.step()
            schedule.step()
            losses.append(value.item())
        if progress is not None:
            progress(epoch, float(np.mean(losses)))
