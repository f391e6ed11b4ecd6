"""Yes or no: is the finding there?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...locale import text
from ...stats import proportion_ci
from ...stats.clustered import Figure, area, calibration_error, share
from .answer import Answer, AnswerError, Said
from .calibration import Calibration, calibrate, youden_threshold


@dataclass(frozen=True)
class YesNo(Answer):
    """The output is the log-odds of "yes", (films,); calibration: ``slope``, ``offset``, ``threshold``.

    Attributes
    ----------
    no, yes : str
        Catalogue keys of the answers.
    together : bool
        A patient has several views, which are read together: their probabilities are averaged.
    """

    kinds = True

    no: str = "tasks.fracture.no"
    yes: str = "tasks.fracture.yes"
    together: bool = False

    @property
    def outputs(self) -> int:
        """One."""
        return 1

    @property
    def names(self) -> list[str]:
        """No and yes, in the language in use."""
        return [text(self.no), text(self.yes)]

    def truth(self, cases: pd.DataFrame) -> NDArray[np.int64]:
        """Return 0 or 1, (films,)."""
        return cases[self.column].to_numpy(dtype=np.int64)

    def check(self, cases: pd.DataFrame) -> None:
        """Refuse films of one kind only."""
        if len(np.unique(self.truth(cases))) < 2:
            raise AnswerError("one_class", n=len(cases))

    def calibrate(self, truth: NDArray[Any], output: NDArray[np.floating]) -> dict[str, float]:
        """Settle slope, offset, and the threshold of the largest sensitivity + specificity (Youden 1950)."""
        if len(np.unique(truth)) < 2:
            return {"slope": 1.0, "offset": 0.0, "threshold": 0.5}
        found = calibrate(truth, output)
        threshold = youden_threshold(truth, found.probability(output))
        return {"slope": found.slope, "offset": found.offset, "threshold": threshold}

    def probability(self, output: ArrayLike, calibration: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the calibrated probability of yes.

        Examples
        --------
        >>> YesNo("fracture").probability([0.0], {"slope": 2.0, "offset": 0.0, "threshold": 0.5}).tolist()
        [0.5]
        """
        return Calibration(calibration["slope"], calibration["offset"]).probability(output)

    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Say yes from the threshold on."""
        p, threshold = float(self.probability(output, calibration)), calibration["threshold"]
        return Said(self.names[int(p >= threshold)], p, threshold)

    def table(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> dict[str, NDArray[Any]]:
        """Return ``score`` and ``probability``."""
        return {"score": output, "probability": self.probability(output, calibration)}

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return ``auc``, ``accuracy``, ``sensitivity``, ``specificity``, ``ece``, and where views are read together
        ``auc_together`` and ``accuracy_together``.
        """
        p, threshold, whose = self.probability(output, calibration), calibration["threshold"], np.asarray(patients)
        sick, yes = truth == 1, p >= threshold
        found = {
            "auc": area(sick, p, whose),
            "accuracy": share(yes == sick, whose),
            "sensitivity": share(yes[sick], whose[sick]),
            "specificity": share(~yes[~sick], whose[~sick]),
            "ece": calibration_error(truth, p, whose),
        }
        if self.together:
            whole = (
                pd.DataFrame({"patient": whose, "sick": sick, "p": p})
                .groupby("patient")
                .agg({"sick": "max", "p": "mean"})
            )
            broken, mean = whole["sick"].to_numpy(dtype=bool), whole["p"].to_numpy()
            found["auc_together"] = area(broken, mean, whole.index)
            found["accuracy_together"] = share((mean >= threshold) == broken, whole.index)
        return found

    def details(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float]
    ) -> dict[str, Any]:
        """Return ``operating``, see :func:`operating_points`."""
        return {"operating": operating_points(truth, self.probability(output, calibration))}

    def summary(self, truth: NDArray[Any]) -> dict[str, Any]:
        """Return how many are ``positive``."""
        return {"positive": int(truth.sum())}


def operating_points(truth: NDArray[np.int64], probability: NDArray[np.float64]) -> list[dict[str, float]]:
    """Return sensitivity and specificity at every hundredth of a probability: what a threshold slider needs.

    Each point: ``threshold``, ``sensitivity``, ``sensitivity_low``, ``sensitivity_high``, ``specificity`` and so on
    (Wilson, 95 %).

    Examples
    --------
    >>> points = operating_points(np.array([0, 1]), np.array([0.2, 0.8]))
    >>> [(p["sensitivity"], p["specificity"]) for p in points if p["threshold"] in (0.0, 0.5, 1.0)]
    [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    """
    points = []
    for threshold in np.linspace(0, 1, 101).round(2):
        yes = probability >= threshold
        point = {"threshold": float(threshold)}
        for name, right, part in (("sensitivity", yes, truth == 1), ("specificity", ~yes, truth == 0)):
            k, n = int(right[part].sum()), int(part.sum())
            low, high = proportion_ci(k, n)
            point |= {name: k / n, f"{name}_low": float(low), f"{name}_high": float(high)}
        points.append(point)
    return points
