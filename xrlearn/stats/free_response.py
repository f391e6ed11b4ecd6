"""Free response: every mark on every film counts, where a reader or a model may mark as many places as it likes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, StatsError, numbers, same_length


@dataclass(frozen=True)
class Froc:
    """A free-response ROC curve, from the strictest threshold to the laxest.

    Attributes
    ----------
    false_per_film : ndarray, (thresholds,)
        Marks that hit no lesion, a film.
    sensitivity : ndarray, (thresholds,)
        Share of lesions that at least one mark hit.
    """

    false_per_film: Floats
    sensitivity: Floats

    def at(self, false_per_film: float) -> float:
        """Return the sensitivity at so many false marks a film: that of the laxest threshold that has no more."""
        reached = self.sensitivity[self.false_per_film <= false_per_film]
        return float(reached[-1]) if len(reached) else 0.0


def froc(rating: ArrayLike, lesion: ArrayLike, films: int, lesions: int) -> Froc:
    """Return the free-response ROC curve of marks.

    Parameters
    ----------
    rating : array-like, (marks,)
        How sure each mark is.
    lesion : array-like of int, (marks,)
        Number of the lesion that it hit, of all films together; -1 where it hit none. Of several marks on a lesion the
        surest counts, the others neither help nor harm.
    films, lesions : int
        How many there are in all.

    Raises
    ------
    StatsError
        If there are no films or no lesions, or a number is missing.

    References
    ----------
    Bunch, Hamilton, Sanderson & Simmons (1977), Proc SPIE 127:124-135.

    Examples
    --------
    >>> curve = froc([9, 8, 7, 6], [0, -1, 1, -1], films=2, lesions=2)
    >>> curve.at(0.0), curve.at(0.5), curve.at(1.0)
    (0.5, 1.0, 1.0)
    """
    first, false = _ranked(rating, lesion, lesions)
    if films < 1:
        raise StatsError("empty", name="films")
    return Froc(np.cumsum(false) / films, np.cumsum(first) / lesions)


def average_precision(rating: ArrayLike, lesion: ArrayLike, lesions: int) -> float:
    """Return the area under the precision-recall curve of marks, its precision made to fall only.

    Parameters
    ----------
    rating, lesion : array-like, (marks,)
        As in :func:`froc`; here a second mark on a lesion counts as false, as in contests of detectors.
    lesions : int

    References
    ----------
    Everingham et al. (2010), Int J Comput Vis 88:303-338, as their development kit computes it since 2010.

    Examples
    --------
    >>> average_precision([9, 8, 7], [0, -1, 1], lesions=2)
    0.8333333333333333
    """
    first, false = _ranked(rating, lesion, lesions, repeated=True)
    found, wrong = np.cumsum(first), np.cumsum(false)
    recall = np.concatenate([[0.0], found / lesions])
    precision = np.maximum.accumulate((found / np.maximum(found + wrong, 1))[::-1])[::-1]
    return float((np.diff(recall) * precision).sum())


def _ranked(rating: ArrayLike, lesion: ArrayLike, lesions: int, repeated: bool = False) -> tuple[Floats, Floats]:
    """Marks from the surest on: 1 where it is the first on a lesion, and 1 where it is false."""
    values, which = numbers("rating", rating), np.asarray(lesion, dtype=np.int64)
    same_length(rating=values, lesion=which.astype(float))
    if lesions < 1:
        raise StatsError("empty", name="lesions")
    which = which[np.argsort(-values, kind="stable")]
    first = np.zeros(len(which))
    first[np.unique(which, return_index=True)[1]] = 1
    first[which < 0] = 0
    return first, (1 - first if repeated else (which < 0).astype(float))
