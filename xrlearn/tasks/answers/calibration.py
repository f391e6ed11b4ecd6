"""What is settled on validation films once training has ended: calibration, threshold, margin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Calibration:
    """Turns log-odds into a probability: ``1 / (1 + exp(-(slope * score + offset)))`` (Platt 1999)."""

    slope: float
    offset: float

    def probability(self, score: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of the finding for each score.

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

    The threshold lies half-way to the next lower probability that was seen, so that it does not sit on a film. Where
    none is better than calling no film positive, it lies above them all.

    Examples
    --------
    >>> youden_threshold([0, 0, 1, 1], [0.1, 0.3, 0.5, 0.9])
    0.4
    >>> youden_threshold([1, 0], [0.1, 0.3]) > 0.3
    True
    """
    from sklearn.metrics import roc_curve

    p = np.asarray(probability, dtype=np.float64)
    false_positive, true_positive, thresholds = roc_curve(truth, p)
    best = thresholds[np.argmax(true_positive - false_positive)]
    best = min(best, np.nextafter(1.0, 2.0))  # no film is positive from infinity on, which no card can hold
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
