"""The state of the black-box lab: heat maps scored against the truth, networks that know nothing, and disagreement."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..progress import Stopped

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    from ..heatmaps.scores import Box
    from ..heatmaps.tiny_maps import Map
    from ..radiograph import Radiograph
    from ..training.miniature.tiny import TinyNet
    from .wrists import Wrists

SIZE = 64
#: the network asked: as trained, with this many of its last layers randomised, or trained on shuffled answers
NETWORKS = ("trained", "last_1", "last_2", "last_3", "last_4", "all", "shuffled")
METHODS = ("cam", "grad_cam", "occlusion", "gradients")
#: kinds of map that have one value for each cell of the last layer
COARSE = ("cam", "grad_cam")
#: pixels of the film that share one value of the class activation map and of Grad-CAM, along either side
CELL = 8
#: rounds of each training
EPOCHS = 24
_DEPTH = 4
_SCORED = 60  # films in the table


@dataclass(frozen=True)
class Scored:
    """How one kind of map does on films with a fracture.

    Attributes
    ----------
    hit, low, high : float
        Share of films on which its highest point lies in the fracture, with Wilson's 95 % interval.
    near : float
        Share of films on which it lies in the fracture, or no farther off than a cell of the class activation map.
    energy, iou : float
        Mean share of heat inside, and mean overlap of the hottest 5 %.
    alike : float
        Mean rank correlation with the trained network's map of the same film; 1 for that network itself.
    """

    films: int
    hit: float
    low: float
    high: float
    near: float
    energy: float
    iou: float
    alike: float


class Workbench:
    """Films with boxes, and the networks that are asked about them.

    Parameters
    ----------
    films : ndarray of uint8, (films, size, size)
    truth : ndarray of 0 and 1
    boxes : list of list
        Lesions of each film in its own pixels.
    wrists : Wrists, optional
        Where the films come from; they can then be made anew for reading.
    """

    def __init__(
        self,
        films: NDArray[np.uint8],
        truth: NDArray[np.int64],
        boxes: "list[list[Box]]",
        wrists: "Wrists | None" = None,
    ) -> None:
        self.films, self.truth, self.boxes, self._wrists = films, truth, boxes, wrists
        half = len(films) // 2
        self._train = np.arange(half)
        self.broken = half + np.flatnonzero([bool(found) for found in boxes[half:]])
        self.held = np.arange(half, len(films))
        self.nets: dict[str, TinyNet] = {}
        self._boards: dict[str, dict[str, Scored]] = {}
        self._first: dict[tuple[str, int], Map] = {}  # the trained network's, with which all others are compared

    @classmethod
    def of(cls, wrists: "Wrists") -> "Workbench":
        """Take the films of the lessons, and their boxes."""
        boxes: list[list[Box]] = []
        size = wrists.films.shape[1]
        for found, (row, column, end, _) in zip(wrists.cases["boxes"], wrists.cuts.tolist(), strict=True):
            k = size / (end - row)
            boxes.append([((a - row) * k, (b - column) * k, (c - row) * k, (d - column) * k) for a, b, c, d in found])
        return cls(wrists.films, wrists.truth, boxes, wrists)

    def closely(self, film: int) -> "tuple[Radiograph, list[Box]]":
        """Return a film as people read it, with many more pixels than the networks see, and its lesions there."""
        from ..radiograph import Radiograph

        if self._wrists is None:
            return Radiograph(self.films[film].astype(np.float32) / 255), self.boxes[film]
        found, boxes = self._wrists.closely(film, marked=False)
        return found, list(boxes)

    def train(self, told: Callable[[], bool] = lambda: False) -> bool:
        """Train both networks, on the answers and on shuffled ones; `told` hears of each round and may stop it.

        What was trained on this machine before is not trained again.
        """
        from ..heatmaps.tiny_maps import randomised
        from ..training.miniature.remembered import fit
        from ..training.miniature.tiny import Recipe

        recipe, own = Recipe(width=8, depth=_DEPTH, epochs=EPOCHS), self._train
        shuffled = np.random.default_rng(0).permutation(self.truth[own])
        for name, answers in (("trained", self.truth[own]), ("shuffled", shuffled)):
            made = fit(self.films[own], answers, recipe, on_epoch=lambda _: told())
            if len(made.epochs) < EPOCHS:
                return False
            self.nets[name] = made.net
        for layers, name in enumerate(NETWORKS[1:-1], 1):
            self.nets[name] = randomised(self.nets["trained"], layers)
        return True

    def probability(self, network: str) -> NDArray[np.float64]:
        """Return the probability of a fracture on every held-out film."""
        from ..training.miniature.tiny import scores

        return np.asarray(1 / (1 + np.exp(-scores(self.nets[network], self.films[self.held]))))

    def maps(self, network: str, film: int) -> "dict[str, Map]":
        """Return the maps of one film by their names."""
        from ..heatmaps.tiny_maps import TINY_MAPS

        return {name: TINY_MAPS[name](self.nets[network], self.films[film]) for name in METHODS}

    def board(self, network: str, stop: Callable[[], bool] = lambda: False) -> dict[str, Scored] | None:
        """Score every kind of map, and two baselines, on films with a fracture; None when `stop` said so.

        What was scored on this machine before is not scored again.
        """
        from ..heatmaps import scores
        from ..heatmaps import tiny_maps as maps
        from ..stats import proportion_ci
        from .once import digest, worked_out

        if network in self._boards:
            return self._boards[network]
        films = self.broken[:_SCORED]
        of = network, digest(self.films[films], *self._numbers("trained"), *self._numbers(network)), self._told(films)
        code = [__file__, maps.__file__, scores.__file__]
        try:
            rows = worked_out("boards", of, code, lambda: {"rows": self._rows(network, films, stop)})["rows"]
        except Stopped:
            return None
        board = {}
        for name, (hit, near, energy, iou, same) in zip(maps.TINY_MAPS, rows.mean(axis=1).tolist(), strict=True):
            low, high = proportion_ci(round(hit * len(films)), len(films))
            board[name] = Scored(len(films), hit, low, high, near, energy, iou, same)
        self._boards[network] = board
        return board

    def _numbers(self, network: str) -> "list[NDArray[np.generic]]":
        return [value.numpy() for value in self.nets[network].state_dict().values()]

    def _told(self, films: NDArray[np.int64]) -> "list[list[Box]]":
        return [self.boxes[film] for film in films]

    def _rows(self, network: str, films: NDArray[np.int64], stop: Callable[[], bool]) -> NDArray[np.float64]:
        """Return five figures of every kind of map on every film, (kinds, films, 5)."""
        from ..heatmaps.scores import energy_inside, iou_at, points_at
        from ..heatmaps.tiny_maps import TINY_MAPS

        rows = np.empty((len(TINY_MAPS), len(films), 5))
        for k, (name, make) in enumerate(TINY_MAPS.items()):
            for place, film in enumerate(films):
                if stop():
                    raise Stopped
                heat, boxes = make(self.nets[network], self.films[film]), self.boxes[film]
                wider = [(a - CELL, b - CELL, c + CELL, d + CELL) for a, b, c, d in boxes]
                if network == "trained":
                    self._first[name, film] = heat
                elif (name, film) not in self._first:
                    self._first[name, film] = make(self.nets["trained"], self.films[film])
                first = self._first[name, film]
                rows[k, place] = (
                    points_at(heat, boxes), points_at(heat, wider), np.nan_to_num(energy_inside(heat, boxes)),
                    iou_at(heat, boxes), alike(heat, first),
                )  # fmt: skip
        return rows


def judged(board: dict[str, Scored]) -> tuple[list[str], list[str]]:
    """Return the kinds of map that hit the fracture more often than the film's centre does, and those that do not.

    A kind counts as better where the lower end of its interval lies above the centre's share.
    """
    bar = board["centre"].hit
    better = [name for name in METHODS if board[name].low > bar]
    return better, [name for name in METHODS if name not in better]


def alike(one: "Map", other: "Map") -> float:
    """Return Spearman's rank correlation of two maps; 0 where one of them is flat.

    Examples
    --------
    >>> ramp = np.arange(9, dtype=np.float32).reshape(3, 3)
    >>> round(alike(ramp, ramp**2), 6), alike(ramp, ramp * 0)
    (1.0, 0.0)
    """
    if one.min() == one.max() or other.min() == other.max():
        return 0.0
    return float(pd.Series(one.ravel()).corr(pd.Series(other.ravel()), method="spearman"))


@dataclass(frozen=True)
class Disagreement:
    """Doctor and model read 1,000 films and err independently of each other.

    Attributes
    ----------
    prevalence : float
        Share of films with a fracture.
    doctor, model : (float, float)
        Sensitivity and specificity.

    Notes
    -----
    Real errors are not independent: what is hard for one is often hard for the other, and then the model is right less
    often than stated here when it disagrees with a good reader.

    Examples
    --------
    >>> even = Disagreement(0.5, (0.9, 0.9), (0.9, 0.9))
    >>> [round(n) for n in even.only_model], [round(n) for n in even.only_doctor]
    ([45, 45], [45, 45])
    """

    prevalence: float
    doctor: tuple[float, float]
    model: tuple[float, float]

    @property
    def only_model(self) -> tuple[float, float]:
        """Films on which the model alone says fracture: with one, and without."""
        (ds, dp), (ms, mp) = self.doctor, self.model
        return 1000 * self.prevalence * ms * (1 - ds), 1000 * (1 - self.prevalence) * (1 - mp) * dp

    @property
    def only_doctor(self) -> tuple[float, float]:
        """Films on which the doctor alone says fracture: with one, and without."""
        (ds, dp), (ms, mp) = self.doctor, self.model
        return 1000 * self.prevalence * ds * (1 - ms), 1000 * (1 - self.prevalence) * (1 - dp) * mp
