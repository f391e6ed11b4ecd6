"""Lettering burned into a film: where it stands, and the film without it.

A score of our own, because the recognisers of text that are on PyPI weigh more than all of xrlearn's models, or fetch
theirs when first used: small specks of like height that stand in a line, lighter or darker than what is around them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .display import small
from .film import Radiograph

#: row0, column0, row1, column1 in pixels of the film, the last ones excluded
Box = tuple[int, int, int, int]

#: Longest sides at which a film is searched, pixels: small letters on a large film are lost at the first.
_SCALES = (768, 1536)
#: Letters in a line that make it lettering: side markers have 1 to 3.
LINE = 5


def lettering(pixels: NDArray[np.float32]) -> list[Box]:
    """Return boxes around what looks like lettering, along the rows or the columns; side markers are none.

    A glyph is a connected speck, brighter (or darker) than its surroundings by a quarter of the grey range, 5 to 40
    pixels high and no wider than 1.6 times its height, at a scale where the film is at most 768 (or 1536) pixels long.
    Five glyphs of like height in a row whose gaps are shorter than 1.5 heights are a line; what is near a line and of
    like height belongs to it, and so do fainter specks that go on with it, such as letters on bone.

    How often it is right is measured by ``python benchmarks/lettering.py``.

    Parameters
    ----------
    pixels : ndarray of float32, rows x columns

    Returns
    -------
    list of (row0, column0, row1, column1)

    Examples
    --------
    >>> from PIL import Image, ImageDraw
    >>> film = Image.new("L", (300, 200), 60)
    >>> ImageDraw.Draw(film).text((20, 20), "L", fill=255, font_size=18)
    >>> lettering(np.asarray(film, np.float32) / 255)
    []
    >>> ImageDraw.Draw(film).text((20, 80), "DOE JANE 1950", fill=255, font_size=18)
    >>> [(row0, column0, row1, column1)] = lettering(np.asarray(film, np.float32) / 255)
    >>> row0 < 84 < 97 < row1, column0 < 21 < 150 < column1
    (True, True)
    """
    found: list[Box] = []
    steps = {-(-max(pixels.shape) // side) for side in _SCALES}
    for step in sorted(steps):
        x = small(pixels, -(-max(pixels.shape) // step)) if step > 1 else pixels
        covered = np.zeros(x.shape, bool)
        low, high = np.percentile(x[::2, ::2], (1, 99.5))
        span = max(float(high - low), 0.05)
        wide, near = ndimage.uniform_filter(x, 41), ndimage.uniform_filter(x, 21)
        for sign in (1, -1):
            # Edges of bone and border are large components; specks in the hundreds of thousands are noise.
            labels, count = ndimage.label(sign * (x - wide) > 0.25 * span, structure=np.ones((3, 3)))
            if LINE <= count <= 20_000:
                faint = ndimage.label(sign * (x - near) > 0.1 * span, structure=np.ones((3, 3)))[0]
                for row0, column0, row1, column1 in _letters(labels, faint):
                    covered[row0:row1, column0:column1] = True
        found += [
            (r.start * step, c.start * step, min(r.stop * step, pixels.shape[0]), min(c.stop * step, pixels.shape[1]))
            for r, c in ndimage.find_objects(ndimage.label(covered)[0])
        ]
    return found


def black_out(film: Radiograph, boxes: Iterable[Box]) -> Radiograph:
    """Return the film with the darkest of its grey values in every box.

    Examples
    --------
    >>> film = Radiograph(np.linspace(0.2, 1, 16, dtype=np.float32).reshape(4, 4))
    >>> black_out(film, [(0, 0, 2, 4)]).pixels[:, 3].round(1)
    array([0.2, 0.2, 0.8, 1. ], dtype=float32)
    """
    pixels = film.pixels.copy()
    for row0, column0, row1, column1 in boxes:
        pixels[row0:row1, column0:column1] = film.pixels.min()
    return replace(film, pixels=pixels)


def _letters(labels: NDArray[np.int32], faint: NDArray[np.int32]) -> Iterator[Box]:
    """Give a box, with a margin, around every glyph that belongs to a line."""
    places = _places(labels)
    sizes = np.bincount(labels.ravel())[1:]
    weak: NDArray[np.int64] | None = None
    for turned in (False, True):  # along the rows, along the columns
        top, left, bottom, right = (places[:, [1, 0, 3, 2]] if turned else places).T
        height, width = bottom - top, right - left
        fill = sizes / (height * width)
        glyph = (height >= 5) & (height <= 40) & (width <= 1.6 * height) & (fill >= 0.15) & (fill <= 0.95)
        inside = np.zeros(len(places), bool)
        inside[glyph] = _in_line(left[glyph], right[glyph], (top + bottom)[glyph] / 2, height[glyph])
        if not inside.any():
            continue
        _gather(inside, top, left, bottom, right)
        weak = _places(faint) if weak is None else weak
        places_too = (weak[:, [1, 0, 3, 2]] if turned else weak).T
        top, left, bottom, right = (np.append(p, q) for p, q in zip((top, left, bottom, right), places_too))
        inside, height = np.append(inside, np.zeros(len(weak), bool)), bottom - top
        _gather(inside, top, left, bottom, right, on=True)
        for i in np.flatnonzero(inside):
            # Along the line wide enough for letters too faint to be glyphs themselves.
            along = (max(0, int(left[i] - 1.5 * height[i])), int(right[i] + 1.5 * height[i]) + 1)
            across = (max(0, int(top[i] - 0.4 * height[i])), int(bottom[i] + 0.4 * height[i]) + 1)
            (row0, row1), (column0, column1) = (along, across) if turned else (across, along)
            yield row0, column0, row1, column1


def _in_line(
    left: NDArray[np.int64], right: NDArray[np.int64], centre: NDArray[np.float64], height: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which glyphs stand in a line of at least `LINE`."""
    order = np.argsort(left, kind="stable")
    follows: list[tuple[int, int]] = []
    for place, i in enumerate(order):
        before = order[max(0, place - 60) : place]
        gap = left[i] - right[before]
        like = np.maximum(height[i], height[before]) <= 1.5 * np.minimum(height[i], height[before])
        near = (gap >= -2) & (gap <= 1.5 * height[i]) & (np.abs(centre[i] - centre[before]) <= 0.35 * height[i])
        follows += [(int(j), int(i)) for j in before[like & near]]
    ending, beginning = np.ones(len(left), int), np.ones(len(left), int)
    for j, i in follows:
        ending[i] = max(ending[i], ending[j] + 1)
    for j, i in reversed(follows):
        beginning[j] = max(beginning[j], beginning[i] + 1)
    return ending + beginning - 1 >= LINE


