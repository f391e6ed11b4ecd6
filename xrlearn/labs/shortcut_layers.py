"""What may betray a film's origin: a marker, a stamp, a plate, a cast, a hospital's greys. Laid over the film alone.

Each layer takes a film as a lesson's network sees it (a square of greys 0 to 1, bone bright) and leaves the bone as it
is: metal and lead hide what lies behind them, a cast adds its own shadow, a grey-scale curve touches every pixel. They
are drawings with the look of the real thing, not physics; a whole cast and plate in the beam come from
:mod:`xrlearn.phantom`.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..phantom.marker import letter

#: side of the square that a network sees, in pixels
SIZE = 64

Film = NDArray[np.float32]
Spot = tuple[float, float]

#: layer -> where its middle usually lies, (row, column) as shares of the film; None where it lies everywhere
PLACES: dict[str, Spot | None] = {
    "marker": (0.14, 0.12),
    "stamp": (0.91, 0.16),
    "plate": (0.68, 0.48),
    "cast": None,
    "curve": None,
    "noise": None,
}


def without_marker(film: Film, marker: NDArray[np.bool_]) -> Film:
    """Take a side marker off a film: its pixels become the mean of their surroundings, the near ones counting most.

    Examples
    --------
    >>> film = np.full((40, 40), 0.2, np.float32); film[5:9, 5:9] = 1
    >>> bool(np.allclose(without_marker(film, film > 0.5), 0.2))
    True
    """
    from scipy.ndimage import binary_dilation, gaussian_filter

    if not marker.any():
        return film
    away = binary_dilation(marker, iterations=2)
    known = (~away).astype(np.float32)
    near = gaussian_filter(film * known, 4.0) / np.maximum(gaussian_filter(known, 4.0), 1e-6)
    return np.where(away, near, film).astype(np.float32)


def lay(kind: str, film: Film, spot: Spot | None = None, side: str = "R", seed: int = 0) -> Film:
    """Return the film with one of :data:`PLACES` laid over it.

    Parameters
    ----------
    kind : str
    film : ndarray of float32, (size, size), 0 to 1
    spot : (float, float), optional
        Where its middle lies, as shares of the film; its usual place when left out. Off the film it leaves no trace.
    side : {"L", "R"}
        The letter of the marker.
    seed : int
        Of the noise.

    Raises
    ------
    KeyError
        If there is no such layer.

    Examples
    --------
    >>> film = np.full((64, 64), 0.3, np.float32)
    >>> bool((lay("marker", film) != film).mean() < 0.05), bool((lay("curve", film) != film).all())
    (True, True)
    >>> bool((lay("marker", film, (-1.0, 0.5)) == film).all())
    True
    """
    size = film.shape[0]
    if kind in _EVERYWHERE:
        return _EVERYWHERE[kind](film, seed)
    cover, white, hides = _sprite(kind, size, side)
    row, column = spot or PLACES[kind]  # type: ignore[misc]  # those without a place are dealt with above
    top, left = (round(share * size) - half // 2 for share, half in zip((row, column), cover.shape, strict=True))
    out = film.copy()
    r0, c0 = max(top, 0), max(left, 0)
    r1, c1 = min(top + cover.shape[0], size), min(left + cover.shape[1], size)
    if r0 < r1 and c0 < c1:
        part = cover[r0 - top : r1 - top, c0 - left : c1 - left] * hides
        out[r0:r1, c0:c1] = film[r0:r1, c0:c1] * (1 - part) + white * part
    return out


@lru_cache(maxsize=32)
def _sprite(kind: str, size: int, side: str) -> tuple[Film, float, float]:
    """Shape (0 to 1), grey, and how much of what lies behind it is hidden."""
    if kind == "marker":
        box = round(0.26 * size) | 1
        shape = letter(side, (box, box), (box / 2, box / 2), 0.19 * size)
        return shape.astype(np.float32), 0.97, 1.0
    if kind == "stamp":
        return _text("H2", max(8, round(0.16 * size))), 1.0, 1.0
    if kind == "plate":
        return _plate(size), 0.95, 0.9
    raise KeyError(kind)


def _text(word: str, height: int) -> Film:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(height)
    _, _, width, low = font.getbbox(word)
    picture = Image.new("L", (int(width) + 2, int(low) + 2))
    ImageDraw.Draw(picture).text((1, 0), word, fill=255, font=font)
    return np.asarray(np.asarray(picture) / 255, np.float32)


def _plate(size: int) -> Film:
    """A T-plate for the distal radius: a broad head, a narrow shaft, and holes with screws in every second one."""
    scale = size / 64
    rows, columns = round(34 * scale), round(19 * scale)
    r, c = np.mgrid[:rows, :columns] / scale
    middle = (columns - 1) / 2 / scale
    half = np.interp(r, [0, 1, 7, 12, 32, 33], [6.5, 8.2, 7.6, 3.1, 3.1, 2.2])
    plate = np.clip((half - np.abs(c - middle)) * scale, 0, 1)
    for row, column in ((3.5, -4.6), (3.5, 0.0), (3.5, 4.6), (15.0, 0.0), (21.0, 0.0), (27.0, 0.0)):
        away = np.hypot(r - row, c - middle - column)
        plate *= 1 - 0.55 * np.clip((1.5 - away) * scale, 0, 1)
    return np.asarray(plate, np.float32)


def _cast(film: Film, seed: int) -> Film:
    """A shell of fibreglass: an even veil with the weave of its bandage, crossing obliquely in two directions."""
    rows, columns = np.mgrid[: film.shape[0], : film.shape[1]] * (64 / film.shape[0])
    weave = np.sin(0.9 * rows + 0.35 * columns) + np.sin(0.9 * rows - 0.35 * columns)
    return np.clip(film * 0.8 + 0.15 + 0.014 * weave, 0, 1).astype(np.float32)


def _curve(film: Film, seed: int) -> Film:
    """Another maker's grey-scale curve: middle greys a little brighter, black and white as they were."""
    return np.asarray(film**0.85, np.float32)


def _noise(film: Film, seed: int) -> Film:
    """A lower dose: grain over the whole film, its standard deviation 2.5 % of the range of greys."""
    rows, columns = film.shape
    grain = np.random.default_rng(seed).normal(0, 0.025, (SIZE, SIZE))  # on a larger film as coarse as the network's
    grain = grain.repeat(-(-rows // SIZE), 0).repeat(-(-columns // SIZE), 1)
    return np.clip(film + grain[:rows, :columns], 0, 1).astype(np.float32)


_EVERYWHERE: dict[str, Callable[[Film, int], Film]] = {"cast": _cast, "curve": _curve, "noise": _noise}
