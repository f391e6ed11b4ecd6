"""Chances that a clinician can use: as a word, as people out of 100, and as the price of a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Upper end of each step but the last. The words and their percentages (unlikely < 10 %, less likely ~ 25 %, possible
#: ~ 50 %, probable ~ 75 %, consistent with > 90 %) are those of Panicek and Hricak, "How sure are you, doctor?", AJR
#: 2016; 207:2-3; the ends between the middle steps are ours, half-way.
STEPS = {"unlikely": 0.10, "less_likely": 0.375, "possible": 0.625, "probable": 0.90}


def in_words(probability: float) -> str:
    """Return the step of the verbal scale: ``unlikely``, ``less_likely``, ``possible``, ``probable`` or ``consistent``.

    The whole percent that stands beside the word decides, so that one percentage never has two words.

    Examples
    --------
    >>> [in_words(p) for p in (0.02, 0.25, 0.5, 0.75, 0.97)]
    ['unlikely', 'less_likely', 'possible', 'probable', 'consistent']
    >>> {in_words(p) for p in (0.096, 0.104)}
    {'less_likely'}
    """
    percent = round(100 * probability)
    return next((word for word, end in STEPS.items() if percent < 100 * end), "consistent")


@dataclass(frozen=True)
class Hundred:
    """What becomes of 100 films at one threshold; the four counts add up to 100."""

    found: int
    missed: int
    alarms: int
    cleared: int


@dataclass(frozen=True)
class Point:
    """Sensitivity and specificity at one threshold, with 95 % intervals where they are known."""

    threshold: float
    sensitivity: float
    specificity: float
    sensitivity_interval: tuple[float, float] | None = None
    specificity_interval: tuple[float, float] | None = None

    @property
    def missed(self) -> int:
        """Fractures missed, of 100 patients with a fracture.

        Examples
        --------
        >>> Point(0.5, sensitivity=0.87, specificity=0.92).missed
        13
        """
        return 100 - round(100 * self.sensitivity)

    @property
    def alarms(self) -> int:
        """False alarms, of 100 patients without a fracture."""
        return 100 - round(100 * self.specificity)

    def among(self, prevalence: int) -> Hundred:
        """Return what becomes of 100 films of which `prevalence` show a fracture.

        Examples
        --------
        >>> Point(0.5, sensitivity=0.9, specificity=0.8).among(20)
        Hundred(found=18, missed=2, alarms=16, cleared=64)
        """
        found = round(prevalence * self.sensitivity)
        cleared = round((100 - prevalence) * self.specificity)
        return Hundred(found, prevalence - found, 100 - prevalence - cleared, cleared)


class Operating:
    """A model's operating points, as its card states them.

    Parameters
    ----------
    points : sequence of Point
        In the order of their thresholds.
    """

    def __init__(self, points: list[Point]) -> None:
        self.points = sorted(points, key=lambda point: point.threshold)

    @classmethod
    def of(cls, figures: Mapping[str, Any]) -> "Operating | None":
        """Read the points from ``figures["operating"]`` of a model card; None where the card has none.

        Each entry holds ``threshold``, ``sensitivity`` and ``specificity``, and for intervals ``sensitivity_low``,
        ``sensitivity_high``, ``specificity_low`` and ``specificity_high``.

        Examples
        --------
        >>> Operating.of({}) is None
        True
        >>> Operating.of({"operating": [{"threshold": 0.5, "sensitivity": 0.9, "specificity": 0.8}]}).at(0.3).missed
        10
        """

        def interval(row: Mapping[str, Any], name: str) -> tuple[float, float] | None:
            ends = row.get(f"{name}_low"), row.get(f"{name}_high")
            return None if None in ends else (float(ends[0]), float(ends[1]))  # type: ignore[arg-type]

        points = [
            Point(
                float(row["threshold"]), float(row["sensitivity"]), float(row["specificity"]),
                interval(row, "sensitivity"), interval(row, "specificity"),
            )
            for row in figures.get("operating") or ()
        ]  # fmt: skip
        return cls(points) if points else None

    def at(self, threshold: float) -> Point:
        """Return the point whose threshold is nearest."""
        return min(self.points, key=lambda point: abs(point.threshold - threshold))
