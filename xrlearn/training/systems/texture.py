"""Film -> places -> texture of bone -> a classical model: the family of ``hip-oa`` and ``osteoporosis``.

No network learns to see here. What is measured was thought out by people, each number has a name, and scikit-learn
finds at once how much each of them counts (:mod:`~xrlearn.training.networks.readout`).

What a task says of it in ``settings``:

``places``    where texture is read (:class:`~xrlearn.radiograph.trabecular_places.Places`)
``ahead``     two of their points, the second of which lies right of the first on a film that need not be mirrored
``measure``   a place, as it is cut out, -> its numbers
``numbers``   names of these
``beside``    columns that are read beside the film (:class:`~xrlearn.records.Column`); what is not told is as usual.
              fastai's own loaders hand on the film alone, :func:`xrlearn.evaluate` all
``method``    one of :data:`~xrlearn.training.networks.readout.METHODS`
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...paths import cache
from ...radiograph import Radiograph
from ...radiograph.trabecular_places import EDGE
from ...records import numbers
from ...tasks.answers import Answer, AnswerError, Classes, Grades, Points, YesNo
from ..films import Frame, film_of, square
from ..networks.readout import METHODS
from ..networks.texture_net import TextureNet
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner

Question = tuple[NDArray[np.bool_], NDArray[np.bool_]]


class Texture(System):
    """Reads the texture of spongy bone at places that it finds."""

    name = "texture"
    rates: ClassVar[tuple[float, float]] = (1e-3, 1e-3)  # nothing is learned step by step

    def learner(
        self,
        cases: pd.DataFrame,
        size: int | None = None,
        method: str | None = None,
        batch_size: int = 32,
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner, which is fitted as a whole when its training begins; more epochs change nothing.

        Parameters
        ----------
        cases : pandas.DataFrame
            Column ``landmarks`` says where the points are. Where no training film has any (films of patients), places
            are found as the model that ships finds them.
        size : int, optional
            Side of the square the films are fitted into.
        method : str, optional
            How the numbers are read: ``elastic``, ``svm``, ``neighbours``, ``bayes`` or ``network``.
        batch_size : int
            Films that are read at once.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).

        Raises
        ------
        AnswerError
            If the films cannot teach it, or there is no such method.
        """
        from ..learners import Learner
        from ..learners.at_once import SettleAtOnce
        from ..learners.heads import head_of
        from ..learners.loaders import loaders, taught

        answer, size, method = self.task.answer, size or self.task.size, method or self.task.settings["method"]
        if method not in METHODS:
            raise AnswerError("no_method", method=method, known=", ".join(METHODS))
        used = taught(cases, answer)
        head = head_of(answer, answer.truth(used[used["split"] == "train"]))
        dls = loaders(answer, head, cases, size, batch_size, augment=False)
        options = {"size": size, "method": method, "rows": int((used["split"] == "train").sum())}
        learn = Learner(
            dls, self.network(options), loss_func=head.loss, cbs=[SettleAtOnce(), *kwargs.pop("cbs", [])],
            metrics=kwargs.pop("metrics", head.metrics), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return the network before it has been fitted."""
        settings, answer = self.task.settings, self.task.answer
        features = len(settings["places"].squares) * len(settings["numbers"]) + len(settings.get("beside", ()))
        return TextureNet(
            settings["places"], settings["ahead"], settings["measure"], features, options["method"], answer.outputs,
            options["rows"], isinstance(answer, YesNo),
        )  # fmt: skip

    def fit(self, net: nn.Module, cases: pd.DataFrame, options: Mapping[str, Any]) -> None:
        """Fit a network to training films."""
        assert isinstance(net, TextureNet)
        films = [film_of(row) for row in cases.to_dict("records")]
        x, frames = self._squares(films, options)
        names = self.task.settings["places"].points
        points = torch.from_numpy(_shares(Points(names=names).truth(cases), frames)) if "landmarks" in cases else None
        if points is not None and points.isfinite().flatten(1).all(1).any():
            net.find.settle(x, points)
        else:
            from ..weights import shipped

            other = shipped(self.task.name).net
            assert isinstance(other, TextureNet)
            net.find.load_state_dict(other.find.state_dict())
        # Where the places are found, not where they are: so they will be found on other films.
        texture = np.concatenate([net.numbers(part, net.find(part)) for part in x.split(64)])
        net.settle(np.c_[texture, self._beside(cases)], questions(self.task.answer, self.task.answer.truth(cases)))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Find the places and read them; `parts` say by how much the first output would fall were a number as usual."""
        assert isinstance(net, TextureNet)
        x, frames = self._squares(films, options)
        x = x.to(net.centre.device)
        net.eval()
        with torch.inference_mode():
            found = net.find(x)
            read = np.c_[net.numbers(x, found), self._beside(rows)]
            seen = net.standardised(read)
            output = net.read(seen)
            parts = [self._parts(net, row, told) for row, told in zip(seen, read, strict=True)]
        settings, at = self.task.settings, found.double().cpu().numpy()
        points = []
        for film, frame in zip(at, frames, strict=True):
            top, left, bottom, _ = frame.box
            spots = (film * frame.size - [top, left]) * frame.rows / (bottom - top) - 0.5
            centres, down = settings["places"].at(spots)
            names = [*settings["places"].squares]
            names += [f"{name} {EDGE}" for name in names]
            spots = np.concatenate([centres, centres + down])
            points.append({name: (float(r), float(c)) for name, (r, c) in zip(names, spots, strict=True)})
        said = output.float().cpu().numpy()
        return Reading(said[:, 0] if self.task.answer.outputs == 1 else said, points=points, parts=parts)

    def _parts(self, net: TextureNet, x: Tensor, told: NDArray[np.float64]) -> dict[str, dict[str, float]]:
        """Each number by name, the weightiest first."""
        others = x.repeat(len(x) + 1, 1)
        others[range(len(x)), range(len(x))] = 0.0
        said = net.read(others)[:, 0]
        share = (said[-1] - said[:-1]).double().cpu().numpy()
        settings = self.task.settings
        names = [f"{place}: {number}" for place in settings["places"].squares for number in settings["numbers"]]
        names += self.task.beside
        return {
            names[i]: {"value": float(told[i]), "log_odds": float(share[i])}
            for i in np.argsort(-np.abs(share), kind="stable")
            if share[i] and np.isfinite(told[i])
        }

    def _beside(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        return numbers(rows, self.task.settings.get("beside", ()))

    def _squares(self, films: Sequence[Radiograph], options: Mapping[str, Any]) -> tuple[Tensor, list[Frame]]:
        size = options["size"]
        x = torch.from_numpy(np.stack([square(film, size) for film in films]))[:, None]
        return x, [Frame.of(film, size) for film in films]


def _shares(points: NDArray[np.float64], frames: Sequence[Frame]) -> NDArray[np.float32]:
    """Carry points of films into their squares, as shares of the side."""
    found = []
    for at, frame in zip(points, frames, strict=True):
        top, left, bottom, _ = frame.box
        found.append(((at + 0.5) * (bottom - top) / frame.rows + [top, left]) / frame.size)
    return np.array(found, np.float32)


@singledispatch
def questions(answer: Answer, truth: NDArray[Any]) -> list[Question]:
    """Return the questions of yes or no that an answer is made of: which films each is put to, and who is a yes.

    Raises
    ------
    AnswerError
        If it is made of none.
    """
    raise AnswerError("no_questions", answer=type(answer).__name__)


@questions.register
def _(answer: YesNo, truth: NDArray[Any]) -> list[Question]:
    return [(np.ones(len(truth), bool), truth == 1)]


@questions.register
def _(answer: Classes, truth: NDArray[Any]) -> list[Question]:
    return [(np.ones(len(truth), bool), truth == k) for k in range(answer.outputs)]


@questions.register
def _(answer: Grades, truth: NDArray[Any]) -> list[Question]:
    return [(truth >= k, truth > k) for k in range(answer.outputs)]


FAMILY = Texture
