"""What the families have in common whose rows are records: no film is opened, a record is known by what it says."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...paths import cache
from ...progress import Progress, Stopped
from ...radiograph import Radiograph
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner
    from torch import Tensor, nn


class RecordSystem(System):
    """A family that reads columns of the cases table."""

    films: ClassVar[bool] = False
    batch = 512

    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read."""

    @abstractmethod
    def filled(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Return titles of what a record does not tell and is taken as usual.

        Raises
        ------
        RecordError
            If it says what cannot be.
        """

    def read(
        self, net: "nn.Module", cases: pd.DataFrame, options: Mapping[str, Any], progress: Progress | None = None
    ) -> Reading:
        """Read many records; `parts` tell of each what drove the answer, largest first."""
        outputs: list[NDArray[np.floating]] = []
        parts: list[Mapping[str, Mapping[str, float]]] = []
        for start in range(0, len(cases), self.batch):
            rows = cases.iloc[start : start + self.batch]
            said = self.look(net, [], rows, options)
            outputs.append(said.output)
            parts += list(said.parts)
            if progress is not None and progress(start + len(rows), len(cases)):
                raise Stopped
        return Reading(np.concatenate(outputs), parts=parts)

    def look(
        self, net: "nn.Module", films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read a few records."""
        raise NotImplementedError

    def fingerprints(self, cases: pd.DataFrame) -> NDArray[np.int8]:
        """Return a digest of each record, (records, 16): who it is of, and all that is read of it."""
        used = [name for name in ("patient", *self.columns()) if name in cases]
        digests = [
            blake2b(repr(row).encode(), digest_size=16).digest()
            for row in cases[used].itertuples(index=False, name=None)
        ]
        return np.frombuffer(b"".join(digests), np.int8).reshape(len(cases), 16).copy()


def learner_of(
    system: RecordSystem,
    net: "nn.Module",
    loss: Any,
    x: "Tensor",
    used: pd.DataFrame,
    cases: pd.DataFrame,
    options: Mapping[str, Any],
    batch_size: int,
    **kwargs: Any,
) -> "Learner":
    """Return a fastai Learner on records that are numbers already.

    Parameters
    ----------
    system, net, loss
    x : Tensor
        What `net` takes, for each row of `used`.
    used : pandas.DataFrame
        Training and validation rows, their truth as ``answer``.
    cases, options
        What the learner carries.
    batch_size : int
    **kwargs
        fastai's.
    """
    import torch

    from ..learners import Learner
    from ..learners.records import pairs, roc_auc

    y = torch.tensor(used["answer"].tolist(), dtype=torch.float32)
    train = torch.tensor((used["split"] == "train").tolist())
    dls = pairs(x, y, train, batch_size)
    learn = Learner(
        dls, net, loss_func=loss, metrics=kwargs.pop("metrics", [roc_auc()]), path=kwargs.pop("path", cache()),
        wd=kwargs.pop("wd", 0.01), **kwargs,
    )  # fmt: skip
    learn.task, learn.cases, learn.system, learn.options = system.task, cases, system, dict(options)
    return learn
