"""A network read out on films: the score of the film and of its mirror image, averaged."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..radiograph import Radiograph, read
from .films import square
from .network import Trunk

#: called with (films done, films in all); returning True stops the work
Progress = Callable[[int, int], bool | None]


class Stopped(Exception):
    """The person asked for a long piece of work to end."""


@dataclass(frozen=True)
class Readout:
    """What a network says about some films.

    Attributes
    ----------
    score : ndarray, (films,) or (films, outputs)
        Log-odds of a lesion, not yet calibrated; of other tasks the outputs of :class:`.answers.VoteNet`.
    evidence : ndarray, (films, rows, columns)
        The map that the score is made of, in log-odds.
    features : ndarray, (films, 1280)
        What the trunk saw, averaged over the film.
    """

    score: NDArray[np.float32]
    evidence: NDArray[np.float32]
    features: NDArray[np.float32]


def readout(net: Trunk, batch: NDArray[np.float32]) -> Readout:
    """Read films out of `batch` (films, size, size), values 0 to 1; film and mirror image are averaged."""
    device = next(net.parameters()).device
    x = torch.from_numpy(batch)[:, None].to(device)
    net.eval()
    with torch.inference_mode():
        score, evidence, features = net.score(x), net.evidence, net.features
        mirrored = net.score(x.flip(3))
        score = (score + mirrored) / 2
        evidence = (evidence + net.evidence.flip(3)) / 2
        features = (features + net.features) / 2
    return Readout(score.cpu().numpy(), evidence[:, 0].float().cpu().numpy(), features.cpu().numpy())


def readout_films(
    net: Trunk,
    films: Sequence[str | Path | Radiograph],
    size: int,
    batch_size: int = 16,
    progress: Progress | None = None,
) -> Readout:
    """Read out many films, a few at a time, so that memory stays flat.

    Raises
    ------
    RadiographError
        If a film cannot be read.
    Stopped
        If `progress` returned True.
    """
    parts: list[Readout] = []
    for start in range(0, len(films), batch_size):
        some = films[start : start + batch_size]
        batch = np.stack([square(f if isinstance(f, Radiograph) else read(f), size) for f in some])
        parts.append(readout(net, batch))
        if progress is not None and progress(start + len(some), len(films)):
            raise Stopped
    return Readout(*(_join(getattr(p, name) for p in parts) for name in ("score", "evidence", "features")))


def _join(parts: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(list(parts)).astype(np.float32)
