"""Film -> several networks, each trained from nothing -> the mean of their log-odds; a patient's views vote, too.

Kitamura et al. (J Digit Imaging 2019) trained five networks de novo on 596 ankles. Here they are the five that the
review names, slim enough to be learned on a laptop. Each has first weights and bootstrap samples of its own, so that
they err differently: voting lives on that alone.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from ...paths import cache
from ...radiograph import Radiograph
from ...stats.clustered import Figure, mean
from ...tasks.answers import AnswerError, YesNo
from ..films import Frame, square, unsquare
from ..networks.ensemble import EnsembleNet
from ..networks.review import REVIEW
from ..networks.trunk import channels_last
from .system import Reading, System

if TYPE_CHECKING:
    from fastai.learner import Learner


class Ensemble(System):
    """Answers yes or no. ``parts`` of a reading are what each member says, calibrated for itself."""

    name = "ensemble"
    whole: ClassVar[Mapping[str, Any]] = {"boxes": True}
    rates: ClassVar[tuple[float, float]] = (3e-3, 3e-3)
    batch = 6

    def learner(
        self,
        cases: pd.DataFrame,
        size: int = 128,
        batch_size: int = 16,
        augment: bool = True,
        boxes: bool = False,
        networks: Sequence[str] = tuple(REVIEW),
        width: float = 0.25,
        **kwargs: Any,
    ) -> "Learner":
        """Return a learner of all members at once.

        Parameters
        ----------
        cases : pandas.DataFrame
        size : int
            Side of the square the films are fitted into.
        batch_size : int
            Films a step.
        augment : bool
            Vary the training films a little each time they are seen.
        boxes : bool
            Teach the members' maps with the lesion boxes too, where the cases have them.
        networks : sequence of str
            The members' trunks; one may come several times.
        width : float
            Share of the published channels that they have.
        **kwargs
            Passed on to fastai's Learner (``path``, ``cbs``, ``metrics`` ...).

        Raises
        ------
        AnswerError
            If the task does not ask yes or no, or a network is not known.
        """
        from fastai.callback.training import GradientClip

        from ..learners import Learner
        from ..learners.average import AverageWeights
        from ..learners.heads import head_of
        from ..learners.lesions import LearnFromBoxes
        from ..learners.loaders import loaders, taught
        from ..learners.members import MembersLoss, mean_right

        answer = self.task.answer
        if not isinstance(answer, YesNo):
            raise AnswerError("not_yes_no", task=self.task.name)
        if strange := [name for name in networks if name not in REVIEW]:
            raise AnswerError("unknown_network", name=strange[0], known=", ".join(REVIEW))
        used = taught(cases, answer)
        head = head_of(answer, answer.truth(used))
        boxes = boxes and self.task.boxes and "boxes" in cases
        dls = loaders(answer, head, cases, size, batch_size, augment, boxes)
        options = {"size": size, "networks": list(networks), "width": width}
        callbacks = [
            AverageWeights(),
            GradientClip(5.0),
            *([LearnFromBoxes()] if boxes else []),
            *kwargs.pop("cbs", []),
        ]
        learn = Learner(
            dls, self.network(options), loss_func=MembersLoss(), cbs=callbacks, wd=0.05, lr=3e-3,
            metrics=kwargs.pop("metrics", [mean_right]), path=kwargs.pop("path", cache()), **kwargs,
        )  # fmt: skip
        learn.task, learn.cases, learn.system, learn.options = self.task, cases, self, options
        return learn

    def network(self, options: Mapping[str, Any]) -> nn.Module:
        """Return all members as one network."""
        return channels_last(EnsembleNet(options["networks"], options["width"]))

    def look(
        self, net: nn.Module, films: Sequence[Radiograph], rows: pd.DataFrame, options: Mapping[str, Any]
    ) -> Reading:
        """Read films; every film and its mirror image are averaged, and so are the members and their maps."""
        assert isinstance(net, EnsembleNet)
        batch = np.stack([square(film, options["size"]) for film in films])
        x = torch.from_numpy(batch)[:, None].to(next(net.parameters()).device)
        net.eval()
        with torch.inference_mode():
            said, seen = net(x), net.evidence.sigmoid()
            said = ((said + net(x.flip(3))) / 2).float().cpu().numpy()
            seen = (seen + net.evidence.sigmoid().flip(3)) / 2
        names = members(options["networks"])
        parts = [{name: {"log_odds": float(v)} for name, v in zip(names, row, strict=True)} for row in said]
        return Reading(said.mean(1), seen.mean(1).float().cpu().numpy(), parts=parts)

    def on_film(self, heat: NDArray[np.float32], film: Radiograph, options: Mapping[str, Any]) -> NDArray[np.float32]:
        """Carry a map of the networks' square onto the film."""
        return unsquare(heat, Frame.of(film, options["size"]))

    def settle(self, truth: NDArray[Any], reading: Reading) -> dict[str, float]:
        """Settle every member for itself, as if it were alone."""
        return {
            f"{name}.{key}": value
            for name, said in _each(reading).items()
            for key, value in self.task.answer.calibrate(truth, said).items()
        }

    def figures(self, cases: pd.DataFrame, reading: Reading, calibration: Mapping[str, float]) -> dict[str, Figure]:
        """Return what one network would reach by itself, the mean over the members: one view, and where patients have
        several, all views together.
        """
        answer = self.task.answer
        assert isinstance(answer, YesNo)
        sick, whose = answer.truth(cases) == 1, cases["patient"].to_numpy()
        limits, chances = [], []
        for name, said in _each(reading).items():
            own = {key: calibration[f"{name}.{key}"] for key in ("slope", "offset", "threshold")}
            limits.append(own["threshold"])
            chances.append(answer.probability(said, own))
        p, limit = np.stack(chances, 1), np.array(limits)
        right = ((p >= limit) == sick[:, None]).mean(1)
        found = {"accuracy_one": mean(right, whose)}
        if answer.together:
            table = pd.DataFrame(p).assign(patient=whose, sick=sick).groupby("patient", sort=False)
            views, broken = table[list(range(p.shape[1]))].mean().to_numpy(), table["sick"].max().to_numpy(dtype=bool)
            right = ((views >= limit) == broken[:, None]).mean(1)
            found["accuracy_one_together"] = mean(right, np.arange(len(right)))
        return found


def _each(reading: Reading) -> dict[str, NDArray[np.float64]]:
    """What every member said, (films,)."""
    return {name: np.array([part[name]["log_odds"] for part in reading.parts]) for name in reading.parts[0]}


def members(networks: Sequence[str]) -> list[str]:
    """Return a name for each member; those of one trunk are numbered.

    Examples
    --------
    >>> members(["resnet", "vgg", "resnet"])
    ['resnet', 'vgg', 'resnet 2']
    """
    counts = [list(networks[: k + 1]).count(name) for k, name in enumerate(networks)]
    return [name if n == 1 else f"{name} {n}" for name, n in zip(networks, counts, strict=True)]


FAMILY = Ensemble
