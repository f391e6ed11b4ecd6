"""Trabecular bone on a film: fine lines along the load, crossed by fewer and fainter ones.

White noise is smeared along the direction field of the load (line integral convolution, Cabral and Leedom 1993), which
gives lines and not grains; a ridge profile sharpens them. What a ray sees is the mean over all trabeculae in its way,
so the relative contrast falls with the square root of the depth of spongy bone.
"""

import numpy as np
from numba import njit

from .meshes import Floats


def texture(angle: Floats, length_px: float, noise: Floats, cross: float = 0.45) -> Floats:
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
