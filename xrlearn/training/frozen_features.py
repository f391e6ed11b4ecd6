"""Instant training: the trunk's features of every film are computed once, then only a small head is trained on them.

A head of 1,281 numbers trains in milliseconds, so that a slider can retrain it while it is being dragged.
"""

import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..paths import cache
from ..progress import Progress, Stopped
from ..radiograph import Radiograph, read
from .films import square

if TYPE_CHECKING:
    from ..progress import Progress
    from .networks.evidence import EvidenceNet

#: films are shown to the frozen trunk in a square of this many pixels
SIZE = 160
#: how many features the first stages of the trunk have
EARLY = 272


@lru_cache(maxsize=1)
def _trunk() -> "EvidenceNet":
    from .networks.evidence import EvidenceNet
    from .networks.trunk import channels_last

    return channels_last(EvidenceNet(pretrained=True)).eval()


def _seen(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the trunk's features of films (films, size, size), in one pass: the mirror image is left out."""
    import torch

    with torch.inference_mode():
        trunk = _trunk()
        trunk(torch.from_numpy(batch)[:, None])
        return trunk.features.numpy()


def _early(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean and spread over the film of what the trunk's stem and middle see, (films, 272)."""
    import torch

    with torch.inference_mode():
        stem, middle = _trunk().early(torch.from_numpy(batch)[:, None])
        parts = [part(x, (2, 3)) for x in (stem, middle) for part in (torch.mean, torch.std)]
        return torch.cat(parts, 1).numpy()


def early_features_of(films: "Sequence[Radiograph]", size: int = SIZE) -> NDArray[np.float32]:
    """Return edges, textures and grey levels of films that are open, (films, 272); nothing is kept.

    They are the mean and the spread over the film of what the trunk's first stages see, before it makes things of
    them: a uniform surface or a negative, which name no thing, are as unlike a film there as a photograph is.
    """
    return _early(np.stack([square(film, size) for film in films]))


def features_of_squares(squares: NDArray[np.float32], batch_size: int = 64) -> NDArray[np.float32]:
    """Return what the trunk sees in squares of grey (n, size, size), 0 to 1, that are no whole films: (n, 1280)."""
    parts = range(0, len(squares), batch_size)
    return np.concatenate([_seen(squares[start : start + batch_size]) for start in parts])


def features(
    films: Sequence[str | Path],
    size: int = SIZE,
    progress: "Progress | None" = None,
    batch_size: int = 16,
    early: bool = False,
) -> NDArray[np.float32]:
    """Return what an ImageNet trunk that never saw a radiograph sees in each film, (films, 1280).

    With `early`, what its first stages see: (films, 272), see :func:`early_features_of`.

    Computed once per film and kept in the cache folder under the film's digest: numbers only, from which the film
    cannot be drawn again. Meant for public collections; films that somebody drops on a page never come here. Torch is
    imported only when there is something to compute.

    Raises
    ------
    Stopped
        If `progress` returned True; what was computed is kept.
    """
    keys = [hashlib.blake2b(Path(f).read_bytes(), digest_size=8).hexdigest() for f in films]
    look = _early if early else _seen
    store = cache() / f"features-lite0-{size}{'-early' if early else ''}.npz"
    known = _load(store)
    missing = [i for i, key in enumerate(keys) if key not in known]
    stopped = False
    for start in range(0, len(missing), batch_size):
        some = missing[start : start + batch_size]
        batch = np.stack([square(read(films[i]), size) for i in some])
        for i, row in zip(some, look(batch), strict=True):
            known[keys[i]] = row.astype(np.float16)
        if progress is not None and progress(len(films) - len(missing) + start + len(some), len(films)):
            stopped = True
            break
    if missing:
        _save(store, known)
    if stopped:
        raise Stopped
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _load(store: Path) -> dict[str, NDArray[np.float16]]:
    try:
        with store.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error):  # absent or damaged: compute again
        return {}


def _save(store: Path, known: dict[str, NDArray[np.float16]]) -> None:
    """Write beside, then rename: two pages that save at once cannot leave half a file."""
    part = store.with_name(f"{store.name}.{os.getpid()}.part")
    with part.open("wb") as out:
        np.savez(out, keys=np.array(list(known)), rows=np.stack(list(known.values())))
    part.replace(store)


@dataclass(frozen=True)
class Head:
    """A logistic regression on features.

    Attributes
    ----------
    weights : ndarray, (features,)
    offset : float
    mean, spread : ndarray, (features,)
        Scale on which the weights stand: that of the training films.
    """

    weights: NDArray[np.float64]
    offset: float
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def score(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return the log-odds of "yes" for each film, (films,)."""
        return (np.asarray(features, dtype=np.float64) - self.mean) / self.spread @ self.weights + self.offset


def fit_head(features: ArrayLike, truth: ArrayLike, penalty: float = 1.0) -> Head:
    """Fit a :class:`Head`: logistic regression with a quadratic penalty on its weights.

    Parameters
    ----------
    features : array_like, (films, features)
    truth : array_like of 0 and 1, (films,)
    penalty : float
        Strength of the penalty a film: large values keep the head simple, small ones let it learn films by heart.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(60, 5)); y = (x[:, 0] > 0).astype(int)
    >>> bool(((fit_head(x, y, 0.01).score(x) > 0) == y).mean() > 0.95)
    True
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    x = np.asarray(features, dtype=np.float64)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    fit = LogisticRegression(C=1 / (penalty * len(x)), max_iter=300, tol=1e-3)
    # Matrices this small are done sooner by one thread than by several that wait for each other: 10 ms, and not a
    # second when the processor is busy.
    with threadpool_limits(1):
        fit.fit((x - mean) / spread, np.asarray(truth, dtype=int))
    return Head(fit.coef_[0], float(fit.intercept_[0]), mean, spread)
