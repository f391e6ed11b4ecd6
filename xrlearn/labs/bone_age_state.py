"""The state of the bone-age lab: a child, its film, what the machine reads at each place, and which may speak."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .filmed import made

if TYPE_CHECKING:  # the page is drawn before torch is loaded
    import pandas as pd

    from ..training import Prediction

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
_ROWS = 640  # of a simulated film


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
    spacing_mm : (float, float) or None
    readings : dict
        The sex that the machine was told -> its reading.
    """

    pixels: NDArray[np.float32]
    months: float
    sex: str
    real: bool = False
    spacing_mm: tuple[float, float] | None = None
    readings: "dict[str, Prediction]" = field(default_factory=dict)

    def read(self, told: str) -> "Prediction":
        """Return the machine's reading when it is told this sex."""
        from ..radiograph import Radiograph
        from ..training import predict

        if told not in self.readings:
            film = Radiograph(pixels=self.pixels)
            self.readings[told] = predict({"image": film, "sex": told}, "bone-age")
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
            found = read(Path(case["image"]))
            return Hand(found.pixels, float(case["bone_age"]), str(case["sex"]), True, found.spacing_mm)
        film, truth = made(
            "hand", seed=wish.child, bone_age_months=float(wish.months), sex=wish.sex, site=wish.site, side="L",
            cast=False, metal="none", ring=False, size=_ROWS,
        )  # fmt: skip
        return Hand(film.pixels, float(truth.labels["bone_age"]), wish.sex, spacing_mm=film.spacing_mm)


def answer(reading: "Prediction", groups: Collection[str] = tuple(GROUPS)) -> float | None:
    """Return the age of a hand, months, when only these groups may speak; None when none may.

    Each place is weighted by the inverse of its expected error, as the machine does. Films that the machine calls
    strange have an age too: here its working is shown.
    """
    weights = shares(reading, groups)
    return sum(share * reading.parts[place]["value"] for place, share in weights.items()) if weights else None


def shares(reading: "Prediction", groups: Collection[str]) -> dict[str, float]:
    """Return how much each place that may speak has to say: its share of all weights."""
    weights = {place: 1 / reading.parts[place]["error"] for group in groups for place in GROUPS[group]}
    total = sum(weights.values())
    return {place: weight / total for place, weight in weights.items()}


def expected_errors(reading: "Prediction") -> dict[str, float]:
    """Return how far off each group expects a place of its own to be, months."""
    return {group: float(np.mean([reading.parts[p]["error"] for p in places])) for group, places in GROUPS.items()}


def mean_error(source: str) -> dict[str, str] | None:
    """Return what the model's card says of its error on films of a source; None where it was not measured there."""
    from ..training import model_card

    figures = model_card("bone-age").figures
    own = figures if figures.get("source") == source else figures.get("by_source", {}).get(source)
    if own is None:
        return None
    error = {name: f"{own['metrics']['mae'][name]:.1f}" for name in ("value", "low", "high")}
    return {"films": f"{own['n']}", "command": own["command"], **error}


def follow(films: Films, wish: Wish, stop: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, "Prediction"]]:
    """Film one simulated child on every birthday of :data:`YEARS`; yield the year and the machine's reading."""
    for year in YEARS:
        if stop():
            return
        yield year, films.take(replace(wish, months=12 * year)).read(wish.sex)
