"""Film -> one network -> answer: the family of every task that needs no other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...paths import cache
from ...radiograph import Radiograph
from ...tasks.answers import AnswerError
from ..films import Frame, square, unsquare
from ..networks.outputs import network_of
from ..networks.review import REVIEW
from ..networks.trunk import USUAL, Trunk, channels_last, groups
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner


class Classifier(System):
    """An ImageNet trunk whose last grid is the heat map: see :mod:`~xrlearn.training.networks.evidence` and ``cam``."""

    name = "classifier"
    whole: ClassVar[Mapping[str, Any]] = {"boxes": True}
    #: whether the mirror image of a film has the same answer
    mirrors: ClassVar[bool] = True
    batch = 6  # each is read mirrored, too: at 320 pixels more of them take the memory that a training does not

    def learner(
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        batch_size: int = 6,
        augment: bool = True,
        boxes: bool = False,
        pretrained: bool = True,
        network: str = USUAL,
        width: float = 1.0,
        train: Literal["all", "last"] = "all",
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
            Start from ImageNet weights, which are installed with the package: those of lite0, all others start from
            nothing.
        network : str
            The trunk: ``"lite0"``, or a network that the review names: ``"alexnet"``, ``"vgg"``, ``"googlenet"``,
            ``"resnet"``, ``"densenet"``.
        width : float
            Share of the channels that a network of the review has.
        train : {"all", "last"}
            Which layers learn: all, or only those behind the trunk, which sees what ImageNet taught it.
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
        trunk = self.trunk(network, width)
        taught(cases, answer)  # before the network is built
        truth = answer.truth(cases[cases["split"] == "train"])
        head = head_of(answer, truth)
        boxes = boxes and head.marks and self.task.boxes and "boxes" in cases
        dls = loaders(answer, head, cases, size, batch_size, augment, boxes, mirror=self.mirrors)
        net = channels_last(self.build(truth, pretrained, **trunk))
        net.fixed = train == "last"
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
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, {"size": size, **trunk}
        if net.fixed:
            learn.options["train"] = train
        return learn

    def trunk(self, network: str, width: float) -> dict[str, Any]:
        """Return the options that describe a trunk: none of the usual one.

        Raises
        ------
        AnswerError
            If there is no such network.
        """
        if network not in (USUAL, *REVIEW):
            raise AnswerError("unknown_network", name=network, known=", ".join((USUAL, *REVIEW)))
        return {} if (network, width) == (USUAL, 1.0) else {"network": network, "width": width}

    def build(self, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
        """Return the network of the task's answer; see :func:`~xrlearn.training.networks.outputs.network_of`."""
        return network_of(self.task.answer, truth, pretrained, **trunk)

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the network that weights are loaded into."""
        return channels_last(self.build(**trunk_of(options)))

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


def trunk_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what options say of the trunk."""
    return {name: options[name] for name in ("network", "width") if name in options}


FAMILY = Classifier
