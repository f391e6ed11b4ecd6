"""The state of the augmentation lab: changed copies of a film, and what a change gains or destroys at each dose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    from ..phantom import Truth
    from ..radiograph import Radiograph
    from .wrists import Wrists

#: the side at which films are shown; a network learns from half as many pixels
SHOWN = 96
#: films of another hospital, on which the networks are measured too
ELSEWHERE, OTHER_SITE = 120, "foreign_vendor"
#: doses that are measured, networks at each (each learns from other patients), films that each learns from, rounds
DOSES, DRAWS, PATIENTS, EPOCHS = (0.0, 0.5, 1.0, 2.0), 6, 90, 20
#: what a network can be asked: question -> column of the cases table and the value that counts as yes
QUESTIONS = {"broken": ("fracture", 1), "side": ("side", "L")}


@dataclass(frozen=True)
class Point:
    """What one dose gave: AUC of each network, on the same hospital's films and on another's.

    Attributes
    ----------
    dose : float
    home, away : ndarray, (DRAWS,)
        Networks of the same place learned from the same patients, whatever the dose.
    """

    dose: float
    home: NDArray[np.float64]
    away: NDArray[np.float64]


@dataclass(frozen=True)
class Gain:
    """The mean difference between two doses, network by network, with its 95 % interval (paired t)."""

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``helps``, ``harms``, or ``unclear`` where the interval holds 0."""
        return "helps" if self.low > 0 else "harms" if self.high < 0 else "unclear"


def gain(before: NDArray[np.float64], after: NDArray[np.float64]) -> Gain:
    """Return what the step from `before` to `after` gained.

    Examples
    --------
    >>> gain(np.array([0.7, 0.8, 0.7]), np.array([0.8, 0.9, 0.81])).verdict
    'helps'
    """
    steps = after - before
    reach = float(stdtrit(len(steps) - 1, 0.975) * steps.std(ddof=1) / np.sqrt(len(steps)))
    return Gain(float(steps.mean()), float(steps.mean()) - reach, float(steps.mean()) + reach)


def level(areas: NDArray[np.float64], films: int) -> Gain:
    """Return the mean AUC of several networks with its 95 % interval, cut to what an AUC can be.

    Two kinds of luck count: which network was drawn, and which `films`, the same for all of them, half with the
    finding: the standard error of an AUC after Hanley and McNeil (Radiology 1982; 143:29-36).

    Examples
    --------
    >>> seen = level(np.array([0.47, 0.52, 0.51, 0.53]), 120), level(np.array([0.9, 0.91, 0.9, 0.92]), 120)
    >>> [guessing(of) for of in seen]
    [True, False]
    """
    n, k, a = films / 2, len(areas), float(areas.mean())
    spread = a * (1 - a) + (n - 1) * (a / (2 - a) - a**2) + (n - 1) * (2 * a**2 / (1 + a) - a**2)
    error = np.sqrt(areas.var(ddof=1) / k + max(spread, 0.0) / n**2)
    reach = float(stdtrit(k - 1, 0.975) * error)
    return Gain(a, max(a - reach, 0.0), min(a + reach, 1.0))


def guessing(of: Gain) -> bool:
    """Say whether the interval of an AUC holds 0.5."""
    return of.low <= 0.5 <= of.high


