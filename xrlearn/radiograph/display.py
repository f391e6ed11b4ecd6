"""From grey values to what is seen: the window, and a sensible one where the header has none."""

import numpy as np
from numpy.typing import NDArray

#: Longest side of the small copy on which windows and checks are computed, pixels.
SMALL = 512


def window(pixels: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return `pixels` as 8-bit grey values: `low` and darker become 0, `high` and brighter 255, straight between.

    Parameters
    ----------
    pixels : ndarray of float
        Any shape.
    low, high : float
        Grey values in the units of `pixels`, ``low < high``.

    Raises
    ------
    ValueError
        If `low` is not below `high`.

    Examples
    --------
    >>> window(np.array([[0.1, 0.2, 0.3, 0.4, 0.9]], np.float32), 0.2, 0.4).tolist()
    [[0, 0, 128, 255, 255]]
    """
    if not low < high:
        raise ValueError("low must be below high")
    scaled = (pixels - np.float32(low)) * np.float32(255 / (high - low))
    return np.clip(scaled, 0, 255, out=scaled).round(out=scaled).astype(np.uint8)


def small(pixels: NDArray[np.float32], side: int = SMALL) -> NDArray[np.float32]:
    """Return a copy whose longer side is at most `side`, each pixel the mean of a square block.

    >>> small(np.ones((1100, 40), np.float32), side=512).shape
    (366, 13)
    """
    step = -(-max(pixels.shape) // side)
    if step == 1 or min(pixels.shape) < step:
        return pixels
    rows, cols = pixels.shape[0] // step, pixels.shape[1] // step
    # Rows first: adding whole rows is several times faster than the mean over both axes at once.
    bands = pixels[: rows * step, : cols * step].reshape(rows, step, cols * step).sum(axis=1)
    return np.asarray(bands.reshape(rows, cols, step).sum(axis=2) / np.float32(step * step))


def field(pixels: NDArray[np.float32]) -> tuple[slice, slice]:
    """Return the rows and columns that carry the picture, without flat borders (collimator, padding, paper).

    A row or column belongs to the border while its grey values vary by less than 1 % of the range of the film.

    >>> film = np.zeros((100, 80), np.float32)
    >>> film[20:70, 10:60] = np.linspace(0, 1, 50)
    >>> field(film)
    (slice(20, 70, None), slice(11, 60, None))
    """
    span = float(np.ptp(pixels))
    if span == 0:
        return slice(0, pixels.shape[0]), slice(0, pixels.shape[1])
    found = []
    for axis in (1, 0):
        alive = np.flatnonzero(pixels.std(axis=axis) > 0.01 * span)
        found.append(slice(int(alive[0]), int(alive[-1]) + 1) if alive.size else slice(0, pixels.shape[1 - axis]))
    return found[0], found[1]


def auto_window(pixels: NDArray[np.float32]) -> tuple[float, float]:
    """Return a display window (low, high) from the grey values of the picture itself.

    The 1st and the 99.5th percentile inside the field (see :func:`field`), grey values of 0 and 1 left out: these are
    collimator blades, padding, lead letters and burned-out air.

    Parameters
    ----------
    pixels : ndarray of float32, rows x columns
        Grey values between 0 and 1.

    Returns
    -------
    (float, float)
        ``0 <= low < high <= 1``; (0, 1) for a film of one grey value.

    Examples
    --------
    >>> film = np.zeros((200, 200), np.float32)
    >>> film[50:150, 50:150] = np.linspace(0.2, 0.6, 100)
    >>> low, high = auto_window(film)
    >>> round(low, 2), round(high, 2)
    (0.2, 0.6)
    """
    copy = small(pixels)
    inside = copy[field(copy)]
    values = inside[(inside > 0) & (inside < 1)]
    if values.size < 16:
        values = copy.ravel()
    low, high = (float(v) for v in np.percentile(values, (1, 99.5)))
    return (low, high) if high - low > 1e-4 else (0.0, 1.0)
