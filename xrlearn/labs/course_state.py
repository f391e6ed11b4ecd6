"""What a training's course says: its losses without their jitter, and the round at which they turn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..training.miniature.tiny import Epoch

REACH = 2  # rounds on either side that count in a running mean


def running_mean(values: Sequence[float], reach: int = REACH) -> list[float]:
    """Return the mean of each value and up to `reach` neighbours on either side, fewer and as many at the ends.

    Examples
    --------
    >>> running_mean([4.0, 1.0, 1.0, 4.0, 0.0])
    [4.0, 2.0, 2.0, 1.6666666666666667, 0.0]
    """
    means = []
    for i in range(len(values)):
        near = min(reach, i, len(values) - 1 - i)
        means.append(float(np.mean(values[i - near : i + near + 1])))
    return means


def turning_round(course: "Sequence[Epoch]") -> int:
    """Return the round, counted from 1, after which the validation loss, as a running mean, is lowest."""
    return 1 + int(np.argmin(running_mean([epoch.valid_loss for epoch in course])))


def turns(course: "Sequence[Epoch]") -> bool:
    """Say whether the validation loss rises again for good: by a tenth and more above its lowest, to the end."""
    smooth = running_mean([epoch.valid_loss for epoch in course])
    return len(smooth) > 2 * REACH and float(np.mean(smooth[-REACH:])) > 1.1 * min(smooth)
