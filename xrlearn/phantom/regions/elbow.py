"""The joint surfaces of the elbow, modelled: trochlea, capitellum and fossae, and what turns on them.

The scanned humerus ends in a block. Its joint is carved anew as a body of revolution about the axis of flexion, a spool
and a ball, with the columns of the humerus above and the fossae between them; ulna and radius keep their cartilage's
distance from it.

Width of the joint surface 43 mm and of the trochlea 24 mm, radius of the capitellum 10.9 mm, cartilage of 1 mm on each
side: estimates for an adult man.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from ..meshes import Floats
from ..shape import rotation

#: along the axis from the middle of the trochlea outwards, mm, and the radius of the humerus there
_SPOOL = (
    [-21, -19, -16, -11, -6, -1, 3, 5.5, 9, 13, 17, 20, 22.5],
    [0.0, 9.0, 12.2, 10.2, 8.8, 9.6, 10.6, 9.6, 10.4, 10.9, 10.2, 8.0, 0.0],
)
_JOINT_MM = 2.0  # from bone to bone
#: y above the axis, mm; then medial and outer edge of the columns (x from the axis), their middle and half-depth (z)
_COLUMNS = (
    [4, 9, 16, 24, 34, 48, 60],
    [
        [-27, -31, -29, -22, -15.5, -10.5, -8],
        [21, 24, 23, 20.5, 17.5, 14, 12.5],
        [3, 4, 5.5, 6.5, 7, 7.5, 7.5],
        [5, 5.5, 5.5, 6, 7, 8, 8.5],
    ],
)


def signed(f: Floats, pitch: float) -> Floats:
    """Return the signed distance (mm, negative inside) from where a field of occupancy is one half."""
    away = distance_transform_edt(f < 0.5) - distance_transform_edt(f >= 0.5)
    return np.asarray(gaussian_filter(away, 0.8) * pitch)


def grid(f: Floats, low: Floats, pitch: float) -> Floats:
    """Return the points (..., 3) of the grid that a field stands on."""
    axes = [low[k] + pitch * np.arange(f.shape[k]) for k in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _outside_spool(points: Floats, about: Floats, axis: Floats) -> Floats:
    """Distance (mm) beyond the joint surface of the humerus: negative inside of it."""
    d = points - about
    along = d @ axis
    return np.asarray(np.linalg.norm(d - along[..., None] * axis, axis=-1) - np.interp(along, *_SPOOL))


def turned_on(f: Floats, low: Floats, pitch: float, about: Floats, axis: Floats) -> Floats:
    """Return the field of a bone of the forearm, carved so that it keeps its distance from the humerus."""
    away = _outside_spool(grid(f, low, pitch), about, axis)
    depth = np.maximum(signed(f, pitch), _JOINT_MM - away)
    return np.where(away > 12, f, np.clip(0.5 - depth / pitch, 0, 1))


def rounded_tip(f: Floats, low: Floats, pitch: float, tip_mm: float) -> Floats:
    """Return the field of the ulna with a round tip of the olecranon, `tip_mm` long, where the scan ends square."""
    p = grid(f, low, pitch)
    there = f[:, int((tip_mm - 16 - low[1]) / pitch)] > 0.5
    xs = low[0] + pitch * np.flatnonzero(there.any(axis=1))
    middle, half = (xs[0] + xs[-1]) / 2, (xs[-1] - xs[0]) / 2
    t = np.clip((p[..., 1] - tip_mm + 20) / 20, 0, 1)
    wide = half * np.sqrt(1 - t**4) + np.where(t > 0, 0.3, 99.0)
    return np.asarray(np.minimum(f, np.clip(0.5 - (np.abs(p[..., 0] - middle) - wide) / pitch, 0, 1)))


def carved(f: Floats, low: Floats, pitch: float, about: Floats, axis: Floats, lean_deg: float, ulna: Floats) -> Floats:
    """Return the field of the humerus with its joint surface, its columns and its fossae.

    `lean_deg` is how far the bone will turn outwards before it meets the forearm; `ulna` are points of the olecranon.
    """
    p = grid(f, low, pitch)
    near = p[..., 1] < about[1] + 62
    q = (p - about) @ rotation((0, 0, 1), lean_deg).T  # as it lies on the forearm
    x, y, z = (q[..., k] for k in range(3))
    own = signed(f, pitch)
    medial, outer, middle, half = (np.interp(y, _COLUMNS[0], row) for row in _COLUMNS[1])
    wide = (outer - medial) / 2
    columns = (np.hypot((x - (outer + medial) / 2) / wide, (z - middle) / half) - 1) * half
    columns = np.maximum(columns, np.abs(y - 33) - 29)
    limit = np.interp(np.abs(q @ axis), [18, 25], [5, -7])
    block = np.maximum(own, limit - y)  # what was scanned, but for its joint
    body = np.minimum(np.minimum(block, columns), _outside_spool(q + about, about, axis))
    for spot, radii in (((-5, 20, 20), (11.5, 10, 15.5)), ((-5, 17, -6), (9, 7, 8.5)), ((13, 15, -7), (7, 5, 5))):
        away = np.linalg.norm((q - np.array(spot)) / np.array(radii), axis=-1)
        body = np.maximum(body, (1 - away) * min(radii))
    reach = ulna - about
    tip = reach[reach[:, 1] > 2]
    if len(tip):
        inside = np.zeros(f.shape)
        home = (tip @ rotation((0, 0, 1), lean_deg) + about - low) / pitch
        index = tuple(np.clip(np.rint(home).astype(int), 0, np.array(f.shape) - 1).T)
        inside[index] = 1
        body = np.maximum(body, 1.5 - (distance_transform_edt(inside == 0) * pitch))
    return np.where(near, np.clip(0.5 - gaussian_filter(body, 0.7) / pitch, 0, 1), f)
