"""A ratio without a unit, and the name of the range that it falls into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...locale import text
from ...stats.clustered import Figure, area, share
from .answer import Said
from .number import Number


@dataclass(frozen=True)
class Ratio(Number):
    """A number, said with two decimals, and the range that it falls into.

    Attributes
    ----------
    cuts : tuple of float
        Where one range ends and the next begins.
    keys : tuple of str
        Catalogue keys of the ranges, one more than cuts.
    drawing : str
        Catalogue key of the sentence that tells how two lines on a film measure it: the second is divided by the first.
    """

    cuts: tuple[float, ...] = ()
    keys: tuple[str, ...] = ()
    drawing: str = ""

    def of(self, values: ArrayLike) -> NDArray[np.intp]:
        """Return the number of each value's range.

        Examples
        --------
        >>> Ratio("insall_salvati", cuts=(0.8, 1.2), keys=("low", "usual", "high")).of([0.7, 1.0, 1.3]).tolist()
        [0, 1, 2]
        """
        return np.digitize(np.asarray(values, dtype=np.float64), self.cuts)

    def words(self, value: float) -> str:
        """Say the ratio and its range.

        Examples
        --------
        >>> Ratio("insall_salvati", "tasks.unit.patellas", (), (0, 2.5, 0.01), (1.2,), ("data.label.kl",) * 2).words(1)
        '1.00, KL grade'
        """
        return text("tasks.answer.in_range", number=self.amount(value), name=text(self.keys[int(self.of(value))]))

    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Say the ratio, its margin, and its range."""
        value, wide = float(output), calibration["margin"]
        label = text("training.answer.ratio", value=value, margin=wide, name=text(self.keys[int(self.of(value))]))
        return Said(label, answers={"value": value, "margin": wide})

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return those of a number; ``accuracy`` of the range; ``auc_high`` of the highest and ``auc_low`` of the
        lowest range, where both it and others occur.
        """
        told = super().figures(truth, output, calibration, patients)
        found = {name: {k: v for k, v in f.items() if k != "unit"} for name, f in told.items()}
        true, whose = self.of(truth), np.asarray(patients)
        found["accuracy"] = share(self.of(output) == true, whose)
        for name, sign, which in (("auc_high", 1.0, len(self.cuts)), ("auc_low", -1.0, 0)):
            there = true == which
            if there.any() and not there.all():
                found[name] = area(there, sign * np.asarray(output, dtype=np.float64), whose)
        return found

    def title(self, figure: str) -> str:
        """Name the range of ``auc_high`` and ``auc_low``; a ratio has no unit."""
        if figure in ("auc_high", "auc_low"):
            return f"{text('training.metric.auc')}: {text(self.keys[-1 if figure == 'auc_high' else 0])}"
        base, _, reach = figure.rpartition("_")
        if base == "within":
            return text("training.metric.within", reach=reach, unit="").strip()
        return text(f"training.metric.{figure}")
