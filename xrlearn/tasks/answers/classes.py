"""One of several classes, or a grade on an ordered scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...locale import text
from ...stats import cohen_kappa
from ...stats.clustered import BOOTSTRAP, Figure, alone, area, bootstrap, figure, share
from .answer import Answer, Said


@dataclass(frozen=True)
class Classes(Answer):
    """The output holds logits, (films, classes).

    Attributes
    ----------
    keys : tuple of str
        Catalogue keys of the classes, in the order of the label's values 0, 1, ...
    diseased_from : int
        The lowest class that counts as disease, for the area under the ROC curve.
    """

    kinds = True

    keys: tuple[str, ...] = ()
    diseased_from: int = 1

    @property
    def outputs(self) -> int:
        """As many as classes."""
        return len(self.keys)

    @property
    def names(self) -> list[str]:
        """The classes in the language in use."""
        return [text(key) for key in self.keys]

    def truth(self, cases: pd.DataFrame) -> NDArray[np.int64]:
        """Return the class, 0, 1, ..., (films,)."""
        return cases[self.column].to_numpy(dtype=np.int64)

    def chances(
        self, output: NDArray[np.floating], calibration: Mapping[str, float] | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class, (films, classes).

        Examples
        --------
        >>> Classes("neer", ("a", "b")).chances(np.zeros((1, 2))).tolist()
        [[0.5, 0.5]]
        """
        from scipy.special import softmax

        return softmax(np.asarray(output, dtype=np.float64), axis=1)

    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Say the most probable class."""
        chances = self.chances(output[None], calibration)[0]
        best = int(chances.argmax())
        answers = dict(zip(self.names, chances.tolist(), strict=True))
        return Said(self.names[best], float(chances[best]), answers=answers)

    def table(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> dict[str, NDArray[Any]]:
        """Return ``answer``, ``probability_0``, ``probability_1``, ..."""
        chances = self.chances(output, calibration)
        return {"answer": chances.argmax(1)} | {f"probability_{k}": chances[:, k] for k in range(len(self.keys))}

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return ``accuracy``; ``auc`` of disease where both kinds occur; and of each class against all others
        ``sensitivity_0``, ``auc_0``, ...
        """
        chances, whose = self.chances(output, calibration), np.asarray(patients)
        said = chances.argmax(1)
        found = self._of_disease(truth, chances, whose)
        for k in np.unique(truth):
            one = truth == k
            found[f"sensitivity_{k}"] = share(said[one] == k, whose[one])
            if not one.all():
                found[f"auc_{k}"] = area(one, chances[:, k], whose)
        return found

    def _of_disease(self, truth: NDArray[Any], chances: NDArray[np.float64], whose: NDArray[Any]) -> dict[str, Figure]:
        found = {"accuracy": share(chances.argmax(1) == truth, whose)}
        diseased = truth >= self.diseased_from
        if diseased.any() and not diseased.all():
            found["auc"] = area(diseased, chances[:, self.diseased_from :].sum(1), whose)
        return found

    def summary(self, truth: NDArray[Any]) -> dict[str, Any]:
        """Return how many films ``each`` class has."""
        return {"each": np.bincount(truth, minlength=len(self.keys)).tolist()}

    def title(self, figure: str) -> str:
        """Name the class of ``auc_3``."""
        base, _, number = figure.rpartition("_")
        return f"{super().title(base)}: {self.names[int(number)]}" if number.isdigit() else super().title(figure)


@dataclass(frozen=True)
class Grades(Classes):
    """Ordered classes: the output holds one logit fewer than grades, (films, grades - 1).

    Logit k is that of "higher than k" among films that have at least grade k (CORN: Shi, Cao & Raschka, Pattern Anal
    Appl 2023), so that the probabilities of "higher than k" can only fall with k.
    """

    @property
    def outputs(self) -> int:
        """One fewer than grades."""
        return len(self.keys) - 1

    def chances(
        self, output: NDArray[np.floating], calibration: Mapping[str, float] | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each grade, (films, grades).

        Examples
        --------
        >>> Grades("kl", ("a", "b", "c")).chances(np.zeros((1, 2))).tolist()
        [[0.5, 0.25, 0.25]]
        """
        from scipy.special import expit

        return between(expit(np.asarray(output, dtype=np.float64)).cumprod(1))

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return ``accuracy``, ``auc`` of disease where both kinds occur, and quadratic ``kappa``."""
        chances, whose = self.chances(output, calibration), np.asarray(patients)
        said, n = chances.argmax(1), len(self.keys)
        found = self._of_disease(truth, chances, whose)
        kappa = cohen_kappa(truth, said, "quadratic", categories=range(n))
        if alone(whose):
            found["kappa"] = figure(kappa.value, (kappa.low, kappa.high), "Fleiss, Cohen & Everitt")
        else:
            again = bootstrap(lambda films: _kappa(truth[films], said[films], n), whose)
            found["kappa"] = figure(kappa.value, again, BOOTSTRAP)
        return found


def between(higher: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of each grade from those of "higher than k", (films, grades - 1), which fall with k.

    Examples
    --------
    >>> between(np.array([[0.75, 0.25]])).tolist()
    [[0.25, 0.5, 0.25]]
    """
    edges = np.pad(np.pad(higher, ((0, 0), (1, 0)), constant_values=1.0), ((0, 0), (0, 1)))
    return np.asarray(edges[:, :-1] - edges[:, 1:])


def _kappa(a: NDArray[np.int64], b: NDArray[np.int64], grades: int) -> float:
    """Quadratic kappa alone, quickly enough for a thousand draws: 1 - mean squared distance over that by chance."""
    apart = np.subtract.outer(np.arange(grades), np.arange(grades)) ** 2
    chance = np.bincount(a, minlength=grades) @ apart @ np.bincount(b, minlength=grades) / len(a)
    return float(1 - ((a - b) ** 2).sum() / chance) if chance else float("nan")
