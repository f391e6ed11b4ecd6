"""The state of the lesson on what a machine sees: grey values, features that last, and three kinds of learning.

Everything here is small enough to be worked out while a slider moves, without a network.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from ..phantom.cohort import Cohort
    from ..progress import Progress

#: patients of each of two hospitals; each is filmed in both views
PATIENTS, SITES, VIEWS, SIDE = 30, ("modern_dr", "portable"), ("PA", "lateral"), 48
FEATURES = ("pixels", "histogram", "edges")
CHANGES = ("noise", "brightness", "turn")
#: what clusters may have found: name -> column of the cases table
COLUMNS = {"view": "view", "site": "site", "side": "side", "fracture": "fracture"}
GRID = 8  # squares along each side of the agent's film
FAR = 60  # steps after which the agent gives up

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shelf:
    """Wrist films of two hospitals and two views, as small squares, and what is known of them.

    Attributes
    ----------
    cases : pandas.DataFrame
    films : ndarray of float, (films, SIDE, SIDE), 0 to 1
    """

    cases: "pd.DataFrame"
    films: Floats = field(repr=False)


def cohorts() -> "list[Cohort]":
    """Return which films of the simulator the shelf's are, a cohort a hospital."""
    from ..phantom.cohort import Cohort

    each = PATIENTS * len(VIEWS)
    return [
        Cohort("wrist", each, seed=20 + k, size=96, views=VIEWS, site=site, subtlety=0.1)
        for k, site in enumerate(SITES)
    ]


def load(progress: "Progress | None" = None) -> Shelf:
    """Return the films of both hospitals, which ship with the package or are made once and kept.

    Raises
    ------
    xrlearn.progress.Stopped
        If `progress` returned True.
    """
    import pandas as pd
    from PIL import Image

    from ..tasks.ready import kept
    from ..training.films import fit

    tables = []
    for k, cohort in enumerate(cohorts()):

        def told(done: int, each: int, before: int = k * cohort.n) -> object:
            return progress(before + done, len(SITES) * each) if progress is not None else None

        folder = kept(cohort, told)
        table = pd.read_csv(folder / "labels.csv", keep_default_na=False)
        tables.append(table.assign(image=[str(folder / name) for name in table["filename"]]))
    cases = pd.concat(tables, ignore_index=True)
    films = np.empty((len(cases), SIDE, SIDE))
    for i, image in enumerate(cases["image"]):
        with Image.open(image) as picture:
            films[i] = np.asarray(fit(picture.convert("L"), SIDE), float) / 255
    return Shelf(cases, films)


# ---------------------------------------------------------------- grey values
def coarser(pixels: Floats, bits: int, window: tuple[float, float] = (0.0, 1.0)) -> Floats:
    """Return grey values (0 to 1) inside a window, in steps of 2**bits levels.

    Examples
    --------
    >>> coarser(np.array([0.0, 0.4, 0.6, 1.0]), bits=1)
    array([0., 0., 1., 1.])
    """
    low, high = window
    top = 2**bits - 1
    return np.asarray(np.round(np.clip((pixels - low) / (high - low), 0, 1) * top) / top)


# ---------------------------------------------------------------- features
def changed(films: Floats, change: str, dose: float, seed: int = 0) -> Floats:
    """Return films with noise, another brightness, or turned by `dose` times 10 degrees; dose 0 leaves them alone."""
    from scipy.ndimage import rotate

    rng = np.random.default_rng(seed)
    if change == "noise":
        return np.clip(films + 0.1 * dose * rng.standard_normal(films.shape), 0, 1)
    if change == "brightness":
        return np.clip(films ** (2.0 ** (0.5 * dose)), 0, 1)
    return np.asarray(rotate(films, 10 * dose, axes=(1, 2), reshape=False, order=1, mode="nearest"))


def features(films: Floats, kind: str) -> Floats:
    """Describe films by numbers, (films, numbers), each film's of length 1.

    ``"pixels"`` are the grey values, their mean taken off. ``"histogram"`` counts grey values, wherever they are.
    ``"edges"`` counts directions of edges in 6 x 6 squares, weighted by their strength (Dalal and Triggs, CVPR 2005).
    """
    n = len(films)
    if kind == "pixels":
        out = films.reshape(n, -1) - films.mean(axis=(1, 2))[:, None]
    elif kind == "histogram":
        out = np.stack([np.histogram(film, 32, (0, 1))[0] for film in films]).astype(float)
    else:
        gy, gx = np.gradient(films, axis=(1, 2))
        strength, direction = np.hypot(gx, gy), np.arctan2(gy, gx) % np.pi
        k = np.minimum((direction / np.pi * 8).astype(int), 7)
        step = films.shape[1] // 6
        blocks = [
            np.where(k == b, strength, 0)[:, : 6 * step, : 6 * step].reshape(n, 6, step, 6, step).sum(axis=(2, 4))
            for b in range(8)
        ]
        cells = np.stack(blocks, -1)
        cells /= np.linalg.norm(cells, axis=-1, keepdims=True) + 1e-3
        out = cells.reshape(n, -1)
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9))


