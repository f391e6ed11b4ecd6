"""A film on its way into the network: the same few steps when training, evaluating and reading one case."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..radiograph import Radiograph, read

#: what a pixel shows of a film that is read, mm: small copies of large cassettes are like that
MM = 1.4
#: longest side of a film, mm; who says otherwise does not know the scale
SIDES = (50.0, 1300.0)


def displayed(film: Radiograph) -> NDArray[np.uint8]:
    """Return the film as a reader would first see it: 8 bits, bone bright, (rows, columns).

    Pictures of 8 bits are taken as they are, since somebody already chose their window; films with more bits are
    shown in their default window.
    """
    low, high = (0.0, 1.0) if film.bits <= 8 else film.window
    return np.round(np.clip((film.pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True)
class Frame:
    """Where a film lies inside the network's square: needed to carry a heat map back to the film.

    Attributes
    ----------
    rows, columns : int
        The film's own size in pixels.
    size : int
        Side of the square.
    """

    rows: int
    columns: int
    size: int

    @classmethod
    def of(cls, film: Radiograph, size: int) -> "Frame":
        """Return the frame of `film` in a square of `size`."""
        rows, columns = film.pixels.shape
        return cls(rows, columns, size)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The film's place in the square: first row, first column, last row + 1, last column + 1."""
        scale = self.size / max(self.rows, self.columns)
        rows, columns = max(1, round(self.rows * scale)), max(1, round(self.columns * scale))
        top, left = (self.size - rows) // 2, (self.size - columns) // 2
        return top, left, top + rows, left + columns


@dataclass(frozen=True)
class Room:
    """How much of a film is cut out around its points: ranges that are drawn from in training, their middles elsewhere.

    The usual numbers are those of spines.

    Attributes
    ----------
    above, below : (float, float)
        Room above and below the points, as shares of their height.
    beside : (float, float)
        Least width of a cut, by that of the points.
    slender : (float, float)
        Least width of a cut by its height, in units of the network's own aspect.
    film : (float, float)
        Width of the whole film by its height, half of it, where a training film is not cut at all.
    """

    above: tuple[float, float] = (0.0, 0.12)
    below: tuple[float, float] = (0.0, 0.2)
    beside: tuple[float, float] = (1.1, 1.3)
    slender: tuple[float, float] = (0.55, 1.13)
    film: tuple[float, float] = (0.35, 0.65)


def fit(picture: Image.Image, size: int, resample: Image.Resampling = Image.Resampling.BILINEAR) -> Image.Image:
    """Scale a picture into a black square without changing its shape.

    Examples
    --------
    >>> fit(Image.new("L", (200, 100), 255), 64).size
    (64, 64)
    """
    top, left, bottom, right = Frame(picture.height, picture.width, size).box
    square = Image.new(picture.mode, (size, size))
    inner = (right - left, bottom - top)
    square.paste(picture if picture.size == inner else picture.resize(inner, resample), (left, top))
    return square


def square(film: Radiograph, size: int) -> NDArray[np.float32]:
    """Return the film as the network takes it: (size, size), float32, 0 to 1, bone bright."""
    return np.asarray(fit(Image.fromarray(displayed(film)), size), dtype=np.float32) / np.float32(255)


def unsquare(heat: NDArray[np.floating], frame: Frame) -> NDArray[np.float32]:
    """Carry a heat map of the square, of any resolution, back onto the film's own pixels (rows, columns)."""
    top, left, bottom, right = frame.box
    full = Image.fromarray(np.asarray(heat, dtype=np.float32)).resize(
        (frame.size, frame.size), Image.Resampling.BILINEAR
    )
    inner = full.crop((left, top, right, bottom))
    return np.asarray(inner.resize((frame.columns, frame.rows), Image.Resampling.BILINEAR))


def open_picture(path: str | Path) -> Image.Image:
    """Read a film of any format as an 8-bit picture."""
    return Image.fromarray(displayed(read(path)))


def squared(pixels: NDArray[np.floating], size: int) -> NDArray[np.uint8]:
    """Fit a film into a black square, its grey values from the 1st to the 99.5th percentile.

    Examples
    --------
    >>> squared(np.linspace(0, 1, 200)[:, None] * np.ones(100), 64)[[0, -1], 32].tolist()
    [0, 255]
    """
    p = np.asarray(pixels, dtype=np.float32)
    low, high = np.quantile(p, [0.01, 0.995])
    grey = np.rint(255 * np.clip((p - low) / max(float(high - low), 1e-6), 0, 1)).astype(np.uint8)
    return np.asarray(fit(Image.fromarray(grey), size, Image.Resampling.LANCZOS))


def placed(frame: Frame) -> tuple[float, NDArray[np.int64]]:
    """Return how many pixels of the square a pixel of the film is, and where in the square the film begins."""
    return frame.size / max(frame.rows, frame.columns), np.array(frame.box[:2])


def at_scale(film: Radiograph, mm: float, size: int) -> Image.Image:
    """Return a film with pixels of `mm`; where its scale is not known, its longer side shows `size` times :data:`MM`.

    Examples
    --------
    >>> film = Radiograph(np.zeros((200, 100), np.float32), spacing_mm=(0.7, 0.7))
    >>> at_scale(film, 1.4, 320).size
    (50, 100)
    """
    picture = Image.fromarray(displayed(film))
    longest = max(film.pixels.shape)
    down, across = film.spacing_mm or (0.0, 0.0)
    if not SIDES[0] <= longest * max(down, across) <= SIDES[1]:
        down = across = size * MM / longest
    to = (max(1, round(picture.width * across / mm)), max(1, round(picture.height * down / mm)))
    return picture if to == picture.size else picture.resize(to, Image.Resampling.BICUBIC)


def film_of(row: Mapping[Any, Any]) -> Radiograph:
    """Return the film of a row of a cases table, open already or not; ``spacing_mm`` tells what its file does not.

    Examples
    --------
    >>> film_of({"image": Radiograph(np.zeros((2, 2), np.float32)), "spacing_mm": 0.5}).spacing_mm
    (0.5, 0.5)
    """
    film = row["image"] if isinstance(row["image"], Radiograph) else read(row["image"])
    told = row.get("spacing_mm")
    if film.spacing_mm is None and isinstance(told, Real) and 0 < float(told) < math.inf:
        film = replace(film, spacing_mm=(float(told), float(told)))
    return film
