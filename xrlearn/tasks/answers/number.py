"""A number with a unit: months, degrees."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...locale import room, text
from ...stats.clustered import Figure, differences, share
from .answer import Answer, Said
from .calibration import margin

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Number(Answer):
    """The output is the number itself, (films,); calibration: ``margin``, to which 9 in 10 films keep.

    Attributes
    ----------
    unit : str
        Catalogue key of the unit.
    within : tuple of float
        How near a number must be to count as right, in its unit: the shares within each are reported.
    span : (float, float, float)
        Least and greatest number that people are offered, and the step between numbers; 0 lies between them.
    """

    unit: str = ""
    within: tuple[float, ...] = ()
    span: tuple[float, float, float] = (0.0, 120.0, 1.0)

    @property
    def outputs(self) -> int:
        """One."""
        return 1

    @property
    def places(self) -> int:
        """Decimal places with which the number is said."""
        return max(0, -math.floor(math.log10(self.span[2])))

    def amount(self, value: float, signed: bool = False) -> str:
        """Say a number, or a difference of two, with its unit; with `signed` always with its sign.

        Examples
        --------
        >>> tilt = Number("pelvic_tilt", unit="tasks.unit.degrees")
        >>> tilt.amount(-3.2), tilt.amount(-0.2), tilt.amount(4, signed=True)
        ('−3°', '0°', '+4°')
        """
        number = self.number(value, signed)
        sign, size = (number[0], number[1:]) if number[0] in f"+{MINUS}" else ("", number)
        return sign + text(f"tasks.amount.{self._unit}", n=int(size) if size.isdigit() else size)

    @property
    def _unit(self) -> str:
        return self.unit.rpartition(".")[2]

    def number(self, value: float, signed: bool = False) -> str:
        """Write a number with its decimal places."""
        rounded = round(value, self.places) + 0.0  # a zero has no sign
        return f"{rounded:{'+' if signed and rounded else ''}.{self.places}f}".replace("-", MINUS)

    def words(self, value: float) -> str:
        """Say a number as an answer; an age in years, too.

        Examples
        --------
        >>> Number("bone_age", unit="tasks.unit.months").words(124)
        '124 months (10 y 4 m)'
        """
        if f"in_years.{self._unit}" not in room("tasks"):
            return self.amount(value)
        years, months = divmod(round(value), 12)
        return text(f"tasks.in_years.{self._unit}", amount=self.amount(value), years=years, months=months)

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
