"""Film -> one network -> answer: the family of every task that needs no other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...paths import cache
from ...radiograph import Radiograph
from ..films import Frame, square, unsquare
from ..networks.outputs import network_of
from ..networks.trunk import Trunk, channels_last, groups
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner


class Classifier(System):
    """An ImageNet trunk whose last grid is the heat map: see :mod:`~xrlearn.training.networks.evidence` and ``cam``."""

    name = "classifier"
    whole: ClassVar[Mapping[str, Any]] = {"boxes": True}
    batch = 6  # each is read mirrored, too: at 320 pixels more of them take the memory that a training does not

    def learner(
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        batch_size: int = 6,
        augment: bool = True,
        boxes: bool = False,
        pretrained: bool = True,
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner.

        Parameters
        ----------
        cases : pandas.DataFrame
        size : int, optional
            Side of the square the films are fitted into; smaller is faster and sees less.
        batch_size : int
            Films a step.
        augment : bool
            Vary the training films a little each time they are seen.
        boxes : bool
            Teach the heat map with the lesion boxes too, where the cases have them and show what is asked for. Its
            batches then hold a mask beside the truth, which ``predict`` and ``show_results`` do not know.
        pretrained : bool
            Start from ImageNet weights, which are installed with the package.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).
        """
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.heads import head_of
        from ..learners.lesions import LearnFromBoxes
        from ..learners.loaders import loaders, taught

        answer, size = self.task.answer, size or self.task.size
        taught(cases, answer)  # before the network is built
        truth = answer.truth(cases[cases["split"] == "train"])
        head = head_of(answer, truth)
        boxes = boxes and head.marks and self.task.boxes and "boxes" in cases
        dls = loaders(answer, head, cases, size, batch_size, augment, boxes)
        net = channels_last(self.build(truth, pretrained))
        callbacks = [
            AverageWeights(),
            GradientClip(5.0),
            *([LearnFromBoxes()] if boxes else []),
            *kwargs.pop("cbs", []),
        ]
        learn = Learner(
            dls, net, loss_func=head.loss, splitter=groups, cbs=callbacks, wd=0.05, lr=1e-3,
            metrics=kwargs.pop("metrics", head.metrics), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, {"size": size}
        return learn

    def build(self, truth: NDArray[Any] | None = None, pretrained: bool = False) -> Trunk:
        """Return the network of the task's answer; see :func:`~xrlearn.training.networks.outputs.network_of`."""
        return network_of(self.task.answer, truth, pretrained)

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the network that weights are loaded into."""
        return channels_last(self.build())

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read films; every film and its mirror image are averaged, in the answer and in the map."""
        assert isinstance(net, Trunk)
        batch = np.stack([square(film, options["size"]) for film in films])
        x = torch.from_numpy(batch)[:, None].to(next(net.parameters()).device)
        net.eval()
        with torch.inference_mode():
            score, evidence = net.score(x), net.evidence
            score = (score + net.score(x.flip(3))) / 2
            evidence = (evidence + net.evidence.flip(3)) / 2
        output = score.float().cpu().numpy()
        if self.task.answer.outputs == 1:
            output = output.reshape(len(films))
        return Reading(output, net.heat(evidence)[:, 0].float().cpu().numpy())

    def on_film(self, heat: NDArray[np.float32], film: Radiograph, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Carry a map of the network's square onto the film."""
        return unsquare(heat, Frame.of(film, options["size"]))


FAMILY = Classifier
