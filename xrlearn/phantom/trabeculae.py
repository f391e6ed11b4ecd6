"""Trabecular bone on a film: fine lines along the load, crossed by fewer and fainter ones, in patches dense and sparse.

Noise is smeared along the direction field of the load (line integral convolution, Cabral and Leedom 1993), which
gives lines and not grains; a ridge profile sharpens them. The noise is not white: the power of bone's texture on
radiographs falls with frequency as a power law (Benhamou et al., J Bone Miner Res 1994: a fractal), so that there are
structures of every size from a trabecula to a centimetre. What a ray sees is the mean over all trabeculae in its way,
so the relative contrast falls with the square root of the depth of spongy bone.

The noise lies in the bone and not on the film: it is read at the place where a piece of bone was before it moved, so
that a fragment carries its part of the whole bone's texture along (:class:`Weave`).
"""

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2

from .meshes import Floats

_SLOPE = 0.5  # power falls with frequency to the power of minus twice this
_LARGEST_MM = 6.0  # beyond this size bone is even
_ASTRAY = 0.15  # radians by which trabeculae leave the direction of the load (standard deviation)
_ASTRAY_MM = 5.0  # over which they do
_KNOTS = 64
_BRIGHT = 0.25  # by how much lines stand out brighter than the marrow between them stands back


def grain_noise(shape: tuple[int, int], spacing_mm: float, width_mm: float, rng: np.random.Generator) -> Floats:
    """Return noise with the spectrum of spongy bone, mean 0.

    Its standard deviation is 1 on a film of infinitely small pixels, and less where trabeculae are finer than a pixel
    and are averaged away.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    spacing_mm : float
        Of pixels, in the body.
    width_mm : float
        Of the finest lines: the standard deviation of the blur that makes them wide.

    Examples
    --------
    >>> fine, coarse = (grain_noise((96, 96), mm, 0.15, np.random.default_rng(0)).std() for mm in (0.1, 0.8))
    >>> bool(coarse < fine)
    True
    """
    rows, columns = (next_fast_len(n + 8, real=True) for n in shape)
    y, x = np.fft.fftfreq(rows, spacing_mm), np.fft.rfftfreq(columns, spacing_mm)
    amplitude = _amplitude(np.hypot(y[:, None], x), width_mm)
    noise = rng.standard_normal((rows, columns))
    # white noise of variance 1 has one unit of power in each 1/spacing^2 of the frequency plane
    out = irfft2(rfft2(noise) * (amplitude / (spacing_mm * np.sqrt(_power(width_mm)))), s=noise.shape)
    return np.asarray(out[: shape[0], : shape[1]])


class Weave:
    """Noise for all bones of one film, without end: tiles that repeat, wider than any bone of the film.

    Parameters
    ----------
    rows : int
        Of the film.
    spacing_mm : float
        Of its pixels, in the body.
    rng : Generator

    Examples
    --------
    >>> weave = Weave(96, 0.5, np.random.default_rng(0))
    >>> everywhere, straight, here = np.ones((96, 96), bool), np.zeros((96, 96)), np.eye(2, 3)
    >>> lines = weave.lines(straight, everywhere, here, 3.0, 0.12, cross=0.0)
    >>> bool(np.abs(np.diff(lines, axis=1)).mean() < 0.7 * np.abs(np.diff(lines, axis=0)).mean())
    True
    """

    def __init__(self, rows: int, spacing_mm: float, rng: np.random.Generator) -> None:
        self.spacing_mm = spacing_mm
        n = 1 << int(np.clip(rows - 1, 64, 1023)).bit_length()
        self._white = rfft2(rng.standard_normal((n, n)))
        self._knots = 1.6 * rng.standard_normal((_KNOTS, _KNOTS))  # 1.6: what is read between knots is less
        self._tiles: dict[float, tuple[Floats, Floats]] = {}

    def _tile(self, width_mm: float) -> tuple[Floats, Floats]:
        """Noise with lines of that width, and its power by frequency along one axis (adds up to its variance)."""
        if width_mm not in self._tiles:
            n = len(self._white)
            y, x = np.fft.fftfreq(n, self.spacing_mm), np.fft.rfftfreq(n, self.spacing_mm)
            amplitude = _amplitude(np.hypot(y[:, None], x), width_mm) / (self.spacing_mm * np.sqrt(_power(width_mm)))
            twice = np.full(len(x), 2.0)
            twice[[0, -1]] = 1.0
            self._tiles[width_mm] = irfft2(self._white * amplitude, s=(n, n)), (amplitude**2) @ twice / n**2
        return self._tiles[width_mm]

    def astray(self, angle: Floats, place: Floats) -> Floats:
        """Return directions (radians, rows x columns) that leave `angle` a little, over millimetres."""
        out = np.empty(angle.shape)
        _bent(np.ascontiguousarray(angle), self._knots, place * (self.spacing_mm / _ASTRAY_MM), _ASTRAY, out)
        return out

    def lines(
        self, angle: Floats, where: NDArray[np.bool_], place: Floats, length_mm: float, width_mm: float, cross: float
    ) -> Floats:
        """Return lines along a direction field, 0 outside of `where`.

        Their mean is 0; their standard deviation is 1 on a film of infinitely small pixels, and less where trabeculae
        are finer than a pixel and are averaged away.

        Parameters
        ----------
        angle : rows x columns
            Direction of the lines, radians from the column axis towards the row axis.
        where : rows x columns
            The pixels that are wanted.
        place : (2, 3) array
            From row, column and 1 of a pixel to row and column in the bone: where its noise is read.
        length_mm, width_mm : float
            Half the length of a line, and the blur that makes it wide.
        cross : float
            Strength of the lines at right angles to the load, against 1 for those along it.
        """
        tile, power = self._tile(width_mm)
        along, across = (max(1, round(length_mm / self.spacing_mm / part)) for part in (1, 2))
        spread = np.sqrt(power.sum())
        out = np.empty(angle.shape)
        ways = np.cos(angle), np.sin(angle)
        elsewhere = place + np.array([[0, 0, 0.5], [0, 0, 0.5]]) * len(tile)  # lines across have noise of their own
        gains = spread / _left(power, along), cross * spread / _left(power, across)
        _woven(tile, *ways, where, place, elsewhere, along, across, *gains, out)
        # twist towards bright, then back to the mean and the spread that there were
        size = float(np.hypot(1, cross))
        mean, wider = _BRIGHT * np.sqrt(2 / np.pi), np.sqrt(1 + _BRIGHT**2 * (1 - 2 / np.pi))
        out /= size
        return np.where(where, (out + _BRIGHT * np.abs(out) - mean * spread) / wider, 0.0)


