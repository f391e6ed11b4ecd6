"""Film, earlier film, request and laboratory -> four voices, added -> answer: the family of ``fracture-in-context``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...paths import cache
from ...radiograph import Radiograph
from ...records import Column, numbers
from ...stats.clustered import Figure, area
from ..films import film_of, square
from ..networks.bag_of_words import numbered
from ..networks.in_context import VOICES, ContextNet
from ..networks.trunk import channels_last, groups
from .classifier import Classifier
from .system import Reading

if TYPE_CHECKING:
    from fastai.learner import Learner

_BUCKETS = 2**12


class InContext(Classifier):
    """A classifier that also hears what else is known; each voice can be asked alone."""

    name = "in_context"
    whole: ClassVar[Mapping[str, Any]] = {}

    @property
    def _columns(self) -> tuple[Column, ...]:
        found: tuple[Column, ...] = self.task.settings["columns"]
        return found

    def learner(  # type: ignore[override]  # it has options of its own
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        batch_size: int = 12,
        pretrained: bool = True,
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner; for the options see :meth:`.classifier.Classifier.learner`."""
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.context import VaryBoth, context_loaders
        from ..learners.loaders import taught
        from ..learners.losses import LogLoss
        from ..learners.records import roc_auc
        from ..weights import shipped

        size = size or self.task.size
        used = taught(cases, self.task.answer)
        net = channels_last(self.build(None, pretrained))
        assert isinstance(net, ContextNet)
        if pretrained and (film := self.task.settings.get("film")):
            # Words are learned in a few steps and then leave the film nothing to explain: it begins as one who reads.
            net.load_state_dict(shipped(film).net.state_dict(), strict=False)
        train = used["split"] == "train"
        net.laboratory.settle(numbers(used[train], self._columns))
        dls = context_loaders(self, net, used, size, batch_size)
        callbacks = [VaryBoth(), AverageWeights(), GradientClip(5.0), *kwargs.pop("cbs", [])]
        learn = Learner(
            dls, net, loss_func=LogLoss(), splitter=groups, cbs=callbacks, wd=0.05, lr=1e-3,
            metrics=kwargs.pop("metrics", [roc_auc()]), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, {"size": size}
        return learn

    def build(self, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> ContextNet:
        """Return the network."""
        return ContextNet(len(self._columns), (), _BUCKETS, pretrained)

    def squares(self, row: Any, size: int) -> tuple[Tensor, Tensor]:
        """Return a row's film and its earlier one, (1, size, size) each; black where there is none."""
        film = torch.from_numpy(square(film_of(row), size))[None]
        before = row.get("earlier")
        if not _there(before):
            return film, torch.zeros_like(film)
        return film, torch.from_numpy(square(film_of({"image": before}), size))[None]

    def told(self, net: ContextNet, rows: pd.DataFrame) -> tuple[Tensor, Tensor, Tensor]:
        """Return words and columns as the network takes them, and which of film, words and columns are there."""
        nothing = pd.Series([None] * len(rows), index=rows.index)
        said = [str(one) if _there(one) else "" for one in rows.get("request", nothing)]
        table = numbers(rows, self._columns)
        there = np.stack(
            [
                [_there(one) for one in rows.get("earlier", nothing)],
                [bool(one.strip()) for one in said],
                np.isfinite(table).any(1),
            ],
            axis=1,
        )
        words = torch.from_numpy(numbered(said, _BUCKETS))
        return words, net.laboratory.inputs(table), torch.from_numpy(there.astype(np.float32))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read films with what is told beside them; `parts` say what each voice adds to the log-odds.

        A film and its mirror image are averaged.
        """
        assert isinstance(net, ContextNet)
        device = next(net.parameters()).device
        whole = [dict(row) | {"image": film} for row, film in zip(rows.to_dict("records"), films, strict=True)]
        now, before = (torch.stack(x).to(device) for x in zip(*(self.squares(row, options["size"]) for row in whole)))
        told = [part.to(device) for part in self.told(net, rows)]
        net.eval()
        with torch.inference_mode():
            output = net(now, before, *told)
            evidence, voices = net.evidence, net.voices
            output = (output + net(now.flip(3), before.flip(3), *told)) / 2
            evidence, voices = (evidence + net.evidence.flip(3)) / 2, (voices + net.voices) / 2
        there = [dict.fromkeys(VOICES[:1], True) | dict(zip(VOICES[1:], one)) for one in told[2].bool().tolist()]
        parts = [
            {name: {"log_odds": float(v)} for name, v in zip(VOICES, row, strict=True) if heard[name]}
            for row, heard in zip(voices.cpu().tolist(), there, strict=True)
        ]
        return Reading(output.float().cpu().numpy(), net.heat(evidence)[:, 0].float().cpu().numpy(), parts=parts)

    def figures(self, cases: pd.DataFrame, reading: Reading, calibration: Mapping[str, float]) -> dict[str, Figure]:
        """Return the AUC of each voice alone; who lacks it counts as undecided."""
        broken = self.task.answer.truth(cases) == 1
        return {
            f"auc_{name}": area(broken, said, cases["patient"])
            for name in VOICES
            if (said := np.array([part.get(name, {}).get("log_odds", 0.0) for part in reading.parts])).any()
        }


def _there(value: Any) -> bool:
    return value is not None and value == value and value != ""  # NaN differs from itself


FAMILY = InContext
