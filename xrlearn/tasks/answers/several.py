"""Several answers of one film at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...stats.clustered import Figure
from .answer import Answer, Said


@dataclass(frozen=True)
class Several(Answer):
    """The output holds those of the parts side by side, (films, sum of their outputs).

    Figures and answers of a part bear its column's name: ``lordosis.mae``. What all of them are measured by first of
    all is that of the first part, whose truth every film must have; the other parts learn from the films that tell
    theirs, and are measured on them.

    Attributes
    ----------
    parts : tuple of Answer
        Each with one column of output or more; numbers and yes or no take one.
    """

    gaps = True

    column: str = ""
    parts: tuple[Answer, ...] = ()

    @property
    def name(self) -> str:
        """What is asked for, one after the other."""
        return ", ".join(part.name for part in self.parts)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of all parts."""
        return tuple(column for part in self.parts for column in part.columns)

    @property
    def outputs(self) -> int:
        """The sum of the parts'."""
        return sum(part.outputs for part in self.parts)

    def _divided(self, output: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """The columns of each part; a part with one column gets it as (films,)."""
        ends = np.cumsum([part.outputs for part in self.parts])[:-1]
        pieces = np.split(output, ends, axis=-1)
        return [p[..., 0] if p.shape[-1] == 1 else p for p in pieces]

    def _calibration(self, part: Answer, calibration: Mapping[str, float]) -> dict[str, float]:
        start = f"{part.column}."
        return {name.removeprefix(start): value for name, value in calibration.items() if name.startswith(start)}

    def truth(self, cases: pd.DataFrame) -> NDArray[Any]:
        """Return the truths side by side, (films, parts); not a number where a film does not tell one."""
        found = np.full((len(cases), len(self.parts)), np.nan)
        for k, part in enumerate(self.parts):
            known = cases[list(part.columns)].notna().all(axis=1).to_numpy()
            if known.any():
                found[known, k] = part.truth(cases[known])
        return found

    def _known(
        self, truth: NDArray[Any], output: NDArray[np.floating]
    ) -> Iterator[tuple[Answer, NDArray[np.bool_], NDArray[Any], NDArray[np.floating]]]:
        """For each part the films that tell its truth, that truth, and the output for these films."""
        for part, true, piece in zip(self.parts, np.asarray(truth, np.float64).T, self._divided(output), strict=True):
            known = np.isfinite(true)
            yield part, known, true[known].astype(np.int64 if part.kinds else np.float64), piece[known]

    def check(self, cases: pd.DataFrame) -> None:
        """Refuse what the first part refuses: the others are learned as far as films tell them."""
        self.parts[0].check(cases)

    def check_valid(self, cases: pd.DataFrame) -> None:
        """Refuse what the first part refuses."""
        self.parts[0].check_valid(cases)

    def calibrate(self, truth: NDArray[Any], output: NDArray[np.floating]) -> dict[str, float]:
        """Settle each part for itself."""
        return {
            f"{part.column}.{name}": value
            for part, _, true, piece in self._known(truth, output)
            for name, value in part.calibrate(true, piece).items()
        }

    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Say all, one after the other."""
        said = [
            part.say(piece, self._calibration(part, calibration))
            for part, piece in zip(self.parts, self._divided(output), strict=True)
        ]
        answers = {
            f"{part.column}.{name}": value
            for part, one in zip(self.parts, said, strict=True)
            for name, value in ({"probability": one.probability} | dict(one.answers)).items()
            if value == value  # a number has no probability
        }
        first = replace(said[0], answers=answers)
        return replace(
            first, label="; ".join(f"{part.name}: {one.label}" for part, one in zip(self.parts, said, strict=True))
        )

    def table(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> dict[str, NDArray[Any]]:
        """Return the columns of every part, its own column's name before them."""
        return {
            f"{part.column}.{name}": values
            for part, piece in zip(self.parts, self._divided(output), strict=True)
            for name, values in part.table(piece, self._calibration(part, calibration)).items()
        }

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return the figures of every part of which the films have more than one answer."""
        whose = np.asarray(patients)
        return {
            f"{part.column}.{name}": found
            for part, known, true, piece in self._known(truth, output)
            if len(np.unique(true)) > 1
            for name, found in part.figures(true, piece, self._calibration(part, calibration), whose[known]).items()
        }

    def summary(self, truth: NDArray[Any]) -> dict[str, Any]:
        """Return the summary of every part, of the films that tell it."""
        rows = self._known(truth, np.zeros((len(truth), self.outputs)))
        return {part.column: part.summary(true) for part, _, true, _ in rows if len(true)}

    def title(self, figure: str) -> str:
        """Name the part."""
        column, _, name = figure.partition(".")
        part = next(part for part in self.parts if part.column == column)
        return f"{part.name}: {part.title(name)}"
