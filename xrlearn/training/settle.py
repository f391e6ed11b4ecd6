"""What is settled on validation films once training has ended: calibration, threshold, and which films are familiar."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Calibration:
    """Turns a network's score into a probability: ``1 / (1 + exp(-(slope * score + offset)))`` (Platt 1999)."""

    slope: float
    offset: float

    def probability(self, score: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of a lesion for each score.

        Examples
        --------
        >>> Calibration(slope=1.0, offset=0.0).probability([0.0]).tolist()
        [0.5]
        """
        from scipy.special import expit

        return expit(self.slope * np.asarray(score, dtype=np.float64) + self.offset)


def calibrate(truth: ArrayLike, score: ArrayLike) -> Calibration:
    """Fit a :class:`Calibration` by logistic regression of the truth (0 or 1) on the score.

    Examples
    --------
    >>> fitted = calibrate([0, 0, 1, 0, 1, 1], [-3, -2, -1, 1, 2, 3])
    >>> fitted.slope > 0
    True
    """
    from sklearn.linear_model import LogisticRegression

    # A penalty this weak only keeps the slope finite when the classes happen to be fully apart.
    fit = LogisticRegression(C=100.0).fit(np.asarray(score, dtype=np.float64)[:, None], np.asarray(truth, dtype=int))
    return Calibration(float(fit.coef_[0, 0]), float(fit.intercept_[0]))


def youden_threshold(truth: ArrayLike, probability: ArrayLike) -> float:
    """Return the probability at which sensitivity + specificity is largest (Youden 1950).

    The threshold lies half-way to the next lower probability that was seen, so that it does not sit on a film.

    Examples
    --------
    >>> youden_threshold([0, 0, 1, 1], [0.1, 0.3, 0.5, 0.9])
    0.4
    """
    from sklearn.metrics import roc_curve

    p = np.asarray(probability, dtype=np.float64)
    false_positive, true_positive, thresholds = roc_curve(truth, p)
    best = thresholds[np.argmax(true_positive - false_positive)]
    lower = p[p < best]
    middle = float((best + lower.max()) / 2) if len(lower) else float(best)
    return middle if len(lower) == 0 or middle > lower.max() else float(best)  # neighbours may have nothing between


def margin(truth: ArrayLike, said: ArrayLike, share: float = 0.9) -> float:
    """Return how far from the truth a number may lie so that a new film keeps to it with probability `share`.

    The quantile of the validation films' errors that split conformal prediction takes (Lei et al., J Am Stat Assoc
    2018): no assumption on the errors, only that new films are like these.

    Examples
    --------
    >>> margin(np.zeros(99), np.arange(99.0))
    89.0
    """
    wrong = np.sort(np.abs(np.asarray(said, dtype=np.float64) - np.asarray(truth, dtype=np.float64)))
    place = int(np.ceil((len(wrong) + 1) * share)) - 1
    return float(wrong[min(place, len(wrong) - 1)])


@dataclass(frozen=True)
class Familiarity:
    """How unlike the training films a film is: its Mahalanobis distance in the trunk's features.

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
        Distance that 1 in 100 validation films exceeds.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    rest: float
    limit: float

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the distance of each film, (films,); features are (films, features)."""
        centred = np.asarray(features, dtype=np.float64) - self.mean
        inside = centred @ self.basis
        scale = np.linalg.norm(self.basis, axis=0)  # 1 / spread
        back = (inside / scale) @ (self.basis / scale).T
        left_over = ((centred - back) ** 2).sum(1) / self.rest**2
        return np.sqrt((inside**2).mean(1) + left_over)


def familiarise(train: NDArray[np.floating], valid: NDArray[np.floating], components: int = 48) -> Familiarity:
    """Learn what training films look like; set the limit on validation films, (films, features) each."""
    mean = train.mean(0)
    centred = train - mean
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    k = min(components, len(train) // 2)
    std = spread[:k] / np.sqrt(len(train) - 1)
    basis = directions[:k].T / std
    rest = float(np.sqrt((spread[k:] ** 2).sum() / len(train))) or 1.0
    known = Familiarity(mean.astype(np.float32), basis.astype(np.float32), rest, np.inf)
    limit = float(np.quantile(known.distance(valid), 0.99))
    return Familiarity(known.mean, known.basis, rest, limit)