def _places(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the box of each component, (components, 4)."""
    found = [(r.start, c.start, r.stop, c.stop) for r, c in ndimage.find_objects(labels)]
    return np.array(found, np.int64).reshape(-1, 4)


Edges = NDArray[np.int64]


def _gather(inside: NDArray[np.bool_], top: Edges, left: Edges, bottom: Edges, right: Edges, on: bool = False) -> None:
    """Add to the glyphs of lines what is of like height and within two heights of one, a few steps far.

    With `on`, only what goes on with the line. Film grain is of like height too: without an end of the steps, a single
    line would gather the whole film.
    """
    edge = np.flatnonzero(inside)
    for _ in range(8 if on else 3):
        found = np.zeros(len(inside), bool)
        for i in edge:
            size = bottom[i] - top[i]
            like = (bottom - top <= 1.6 * size) & (bottom - top >= 0.4 * size) & (right - left <= 12 * size)
            beside = (left <= right[i] + 2 * size) & (right >= left[i] - 2 * size)
            near = (top <= bottom[i] + size) & (bottom >= top[i] - size)
            if on:
                like &= (bottom - top <= 1.3 * size) & (bottom - top >= 0.6 * size) & (right - left <= 3 * size)
                near &= np.abs(top + bottom - top[i] - bottom[i]) <= 0.5 * size
            found |= like & beside & near
        edge = np.flatnonzero(found & ~inside)
        inside |= found
