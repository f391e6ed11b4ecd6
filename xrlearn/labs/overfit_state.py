"""The state of the overfitting lab: a network trained on some patients, its curves, and what it knows by heart."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .course_state import turning_round
from .train_fracture_state import RocCurve

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    from ..training.miniature.tiny import Epoch, Fit, Recipe
    from .wrists import Wrists

#: side of the square that a network sees, in pixels
SIZE = 48
#: size of the network -> (width, depth)
NETWORKS = {"tiny": (2, 2), "small": (4, 3), "medium": (8, 3), "large": (16, 4)}
#: share kept in the running mean of the weights that is measured, so that the loss is a curve and no comb
STEADIED = 0.95
#: what augmentation does in this lab: nothing that would move a fracture out of sight
AUGMENT = ("rotate", "crop", "brightness")
#: training patients at each point of the learning curve -> how often they are drawn anew: luck weighs most when few
STEPS = {15: 4, 30: 3, 60: 3, 120: 2, 240: 1}


@dataclass(frozen=True)
class Settings:
    """What the controls say.

    Attributes
    ----------
    patients : int
        How many train the network; each has one film.
    network : str
        A key of :data:`NETWORKS`.
    epochs : int
        How often every training film is seen.
    noise : float
        Share of training films that are given the wrong answer, 0 to 0.5.
    augment : bool
        Whether training films are changed a little each time they are seen.
    weight_decay : float
        See :class:`xrlearn.training.miniature.tiny.Recipe`.
    draw : int
        Which patients: another number draws others.
    """

    patients: int = 60
    network: str = "medium"
    epochs: int = 12
    noise: float = 0.0
    augment: bool = False
    weight_decay: float = 0.0
    draw: int = 0

    def recipe(self) -> "Recipe":
        """Return what this asks of a tiny network."""
        from ..training.miniature.tiny import Recipe

        width, depth = NETWORKS[self.network]
        return Recipe(
            width, depth, weight_decay=self.weight_decay, augment=AUGMENT if self.augment else (),
            epochs=self.epochs, steadied=STEADIED, seed=self.draw,
        )  # fmt: skip


#: what the page trains before a control has been moved
FIRST = Settings(epochs=40)


@dataclass(frozen=True)
class Run:
    """A trained network, what it learned from, and how it does.

    Attributes
    ----------
    settings : Settings
    epochs : list of Epoch
    train, valid : RocCurve
        On its training films with the answers it was given, and on films of other patients with the true ones.
    own : ndarray of int
        Numbers of its training films.
    taught : ndarray of 0 and 1
        The answers it was given, in the same order.
    said : ndarray
        Probability of a fracture that it now states for each of them.
    """

    settings: Settings
    epochs: "list[Epoch]" = field(repr=False)
    train: RocCurve
    valid: RocCurve
    own: NDArray[np.int64] = field(repr=False)
    taught: NDArray[np.int64] = field(repr=False)
    said: NDArray[np.float64] = field(repr=False)

    @property
    def gap(self) -> float:
        """How much better it looks on its own training films, in AUC."""
        return self.train.auc - self.valid.auc

    @property
    def best_epoch(self) -> int:
        """The round after which the validation loss, as a running mean, was lowest, counted from 1: where to stop."""
        return turning_round(self.epochs)

    @property
    def verdict(self) -> str:
        """What the figures say in one word: ``guess``, ``heart`` (learned by heart), ``weak`` or ``fair``.

        The limits are ours, chosen for teaching: an interval that reaches 0.5, a gap above 0.1, an AUC on its own
        training films below 0.75.
        """
        if self.train.auc < 0.75:
            return "weak"
        if self.gap > 0.1:
            return "heart"
        return "guess" if self.valid.low <= 0.5 else "fair"


@dataclass(frozen=True)
class Step:
    """One point of the learning curve: means over several draws of that many patients.

    Attributes
    ----------
    patients : int
    train, valid : float
        AUC.
    low, high : float
        95 % interval of the validation AUC (DeLong).
    """

    patients: int
    train: float
    valid: float
    low: float
    high: float


@dataclass(frozen=True)
class Memory:
    """One training film that the network knows by heart.

    Attributes
    ----------
    film : int
        Its number.
    taught, truth : int
        The answer that was given, and the right one.
    seen, unseen : float
        Probability of the answer given, stated by the network that learned this film, and by one that did not.
    """

    film: int
    taught: int
    truth: int
    seen: float
    unseen: float


class Workbench:
    """Films on which networks are trained in a second or two."""

    def __init__(self, wrists: "Wrists") -> None:
        self.wrists = wrists
        self._valid = wrists.among("valid")
        self._luck = np.random.default_rng(0).random(len(wrists.films))  # more noise: the same wrong answers and more

    @property
    def patients(self) -> int:
        """Patients there are to train on."""
        return len(self.wrists.among("train"))

    def training(self, settings: Settings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return numbers of the training films and the answers taught; a smaller draw is part of a larger one."""
        order = np.random.default_rng(settings.draw).permutation(self.wrists.among("train"))
        truth = self.wrists.truth
        # Whole and broken take turns, so that a handful of patients holds both.
        whole, broken = order[truth[order] == 0], order[truth[order] == 1]
        pairs = np.stack([whole[: len(broken)], broken[: len(whole)]], 1).ravel()
        rest = np.concatenate([whole[len(broken) :], broken[len(whole) :]])
        own = np.concatenate([pairs, rest])[: settings.patients]
        return own, np.where(self._luck[own] < settings.noise, 1 - truth[own], truth[own])

    def train(self, settings: Settings, on_epoch: "Callable[[list[Epoch]], bool | None] | None" = None) -> Run | None:
        """Train a network and measure it; None when `on_epoch`, told of all rounds so far, ended it with True."""
        own, taught = self.training(settings)
        course: list[Epoch] = []

        def told(epoch: "Epoch") -> bool | None:
            course.append(epoch)
            return on_epoch(course) if on_epoch is not None else None

        fit = self._fit(settings, own, taught, told)
        if len(fit.epochs) < settings.epochs:
            return None
        score, valid = self._score(fit, own), self._score(fit, self._valid)
        return Run(
            settings, fit.epochs, RocCurve.of(taught, score), RocCurve.of(self.wrists.truth[self._valid], valid),
            own, taught, 1 / (1 + np.exp(-score)),
        )  # fmt: skip

    def _fit(
        self,
        settings: Settings,
        own: NDArray[np.int64],
        taught: NDArray[np.int64],
        on_epoch: "Callable[[Epoch], bool | None] | None" = None,
    ) -> "Fit":
        from ..training.miniature.remembered import fit

        films, truth = self.wrists.films, self.wrists.truth
        return fit(films[own], taught, settings.recipe(), (films[self._valid], truth[self._valid]), on_epoch)

    def _score(self, fit: "Fit", films: NDArray[np.int64]) -> NDArray[np.float64]:
        from ..training.miniature.tiny import scores

        return scores(fit.net, self.wrists.films[films])

    def learning_curve(self, settings: Settings, stop: Callable[[], bool] = lambda: False) -> Iterator[Step]:
        """Yield the learning curve at these settings point by point; ends early when `stop` says so."""
        for patients, draws in STEPS.items():
            if patients > self.patients:
                return
            runs = []
            for draw in range(draws):
                run = self.train(
                    replace(settings, patients=patients, draw=settings.draw + draw), lambda _: stop() or None
                )
                if run is None:
                    return
                runs.append(run)
            figures = [[run.train.auc, run.valid.auc, run.valid.low, run.valid.high] for run in runs]
            yield Step(patients, *(float(mean) for mean in np.mean(figures, axis=0)))

    def by_heart(self, run: Run, stop: Callable[[], bool] = lambda: False) -> list[Memory]:
        """Return the training films that this network knows by heart, the clearest first.

        Two further networks learn one half of the films each. A film is known by heart when the network that learned
        it states the answer it was given with more than 0.5, and the one that did not states less: memorisation after
        Feldman and Zhang (NeurIPS 2020), who compare many networks with and without each film.
        """
        answer = np.where(run.taught == 1, run.said, 1 - run.said)
        without = np.empty(len(run.own))
        half = (np.argsort(np.argsort(run.taught, kind="stable")) % 2).astype(bool)
        for learned in (half, ~half):
            if len(np.unique(run.taught[learned])) < 2:
                return []
            fit = self._fit(run.settings, run.own[learned], run.taught[learned], lambda _: stop() or None)
            if stop():
                return []
            said = 1 / (1 + np.exp(-self._score(fit, run.own[~learned])))
            without[~learned] = np.where(run.taught[~learned] == 1, said, 1 - said)
        truth = self.wrists.truth[run.own]
        known = np.flatnonzero((answer > 0.5) & (without < 0.5))
        return [
            Memory(int(run.own[i]), int(run.taught[i]), int(truth[i]), float(answer[i]), float(without[i]))
            for i in known[np.argsort(without[known] - answer[known])]
        ]
