"""What a system is: a family of networks bound to a task, which learns, reads and shows where it looked."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...progress import Progress, Stopped
from ...radiograph import Radiograph
from ...stats.clustered import Figure
from ...tasks import Task
from ..films import film_of

if TYPE_CHECKING:
    from fastai.learner import Learner
    from torch import nn

#: a place on a film in its own pixels: row and column
Spot = tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """What a system says about some films.

    Attributes
    ----------
    output : ndarray, (films,) or (films, outputs)
        What the task's :class:`~xrlearn.tasks.answers.Answer` understands.
    heat : ndarray, (films, rows, columns), or None
        Where the system looked, 0 to 1, on a grid of its own; None where a family has no such map.
    points : list of mappings
        For each film the landmarks that it rests on: name -> (row, column) in the film's own pixels.
    parts : list of mappings
        For each film the parts that the answer is made of: name -> numbers by name.
    heads : mapping of str to ndarray
        Where a system that answers several questions looked for each of them: column -> maps as `heat`.
    """

    output: NDArray[np.floating]
    heat: NDArray[np.float32] | None = None
    points: Sequence[Mapping[str, Spot]] = field(default_factory=list)
    parts: Sequence[Mapping[str, Mapping[str, float]]] = field(default_factory=list)
    heads: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


def joined(readings: Sequence[Reading]) -> Reading:
    """Put the readings of several batches one after the other."""
    heats = [r.heat for r in readings if r.heat is not None]
    return Reading(
        np.concatenate([r.output for r in readings]),
        np.concatenate(heats) if heats else None,
        [p for r in readings for p in r.points],
        [p for r in readings for p in r.parts],
        {name: np.concatenate([r.heads[name] for r in readings]) for name in readings[0].heads},
    )


class System(ABC):
    """A family of networks bound to a task. It keeps no weights: these are handed to it.

    Parameters
    ----------
    task : Task
    """

    #: how cards and :func:`system_of` call the family: the name of its file
    name: ClassVar[str]
    #: options of :meth:`learner` that a whole training adds (:func:`xrlearn.training.train`)
    whole: ClassVar[Mapping[str, Any]] = {}
    #: peak learning rates of what is pretrained and of the new layers behind it
    rates: ClassVar[tuple[float, float]] = (1e-3, 3e-3)
    #: whether its rows are films
    films: ClassVar[bool] = True
    #: films that are read at once
    batch = 16

    def __init__(self, task: Task) -> None:
        self.task = task

    @abstractmethod
    def learner(self, cases: pd.DataFrame, **options: Any) -> "Learner":
        """Return a fastai Learner on the training and validation films of `cases`.

        It carries ``task``, ``cases``, ``system`` (this object) and ``options``: what :meth:`network` must know to
        build the same network again, a JSON object.
        """

    @abstractmethod
    def network(self, options: Mapping[str, Any]) -> "nn.Module":
        """Return the untrained network that weights are loaded into."""

    @abstractmethod
    def look(
        self, net: "nn.Module", films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read a few films that are open already; `rows` are their rows of the cases table."""

    def on_film(self, heat: NDArray[np.float32], film: Radiograph, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Carry a map of :attr:`Reading.heat` onto the film's own pixels, (rows, columns)."""
        raise NotImplementedError(f"{type(self).__name__} has no map")

    def settle(self, truth: NDArray[Any], reading: Reading) -> dict[str, float]:
        """Settle on validation films what the family needs beside what the answer does; nothing by default."""
        return {}

    def figures(self, cases: pd.DataFrame, reading: Reading, calibration: Mapping[str, float]) -> dict[str, Figure]:
        """Return figures of the family beside the answer's, each with its 95 % interval by patient; none by default."""
        return {}

    def fingerprints(self, cases: pd.DataFrame) -> NDArray[np.int8]:
        """Return what recognises each row that a model has seen, see :mod:`~xrlearn.training.fingerprint`."""
        from ..fingerprint import fingerprints

        return fingerprints(cases["image"].tolist())

    def looks(self, net: "nn.Module", cases: pd.DataFrame, options: Mapping[str, Any]) -> NDArray[np.floating]:
        """Return what rows look like, (rows, features): by it those are told that the model does not know."""
        from ..frozen_features import features

        return features(cases["image"].tolist(), early=True)

    def read(
        self, net: "nn.Module", cases: pd.DataFrame, options: Mapping[str, Any], progress: Progress | None = None
    ) -> Reading:
        """Read many films, a few at a time, so that memory stays flat.

        Parameters
        ----------
        net : nn.Module
        cases : pandas.DataFrame
            Column ``image`` holds paths or :class:`~xrlearn.radiograph.Radiograph` objects; the task's ``inputs`` are
            columns of it too.
        options : mapping
            Those that the network was built with.
        progress : callable, optional
            Called with (films done, films in all).

        Raises
        ------
        RadiographError
            If a film cannot be read.
        Stopped
            If `progress` returned True.
        """
        parts: list[Reading] = []
        for start in range(0, len(cases), self.batch):
            rows = cases.iloc[start : start + self.batch]
            parts.append(self.look(net, [film_of(row) for row in rows.to_dict("records")], rows, options))
            if progress is not None and progress(start + len(rows), len(cases)):
                raise Stopped
        return joined(parts)
