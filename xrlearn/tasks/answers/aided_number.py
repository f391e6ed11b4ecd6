"""A number that a reader gives, too: how far reader, model and their mean lie from the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ...stats.clustered import BOOTSTRAP, Figure, bootstrap, figure
from .number import Number


@dataclass(frozen=True)
class AidedNumber(Number):
    """A number beside that of a simulated reader.

    A reader's errors are normal and know nothing of the model's. Real readers err on the same hands as a model does,
    so that the mean of both gains less than here.

    Attributes
    ----------
    reader : float
        Root mean square error of readers, in the unit of the number.
    """

    reader: float = 1.0

    def of_film(self, truth: float, film: str) -> float:
        """Return what the reader says of one film; the same at each asking.

        Examples
        --------
        >>> answer = AidedNumber("bone_age", unit="tasks.unit.months", reader=8.0)
        >>> 0 < abs(answer.of_film(120.0, "a film") - 120) < 40
        True
        """
        return truth + self.reader * float(_errors(np.array([truth]), np.array([film]))[0])

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return those of a number; ``rmse_reader``, ``rmse_model``, ``rmse_together``, and ``rmse_gain``: how much
        less the mean of both is wrong than the reader.

        Examples
        --------
        >>> answer, truth = AidedNumber("bone_age", unit="tasks.unit.months", reader=8.0), np.linspace(50, 200, 400)
        >>> found = answer.figures(truth, truth + np.resize([7.0, -7.0], 400), {"margin": 9.0}, np.arange(400))
        >>> found["rmse_model"]["value"], 7 < found["rmse_reader"]["value"] < 9, found["rmse_together"]["value"] < 6
        (7.0, True, True)
        """
        whose, unit = np.asarray(patients), self.unit.split(".")[-1]
        model = np.asarray(output, dtype=np.float64) - truth
        read = self.reader * _errors(truth, whose)
        wrong = {"reader": read, "model": model, "together": (read + model) / 2}

        def told(films: Any, name: str) -> float:
            return float(np.sqrt(np.mean(wrong[name][films] ** 2)))

        found = super().figures(truth, output, calibration, patients)
        everyone = slice(None)
        for name in wrong:
            again = bootstrap(lambda films, name=name: told(films, name), whose)  # type: ignore[misc]
            found[f"rmse_{name}"] = figure(told(everyone, name), again, BOOTSTRAP, unit)
        again = bootstrap(lambda films: told(films, "reader") - told(films, "together"), whose)
        found["rmse_gain"] = figure(told(everyone, "reader") - told(everyone, "together"), again, BOOTSTRAP, unit)
        return found


def _errors(truth: NDArray[Any], patients: NDArray[Any]) -> NDArray[np.float64]:
    """Standard normal errors, the same for a hand whoever else is measured with it."""
    prints = [blake2b(f"{who} {true:.3f}".encode(), digest_size=6).digest() for who, true in zip(patients, truth)]
    return np.asarray(ndtri((np.array([int.from_bytes(p, "big") for p in prints]) + 0.5) / 2.0**48))
