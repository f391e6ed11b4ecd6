"""Record -> quantiles -> principal components -> a small network: the family of the two risks (Lim et al. 2019).

Without hidden layers it is a logistic regression on the components.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...radiograph import Radiograph
from ...records import Column, numbers
from ..networks.scaled_components import ScaledComponents
from .records import RecordSystem, learner_of
from .system import Reading

if TYPE_CHECKING:
    from fastai.learner import Learner


class Tabular(RecordSystem):
    """Reads the columns that the task's ``settings`` name."""

    name = "tabular"
    rates: ClassVar[tuple[float, float]] = (3e-3, 3e-3)

    @property
    def _columns(self) -> tuple[Column, ...]:
        found: tuple[Column, ...] = self.task.settings["columns"]
        return found

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column.name for column in self._columns)

    def filled(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the titles of the columns that a row does not tell."""
        found = numbers(pd.DataFrame([dict(row)]), self._columns)[0]
        return tuple(c.title for c, value in zip(self._columns, found, strict=True) if np.isnan(value))

    def learner(
        self, cases: pd.DataFrame, hidden: Sequence[int] | None = None, batch_size: int = 64, **kwargs: Any
    ) -> "Learner":
        """Return a learner; `hidden` are the sizes of the network's layers, none for a logistic regression."""
        from ..learners.loaders import taught
        from ..learners.losses import LogLoss

        sizes = list(self.task.settings["hidden"] if hidden is None else hidden)
        used = taught(cases, self.task.answer)
        table = numbers(used, self._columns)
        net = ScaledComponents(table.shape[1], sizes)
        net.settle(table[(used["split"] == "train").to_numpy()])
        options = {"columns": list(self.columns()), "hidden": sizes}
        return learner_of(self, net, LogLoss(), net.inputs(table), used, cases, options, batch_size, **kwargs)

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the network before it has learned."""
        return ScaledComponents(len(options["columns"]), options["hidden"])

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read records; `parts` say by how much the log-odds would fall were a column as usual."""
        assert isinstance(net, ScaledComponents)
        table = numbers(rows, self._columns)
        output = _said(net, table)
        usual = net.usual.cpu().numpy()
        shares = np.zeros_like(table)
        for i in range(table.shape[1]):
            other = table.copy()
            other[np.isfinite(table[:, i]), i] = usual[i]
            shares[:, i] = output - _said(net, other)
        names = self.columns()
        parts = [
            {names[i]: {"log_odds": float(row[i])} for i in np.argsort(-np.abs(row), kind="stable") if row[i]}
            for row in shares
        ]
        return Reading(output, parts=parts)

    def looks(self, net: nn.Module, cases: pd.DataFrame, options: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return the columns of measurements as they are, what is not known as usual.

        Whether a person smokes is never strange.
        """
        assert isinstance(net, ScaledComponents)
        measured = [i for i, column in enumerate(self._columns) if column.high > 1]
        table, usual = numbers(cases, self._columns), net.usual.cpu().numpy().astype(np.float64)
        return np.where(np.isfinite(table), table, usual)[:, measured]


def _said(net: ScaledComponents, table: NDArray[np.float64]) -> NDArray[np.float32]:
    net.eval()
    with torch.inference_mode():
        found: NDArray[np.float32] = net(net.inputs(table).to(net.centre.device)).cpu().numpy()
    return found


FAMILY = Tabular
