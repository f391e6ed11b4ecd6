"""Plots as SVG text: drawn by the browser in its own fonts, so that Chinese needs none of ours, and cheap to redraw."""

import time
from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

from ipywidgets import HTML

from xrlearn.locale import text

#: Okabe and Ito's colours, told apart by colour-blind readers: blue, vermilion, green, purple, black
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#222222")
_DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 2")

Series = tuple[Sequence[float], Sequence[float]]


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers from `low` to `high`, about `about` of them.

    Examples
    --------
    >>> ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> ticks(3, 47)
    [10.0, 20.0, 30.0, 40.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(k * power for k in (1, 2, 5, 10) if k * power >= rough * 0.999)
    places = max(0, -floor(log10(step)))
    return [round(k * step, places) for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def line_plot(
    series: Mapping[str, Series],
    *,
    x: str,
    y: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    diagonal: bool = False,
    bands: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]] | None = None,
    faint: Mapping[str, Series] | None = None,
    size: tuple[int, int] = (560, 320),
) -> str:
    """Return an SVG line plot with axes and a legend.

    Parameters
    ----------
    series : mapping of str to (xs, ys)
        Name, already in the reader's language, to two sequences of equal length; points that are not
        finite are left out.
    x, y : str
        Names of the axes.
    x_range, y_range : (float, float), optional
        Ends of the axes; those of the data when left out.
    diagonal : bool
        Draw the line from corner to corner: chance in a ROC plot, perfect calibration in a reliability plot.
    bands : mapping of str to (xs, lows, highs), optional
        Name of a line to the interval around it, drawn as a pale band of its colour.
    faint : mapping of str to (xs, ys), optional
        Name of a line to the same before it was smoothed, drawn pale behind it.
    size : (int, int)
        Width and height in pixels; the plot shrinks with its container.

    Examples
    --------
    >>> svg = line_plot({"training": ([1, 2, 3], [0.7, 0.5, 0.4])}, x="epoch", y="loss")
    >>> svg.count("<polyline"), "aria-label='loss, epoch: training'" in svg
    (1, True)
    """
    width, height = size
    left, right, top, bottom = 58, 16, 34, 46
    clean = {
        name: [(float(a), float(b)) for a, b in zip(xs, ys, strict=True) if isfinite(a) and isfinite(b)]
        for name, (xs, ys) in series.items()
    }
    points = [point for line in clean.values() for point in line]
    (x0, x1), (y0, y1) = (
        given or _span([point[axis] for point in points]) for axis, given in enumerate((x_range, y_range))
    )

    def at(px: float, py: float) -> tuple[float, float]:
        across = left + (px - x0) / (x1 - x0) * (width - left - right)
        return across, height - bottom - (py - y0) / (y1 - y0) * (height - top - bottom)

    parts = [
        f"<svg class='xr-plot' viewBox='0 0 {width} {height}' role='img' style='max-width:{width}px'"
        f" aria-label='{escape(f'{y}, {x}: ' + ', '.join(series), quote=True)}'>"
    ]
    for tick in ticks(y0, y1):
        across, up = at(x0, tick)
        parts.append(f"<path class='grid' d='M{across:.1f} {up:.1f}H{width - right}'/>")
        parts.append(f"<text x='{across - 8:.1f}' y='{up + 4:.1f}' text-anchor='end'>{tick:g}</text>")
    for tick in ticks(x0, x1, 6):
        across, up = at(tick, y0)
        parts.append(f"<path class='axis' d='M{across:.1f} {up:.1f}v5'/>")
        parts.append(f"<text x='{across:.1f}' y='{up + 19:.1f}' text-anchor='middle'>{tick:g}</text>")
    parts.append(f"<path class='axis' d='M{left} {top}V{height - bottom}H{width - right}'/>")
    middle = (top + height - bottom) / 2
    parts.append(
        f"<text class='name' x='{(left + width - right) / 2}' y='{height - 8}' text-anchor='middle'>{escape(x)}</text>"
    )
    parts.append(
        f"<text class='name' x='15' y='{middle}' text-anchor='middle'"
        f" transform='rotate(-90 15 {middle})'>{escape(y)}</text>"
    )
    if diagonal:
        (xa, ya), (xb, yb) = at(x0, y0), at(x1, y1)
        parts.append(f"<path class='diagonal' d='M{xa:.1f} {ya:.1f}L{xb:.1f} {yb:.1f}'/>")
    legend = float(left)
    # A picture within the picture: what lies beyond the ends of the axes is not drawn across them.
    across, down = width - left - right + 8, height - top - bottom + 6
    frame = f"x='{left - 4}' y='{top - 4}' width='{across}' height='{down}'"
    drawn, keys = [f"<svg {frame} viewBox='{left - 4} {top - 4} {across} {down}'>"], []
    for i, (name, line) in enumerate(clean.items()):
        look = f"stroke='{COLOURS[i % 5]}' stroke-dasharray='{_DASHES[i % 5]}'"
        dots = [at(*point) for point in line]
        if bands and name in bands:
            xs, lows, highs = bands[name]
            edge = [at(*point) for point in (*zip(xs, lows), *reversed([*zip(xs, highs)]))]
            outline = " ".join(f"{a:.1f},{b:.1f}" for a, b in edge)
            drawn.append(f"<polygon points='{outline}' fill='{COLOURS[i % 5]}' fill-opacity='.16'/>")
        if faint and name in faint:
            pale = [at(a, b) for a, b in zip(*faint[name], strict=True) if isfinite(a) and isfinite(b)]
            outline = " ".join(f"{a:.1f},{b:.1f}" for a, b in pale)
            drawn.append(f"<polyline class='faint' stroke='{COLOURS[i % 5]}' stroke-opacity='.3' points='{outline}'/>")
        drawn.append(f"<polyline {look} points='{' '.join(f'{a:.1f},{b:.1f}' for a, b in dots)}'/>")
        if len(dots) == 1:
            drawn.append(f"<circle cx='{dots[0][0]:.1f}' cy='{dots[0][1]:.1f}' r='3.5' fill='{COLOURS[i % 5]}'/>")
        keys.append(f"<path class='key' {look} d='M{legend:.0f} 16h26'/>")
        keys.append(f"<text x='{legend + 32:.0f}' y='20'>{escape(name)}</text>")
        legend += 50 + sum(13.5 if ord(letter) > 0x2E7F else 7.2 for letter in name)
    return "".join([*parts, *drawn, "</svg>", *keys, "</svg>"])