def recognised(films: Floats, kind: str, change: str, dose: float) -> float:
    """Return how many changed films are still most like their own original, of 1."""
    here, there = features(films, kind), features(changed(films, change, dose), kind)
    return float(((there @ here.T).argmax(axis=1) == np.arange(len(films))).mean())


# ---------------------------------------------------------------- with labels, and without
@dataclass(frozen=True)
class Map:
    """Films laid out without labels: likeness becomes nearness.

    Attributes
    ----------
    at : (films, 2) array
        First two principal components.
    group : (films,) array of 0 and 1
        Two clusters (k-means).
    agrees : dict
        How well the clusters agree with what is known of the films, by column: the adjusted Rand index (Hubert and
        Arabie 1985), 0 for chance and 1 for the same.
    """

    at: Floats
    group: NDArray[np.int64]
    agrees: dict[str, float]


def without_labels(shelf: Shelf, kind: str) -> Map:
    """Cluster the films by one kind of feature."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.metrics import adjusted_rand_score

    described = features(shelf.films, kind)
    group = KMeans(2, n_init=4, random_state=0).fit_predict(described)
    agrees = {name: float(adjusted_rand_score(shelf.cases[column], group)) for name, column in COLUMNS.items()}
    return Map(PCA(2, random_state=0).fit_transform(described), np.asarray(group, np.int64), agrees)


def with_labels(shelf: Shelf, kind: str, column: str) -> float:
    """Teach a linear model one column by half of the patients; return its AUC on the other half."""
    from sklearn.linear_model import LogisticRegression

    from ..stats import auc

    described = features(shelf.films, kind)
    told = shelf.cases[COLUMNS[column]].to_numpy()
    truth = (told == np.unique(told)[-1]).astype(np.int64)
    patients = shelf.cases["patient"].astype("category").cat.codes.to_numpy()
    own = patients % 2 == 0
    model = LogisticRegression(C=10.0, max_iter=500).fit(described[own], truth[own])
    return auc(truth[~own], model.decision_function(described[~own]))


# ---------------------------------------------------------------- by reward
class Agent:
    """Learns where to look: it moves over squares of a film and is rewarded when it stands on the fracture.

    Tabular Q-learning (Watkins and Dayan 1992) with the square as its state: nobody tells it where fractures lie.

    Parameters
    ----------
    goals : (films, 2) array
        Row and column of the square that holds each film's fracture.

    Attributes
    ----------
    steps : list of int
        How many steps each film took, in the order of training.

    Examples
    --------
    >>> agent = Agent(np.full((1, 2), 6))
    >>> agent.learn(200)
    >>> sum(agent.steps[-20:]) < sum(agent.steps[:20]) / 2
    True
    """

    MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))

    def __init__(self, goals: NDArray[np.int64], seed: int = 0) -> None:
        self.goals = goals
        self.worth = np.zeros((GRID, GRID, len(self.MOVES)))
        self.steps: list[int] = []
        self.path: list[tuple[int, int]] = []
        self._rng = np.random.default_rng(seed)

    def learn(self, films: int) -> None:
        """Look through so many films, one after the other, learning after every step."""
        for _ in range(films):
            goal = tuple(self.goals[self._rng.integers(len(self.goals))])
            curious = max(0.02, 0.6 * 0.97 ** len(self.steps))
            self.steps.append(self._look(goal, curious))

    def _look(self, goal: tuple[int, ...], curious: float) -> int:
        place = (int(self._rng.integers(GRID)), int(self._rng.integers(GRID)))
        self.path = [place]
        while place != goal and len(self.path) <= FAR:
            worth = self.worth[place]
            best = np.flatnonzero(worth == worth.max())
            move = int(self._rng.integers(4) if self._rng.random() < curious else self._rng.choice(best))
            row, column = place[0] + self.MOVES[move][0], place[1] + self.MOVES[move][1]
            then = (min(max(row, 0), GRID - 1), min(max(column, 0), GRID - 1))
            reward = 1.0 if then == goal else -0.02
            ahead = 0.0 if then == goal else 0.95 * self.worth[then].max()
            worth[move] += 0.1 * (reward + ahead - worth[move])
            place = then
            self.path.append(place)
        return len(self.path) - 1


def goals(shelf: Shelf) -> NDArray[np.int64]:
    """Return the agent's goals: the square that holds the middle of the fracture, frontal films only, (films, 2)."""
    import json

    found = []
    for case in shelf.cases.itertuples():
        boxes = json.loads(str(case.boxes))
        if case.view == "PA" and boxes:
            r0, c0, r1, c1 = boxes[0]
            wide = 96 * 86 / 124  # columns of a frontal wrist of 96 rows
            row, column = (r0 + r1) / 2 / 96, 0.5 + ((c0 + c1) / 2 / wide - 0.5) * 86 / 124
            found.append((int(np.clip(row, 0, 0.999) * GRID), int(np.clip(column, 0, 0.999) * GRID)))
    return np.array(found, np.int64)
