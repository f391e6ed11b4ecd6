"""A fracture: a curved, rough surface through a bone; the fragments move by stated millimetres and degrees."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .meshes import Floats, Mesh, capped
from .shape import Bone

_RINGS = (0.8, 0.6, 0.4, 0.2)  # where the face of a fracture is drawn between its middle and its rim


@dataclass(frozen=True, eq=False)
class Surface:
    """A rough surface through a bone: the zero of a height above a plane.

    Parameters
    ----------
    origin, normal : (3,) arrays
        A point of the plane (mm) and its unit normal; the fragment on that side is the *distal* one.
    bend_per_mm : float
        Curvature of the surface (1/mm): positive bends its edges towards the normal.
    waves : (k, 5) array
        Roughness: per wave two wave numbers (1/mm), a phase, an amplitude (mm), and 0.
    """

    origin: Floats
    normal: Floats
    bend_per_mm: float
    waves: Floats

    def height(self, points: Floats) -> Floats:
        """Signed distance (mm, along the normal) of points from the surface; positive on the distal side."""
        u, v = _across(self.normal)
        d = points - self.origin
        a, b = d @ u, d @ v
        rough = np.zeros(len(points))
        for ku, kv, phase, amplitude, _ in self.waves:
            rough += amplitude * np.sin(ku * a + kv * b + phase)
        return np.asarray(d @ self.normal - self.bend_per_mm * (a**2 + b**2) / 2 - rough)


def _across(normal: Floats) -> tuple[Floats, Floats]:
    u = np.cross(normal, [0.0, 0.0, 1.0] if abs(normal[2]) < 0.9 else [1.0, 0.0, 0.0])
    u /= np.linalg.norm(u)
    return u, np.cross(normal, u)


def rough_surface(
    origin: Floats | list[float],
    normal: Floats | list[float],
    rng: np.random.Generator,
    rough_mm: float = 0.8,
    bend_per_mm: float = 0.0,
) -> Surface:
    """Return a surface with a roughness of `rough_mm` (root mean square) that falls off towards fine detail."""
    k = 2 * np.pi / np.geomspace(24, 2.5, 9)
    angle = rng.uniform(0, 2 * np.pi, len(k))
    amplitude = 1 / k
    amplitude *= rough_mm * np.sqrt(2 / np.sum(amplitude**2))
    waves = np.stack([k * np.cos(angle), k * np.sin(angle), rng.uniform(0, 2 * np.pi, len(k)), amplitude, 0 * k], 1)
    normal = np.asarray(normal, float)
    return Surface(np.asarray(origin, float), normal / np.linalg.norm(normal), bend_per_mm, waves)


def cut(mesh: Mesh, surface: Surface) -> tuple[Mesh, Mesh, Mesh]:
    """Cut a closed mesh along a surface: the part on the proximal side, the distal part, and the face of the cut."""
    height = surface.height(mesh.vertices)
    proximal, distal = _below(mesh, height), _below(mesh, -height)
    n = len(proximal.faces)
    closed = _closed(proximal, surface)
    face = Mesh(closed.vertices, closed.faces[n:])
    return _compact(closed), _compact(_closed(distal, surface)), _compact(face)


def _closed(mesh: Mesh, surface: Surface) -> Mesh:
    """Close what was cut open with the surface itself, in rings from the rim to its middle."""
    n, closed = len(mesh.faces), capped(mesh)
    if len(closed.faces) == n:
        return closed
    rim, middle = closed.faces[n:, :2].astype(np.int64), closed.faces[n:, 2].astype(np.int64)
    used, where = np.unique(rim, return_inverse=True)
    owner = np.empty(len(used), np.int64)  # the middle of the hole that a vertex of a rim belongs to
    owner[where.reshape(rim.shape)] = middle[:, None]
    v, centre = closed.vertices.copy(), closed.vertices[owner]
    rings, ids = [v], [used]
    for k, share in enumerate(_RINGS):
        rings.append(centre + share * (v[used] - centre))
        ids.append(len(v) + k * len(used) + np.arange(len(used)))
    points = np.concatenate(rings)
    inner = np.r_[np.unique(middle), len(v) : len(points)]
    points[inner] -= surface.height(points[inner])[:, None] * surface.normal
    b, a = where.reshape(rim.shape).T
    faces = [mesh.faces]
    for outside, inside in pairwise(ids):
        # both fragments split a quadrangle along the same diagonal, whichever way round they go
        faces += [
            np.stack([outside[b], outside[a], np.where(a < b, inside[a], inside[b])], 1),
            np.stack([np.where(a < b, outside[b], outside[a]), inside[a], inside[b]], 1),
        ]
    faces.append(np.stack([ids[-1][b], ids[-1][a], middle], 1))
    return Mesh(points, np.concatenate(faces).astype(np.int32))


def _compact(mesh: Mesh) -> Mesh:
    """Drop the vertices that no face uses."""
    used = np.zeros(len(mesh.vertices), bool)
    used[mesh.faces] = True
    return Mesh(mesh.vertices[used], (np.cumsum(used) - 1)[mesh.faces].astype(np.int32))


def _below(mesh: Mesh, height: Floats) -> Mesh:
    """The part of a mesh where `height` (per vertex) is negative, open along the cut."""
    f, v = mesh.faces.astype(np.int64), mesh.vertices
    low = height < 0
    count = low[f].sum(axis=1)
    parts = [f[count == 3]]
    crossing = f[(count == 1) | (count == 2)]
    if len(crossing) == 0:
        return Mesh(v, mesh.faces[count == 3])
    one = low[crossing].sum(axis=1) == 1
    # Turn each face so that its odd corner comes first.
    odd = np.where(one, low[crossing].argmax(axis=1), (~low[crossing]).argmax(axis=1))
    a, b, c = (np.take_along_axis(crossing, ((odd + k) % 3)[:, None], 1)[:, 0] for k in range(3))
    n = len(v)
    sides = np.concatenate([np.sort(np.stack([a, b], 1), 1), np.sort(np.stack([a, c], 1), 1)])
    edges, index = np.unique(sides[:, 0] * n + sides[:, 1], return_inverse=True)
    p, q = edges // n, edges % n
    t = (height[p] / (height[p] - height[q]))[:, None]
    ab, ac = index[: len(a)] + n, index[len(a) :] + n
    parts += [
        np.stack([a, ab, ac], 1)[one],
        np.stack([ab, b, c], 1)[~one],
        np.stack([ab, c, ac], 1)[~one],
    ]
    return Mesh(np.concatenate([v, v[p] + t * (v[q] - v[p])]), np.concatenate(parts).astype(np.int32))


def broken(whole: Bone, surface: Surface, turn: Floats, shift: Floats) -> tuple[Bone, Bone, Mesh]:
    """Break a bone along `surface`; the distal fragment turns about the surface's origin, then shifts (mm).

    Where the moved fragment overlaps the other (impaction) their bone adds up, as it does on a film.

    Returns
    -------
    (Bone, Bone, Mesh)
        The proximal and the moved distal fragment, and the face of the cut where both were joined.
    """
    near, far, face = cut(whole.outer, surface)
    near_in, far_in, _ = cut(whole.inner, surface)
    distal = replace(whole, outer=far, inner=far_in).moved(turn, shift, surface.origin)
    return replace(whole, outer=near, inner=near_in), distal, face
