"""Trabecular bone on a film: fine lines along the load, crossed by fewer and fainter ones, in patches dense and sparse.

Noise is smeared along the direction field of the load (line integral convolution, Cabral and Leedom 1993), which
gives lines and not grains; a ridge profile sharpens them. The noise is not white: the power of bone's texture on
radiographs falls with frequency as a power law (Benhamou et al., J Bone Miner Res 1994: a fractal), so that there are
structures of every size from a trabecula to a centimetre. What a ray sees is the mean over all trabeculae in its way,
so the relative contrast falls with the square root of the depth of spongy bone.
"""

from functools import lru_cache

import numpy as np
from numba import njit
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import map_coordinates

from .meshes import Floats

_SLOPE = 0.5  # power falls with frequency to the power of minus twice this
_LARGEST_MM = 6.0  # beyond this size bone is even


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


def smooth_noise(shape: tuple[int, ...], step_px: float, rng: np.random.Generator) -> Floats:
    """Return noise that changes over about `step_px` pixels, mean 0 and standard deviation about 1, rows x columns."""
    knots = [int(n / step_px) + 4 for n in shape]
    noise = rng.standard_normal(knots)
    rows, columns = (np.arange(n) / step_px + 1 for n in shape)
    grid = np.broadcast_arrays(rows[:, None], columns[None])
    return np.asarray(1.6 * map_coordinates(noise, np.stack(grid), order=1))


@lru_cache(maxsize=16)
def _power(width_mm: float) -> float:
    """The power of all frequencies together, before scaling."""
    f = np.geomspace(0.2 / _LARGEST_MM, 2 / width_mm, 200)
    return float(np.trapezoid(2 * np.pi * f * _amplitude(f, width_mm) ** 2, f))


def _amplitude(frequency: Floats, width_mm: float) -> Floats:
    """How strong each frequency (1/mm) is, before scaling."""
    slope = (_LARGEST_MM**-2 + frequency**2) ** (-_SLOPE / 2)
    return np.asarray(slope * np.exp(-2 * (np.pi * width_mm * frequency) ** 2))


def texture(angle: Floats, length_px: float, noise: Floats, cross: float = 0.35) -> Floats:
    """Return lines along a direction field, mean 0 and standard deviation 1.

    Parameters
    ----------
    angle : rows x columns
        Direction of the lines, radians from the column axis towards the row axis.
    length_px : float
        Half the length over which noise is smeared.
    noise : rows x columns
        Noise as wide as one line.
    cross : float
        Strength of the lines at right angles to the load, against 1 for those along it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> t = texture(np.zeros((64, 64)), 8.0, rng.standard_normal((64, 64)), cross=0.0)
    >>> bool(np.abs(np.diff(t, axis=1)).mean() < 0.5 * np.abs(np.diff(t, axis=0)).mean())
    True
    """
    steps = max(1, round(length_px))
    along = _smear(noise, np.cos(angle), np.sin(angle), steps)
    out = along / max(along.std(), 1e-9)
    if cross > 0:
        across = _smear(noise[::-1, ::-1].copy(), -np.sin(angle), np.cos(angle), max(1, steps // 2))
        out = out + cross * across / max(across.std(), 1e-9)
    out = out + 0.25 * np.abs(out)  # lines stand out brighter than the marrow between them stands back
    out -= out.mean()
    return np.asarray(out / max(out.std(), 1e-9))


@njit(cache=True)
def _smear(noise, dx, dy, steps):  # type: ignore[no-untyped-def]  # compiled
    rows, columns = noise.shape
    out = np.zeros_like(noise)
    for r in range(rows):
        for c in range(columns):
            total, weight = noise[r, c], 1.0
            for sign in (-1.0, 1.0):
                y, x = float(r), float(c)
                vy, vx = dy[r, c] * sign, dx[r, c] * sign
                for s in range(steps):
                    y += vy
                    x += vx
                    i, j = int(y + 0.5), int(x + 0.5)
                    if i < 0 or j < 0 or i >= rows or j >= columns:
                        break
                    w = 1.0 - s / steps
                    total += w * noise[i, j]
                    weight += w
                    ny, nx = dy[i, j], dx[i, j]
                    if ny * vy + nx * vx < 0:
                        ny, nx = -ny, -nx
                    vy, vx = ny, nx
            out[r, c] = total / weight
    return out