def _left(power: Floats, steps: int) -> float:
    """Standard deviation that noise keeps when it is smeared over `steps` pixels to both sides."""
    f, s = np.fft.fftfreq(len(power)), np.arange(1, steps + 1)
    weight = 1 - (s - 1) / steps
    kept = (1 + 2 * np.cos(2 * np.pi * f[:, None] * s) @ weight) / (1 + 2 * weight.sum())
    return float(np.sqrt(power @ kept**2))


@lru_cache(maxsize=16)
def _power(width_mm: float) -> float:
    """The power of all frequencies together, before scaling."""
    f = np.geomspace(0.2 / _LARGEST_MM, 2 / width_mm, 200)
    return float(np.trapezoid(2 * np.pi * f * _amplitude(f, width_mm) ** 2, f))


def _amplitude(frequency: Floats, width_mm: float) -> Floats:
    """How strong each frequency (1/mm) is, before scaling."""
    slope = (_LARGEST_MM**-2 + frequency**2) ** (-_SLOPE / 2)
    return np.asarray(slope * np.exp(-2 * (np.pi * width_mm * frequency) ** 2))


@njit(cache=True)
def _bent(angle, knots, place, amount, out):  # type: ignore[no-untyped-def]  # compiled
    """Add smooth noise to a direction field: read between the knots of a grid that repeats."""
    last = len(knots) - 1
    for r in range(angle.shape[0]):
        for c in range(angle.shape[1]):
            y = place[0, 0] * r + place[0, 1] * c + place[0, 2]
            x = place[1, 0] * r + place[1, 1] * c + place[1, 2]
            i, j = int(np.floor(y)), int(np.floor(x))
            v, u = y - i, x - j
            i, j, k, m = i & last, j & last, (i + 1) & last, (j + 1) & last
            upper = (1 - u) * knots[i, j] + u * knots[i, m]
            lower = (1 - u) * knots[k, j] + u * knots[k, m]
            out[r, c] = angle[r, c] + amount * ((1 - v) * upper + v * lower)


@njit(cache=True)
def _smeared(tile, dx, dy, r, c, vy, vx, place, steps):  # type: ignore[no-untyped-def]  # compiled
    """The mean of noise along a line through one pixel; at its start the line runs along (vy, vx)."""
    last, rows, columns = len(tile) - 1, dx.shape[0], dx.shape[1]
    i = int(np.floor(place[0, 0] * r + place[0, 1] * c + place[0, 2])) & last
    j = int(np.floor(place[1, 0] * r + place[1, 1] * c + place[1, 2])) & last
    total, weight = tile[i, j], 1.0
    turned = vy * dy[r, c] + vx * dx[r, c] == 0.0
    for sign in (-1.0, 1.0):
        y, x, wy, wx = float(r), float(c), vy * sign, vx * sign
        for s in range(steps):
            y += wy
            x += wx
            i = int(np.floor(place[0, 0] * y + place[0, 1] * x + place[0, 2])) & last
            j = int(np.floor(place[1, 0] * y + place[1, 1] * x + place[1, 2])) & last
            w = 1.0 - s / steps
            total += w * tile[i, j]
            weight += w
            i, j = int(y + 0.5), int(x + 0.5)
            if 0 <= i < rows and 0 <= j < columns:  # beyond the edge it runs on
                ny, nx = (dx[i, j], -dy[i, j]) if turned else (dy[i, j], dx[i, j])
                if ny * wy + nx * wx < 0:
                    ny, nx = -ny, -nx
                wy, wx = ny, nx
    return total / weight


@njit(cache=True)
def _woven(tile, dx, dy, where, place, elsewhere, along, across, gain, cross, out):  # type: ignore[no-untyped-def]  # compiled
    """Fill `out` with lines along a direction field and lines at right angles to it (Cabral and Leedom 1993)."""
    for r in range(dx.shape[0]):
        for c in range(dx.shape[1]):
            out[r, c] = 0.0
            if where[r, c]:
                vy, vx = dy[r, c], dx[r, c]
                out[r, c] = gain * _smeared(tile, dx, dy, r, c, vy, vx, place, along)
                if cross > 0:
                    out[r, c] += cross * _smeared(tile, dx, dy, r, c, vx, -vy, elsewhere, across)
