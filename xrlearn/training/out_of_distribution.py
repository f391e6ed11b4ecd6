"""Is this film of the kind that a model has learned? Its out-of-distribution score says so, for models of any family.

The films are seen by an ImageNet trunk that never learned from a radiograph, so that all families share one measure,
and nothing that a network was taught to overlook is overlooked here. Its first stages are asked, which see edges,
textures and grey levels: the last layer names things, and a uniform grey or a negative names none.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ..radiograph import Radiograph
from .frozen_features import early_features_of

#: share of films like the training films that may be called strange
FALSE_ALARMS = 0.03


@dataclass(frozen=True)
class OutOfDistribution:
    """How unlike the training films a film is: its Mahalanobis distance in what an ImageNet trunk's first stages see.

    The features are reduced to their leading principal components, where the training films' spread is known; what
    those components leave over counts too, in units of its own spread (Lee et al., NeurIPS 2018, and the usual
    T-squared and Q statistics of process control).

    Attributes
    ----------
    mean : ndarray, (features,)
    basis : ndarray, (features, components)
        Principal directions divided by the training films' spread along them.
    rest : float
        Root mean square length of what the components leave over, over the training films.
    limit : float
        Distance that a new film of the kind, from the strangest of its sources, exceeds with a probability of
        :data:`FALSE_ALARMS`: the quantile of validation films' distances (where they are few, the farthest), but never
        more than the upper prediction limit of the distances' logarithms taken as normal. A set of all limbs has odd
        films among many: they widen a normal distribution until films of another region lie within it, and leave the
        quantile where it is.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    rest: float
    limit: float

    def score(self, film: Radiograph) -> float:
        """Return the film's distance as a multiple of the limit: above 1 it is unlike the training films."""
        return float(self.distance(early_features_of([film]))[0] / self.limit)

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the distance of each film, (films,); features are (films, features)."""
        centred = np.asarray(features, dtype=np.float64) - self.mean
        inside = centred @ self.basis
        scale = np.linalg.norm(self.basis, axis=0)  # 1 / spread
        back = (inside / scale) @ (self.basis / scale).T
        left_over = ((centred - back) ** 2).sum(1) / self.rest**2
        return np.sqrt((inside**2).mean(1) + left_over)


def learn_distribution(
    train: NDArray[np.floating], *valid: NDArray[np.floating], components: int = 96
) -> OutOfDistribution:
    """Learn what training films look like; set the limit on validation films of each source, (films, features) each.

    Where a model has learned from two sources, films of either are its own: one limit for both together would be that
    of the more frequent one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> known = learn_distribution(rng.normal(size=(100, 5)), rng.normal(size=(50, 5)))
    >>> known.distance(np.array([[0.0] * 5, [9.0] * 5])) > known.limit
    array([False,  True])
    """
    mean = train.mean(0)
    centred = train - mean
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    k = min(components, len(train) // 2)
    std = spread[:k] / np.sqrt(len(train) - 1)
    basis = directions[:k].T / std
    rest = float(np.sqrt((spread[k:] ** 2).sum() / len(train))) or 1.0
    known = OutOfDistribution(mean.astype(np.float32), basis.astype(np.float32), rest, np.inf)
    return replace(known, limit=max(_limit(known.distance(films)) for films in valid))


def _limit(distances: NDArray[np.floating]) -> float:
    """Return what a new film's distance exceeds with a probability of :data:`FALSE_ALARMS`."""
    far, n = np.log(distances), len(distances)
    reach = float(stdtrit(max(n - 1, 1), 1 - FALSE_ALARMS / 3)) * np.sqrt(1 + 1 / n)
    normal = far.mean() + reach * far.std(ddof=min(1, n - 1))
    return float(np.exp(min(normal, np.quantile(far, 1 - FALSE_ALARMS, method="weibull"))))
