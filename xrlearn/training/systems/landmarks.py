"""Film -> named points -> measurement: a heat-map regressor finds the points, a formula measures them.

What a task says of it in ``settings``:

``points``   names of the landmarks, as the cases table calls them
``mirror``   what each of them is on the film's mirror image
``lines``    lines whose direction matters, each from one group of points to another
``angles``   short name of each angle that is drawn -> its two lines, where they are not found among ``lines``; a line
             may run from a group ``"level"``, ``"down"`` or ``"square"`` to the line through it
``shape``    rows and columns that films are fitted into; their aspect is not kept
``widths``   channels of the network at 1/2, 1/4, 1/8 ... of that
``room``     how much is cut out around the points (:class:`~xrlearn.training.films.Room`); that of spines if left out
``hospitals``  what training films are varied by beyond the usual (:func:`~xrlearn.training.learners.hospitals.varied`)
``measure``  points (films, points, 2), in rows and columns of the film, -> what the task's answer understands
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from ...paths import cache
from ...radiograph import Radiograph
from ...tasks.answers import Points
from ..films import Room, displayed
from ..networks.heatmap_regressor import HeatmapRegressor
from ..networks.trunk import channels_last
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner

Box = tuple[float, float, float, float]


class Landmarks(System):
    """A heat map for each point; a film is looked at whole, and again cut around what was found."""

    name = "landmarks"

    def learner(
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        widths: Sequence[int] | None = None,
        batch_size: int = 24,
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner.

        Parameters
        ----------
        cases : pandas.DataFrame
            Column ``landmarks`` says where the points are; those that a film lacks are not asked for.
        size : int, optional
            Rows that films are fitted into, in steps of 8; smaller is faster and sees less.
        widths : sequence of int, optional
            Channels of the network.
        batch_size : int
            Films a step.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).
        """
        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.loaders import whole
        from ..learners.points import PointLoss, point_loaders

        settings = self.task.settings
        rows, columns = settings["shape"]
        tall = max(64, (size or rows) // 8 * 8)  # of less the deepest maps are single pixels, see two_stage
        options = {"shape": [tall, tall * columns // rows // 4 * 4], "widths": [*(widths or settings["widths"])]}
        used = cases[cases["split"].isin(["train", "valid"])]
        truth = Points(names=settings["points"]).truth
        whole(used)
        self.task.answer.check(used[used["split"] == "train"])
        dls = point_loaders(
            used, truth, self._mirror(), options["shape"], batch_size, self._room(), settings.get("hospitals", {})
        )
        loss = PointLoss(options["shape"], lines(settings["points"], settings["lines"]))
        callbacks = [AverageWeights(), *kwargs.pop("cbs", [])]
        learn = Learner(
            dls, self.network(options), loss_func=loss, cbs=callbacks, wd=0.02, lr=3e-3,
            metrics=kwargs.pop("metrics", [loss.distance]), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the heat-map regressor."""
        return channels_last(HeatmapRegressor(len(self.task.settings["points"]), tuple(options["widths"])))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Find the points of films twice, the second time closer, and measure them."""
        shown = [Image.fromarray(displayed(film)) for film in films]
        whole = [(0.0, 0.0, float(picture.width), float(picture.height)) for picture in shown]
        found = self._found(net, shown, whole, options["shape"])
        room, aspect = self._room(), options["shape"][1] / options["shape"][0]
        closer = [around(points, film, room, aspect) for points, film in zip(found, whole, strict=True)]
        found = self._found(net, shown, closer, options["shape"])
        at = found - 0.5  # pixels are named by their middle
        names = self.task.settings["points"]
        points = [{name: (float(r), float(c)) for name, (r, c) in zip(names, film, strict=True)} for film in at]
        return Reading(np.asarray(self.task.settings["measure"](at)), points=points)

    def _found(
        self, net: nn.Module, shown: Sequence[Image.Image], boxes: Sequence[Box], shape: Sequence[int]
    ) -> NDArray[np.float64]:
        """Look once at a part of each film, as it is and mirrored, and return the points on the film."""
        x = torch.from_numpy(np.stack([fitted(film, box, shape) for film, box in zip(shown, boxes, strict=True)]))
        x = x[:, None].to(next(net.parameters()).device)
        net.eval()
        with torch.inference_mode():
            seen, back = (net(film).double().cpu().numpy() for film in (x, x.flip(3)))
        share = (seen + back[:, self._mirror()] * [1, -1] + [0, 1]) / 2
        left, top, right, bottom = np.array(boxes).T[:, :, None]
        return np.stack([top + share[..., 0] * (bottom - top), left + share[..., 1] * (right - left)], -1)

    def _room(self) -> Room:
        return Room(**self.task.settings.get("room", {}))

    def _mirror(self) -> list[int]:
        names = self.task.settings["points"]
        return [names.index(name) for name in self.task.settings["mirror"]]


def lines(names: Sequence[str], groups: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Tensor:
    """Return the matrix that turns points into lines from one group's middle to the other's, (lines, points).

    Examples
    --------
    >>> lines(("a", "b", "c"), [(("a",), ("b", "c"))]).tolist()
    [[-1.0, 0.5, 0.5]]
    """
    out = torch.zeros(len(groups), len(names))
    for line, (start, end) in zip(out, groups, strict=True):
        for sign, group in ((-1, start), (1, end)):
            line[[names.index(name) for name in group]] = sign / len(group)
    return out


def fitted(film: Image.Image, box: Box, shape: Sequence[int]) -> NDArray[np.float32]:
    """Return a part of a film in `shape`, its grey values from 0 to 1 (1st and 99th percentile)."""
    part = film.resize((shape[1], shape[0]), Image.Resampling.BILINEAR, box=box)
    grey = np.asarray(part, np.float32)
    low, high = np.quantile(grey, [0.01, 0.99])
    return np.asarray(np.clip((grey - low) / max(high - low, 1e-3), 0, 1), np.float32)


def around(points: NDArray[np.float64], film: Box, room: Room, aspect: float) -> Box:
    """Return the part of a film to look at again: the points with some room, left, top, right, bottom."""
    above, below, beside, slender = (sum(r) / 2 for r in (room.above, room.below, room.beside, room.slender))
    (top, left), (bottom, right) = points.min(axis=0), points.max(axis=0)
    tall = max(bottom - top, 8.0)
    top, bottom = top - above * tall, bottom + below * tall
    half = max(slender * aspect * (bottom - top) / 2, beside * (right - left) / 2)
    middle = (left + right) / 2
    return max(film[0], middle - half), max(film[1], top), min(film[2], middle + half), min(film[3], bottom)


FAMILY = Landmarks
