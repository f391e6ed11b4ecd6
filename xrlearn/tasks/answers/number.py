"""A number with a unit: months, degrees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...locale import text
from ...stats.clustered import Figure, differences, share
from .answer import Answer, Said
from .calibration import margin


@dataclass(frozen=True)
class Number(Answer):
    """The output is the number itself, (films,); calibration: ``margin``, to which 9 in 10 films keep.

    Attributes
    ----------
    unit : str
        Catalogue key of the unit.
    within : tuple of float
        How near a number must be to count as right, in its unit: the shares within each are reported.
    """

    unit: str = ""
    within: tuple[float, ...] = ()

    @property
    def outputs(self) -> int:
        """One."""
        return 1

    def truth(self, cases: pd.DataFrame) -> NDArray[np.float64]:
        """Return the number, (films,)."""
        return cases[self.column].to_numpy(dtype=np.float64)

    def calibrate(self, truth: NDArray[Any], output: NDArray[np.floating]) -> dict[str, float]:
        """Settle the margin."""
        return {"margin": margin(truth, output)}

    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Say the number, its unit and its margin."""
        value, wide = float(output), calibration["margin"]
        label = text("training.answer.number", value=value, margin=wide, unit=text(self.unit))
        return Said(label, answers={"value": value, "margin": wide})

    def table(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> dict[str, NDArray[Any]]:
        """Return ``answer``."""
        return {"answer": np.asarray(output, dtype=np.float64)}

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return what :func:`xrlearn.stats.clustered.differences` does, and ``within_12``, ... by `within`."""
        said = np.asarray(output, dtype=np.float64)
        near = {f"within_{reach:g}": share(np.abs(said - truth) <= reach, patients) for reach in self.within}
        return differences(said, truth, patients, self.unit.split(".")[-1]) | near

    def summary(self, truth: NDArray[Any]) -> dict[str, Any]:
        """Return the ``mean``."""
        return {"mean": float(np.mean(truth))}

    def title(self, figure: str) -> str:
        """Name unit and reach."""
        base, _, number = figure.rpartition("_")
        if base == "within":
            return text("training.metric.within", reach=number, unit=text(self.unit))
        return f"{super().title(figure)} ({text(self.unit)})"
