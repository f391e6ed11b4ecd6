"""Find, cut, read: landmarks are found on a film, places are cut out at them, and each is read.

What a task says of it in ``settings``:

``points``   names of the landmarks, as the cases table calls them
``places``   names of the places, the large ones last
``large``    how many of them are large
``squares``  points (films, points, 2) -> middle of each place, and the way from there to its lower edge
``order``    three points that run clockwise on a film that need not be mirrored
``scale``    middle and spread of the answer: the network's numbers are (answer - middle) / spread

The task's one input is the sex. A film without some landmarks (the capitate of a newborn is not there yet) is neither
refused nor dropped: the stage that finds is not asked for what is missing, and the places there are cut where it
thinks that the landmark would be.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ...data.labels import males
from ...paths import cache
from ...radiograph import Radiograph
from ..films import Frame, placed, squared
from ..networks.find_and_read import FindAndRead, cut, mirrored, together
from ..networks.trunk import channels_last
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner


class TwoStage(System):
    """A heat-map regressor, and a reader of places with a doubt of its own at each."""

    name = "two_stage"

    def learner(self, cases: pd.DataFrame, size: int | None = None, batch_size: int = 32, **kwargs: Any) -> "Learner":
        """Return a learner of both stages.

        Parameters
        ----------
        cases : pandas.DataFrame
            Column ``landmarks`` says where the points are. Where no training film has any (films of patients), the
            stage that finds is that of the model that ships, and only the other learns.
        size : int, optional
            Side of the square that films are kept in, in steps of 40 from 80 on; smaller is faster and sees less.
        batch_size : int
            Films a step.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).
        """
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.loaders import taught
        from ..learners.places import CutPlaces, PlaceLoss, place_loaders
        from ..weights import shipped

        # On maps of one pixel the gradient of a 16-bit convolution holds whatever lay in memory (seen with torch 2.13).
        options = {"size": max(80, (size or self.task.size) // 40 * 40)}
        used = taught(cases, self.task.answer)
        dls, known = place_loaders(self, used, options["size"], batch_size)
        net = self.network(options)
        if not known:
            other = shipped(self.task.name).net
            assert isinstance(net, FindAndRead)
            assert isinstance(other, FindAndRead)
            net.find.load_state_dict(other.find.state_dict())
            net.find.requires_grad_(False)
        loss = PlaceLoss(*self.task.settings["scale"])
        callbacks = [CutPlaces(self, options), AverageWeights(), GradientClip(5.0), *kwargs.pop("cbs", [])]
        learn = Learner(
            dls, net, loss_func=loss, cbs=callbacks, wd=0.03, lr=3e-3,
            metrics=kwargs.pop("metrics", [loss.mean_absolute_error]), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return both networks as one."""
        settings = self.task.settings
        return channels_last(FindAndRead(len(settings["points"]), len(settings["places"])))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Find the landmarks, cut the places, read them.

        Raises
        ------
        DataError
            If the sex of a film is none that is known.
        """
        assert isinstance(net, FindAndRead)
        settings, size, device = self.task.settings, options["size"], next(net.parameters()).device
        male = torch.tensor(males(rows), device=device)
        x = torch.from_numpy(np.stack([squared(film.pixels, size) for film in films]))[:, None].to(device) / 255
        net.eval()
        with torch.inference_mode():
            found = net.locate(x, self.side(options))
            turned, points = self.upright(x, found)
            number, log_error = net.read(*self.places(turned, points), male)
        middle, spread = settings["scale"]
        months = middle + spread * together(number, log_error)
        told = torch.stack([middle + spread * number, spread * log_error.exp()], 2).double().cpu().numpy()
        at = found.double().cpu().numpy()
        landmarks, parts = [], []
        for film, points_of, read in zip(films, at, told, strict=True):
            scale, corner = placed(Frame.of(film, size))
            points_of = (points_of * size - corner) / scale - 0.5
            centre, down = settings["squares"](points_of)
            landmarks.append({n: (float(r), float(c)) for n, (r, c) in zip(settings["points"], points_of, strict=True)})
            rows_of = np.concatenate([read, centre, down], 1).tolist()
            keys = ("value", "error", "row", "column", "down_row", "down_column")
            parts.append({n: dict(zip(keys, row, strict=True)) for n, row in zip(settings["places"], rows_of)})
        return Reading(months.double().cpu().numpy(), points=landmarks, parts=parts)

    def side(self, options: Mapping[str, Any]) -> int:
        """Return the side of the square in which landmarks are looked for."""
        return int(options["size"]) * 7 // 10

    def upright(self, films: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Mirror the films, and their points, on which the three points of ``order`` run anticlockwise."""
        names = self.task.settings["points"]
        start, one, other = (points[:, names.index(name)] for name in self.task.settings["order"])
        a, b = one - start, other - start
        wrong = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < 0
        films = torch.where(wrong[:, None, None, None], films.flip(3), films)
        return films, torch.where(wrong[:, None, None], mirrored(points), points)

    def places(self, films: Tensor, points: Tensor, miss: bool = False) -> tuple[Tensor, Tensor]:
        """Cut the places; with `miss` each misses its mark a little, as at landmarks that a network found."""
        centre, down = self.task.settings["squares"](points.double().cpu().numpy())
        if miss:
            half = np.linalg.norm(down, axis=-1, keepdims=True)
            drawn = torch.randn(4, *half.shape, 1).numpy()[..., 0]
            whole = torch.randn(len(half), 1, 1).numpy()
            centre = centre + 0.1 * half * np.concatenate([drawn[0], drawn[1]], -1)
            turn = 0.12 * drawn[2]
            down = down * np.cos(turn) + down[..., ::-1] * [-1, 1] * np.sin(turn)
            down = down * np.exp(0.08 * whole + 0.06 * drawn[3])
        return cut(films, centre, down, self.task.settings["large"])


FAMILY = TwoStage
