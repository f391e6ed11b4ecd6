"""A grade that follows from measurements, by a rule that can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .classes import Grades, between


@dataclass(frozen=True)
class MeasuredGrades(Grades):
    """The output holds measurements, (films, measurements); calibration: how much each of them counts, and the cuts.

    A film's score is the weighted sum of its measurements, each in units of its spread among validation films; the odds
    of "higher than k" are those of the score's distance from the k-th cut (proportional odds: McCullagh, J R Stat Soc B
    1980).

    Attributes
    ----------
    measures : tuple of str
        Names of the measurements, in the order of the output.
    """

    measures: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """As many as measurements."""
        return len(self.measures)

    def calibrate(self, truth: NDArray[Any], output: NDArray[np.floating]) -> dict[str, float]:
        """Settle spread, weights and cuts.

        Examples
        --------
        >>> answer = MeasuredGrades("kl", ("a", "b", "c"), measures=("space",))
        >>> grade = np.repeat([0, 1, 2], 20)
        >>> settled = answer.calibrate(grade, 3.0 * grade[:, None] + np.resize([-1.0, 0.0, 2.5], (60, 1)))
        >>> settled["weight space"] > 0, settled["cut 1"] < settled["cut 2"]
        (True, True)
        """
        from sklearn.linear_model import LogisticRegression

        low, middle, high = np.percentile(output, [25, 50, 75], axis=0)
        spread = np.maximum((high - low) / 1.349, 1e-6)  # as a normal distribution of these quartiles has it
        calibration = {
            f"{what} {name}": float(value)
            for what, values in (("middle", middle), ("spread", spread))
            for name, value in zip(self.measures, values, strict=True)
        }
        x = self._standardised(output, calibration)
        # One row for each film and cut: is the grade beyond the cut? All cuts share the weights of the measurements.
        cuts = len(self.keys) - 1
        rows = np.hstack([np.repeat(x, cuts, axis=0), np.tile(np.eye(cuts), (len(x), 1))])
        beyond = (np.asarray(truth)[:, None] > np.arange(cuts)).ravel()
        if beyond.all() or not beyond.any():  # one grade alone settles nothing
            weights = np.concatenate([np.zeros(x.shape[1]), np.full(cuts, 1.0 if beyond.any() else -1.0)])
        else:
            weights = LogisticRegression(C=100.0, fit_intercept=False, max_iter=1000).fit(rows, beyond).coef_[0]
        calibration |= dict(zip((f"weight {name}" for name in self.measures), map(float, weights), strict=False))
        fallen = np.minimum.accumulate(weights[x.shape[1] :])
        return calibration | {f"cut {k}": -float(offset) for k, offset in enumerate(fallen, 1)}

    def score(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the weighted sum of the measurements, (films,); more is more disease."""
        weights = np.array([calibration[f"weight {name}"] for name in self.measures])
        return np.asarray(self._standardised(output, calibration) @ weights)

    def chances(
        self, output: NDArray[np.floating], calibration: Mapping[str, float] | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each grade, (films, grades)."""
        from scipy.special import expit

        assert calibration is not None  # measurements alone are no grades
        cuts = np.array([calibration[f"cut {k}"] for k in range(1, len(self.keys))])
        return between(expit(self.score(output, calibration)[:, None] - cuts))

    def _standardised(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> NDArray[np.float64]:
        middle, spread = (
            np.array([calibration[f"{what} {name}"] for name in self.measures]) for what in ("middle", "spread")
        )
        return np.clip((np.asarray(output, dtype=np.float64) - middle) / spread, -3, 3)
