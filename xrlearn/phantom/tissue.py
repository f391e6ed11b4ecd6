"""Soft tissue and casts: smooth tubes around the bones, with the thickness that lies over each side of them."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from .meshes import Floats, Mesh


def tube(stations: Floats, centres: Floats, halves: Floats, squareness: float = 2.3, around: int = 32) -> Mesh:
    """Return a closed tube along y through super-elliptic sections.

    Parameters
    ----------
    stations : (n,) array
        Where the sections lie, y in mm, rising.
    centres, halves : (n, 2) arrays
        Centre and half-width of each section in x and z, mm.
    squareness : float
        Exponent of the super-ellipse: 2 an ellipse, more a rounded box.

    Examples
    --------
    >>> t = tube(np.array([0.0, 10.0]), np.zeros((2, 2)), np.full((2, 2), 5.0), squareness=2.0, around=400)
    >>> bool(abs(t.volume() / (np.pi * 250) - 1) < 1e-3)
    True
    """
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    ring = np.stack([np.sign(c) * np.abs(c) ** (2 / squareness), np.sign(s) * np.abs(s) ** (2 / squareness)], 1)
    xz = centres[:, None, :] + halves[:, None, :] * ring[None]
    n = len(stations)
    v = np.stack([xz[..., 0], np.broadcast_to(stations[:, None], xz.shape[:2]), xz[..., 1]], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(n - 1), np.arange(around), indexing="ij")
    a, b = i * around + j, i * around + (j + 1) % around
    sides = np.concatenate(
        [np.stack([a, a + around, b], -1).reshape(-1, 3), np.stack([b, a + around, b + around], -1).reshape(-1, 3)]
    )
    k = np.arange(around)
    ends = [
        np.stack([np.full(around, n * around), k, (k + 1) % around], 1),
        np.stack([np.full(around, n * around + 1), (n - 1) * around + (k + 1) % around, (n - 1) * around + k], 1),
    ]
    middles = np.array([[centres[0, 0], stations[0], centres[0, 1]], [centres[-1, 0], stations[-1], centres[-1, 1]]])
    return Mesh(np.concatenate([v, middles]), np.concatenate([sides, *ends]).astype(np.int32))


def smooth_tube(profile: Floats, step_mm: float = 5.0, squareness: float = 2.3, grow_mm: float = 0.0) -> Mesh:
    """Return a tube through a few sections, joined smoothly.

    Parameters
    ----------
    profile : (k, 5) array
        Rows of y, centre x, centre z, half-width x, half-width z (mm), y rising.
    step_mm : float
        Distance of the sections that are drawn.
    grow_mm : float
        Added to every half-width: negative for what lies under the skin, positive for a cast.
    """
    profile = np.asarray(profile, float)
    y = np.arange(profile[0, 0], profile[-1, 0] + step_mm / 2, step_mm)
    sections = PchipInterpolator(profile[:, 0], profile[:, 1:])(np.minimum(y, profile[-1, 0]))
    return tube(y, sections[:, :2], np.maximum(sections[:, 2:] + grow_mm, 0.3), squareness)
