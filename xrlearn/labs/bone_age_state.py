"""The state of the bone-age lab: a child, its film, what the machine reads at each place, and which may speak."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    import pandas as pd

    from ..training.bone_age import HandAge

#: groups of places, from the finger tips to the elbow; together all of :data:`xrlearn.radiograph.hand.PLACES`
GROUPS = {
    "tips": (*(f"dip {ray}" for ray in range(1, 6)), "cmc 1"),
    "middle": tuple(f"pip {ray}" for ray in range(2, 6)),
    "knuckles": tuple(f"mcp {ray}" for ray in range(1, 6)),
    "carpus": ("carpus",),
    "forearm": ("forearm",),
}
#: birthdays at which a child is filmed when it is followed
YEARS = tuple(range(3, 19))
_ROWS = 320  # of a simulated film


@dataclass(frozen=True)
class Wish:
    """What the controls say.

    Attributes
    ----------
    child : int
        Number of the simulated child, or of the real film.
    months : int
        True bone age of a simulated child; a real one has its own.
    sex : {"F", "M"}
    site : str
        Hospital, for a simulated child.
    real : bool
        Take a real film.
    """

    child: int = 1
    months: int = 120
    sex: str = "F"
    site: str = "modern_dr"
    real: bool = False


@dataclass
class Hand:
    """A film and what was read in it.

    Attributes
    ----------
    pixels : ndarray, (rows, columns)
        0 to 1, bone bright.
    months : float
        True bone age: that of the simulation, or what the reviewers of a real film agreed on.
    sex : {"F", "M"}
    real : bool
    readings : dict
        The sex that the machine was told -> its reading.
    """

    pixels: NDArray[np.float32]
    months: float
    sex: str
    real: bool = False
    readings: "dict[str, HandAge]" = field(default_factory=dict)

    def read(self, told: str) -> "HandAge":
        """Return the machine's reading when it is told this sex."""
        from ..training.bone_age import read_age

        if told not in self.readings:
            self.readings[told] = read_age(self.pixels, told)
        return self.readings[told]


class Films:
    """Films of children: simulated, and real ones where they are on this machine."""

    def __init__(self) -> None:
        self._real: pd.DataFrame | None = None

    def look(self) -> int:
        """Look for real films; return how many there are."""
        from ..data import DataError
        from ..tasks import load

        try:
            cases = load("bone-age", source="rsna-bone-age")
        except DataError:
            return 0
        self._real = cases.sample(frac=1, random_state=0).reset_index(drop=True)
        return len(cases)

    def take(self, wish: Wish) -> Hand:
        """Return the film of `wish`, not yet read."""
        if wish.real:
            from ..radiograph import read

            assert self._real is not None
            case = self._real.iloc[wish.child % len(self._real)]
            return Hand(read(Path(case["image"])).pixels, float(case["bone_age"]), str(case["sex"]), real=True)
        from ..phantom import make

        film, truth = make(
            "hand", seed=wish.child, bone_age_months=float(wish.months), sex=wish.sex, site=wish.site, side="L",
            cast=False, metal="none", ring=False, size=_ROWS,
        )  # fmt: skip
        return Hand(film.pixels, float(truth.labels["bone_age"]), wish.sex)


def answer(reading: "HandAge", groups: Collection[str]) -> float | None:
    """Return the age of a hand, months, when only these groups may speak; None when none may.

    Each place is weighted by the inverse of its expected error, as in :func:`xrlearn.training.bone_age.together`.
    """
    told = [reading.places[place] for group in groups for place in GROUPS[group]]
    if not told:
        return None
    ages, errors = np.array(told).T
    return float(np.average(ages, weights=1 / errors))


def shares(reading: "HandAge", groups: Collection[str]) -> dict[str, float]:
    """Return how much each place that may speak has to say: its share of all weights."""
    weights = {place: 1 / reading.places[place][1] for group in groups for place in GROUPS[group]}
    total = sum(weights.values())
    return {place: weight / total for place, weight in weights.items()}


def expected_errors(reading: "HandAge") -> dict[str, float]:
    """Return how far off each group expects a place of its own to be, months."""
    return {group: float(np.mean([reading.places[p][1] for p in places])) for group, places in GROUPS.items()}


def follow(films: Films, wish: Wish, stop: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, "HandAge"]]:
    """Film one simulated child on every birthday of :data:`YEARS`; yield the year and the machine's reading."""
    for year in YEARS:
        if stop():
            return
        yield year, films.take(replace(wish, months=12 * year)).read(wish.sex)