def _span(values: list[float]) -> tuple[float, float]:
    """The ends of an axis that holds `values`."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if low == high:
        return low - 0.5, high + 0.5
    margin = 0.04 * (high - low)
    return (0.0 if 0 <= low < margin else low - margin * (low != 0)), high + margin


class Curves(HTML):
    """Curves that grow while a model trains, redrawn at most twenty times a second.

    Parameters
    ----------
    names : mapping of str to str
        One entry for each curve: its short name to its catalogue key.
    x, y : str
        Catalogue keys of the names of the axes.

    Examples
    --------
    >>> curves = Curves({"stop": "parts.progress.stop"}, x="parts.progress.stopping", y="parts.progress.stop")
    >>> curves.add(1, stop=0.7)
    >>> curves.add(2, stop=0.5)
    >>> curves.series["stop"]
    ([1, 2], [0.7, 0.5])
    """

    def __init__(self, names: Mapping[str, str], *, x: str, y: str, y_range: tuple[float, float] | None = None) -> None:
        super().__init__()
        self._names, self._x, self._y, self._y_range = dict(names), x, y, y_range
        self._drawn = 0.0
        self.add_class("xr-curves")
        self.clear()

    def clear(self) -> None:
        """Begin anew, with empty curves."""
        self.series: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in self._names}
        self.relabel()

    def add(self, at: float, **values: float) -> None:
        """Add a point to each curve named; :meth:`relabel` after the last, which may have come too soon to be drawn."""
        for name, value in values.items():
            xs, ys = self.series[name]
            xs.append(at)
            ys.append(value)
        if time.monotonic() - self._drawn > 0.05:
            self.relabel()

    def relabel(self) -> None:
        """Draw, in the language now in use."""
        named: dict[str, Series] = {text(self._names[name]): line for name, line in self.series.items()}
        self.value = line_plot(named, x=text(self._x), y=text(self._y), y_range=self._y_range)
        self._drawn = time.monotonic()


_PERSON = "M0 -3.4a4 4 0 1 1 .01 0zM-6.5 11v-7.5a6.5 6.5 0 0 1 13 0v7.5z"


def people(count: int, of: int = 100, *, caption: str, group: int = 0) -> str:
    """Return an SVG grid of people, `count` of them coloured: a probability as something one can count.

    Natural frequencies are understood better than percentages (Gigerenzer and others, "Helping doctors and patients
    make sense of health statistics", Psychological Science in the Public Interest 2007; 8:53-96).

    Parameters
    ----------
    count : int
        How many are coloured, 0 to `of`; they are also ringed, so the figure reads without colour.
    of : int
        How many there are, in rows of twenty.
    caption : str
        What the picture says, in the reader's language; it is shown below and read aloud instead of it.
    group : int
        Index into :data:`COLOURS`.

    Raises
    ------
    ValueError
        If `count` is below 0 or above `of`.

    Examples
    --------
    >>> svg = people(7, caption="7 of 100 films like this one show a fracture.")
    >>> svg.count("class='yes'"), svg.count("class='no'")
    (7, 93)
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} people")
    rows = ceil(of / 20)
    looks = [f"class='yes' fill='{COLOURS[group]}'"] * count + ["class='no'"] * (of - count)
    drawn = "".join(
        f"<path {look} transform='translate({16 + 25 * (i % 20)} {20 + 32 * (i // 20)})' d='{_PERSON}'/>"
        for i, look in enumerate(looks)
    )
    label = escape(caption, quote=True)
    return (
        f"<figure class='xr-people'><svg viewBox='0 0 508 {32 * rows + 8}' role='img' aria-label='{label}'>"
        f"{drawn}</svg>"
        f"<figcaption aria-hidden='true'>{escape(caption)}</figcaption></figure>"
    )
