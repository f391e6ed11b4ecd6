"""Yes or no, shown to clinicians who decide: what they find without the model and with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...stats.clustered import BOOTSTRAP, Figure, bootstrap, figure, mean
from .yes_no import YesNo


def evidence(probability: ArrayLike, threshold: float) -> NDArray[np.float64]:
    """Return by how much a model's log-odds exceed those of its threshold; below 0 they speak against.

    >>> evidence([0.5, 0.2], 0.2).round(2).tolist()
    [1.39, 0.0]
    """
    from scipy.special import logit

    near, far = 1e-4, 1 - 1e-4
    return np.asarray(logit(np.clip(probability, near, far)) - logit(np.clip(threshold, near, far)))


@dataclass(frozen=True)
class Aided(YesNo):
    """Yes or no, and what simulated readers make of it.

    A reader's impression of a film is normal with a spread of one, its mean moved by fractures (the binormal model of
    signal detection: Green & Swets 1966) so that the readers alone reach `sensitivity` and `specificity`. With the
    model a reader adds its evidence to her own, log-odds to log-odds, and trusts both alike. Her impressions err
    independently of the model's: people, who miss the same faint fractures, gain less.

    Attributes
    ----------
    sensitivity, specificity : float
        Those of readers without the model.
    readers : int
        How many are simulated, always the same.
    """

    sensitivity: float = 0.808
    specificity: float = 0.875
    readers: int = 40

    def read(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return what readers say without the model and with it, (films, readers) each.

        Examples
        --------
        >>> truth = np.arange(200) % 2
        >>> perfect = Aided("fracture").read(truth, 20.0 * truth - 10, {"slope": 1, "offset": 0, "threshold": 0.5})
        >>> [round(float((said == truth[:, None]).mean()), 2) for said in perfect]
        [0.84, 1.0]
        """
        drawn = np.random.default_rng(0).standard_normal((len(truth), self.readers))
        shown = evidence(self.probability(output, calibration), calibration["threshold"])
        return self._decided(np.asarray(truth), shown, drawn)

    def of_film(self, truth: bool, probability: float, threshold: float, film: str) -> tuple[int, int]:
        """Return how many of the readers say yes to one film, without the model and with it; the same at each asking.

        Examples
        --------
        >>> alone, aided = Aided("fracture").of_film(True, 0.999, 0.4, "a film")
        >>> alone < aided <= 40
        True
        """
        seed = int.from_bytes(blake2b(film.encode(), digest_size=8).digest(), "big")
        drawn = np.random.default_rng(seed).standard_normal((1, self.readers))
        alone, aided = self._decided(np.array([int(truth)]), evidence(np.array([probability]), threshold), drawn)
        return int(alone.sum()), int(aided.sum())

    def _decided(
        self, truth: NDArray[Any], shown: NDArray[np.float64], drawn: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        from scipy.special import ndtri

        limit = float(ndtri(self.specificity))
        apart = limit + float(ndtri(self.sensitivity))
        impression = drawn + apart * (truth[:, None] == 1)
        own = apart * (impression - limit)  # log-odds beyond the reader's own threshold
        return own >= 0, own + shown[:, None] >= 0

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return those of yes or no, and of the readers ``sensitivity_alone``, ``sensitivity_aided``, the same of
        specificity, and ``misreads_fewer``: the share of misread films that the model spares them.
        """
        found = super().figures(truth, output, calibration, patients)
        sick, whose = truth == 1, np.asarray(patients)
        right = [(said == sick[:, None]).mean(1) for said in self.read(truth, output, calibration)]
        for name, share in zip(("alone", "aided"), right, strict=True):
            found[f"sensitivity_{name}"] = mean(share[sick], whose[sick])
            found[f"specificity_{name}"] = mean(share[~sick], whose[~sick])
        alone, aided = (1 - share for share in right)

        def fewer(films: NDArray[np.intp]) -> float:
            return float(1 - aided[films].mean() / alone[films].mean()) if alone[films].any() else float("nan")

        every = np.arange(len(alone))
        found["misreads_fewer"] = figure(fewer(every), bootstrap(fewer, whose), BOOTSTRAP)
        return found
