"""Film -> a map of where the lesion is -> its odds: learned from patches at a known scale, read on whole films.

Where the cases have a column ``pair``, the same patient filmed whole and broken, both films are cut and varied alike:
all that the network can go by is the lesion, not what comes with it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from ...paths import cache
from ...radiograph import Radiograph
from ..films import MM, at_scale
from ..networks.patches import CELL, PatchNet
from ..networks.trunk import channels_last, groups
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner

#: side of the grid that maps are handed on in
GRID = 40


class Patches(System):
    """A fully convolutional network with a map of evidence: see :mod:`~xrlearn.training.networks.patches`."""

    name = "patches"

    def learner(
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        batch_size: int = 24,
        augment: bool = True,
        pretrained: bool = True,
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner.

        Parameters
        ----------
        cases : pandas.DataFrame
            Column ``boxes`` says where lesions are, ``pair`` which films show the same patient whole and broken,
            ``spacing_mm`` at which scale.
        size : int, optional
            Pixels of the longer side of a film whose scale is not known.
        batch_size : int
            Patches a step.
        augment : bool
            Expose the training patches anew each time they are seen.
        pretrained : bool
            Start from ImageNet weights, which are installed with the package.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).
        """
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.patches import patch_loaders, patch_loss

        options = {"size": size or self.task.size}
        dls = patch_loaders(self.task.answer, cases, options["size"], batch_size, augment)
        callbacks = [AverageWeights(), GradientClip(5.0), *kwargs.pop("cbs", [])]
        learn = Learner(
            dls, channels_last(PatchNet(pretrained)), loss_func=patch_loss, splitter=groups, cbs=callbacks, wd=0.03,
            lr=1e-3, path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the network that marks a lesion."""
        return channels_last(PatchNet(pretrained=False))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read whole films, one after the other: each has a size of its own."""
        assert isinstance(net, PatchNet)
        net.eval()
        output, heat = [], []
        for film in films:
            grey = np.asarray(at_scale(film, MM, options["size"]), np.float32) / 255
            room = [(0, max(-n % (2 * CELL), 4 * CELL - n)) for n in grey.shape]
            x = torch.from_numpy(np.pad(grey, room, mode="edge"))[None, None].to(next(net.parameters()).device)
            with torch.inference_mode():
                output.append(net.score(x).item())
                r, c = (-(-n // CELL) for n in grey.shape)
                seen = net.heat(net.evidence[:, :, :r, :c])
                heat.append(F.interpolate(seen, (GRID, GRID), mode="bilinear")[0, 0].float().cpu().numpy())
        return Reading(np.array(output), np.stack(heat))

    def on_film(self, heat: NDArray[np.float32], film: Radiograph, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Stretch a map over the film."""
        rows, columns = film.pixels.shape
        return np.asarray(Image.fromarray(heat).resize((columns, rows), Image.Resampling.BILINEAR))


FAMILY = Patches
