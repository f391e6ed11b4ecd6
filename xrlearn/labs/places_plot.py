"""A hand's places: their squares on the film, and as SVG a row for each with its age."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from .bone_age_state import GROUPS

if TYPE_CHECKING:
    from ..training import Prediction

#: colours of the groups, from Okabe and Ito's: told apart by colour-blind readers, on a dark film and on white
COLOURS = {"tips": "#CC79A7", "middle": "#56B4E9", "knuckles": "#E69F00", "carpus": "#009E73", "forearm": "#D55E00"}
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _GAP, _FOOT = 520, 112, 62, 40, 20, 7, 44
_OLDEST = 20  # years, the end of the axis


@dataclass(frozen=True)
class Words:
    """What a plot says, in the reader's language.

    Attributes
    ----------
    places : mapping of str to str
        Name of each place.
    axis, share, truth, machine, title : str
        Names of the axis, of the column on the right, of both lines, and of the plot.
    """

    places: Mapping[str, str]
    axis: str
    share: str
    truth: str
    machine: str
    title: str


def outlines_of_places(
    reading: "Prediction", groups: Collection[str], names: Mapping[str, str]
) -> list[dict[str, object]]:
    """Return the squares of the places that may speak, as :attr:`.parts.viewer.Viewer.outlines` draws them."""
    found: list[dict[str, object]] = []
    for group in groups:
        for place in GROUPS[group]:
            row, column, a, b = (reading.parts[place][name] for name in ("row", "column", "down_row", "down_column"))
            corners = ((1, 1), (1, -1), (-1, -1), (-1, 1))
            points = [(float(row + s * a + t * b) + 0.5, float(column + s * b - t * a) + 0.5) for s, t in corners]
            found.append({"points": points, "colour": COLOURS[group], "name": names[place]})
    return found


def ages_of_places(
    reading: "Prediction", groups: Collection[str], share: Mapping[str, float], truth: float, machine: float | None,
    words: Words,
) -> str:  # fmt: skip
    """Return a row for each place: its age, how far off it expects to be, and its share of the answer.

    Parameters
    ----------
    reading : Prediction
    groups : collection of str
        Those that may speak; the others are pale.
    share : mapping of str to float
        See :func:`.bone_age_state.shares`.
    truth, machine : float
        Months; both are lines from top to bottom.
    words : Words
    """
    height = _TOP + _ROW * len(reading.parts) + _GAP * (len(GROUPS) - 1) + _FOOT
    end = height - _FOOT

    def at(months: float) -> float:
        return _LEFT + min(max(months / 12, 0), _OLDEST) / _OLDEST * (_WIDTH - _LEFT - _RIGHT)

    parts = [
        f"<svg class='xr-plot xr-ages' viewBox='0 0 {_WIDTH} {height}' role='img' style='max-width:{_WIDTH}px'"
        f" aria-label='{escape(words.title, quote=True)}'>"
    ]
    for year in range(0, _OLDEST + 1, 2):
        across = at(12 * year)
        parts.append(f"<path class='grid' d='M{across:.1f} {_TOP - 6}V{end}'/>")
        parts.append(f"<text x='{across:.1f}' y='{end + 16}' text-anchor='middle'>{year}</text>")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f"<text class='name' x='{middle}' y='{height - 8}' text-anchor='middle'>{escape(words.axis)}</text>")
    parts.append(f"<text x='{_WIDTH - 4}' y='{_TOP - 12}' text-anchor='end'>{escape(words.share)}</text>")
    row = _TOP + _ROW / 2
    for group, places in GROUPS.items():
        for place in places:
            age, error = (reading.parts[place][name] for name in ("value", "error"))
            low, across, high = at(age - error), at(age), at(age + error)
            told = f"{100 * share[place]:.0f} %" if place in share else "–"
            parts.append(
                f"<g class='{'xr-in' if group in groups else 'xr-out'}'>"
                f"<text x='{_LEFT - 10}' y='{row + 4:.1f}' text-anchor='end'>{escape(words.places[place])}</text>"
                f"<path d='M{low:.1f} {row:.1f}H{high:.1f}' stroke='{COLOURS[group]}'/>"
                f"<circle cx='{across:.1f}' cy='{row:.1f}' r='5' fill='{COLOURS[group]}'/>"
                f"<text x='{_WIDTH - 4}' y='{row + 4:.1f}' text-anchor='end'>{told}</text></g>"
            )
            row += _ROW
        row += _GAP
    key = _LEFT
    for name, months, look in ((words.truth, truth, "truth"), (words.machine, machine, "machine")):
        if months is not None:
            parts.append(f"<path class='xr-line-{look}' d='M{at(months):.1f} {_TOP - 6}V{end}'/>")
            parts.append(
                f"<path class='xr-line-{look}' d='M{key} 14h24'/><text x='{key + 30}' y='18'>{escape(name)}</text>"
            )
            key += 60 + sum(13 if ord(letter) > 0x2E7F else 7 for letter in name)
    return "".join(parts) + "</svg>"
