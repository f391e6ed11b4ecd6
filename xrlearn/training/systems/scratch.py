"""Film and sex -> a small network from nothing -> a number: the design of Mutasa et al. 2018.

What a task says of it in ``settings``:

``scale``   middle and spread of the answer: the network's numbers are (answer - middle) / spread
``points``  landmarks that the cases table may name; they are not read

The task's one input is the sex.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...data.labels import males
from ...paths import cache
from ...radiograph import Radiograph
from ..films import Frame, squared, unsquare
from ..networks.scratch import ScratchNet
from ..networks.trunk import channels_last
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner


class Scratch(System):
    """Nothing is found, nothing cut out, nothing learned before: the whole film at once."""

    name = "scratch"
    rates: ClassVar[tuple[float, float]] = (3e-3, 3e-3)

    def learner(self, cases: pd.DataFrame, size: int | None = None, batch_size: int = 32, **kwargs: Any) -> "Learner":
        """Return a learner.

        Parameters
        ----------
        cases : pandas.DataFrame
        size : int, optional
            Side of the square the films are fitted into, at least 64; smaller is faster and sees less.
        batch_size : int
            Films a step.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).
        """
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.loaders import taught
        from ..learners.scratch import VaryFilms, WholeLoss, whole_loaders

        options = {"size": max(64, size or self.task.size)}  # of less the last maps are single pixels, see two_stage
        used = taught(cases, self.task.answer)
        loss = WholeLoss(*self.task.settings["scale"])
        callbacks = [VaryFilms(), AverageWeights(), GradientClip(5.0), *kwargs.pop("cbs", [])]
        learn = Learner(
            whole_loaders(self, used, options["size"], batch_size), self.network(options), loss_func=loss,
            cbs=callbacks, wd=0.03, lr=3e-3,
            metrics=kwargs.pop("metrics", [loss.mean_absolute_error]), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the network before it has learned."""
        return channels_last(ScratchNet())

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read films; every film and its mirror image are averaged, in the answer and in the map.

        Raises
        ------
        DataError
            If the sex of a film is none that is known.
        """
        assert isinstance(net, ScratchNet)
        device = next(net.parameters()).device
        male = torch.tensor(males(rows), device=device)
        squares = np.stack([squared(film.pixels, options["size"]) for film in films])
        x = torch.from_numpy(squares)[:, None].to(device).float() / 255
        net.eval()
        with torch.inference_mode():
            said, evidence = net(x, male), net.evidence
            said = (said + net(x.flip(3), male)) / 2
            heat = net.heat((evidence + net.evidence.flip(3)) / 2)[:, 0]
        middle, spread = self.task.settings["scale"]
        return Reading((middle + spread * said).double().cpu().numpy(), heat.float().cpu().numpy())

    def on_film(self, heat: NDArray[np.float32], film: Radiograph, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Carry a map of the network's square onto the film."""
        return unsquare(heat, Frame.of(film, options["size"]))


FAMILY = Scratch
