"""From cases with an earlier film, a request and a laboratory to fastai DataLoaders."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from fastai.callback.core import Callback
from fastai.torch_core import default_device
from torch import Tensor

from ...tasks.answers import AnswerError
from .hospitals import exposed
from .loaders import helpers
from .places import PlaceLoader, PlaceLoaders, moved

if TYPE_CHECKING:
    from ..networks.in_context import ContextNet
    from ..systems.in_context import InContext


class _Cases:
    """Rows as what the network takes, and their truth; films are opened when they are asked for."""

    def __init__(self, system: "InContext", net: "ContextNet", rows: pd.DataFrame, size: int) -> None:
        self.system, self.net, self.items, self.size = system, net, rows.reset_index(drop=True), size
        self.answer, self.told = system.task.answer, system.told(net, rows)

    def __len__(self) -> int:
        return len(self.items)

    def new_empty(self) -> "_Cases":
        """Return the same without films: a learner is exported so."""
        return _Cases(self.system, self.net, self.items[:0], self.size)

    def __getitem__(self, k: int) -> tuple[Tensor, ...]:
        row = self.items.iloc[k]
        films = self.system.squares(row, self.size)
        return (*films, *(part[k] for part in self.told), torch.tensor(float(row["answer"])))


class ContextLoaders(PlaceLoaders):
    """DataLoaders of films that are read together with what else is known."""

    n_inp = 5  # film, earlier film, words, columns, what is there

    def test_dl(self, test_items: Any, with_labels: bool = False, **kwargs: Any) -> PlaceLoader:
        """Return a loader of rows of a cases table, as :func:`xrlearn.load` returns them.

        Raises
        ------
        AnswerError
            If they are no such rows.
        """
        if not isinstance(test_items, pd.DataFrame):
            raise AnswerError("rows_only")
        dataset = self.valid.dataset
        known = test_items.columns.isin(dataset.answer.columns).any()
        truth = dataset.answer.truth(test_items) if known else np.full(len(test_items), np.nan)
        rows = _Cases(dataset.system, dataset.net, test_items.assign(answer=list(truth)), dataset.size)
        return self.valid.new(rows, shuffle=False, drop_last=False, n_inp=5, bs=kwargs.get("bs", self.valid.bs))


def context_loaders(
    system: "InContext", net: "ContextNet", used: pd.DataFrame, size: int, batch_size: int
) -> ContextLoaders:
    """Return DataLoaders over training and validation rows; `net` has settled the columns of the laboratory."""
    train, valid = (_Cases(system, net, used[used["split"] == part], size) for part in ("train", "valid"))
    bs = min(batch_size, len(train))
    return ContextLoaders(
        PlaceLoader(train, bs=bs, shuffle=True, drop_last=True, num_workers=helpers(), n_inp=5),
        PlaceLoader(valid, bs=bs, num_workers=helpers(), n_inp=5),
        device=default_device(),
    )


class VaryBoth(Callback):
    """Moves and exposes both films of a training case, each in its own way."""

    def before_batch(self) -> None:
        """Vary one batch, where it teaches."""
        if not self.training:
            return
        film, earlier, *told = self.learn.xb
        both, _ = moved(
            torch.cat([film, earlier]).as_subclass(Tensor), torch.zeros(2 * len(film), 1, 2, device=film.device)
        )
        some = torch.rand(len(both), 1, 1, 1, device=both.device) < 0.5
        both = torch.where(some, exposed(both), both).clamp(0, 1)
        self.learn.xb = (*both.split(len(film)), *told)
