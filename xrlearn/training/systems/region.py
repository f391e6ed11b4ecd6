"""Film -> the region where a lesion would be -> one network that sees that region alone -> yes or no.

Gan et al. (Acta Orthop 2019) found the distal radius by a detector and gave what it found to a classifier. Here the
detector finds landmarks (``networks/heatmap_regressor.py``), from which the region follows. What a task says of it in
``settings``:

``points``   names of the landmarks, as the cases table calls them
``region``   points (films, points, 2) -> middle of the square region (films, 2) and half its side (films,)
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...paths import cache
from ...radiograph import Radiograph
from ...radiograph.wrist import overlap
from ...stats.clustered import Figure, mean, share
from ..films import Frame, square
from ..networks.region import CUT, RegionNet, cut, pasted
from ..networks.trunk import USUAL, channels_last, groups
from .classifier import Classifier, trunk_of
from .system import Reading

if TYPE_CHECKING:
    from fastai.learner import Learner


class RegionThenRead(Classifier):
    """A detector and a classifier, which learn together."""

    name = "region"

    def learner(
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        batch_size: int = 12,
        augment: bool = True,
        boxes: bool = False,
        pretrained: bool = True,
        network: str = USUAL,
        width: float = 1.0,
        train: Literal["all", "last"] = "all",
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner of both.

        Parameters
        ----------
        cases : pandas.DataFrame
            Column ``landmarks`` says where the points are. Where no film has any (films of patients), the detector is
            that of the model that ships, and only the classifier learns.
        size : int, optional
            Side of the square the films are kept in.
        batch_size : int
            Films a step.
        augment : bool
            Vary the training films a little each time they are seen.
        boxes : bool
            Teach the heat map with the lesion boxes too, where the cases have them.
        pretrained : bool
            The classifier starts from ImageNet weights, which are installed with the package.
        network, width, train
            Of the classifier, see :meth:`.classifier.Classifier.learner`.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).
        """
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.heads import head_of
        from ..learners.loaders import loaders, taught
        from ..learners.regions import LearnRegion, on_square
        from ..weights import shipped

        answer, trunk = self.task.answer, self.trunk(network, width)
        options: dict[str, Any] = {"size": size or self.task.size, **trunk} | (
            {} if train == "all" else {"train": train}
        )
        head = head_of(answer, answer.truth(taught(cases, answer)))
        boxes = boxes and self.task.boxes and "boxes" in cases
        points = on_square(self.task.settings["points"], options["size"])
        dls = loaders(answer, head, cases, options["size"], batch_size, augment, boxes, points=points)
        net = channels_last(self._net(pretrained, **trunk))
        net.read.fixed = train == "last"
        if not ("landmarks" in cases and cases["landmarks"].map(bool).any()):
            known = shipped(self.task.name).net
            if isinstance(known, RegionNet):  # films of patients: the detector is that of the model that ships
                net.find.load_state_dict(known.find.state_dict())
                net.find.requires_grad_(False)
        callbacks = [LearnRegion(boxes), AverageWeights(), GradientClip(5.0), *kwargs.pop("cbs", [])]
        learn = Learner(
            dls, net, loss_func=head.loss, splitter=_groups, cbs=callbacks, wd=0.05, lr=1e-3,
            metrics=kwargs.pop("metrics", head.metrics), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def _net(self, pretrained: bool = False, **trunk: Any) -> RegionNet:
        settings = self.task.settings
        return RegionNet(len(settings["points"]), settings["region"], pretrained, **trunk)

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return both networks as one."""
        return channels_last(self._net(**trunk_of(options)))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Find the region on each film and its mirror image, cut it out once, and read it both ways."""
        assert isinstance(net, RegionNet)
        size = options["size"]
        x = torch.from_numpy(np.stack([square(film, size) for film in films]))[:, None]
        x = x.to(next(net.parameters()).device)
        net.eval()
        with torch.inference_mode():
            back = net.locate(x.flip(3)) * x.new_tensor([1, -1]) + x.new_tensor([0, 1])
            points = (net.locate(x) + back) / 2
            centre, half = net.region(points)
            half = half.clamp(0.05, 0.6)
            part = cut(x, centre, half, CUT)
            score, seen = net.read.score(part), net.read.evidence
            score = (score + net.read.score(part.flip(3))) / 2
            seen = net.read.heat((seen + net.read.evidence.flip(3)) / 2)
            heat = pasted(seen, centre, half, size // 4)[:, 0]
        found = []
        for film, of in zip(films, points.double().cpu().numpy(), strict=True):
            frame = Frame.of(film, size)
            at = (of * size - frame.box[:2]) * max(film.pixels.shape) / size - 0.5
            found.append({n: (float(r), float(c)) for n, (r, c) in zip(self.task.settings["points"], at, strict=True)})
        return Reading(score.float().cpu().numpy(), heat.float().cpu().numpy(), points=found)

    def figures(self, cases: pd.DataFrame, reading: Reading, calibration: Mapping[str, float]) -> dict[str, Figure]:
        """Return how much the regions found and the true ones overlap, of films whose landmarks are known."""
        names = self.task.settings["points"]
        told = cases["landmarks"] if "landmarks" in cases else pd.Series([None] * len(cases))
        known = np.array([isinstance(at, Mapping) and set(names) <= set(at) for at in told])
        if not known.any():
            return {}
        true, said = (_region(self.task, [m for m, k in zip(of, known) if k]) for of in (told, reading.points))
        iou, whose = overlap(*true, *said), cases["patient"].to_numpy()[known]
        found = {"region_iou": mean(iou, whose)}
        return found | {"region_found": share(iou >= 0.5, whose)}


def _region(task: Any, points: Sequence[Mapping[str, Any]]) -> Any:
    at: NDArray[np.float64] = np.array([[film[name] for name in task.settings["points"]] for film in points])
    return task.settings["region"](at)


def _groups(net: RegionNet) -> list[list[nn.Parameter]]:
    """Return the trainable parameters in fastai's two groups: the trunk, and what is new."""
    trunk, new = groups(net.read)
    return [trunk, [*new, *net.find.parameters()]]


FAMILY = RegionThenRead
