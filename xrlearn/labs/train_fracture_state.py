"""The state of the training lab: a head trained on some patients, its figures, and the test set that is opened once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .chances import Point
from .films import balanced

if TYPE_CHECKING:  # the page is drawn before any of these is loaded
    import pandas as pd

    from ..training.frozen_features import Head

#: the short training of a whole network: films in each set and class, their size in pixels, how often they are seen
NETWORK_FILMS, NETWORK_SIZE, NETWORK_EPOCHS = {"train": 100, "valid": 50}, 96, 4

#: films with, and as many without a fracture, in each set: about as many as a laptop reads in half a minute
FILMS = {"train": 250, "valid": 80, "test": 80}


@dataclass(frozen=True)
class Settings:
    """What the sliders say.

    Attributes
    ----------
    patients : int
        How many patients train the model.
    penalty : float
        Strength of the penalty on the model's weights: large keeps it simple.
    noise : float
        Share of training films that are given the wrong answer, 0 to 0.5.
    draw : int
        Which patients: another number draws others.
    """

    patients: int
    penalty: float = 1.0
    noise: float = 0.0
    draw: int = 0


@dataclass(frozen=True)
class RocCurve:
    """An AUC with its 95 % interval (DeLong) and the ROC curve it is the area of.

    Attributes
    ----------
    auc, low, high : float
    false_alarms, found : ndarray
        1 - specificity and sensitivity along the curve.
    """

    auc: float
    low: float
    high: float
    false_alarms: NDArray[np.float64] = field(repr=False, compare=False)
    found: NDArray[np.float64] = field(repr=False, compare=False)

    @classmethod
    def of(cls, truth: NDArray[np.int64], score: NDArray[np.float64]) -> "RocCurve":
        """Measure scores against the truth."""
        from sklearn.metrics import roc_curve

        from ..stats import auc, auc_ci

        false_alarms, found, _ = roc_curve(truth, score)
        return cls(auc(truth, score), *auc_ci(truth, score), false_alarms, found)


@dataclass(frozen=True)
class Run:
    """One trained model and how it does.

    Attributes
    ----------
    settings : Settings
    films, patients : int
        What it learned from.
    train, valid : RocCurve
        On the films it learned from, with the answers it was given, and on films of other patients.
    truth, probability : ndarray, (validation films,)
        What the threshold is chosen on; calibrated for a sample in which every second film shows a fracture.
    """

    settings: Settings
    films: int
    patients: int
    train: RocCurve
    valid: RocCurve
    truth: NDArray[np.int64] = field(repr=False)
    probability: NDArray[np.float64] = field(repr=False)
    head: "Head" = field(repr=False)

    @property
    def gap(self) -> float:
        """How much better the model looks on its own training films: the size of its self-deception."""
        return self.train.auc - self.valid.auc

    @property
    def verdict(self) -> str:
        """What the figures say in one word: ``guess``, ``heart`` (learned by heart), ``weak`` or ``fair``.

        The limits are ours, chosen for teaching: an interval that reaches 0.5, a gap above 0.12, an AUC below 0.75.
        """
        if self.valid.low <= 0.5:
            return "guess"
        if self.gap > 0.12:
            return "heart"
        return "weak" if self.train.auc < 0.75 else "fair"

    def at(self, threshold: float) -> Point:
        """Return sensitivity and specificity on validation films when "fracture" is said from `threshold` on."""
        yes = self.probability >= threshold
        return Point(threshold, float(yes[self.truth == 1].mean()), float((~yes[self.truth == 0]).mean()))


@dataclass(frozen=True)
class Step:
    """One point of a learning curve: mean AUC over several draws of that many patients."""

    patients: int
    train: float
    valid: float


class Workbench:
    """Films with their features, on which models are trained in an instant.

    Parameters
    ----------
    cases : pandas.DataFrame
        A cases table of the films used, see :func:`choose`.
    features : ndarray, (films, features)
        In the same order.
    prevalence : float
        Share of films with a fracture in the collection that the films were chosen from.
    """

    def __init__(self, cases: "pd.DataFrame", features: NDArray[np.float32], prevalence: float) -> None:
        self.prevalence = prevalence
        self._features = features
        self._truth = cases["fracture"].to_numpy(dtype=np.int64)
        self._patient = cases["patient"].to_numpy(dtype=str)
        self._split = cases["split"].to_numpy(dtype=str)
        self._luck = np.random.default_rng(0).random(len(cases))  # who gets a wrong answer: more noise, more of them
        self.looks: dict[Settings, RocCurve] = {}

    def count(self, split: str) -> int:
        """Return how many films a set holds: ``"train"``, ``"valid"`` or ``"test"``."""
        return int((self._split == split).sum())

    @property
    def patients(self) -> int:
        """Patients there are to train on."""
        return len(np.unique(self._patient[self._split == "train"]))

    def train(self, settings: Settings) -> Run:
        """Train a model and measure it on training and validation films; the test films stay closed.

        Fewer patients are always some of those that a higher number would use, so that a slider changes one thing.
        """
        from ..tasks.answers.calibration import calibrate
        from ..training.frozen_features import fit_head

        own = self._training(settings)
        taught = np.where(self._luck < settings.noise, 1 - self._truth, self._truth)[own]
        head = fit_head(self._features[own], taught, settings.penalty)
        valid = self._split == "valid"
        truth, score = self._truth[valid], head.score(self._features[valid])
        return Run(
            settings=settings,
            films=int(own.sum()),
            patients=len(np.unique(self._patient[own])),
            train=RocCurve.of(taught, head.score(self._features[own])),
            valid=RocCurve.of(truth, score),
            truth=truth,
            probability=calibrate(truth, score).probability(score),
            head=head,
        )

    def _training(self, settings: Settings) -> NDArray[np.bool_]:
        train = self._split == "train"
        order = np.random.default_rng(settings.draw).permutation(np.unique(self._patient[train]))
        drawn = np.isin(self._patient, order[: settings.patients]) & train
        # A few patients may happen to be all broken or all whole; then the next ones are taken in until both occur.
        more = settings.patients
        while min(np.bincount(self._truth[drawn], minlength=2)) < 2 and more < len(order):
            more += 1
            drawn = np.isin(self._patient, order[:more]) & train
        return drawn

    def learning_curve(self, settings: Settings, stop: Callable[[], bool] = lambda: False) -> Iterator[Step]:
        """Yield the learning curve at these settings point by point, from few patients to all.

        Small draws are repeated more often, because luck matters more there. Ends early when `stop` says so.
        """
        for share, draws in ((0.06, 6), (0.12, 4), (0.25, 3), (0.5, 2), (1.0, 1)):
            patients = round(share * self.patients)
            runs = []
            for draw in range(draws):
                if stop():
                    return
                runs.append(self.train(replace(settings, patients=patients, draw=settings.draw + draw)))
            yield Step(
                patients,
                float(np.mean([run.train.auc for run in runs])),
                float(np.mean([run.valid.auc for run in runs])),
            )

    def open_test(self, run: Run) -> RocCurve:
        """Measure a run on the test films, and remember that somebody looked."""
        if run.settings not in self.looks:
            test = self._split == "test"
            self.looks[run.settings] = RocCurve.of(self._truth[test], run.head.score(self._features[test]))
        return self.looks[run.settings]

    @property
    def best_look(self) -> RocCurve:
        """The best of all figures seen on the test films: the one that it is tempting to report."""
        return max(self.looks.values(), key=lambda figure: figure.auc)

    @property
    def price(self) -> float:
        """By how much the best look may be too good by luck alone, in AUC.

        The expected best of as many independent draws of chance as there were looks, with the standard error of this
        test set. Models of one lab resemble each other, so this is the most it can be.
        """
        half_width = (self.best_look.high - self.best_look.low) / 2
        return half_width / 1.96 * expected_best(len(self.looks))


def expected_best(tries: int) -> float:
    """Return the expected largest of `tries` independent standard normal numbers.

    Examples
    --------
    >>> round(expected_best(1), 3), round(expected_best(10), 3)
    (0.0, 1.539)
    """
    from scipy.special import ndtr

    # The largest is below z with probability ndtr(z) ** tries; its mean is the area above that curve
    # on the right of 0 less the area below it on the left.
    z = np.linspace(0, 8, 1601)
    return float(np.trapezoid(1 - ndtr(z) ** tries, z) - np.trapezoid(ndtr(-z) ** tries, z))


def choose(cases: "pd.DataFrame") -> "pd.DataFrame":
    """Return the films that this lab works on, as many with a fracture as without."""
    return balanced(cases, "fracture", FILMS)