class Workbench:
    """Films of two hospitals, and the networks that were trained on them.

    Parameters
    ----------
    home : Wrists
        Films of :data:`SHOWN` pixels.
    away : Wrists, optional
        The other hospital's; they may come later (:meth:`visit`), before anything is measured.
    """

    def __init__(self, home: "Wrists", away: "Wrists | None" = None) -> None:
        self.home = home
        self._small = [halved(home.films)]
        self._measured: dict[tuple[str, str, float], Point] = {}
        if away is not None:
            self.visit(away)

    def visit(self, away: "Wrists") -> None:
        """Take the other hospital's films."""
        self.away, self._small = away, [self._small[0], halved(away.films)]

    def count(self, place: str) -> int:
        """Return on how many films networks are measured: ``"home"`` or ``"away"``."""
        return len(self.home.among("valid")) if place == "home" else len(self.away.films)

    def copies(
        self, film: int, change: str, dose: float, n: int = 7, seed: int = 0, grey: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Return a film and `n` changed copies of it, (1 + n, rows, columns); `grey`: the film in another size."""
        import torch

        from ..training.miniature.augment import augment
        from ..training.miniature.tiny import tensor

        one = self.home.films[film] if grey is None else grey
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            changed = augment(tensor(np.repeat(one[None], n, axis=0)), (change,), dose)
        return np.concatenate([one[None], (changed[:, 0] * 255).round().to(torch.uint8).numpy()])

    def truth(self, question: str, away: bool = False) -> NDArray[np.int64]:
        """Return the right answers, 0 or 1, of all films of one hospital."""
        column, yes = QUESTIONS[question]
        told = (self.away if away else self.home).cases[column].to_numpy()
        return np.asarray(told == yes, np.int64)

    def measure(self, question: str, change: str, tell: Callable[[int], bool] | None = None) -> list[Point]:
        """Train networks at every dose, and return what each dose gave.

        Parameters
        ----------
        question : str
            A key of :data:`QUESTIONS`.
        change : str
            A key of :data:`xrlearn.training.miniature.augment.CHANGES`.
        tell : callable, optional
            Told how many networks are trained, out of ``len(DOSES) * DRAWS``; when it returns True, work stops with
            the points that are complete. What was measured is kept.
        """
        points: list[Point] = []
        for k, dose in enumerate(DOSES):
            key = (question, change if dose else "", dose)  # without a dose there is no change
            if key not in self._measured:
                home, away = np.empty(DRAWS), np.empty(DRAWS)
                for draw in range(DRAWS):
                    if tell is not None and tell(k * DRAWS + draw):
                        return points
                    home[draw], away[draw] = self._train(question, change, dose, draw)
                self._measured[key] = Point(dose, home, away)
            points.append(self._measured[key])
        return points

    def _train(self, question: str, change: str, dose: float, draw: int) -> tuple[float, float]:
        from ..stats import auc
        from ..training.miniature.tiny import Recipe, fit, scores

        own = np.random.default_rng(draw).permutation(self.home.among("train"))[:PATIENTS]
        recipe = Recipe(augment=(change,) if dose else (), dose=dose, epochs=EPOCHS, seed=draw)
        net = fit(self._small[0][own], self.truth(question)[own], recipe).net
        valid = self.home.among("valid")
        return (
            auc(self.truth(question)[valid], scores(net, self._small[0][valid])),
            auc(self.truth(question, away=True), scores(net, self._small[1])),
        )


def halved(films: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average two by two pixels."""
    n, rows, columns = films.shape
    means = films.reshape(n, rows // 2, 2, columns // 2, 2).mean(axis=(2, 4))
    return np.asarray(np.rint(means), np.uint8)


#: the spine that is turned: as it is filmed for reading, and how much black is beside it, as a share of its rows
SPINE: dict[str, Any] = {"where": "spine", "view": "AP", "size": 768, "seed": 4, "cobb_deg": 28.0}
_BESIDE = 0.15


def turned_spine(truth: "Truth", degrees: float) -> tuple[float, float]:
    """Measure a frontal spine on its picture turned by `degrees`: Cobb angle, and the trunk's tilt to the plumb line.

    The tilt runs from the middle of L5 to that of T1, positive where T1 stands to the right on the picture.
    """
    from ..radiograph.spine import cobb

    turned = _turned(_vertebrae(truth), degrees)
    (row1, column1), (row0, column0) = turned[0].mean(axis=0), turned[-1].mean(axis=0)
    return float(cobb(turned)), float(np.rad2deg(np.arctan2(column1 - column0, row0 - row1)))


def turned_film(
    film: "Radiograph", truth: "Truth", degrees: float
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Turn the picture of a frontal spine clockwise; black beside it gives it room.

    Returns
    -------
    ndarray of float32
        The picture, 0 to 1.
    ndarray, (2, 2)
        The trunk on it, from the middle of L5 to that of T1: (row, column) each.
    ndarray, (2, 2)
        The plumb line through the middle of L5, as long as the trunk.
    """
    from PIL import Image

    beside = round(_BESIDE * film.pixels.shape[0])
    wide = np.pad(film.pixels, ((0, 0), (beside, beside)))
    turned = Image.fromarray(wide).rotate(-degrees, Image.Resampling.BILINEAR)
    middle = (np.array(wide.shape) - 1) / 2
    ends = _vertebrae(truth)[[-1, 0]].mean(axis=1) + np.array([0, beside])
    trunk = _turned(ends - middle, degrees) + middle
    plumb = np.array([trunk[0], (trunk[0, 0] - np.hypot(*(trunk[1] - trunk[0])), trunk[0, 1])])
    return np.asarray(turned, np.float32).clip(0, 1), trunk, plumb


def _vertebrae(truth: "Truth") -> NDArray[np.float64]:
    """Return the corners of every vertebra, (vertebrae, 4, 2)."""
    from ..radiograph.spine import VERTEBRAE

    sides = ("top right", "top left", "bottom right", "bottom left")  # the patient's right is on the left
    return np.array([[truth.landmarks[f"{v} {side}"] for side in sides] for v in VERTEBRAE])


def _turned(points: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Turn (row, column) points clockwise about the origin."""
    a = np.deg2rad(degrees)
    return points @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
