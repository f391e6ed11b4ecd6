"""Named points on a film."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...locale import text
from ...stats.clustered import BOOTSTRAP, Figure, bootstrap, figure
from .answer import Answer, AnswerError, Said


@dataclass(frozen=True)
class Points(Answer):
    """The output holds rows and columns on the film's own pixels, (films, points, 2).

    The truth stands in one column of the cases table: a dictionary of name -> (row, column).

    Attributes
    ----------
    names : tuple of str
        Anatomical names, in the order of the output.
    """

    column: str = "landmarks"
    names: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """As many as points."""
        return len(self.names)

    def truth(self, cases: pd.DataFrame) -> NDArray[np.float64]:
        """Return rows and columns, (films, points, 2); not a number where a film lacks a point.

        Examples
        --------
        >>> cases = pd.DataFrame({"landmarks": [{"a": (1, 2)}]})
        >>> Points(names=("a", "b")).truth(cases).tolist()
        [[[1.0, 2.0], [nan, nan]]]
        """
        nowhere = (np.nan, np.nan)
        found = [
            [known.get(name, nowhere) if isinstance(known, Mapping) else nowhere for name in self.names]
            for known in cases[self.column]
        ]
        return np.asarray(found, dtype=np.float64).reshape(len(cases), len(self.names), 2)

    def check(self, cases: pd.DataFrame) -> None:
        """Refuse films without any of the points."""
        if not np.isfinite(self.truth(cases)).any():
            raise AnswerError("no_points", n=len(cases))

    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Say how many points there are; where they lie stands in ``points`` of the prediction."""
        return Said(text("tasks.answer.points", n=len(self.names)))

    def table(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> dict[str, NDArray[Any]]:
        """Return ``answer``, a dictionary of points for each film."""
        found = np.empty(len(output), dtype=object)
        for i, film in enumerate(output.tolist()):
            found[i] = dict(zip(self.names, map(tuple, film), strict=True))
        return {"answer": found}

    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return ``radial_error``: the mean distance of the points from the truth, in pixels of the film."""
        far = np.nanmean(np.linalg.norm(output - truth, axis=2), axis=1)
        interval = bootstrap(lambda films: float(np.nanmean(far[films])), patients)
        return {"radial_error": figure(float(np.nanmean(far)), interval, BOOTSTRAP, "px")}

    def summary(self, truth: NDArray[Any]) -> dict[str, Any]:
        """Return how many ``points`` are known."""
        return {"points": int(np.isfinite(truth).all(2).sum())}
