"""Soft tissue and casts: smooth tubes with the thickness that lies over each side of the bones, and blended cones."""

import numpy as np
from numba import njit
from scipy.interpolate import PchipInterpolator

from .meshes import Floats, Mesh, surface_net


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


def blended(ends: Floats, radii: Floats, pitch_mm: float, blend_mm: float) -> Mesh:
    """Return the closed surface around round cones that flow into one another, as fingers do into a palm.

    The surface is where the sum of exp(-d / blend) over the cones is one, d being the distance from each: the smooth
    union of Quilez, drawn on a grid by naive surface nets.

    Parameters
    ----------
    ends : (n, 2, 3) array
        Both ends of the axis of each cone, mm.
    radii : (n, 2) array
        Radius at both ends, mm.
    pitch_mm : float
        Step of the grid.
    blend_mm : float
        How far cones reach for one another: 0.1 hardly rounds the valley between them, 5 makes a web.

    Examples
    --------
    >>> ball = blended(np.zeros((1, 2, 3)), np.full((1, 2), 10.0), 1.0, 1.0)
    >>> bool(abs(ball.volume() / (4 / 3 * np.pi * 1000) - 1) < 0.02)
    True
    """
    reach = radii.max() + 4 * blend_mm + 2 * pitch_mm
    low, high = ends.min(axis=(0, 1)) - reach, ends.max(axis=(0, 1)) + reach
    total = np.zeros(tuple(np.ceil((high - low) / pitch_mm).astype(int) + 1))
    _blend(np.ascontiguousarray(ends, np.float64), np.asarray(radii, np.float64), low, pitch_mm, blend_mm, total)
    net = surface_net(np.log(np.maximum(total, 1e-9)))
    return net.with_vertices(net.vertices * pitch_mm + low)


@njit(cache=True)
def _blend(ends, radii, low, pitch, blend, out):  # type: ignore[no-untyped-def]  # compiled
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for n in range(ends.shape[0]):
        a, b, ra, rb = ends[n, 0], ends[n, 1], radii[n, 0], radii[n, 1]
        length = max(((b - a) ** 2).sum(), 1e-12)
        reach = max(ra, rb) + 4 * blend
        for k in range(3):
            first[k] = max(0, int((min(a[k], b[k]) - reach - low[k]) / pitch))
            last[k] = min(out.shape[k], int((max(a[k], b[k]) + reach - low[k]) / pitch) + 2)
        for i in range(first[0], last[0]):
            x = low[0] + pitch * i - a[0]
            for j in range(first[1], last[1]):
                y = low[1] + pitch * j - a[1]
                for k in range(first[2], last[2]):
                    z = low[2] + pitch * k - a[2]
                    t = (x * (b[0] - a[0]) + y * (b[1] - a[1]) + z * (b[2] - a[2])) / length
                    t = min(max(t, 0.0), 1.0)
                    dx, dy, dz = x - t * (b[0] - a[0]), y - t * (b[1] - a[1]), z - t * (b[2] - a[2])
                    d = np.sqrt(dx * dx + dy * dy + dz * dz) - (ra + t * (rb - ra))
                    out[i, j, k] += np.exp(-d / blend)
