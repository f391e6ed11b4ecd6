"""Bones as closed triangle meshes, in millimetres, by anatomical name.

The shapes are the bone geometry of OpenSim as the package ``musclemimic-models`` carries it (see NOTICE.md). Only its
STL files are read; neither MuJoCo nor the joint model is. A bone with holes or doubled faces is given a new, closed
surface, and a coarse one is subdivided by Loop's scheme, once; the result is kept in the cache folder of this package.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ..locale import text
from ..paths import cache

#: change it when the preparation changes, so that old files in the cache are not used
_PREPARED = 7
_COARSE = 1500  # faces below which a bone is subdivided until it has more
_FINE = 2000  # faces above which holes are small and only need a cap

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A closed surface: `vertices` n x 3 in mm, `faces` m x 3 (int32), counter-clockwise seen from outside.

    Examples
    --------
    >>> box((10.0, 20.0, 30.0)).volume()
    6000.0
    """

    vertices: Floats
    faces: NDArray[np.int32]

    def volume(self) -> float:
        """Volume in mm^3, by the divergence theorem."""
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)

    def normals(self) -> Floats:
        """Outward unit normals at the vertices, n x 3, weighted by the areas of the faces around."""
        out = np.zeros(self.vertices.shape)
        _normals(self.vertices, self.faces, out)
        return out

    def moved(self, rotation: Floats, translation: Floats, about: Floats | None = None) -> "Mesh":
        """Turn by `rotation` (3 x 3) about the point `about` (default the origin), then shift by `translation` mm.

        A reflection is a `rotation` too: the faces are turned over so that outside stays outside.
        """
        c = np.zeros(3) if about is None else np.asarray(about, float)
        turned = np.linalg.det(rotation) < 0
        faces = np.ascontiguousarray(self.faces[:, ::-1]) if turned else self.faces
        return Mesh((self.vertices - c) @ np.asarray(rotation).T + c + translation, faces)

    def with_vertices(self, vertices: Floats) -> "Mesh":
        """Return the same faces over other vertices."""
        return Mesh(vertices, self.faces)


@njit(cache=True)
def _normals(v, f, out):  # type: ignore[no-untyped-def]  # compiled
    for t in range(f.shape[0]):
        a, b, c = f[t, 0], f[t, 1], f[t, 2]
        p0, p1, p2 = v[b, 0] - v[a, 0], v[b, 1] - v[a, 1], v[b, 2] - v[a, 2]
        q0, q1, q2 = v[c, 0] - v[a, 0], v[c, 1] - v[a, 1], v[c, 2] - v[a, 2]
        n0, n1, n2 = p1 * q2 - p2 * q1, p2 * q0 - p0 * q2, p0 * q1 - p1 * q0
        for i in (a, b, c):
            out[i, 0] += n0
            out[i, 1] += n1
            out[i, 2] += n2
    for i in range(v.shape[0]):
        length = max(np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2), 1e-12)
        for k in range(3):
            out[i, k] /= length


def box(size: tuple[float, float, float]) -> Mesh:
    """Return a box of `size` mm about the origin."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Mesh(corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int32))


def ellipsoid(radii: tuple[float, float, float], divisions: int = 3) -> Mesh:
    """Return an ellipsoid with half-axes `radii` mm about the origin: an octahedron split `divisions` times."""
    ball = _unit_ball(divisions)
    return ball.with_vertices(ball.vertices * np.array(radii))


@lru_cache(maxsize=8)
def _unit_ball(divisions: int) -> Mesh:
    v = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    f = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    mesh = Mesh(v, np.array(f, np.int32))
    for _ in range(divisions):
        mesh = _split(mesh)[0]
        mesh = mesh.with_vertices(mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True))
    mesh.vertices.flags.writeable = mesh.faces.flags.writeable = False
    return mesh


def names() -> list[str]:
    """Return the names of all bones that can be loaded.

    >>> {"radius", "ulna", "scaphoid", "lunate"} <= set(names())
    True
    """
    return sorted(f.stem for f in _folder().glob("*.stl"))


@lru_cache(maxsize=64)
def load(name: str) -> Mesh:
    """Return the bone `name`, closed and smooth, in its own frame (mm).

    The frame is OpenSim's: for trunk and leg x forwards, y up, z to the patient's right; for a right hand x to the
    thumb, y towards the elbow, z dorsal. Arrays are shared and read-only.

    Raises
    ------
    KeyError
        If there is no bone of that name.
    """
    source = _folder() / f"{name}.stl"
    if not source.is_file():
        raise KeyError(name)
    return kept(name, lambda: prepare(read_stl(source)))


def kept(name: str, make: Callable[[], Mesh]) -> Mesh:
    """Return the mesh `name` from the cache folder; made by `make` and put there when it is not. Read-only arrays."""
    file = cache() / "phantom" / f"meshes-{version('musclemimic-models')}-{_PREPARED}" / f"{name}.npz"
    if file.is_file():
        with np.load(file) as z:
            mesh = Mesh(z["vertices"], z["faces"])
    else:
        mesh = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, vertices=mesh.vertices, faces=mesh.faces)
        partial.replace(file)
    mesh.vertices.flags.writeable = mesh.faces.flags.writeable = False
    return mesh


def raw(name: str) -> Mesh:
    """Return the bone `name` as it was scanned: coarse, perhaps with holes; for files that model it further."""
    return read_stl(_folder() / f"{name}.stl")


def _folder() -> Path:
    spec = find_spec("musclemimic_models")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(text("phantom.error.no_bones"))
    return Path(spec.origin).parent / "model" / "meshes"


def read_stl(path: Path) -> Mesh:
    """Read a binary STL file in metres; corners closer than 1 um become one vertex (mm)."""
    raw = np.frombuffer(path.read_bytes()[84:], np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]))
    corners = np.rint(raw["v"].reshape(-1, 3).astype(np.float64) * 1e6).astype(np.int64)  # um
    vertices, index = np.unique(corners, axis=0, return_inverse=True)
    faces = index.reshape(-1, 3).astype(np.int32)
    proper = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return Mesh(vertices / 1000.0, faces[proper])


def prepare(mesh: Mesh) -> Mesh:
    """Make a bone as it was scanned into a closed, smooth surface of some 1,500 faces or more."""
    if not is_closed(mesh):
        if len(mesh.faces) > _FINE:
            mesh = capped(mesh)
        else:
            mesh = resurfaced(mesh, pitch=float(np.clip(np.ptp(mesh.vertices, axis=0).max() / 160, 0.3, 1.5)))
    while len(mesh.faces) < _COARSE:
        mesh = _loop(mesh)
    return thinned(mesh, float(np.clip(np.cbrt(abs(mesh.volume())) / 14, 0.6, 2.0)))


def subdivided(mesh: Mesh, times: int = 1) -> Mesh:
    """Return a mesh made finer and smoother by `times` steps of Loop's scheme. Thin blades stay whole; cap holes first.

    >>> ball = ellipsoid((10.0, 10.0, 10.0), 2)
    >>> len(subdivided(ball).faces) == 4 * len(ball.faces)
    True
    """
    for _ in range(times):
        mesh = _loop(mesh)
    return mesh


def thinned(mesh: Mesh, step: float) -> Mesh:
    """Merge vertices that share a cube of `step` mm. A closed surface stays closed in the signed sense.

    >>> ball = ellipsoid((10.0, 10.0, 10.0), 5)
    >>> small = thinned(ball, 1.5)
    >>> len(small.faces) < len(ball.faces) / 2, bool(abs(small.volume() / ball.volume() - 1) < 0.02)
    (True, True)
    """
    cells = np.floor(mesh.vertices / step).astype(np.int64)
    _, index = np.unique(cells, axis=0, return_inverse=True)
    count = np.bincount(index)
    vertices = np.stack([np.bincount(index, mesh.vertices[:, k]) / count for k in range(3)], axis=1)
    faces = index[mesh.faces].astype(np.int32)
    proper = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return Mesh(vertices, np.ascontiguousarray(faces[proper]))


def pieces(mesh: Mesh) -> list[Mesh]:
    """Return the connected parts of a mesh.

    >>> len(pieces(joined([box((1.0, 1.0, 1.0)), box((2.0, 2.0, 2.0))])))
    2
    """
    f, n = mesh.faces, len(mesh.vertices)
    links = coo_matrix((np.ones(2 * len(f)), (np.r_[f[:, 0], f[:, 1]], np.r_[f[:, 1], f[:, 2]])), shape=(n, n))
    _, label = connected_components(links, directed=False)
    parts = []
    for k in range(label.max() + 1):
        mine = label == k
        parts.append(Mesh(mesh.vertices[mine], (np.cumsum(mine) - 1)[f[mine[f[:, 0]]]].astype(np.int32)))
    return parts


def joined(meshes: list[Mesh]) -> Mesh:
    """Return several meshes as one."""
    start = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = [m.faces + first for m, first in zip(meshes, start)]
    return Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces).astype(np.int32))


def shell(outer: Mesh, inner: Mesh) -> Mesh:
    """Return what lies between two closed surfaces."""
    return joined([outer, Mesh(inner.vertices, inner.faces[:, ::-1])])


def is_closed(mesh: Mesh) -> bool:
    """Whether every edge is shared by exactly two faces that run along it in opposite directions."""
    f = mesh.faces.astype(np.int64)
    a, b = f[:, [0, 1, 2]].ravel(), f[:, [1, 2, 0]].ravel()
    n = len(mesh.vertices)
    forward, backward = np.sort(a * n + b), np.sort(b * n + a)
    return bool(np.array_equal(forward, backward) and (np.diff(forward) > 0).all())


def capped(mesh: Mesh) -> Mesh:
    """Close every hole with a cone over its rim: one new vertex in the middle of the rim. For small holes."""
    f, n = mesh.faces.astype(np.int64), len(mesh.vertices)
    a, b = f[:, [0, 1, 2]].ravel(), f[:, [1, 2, 0]].ravel()
    keys, index = np.unique(np.concatenate([a * n + b, b * n + a]), return_inverse=True)
    balance = np.bincount(index, np.repeat([1, -1], len(a)), len(keys)).astype(int)
    rim = np.repeat(keys, np.maximum(balance, 0))  # edges that run one way more often than the other
    if len(rim) == 0:
        return mesh
    a, b = rim // n, rim % n
    _, label = connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)
    hole, which = np.unique(label[a], return_inverse=True)
    middles = np.stack([mesh.vertices[a[which == k]].mean(axis=0) for k in range(len(hole))])
    cones = np.stack([b, a, n + which], axis=1).astype(np.int32)
    return Mesh(np.concatenate([mesh.vertices, middles]), np.concatenate([mesh.faces, cones]))


def resurfaced(mesh: Mesh, pitch: float) -> Mesh:
    """Return the surface where the generalised winding number of `mesh` is one half, on a grid of `pitch` mm.

    The winding number (Jacobson, Kavan and Sorkine-Hornung 2013) says how often a surface goes round a point; it is
    near 1 inside and near 0 outside even where the surface has holes, doubled or crossing faces. It is smoothed over
    one step of the grid, and its half-way surface is drawn by naive surface nets (Gibson 1998).
    """
    low = mesh.vertices.min(axis=0) - 4 * pitch
    field = gaussian_filter(resampled(mesh, pitch, low, mesh.vertices.max(axis=0) + 4 * pitch), 1.0)
    nets = surface_net(field - 0.5)
    return nets.with_vertices(nets.vertices * pitch + low)


def resampled(mesh: Mesh, pitch: float, low: Floats, high: Floats) -> Floats:
    """Return how much of a mesh is there (1 inside, 0 outside) on a grid of `pitch` mm that starts at `low`."""
    field = np.zeros(tuple(np.ceil((high - low) / pitch).astype(int) + 1))
    _winding(mesh.vertices, mesh.faces, low, pitch, field)
    return np.clip(field, 0, 1)


@njit(cache=True, fastmath={"contract", "arcp", "nsz"})
def _winding(v, f, low, pitch, out):  # type: ignore[no-untyped-def]  # compiled
    """Fill `out` with the sum of the solid angles of all faces over 4 pi (Van Oosterom and Strackee 1983).

    Half a face's solid angle is that of the complex number ``dot + i det``, so the sum is the angle of their product
    and the whole turns it makes. One arctangent a point instead of one a face, and a row of points at a time, are
    ten times faster.
    """
    m = out.shape[2]
    x, y, z, far = np.empty(len(v)), np.empty(len(v)), np.empty((len(v), m)), np.empty((len(v), m))
    re, im, turns = np.empty(m), np.empty(m), np.empty(m)
    for t in range(len(v)):
        for k in range(m):
            z[t, k] = v[t, 2] - (low[2] + pitch * k)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for t in range(len(v)):
                x[t], y[t] = v[t, 0] - (low[0] + pitch * i), v[t, 1] - (low[1] + pitch * j)
                xy2 = x[t] * x[t] + y[t] * y[t]
                for k in range(m):
                    far[t, k] = np.sqrt(xy2 + z[t, k] * z[t, k])
            re[:], im[:], turns[:] = 1.0, 0.0, 0.0
            for t in range(len(f)):
                a, b, c = f[t, 0], f[t, 1], f[t, 2]
                xa, xb, xc, ya, yb, yc = x[a], x[b], x[c], y[a], y[b], y[c]
                area_a, area_b, area_c = xb * yc - yb * xc, xc * ya - yc * xa, xa * yb - ya * xb
                ab, bc, ca = xa * xb + ya * yb, xb * xc + yb * yc, xc * xa + yc * ya
                row_a, row_b, row_c, far_a, far_b, far_c = z[a], z[b], z[c], far[a], far[b], far[c]
                for k in range(m):
                    za, zb, zc, la, lb, lc = row_a[k], row_b[k], row_c[k], far_a[k], far_b[k], far_c[k]
                    det = area_a * za + area_b * zb + area_c * zc
                    dot = la * lb * lc + (ab + za * zb) * lc + (bc + zb * zc) * la + (ca + zc * za) * lb
                    dot += 1.0 if (det == 0) & (dot == 0) else 0.0  # seen from its own edge a face has no angle
                    r, s = re[k] * dot - im[k] * det, re[k] * det + im[k] * dot
                    turns[k] += 1.0 if (det >= 0) & (im[k] >= 0) & (s < 0) else 0.0
                    turns[k] -= 1.0 if (det < 0) & (im[k] <= 0) & (s > 0) else 0.0
                    re[k], im[k] = r, s
                if t % 16 == 15:  # before the product leaves the range of numbers
                    for k in range(m):
                        size = abs(re[k]) + abs(im[k])
                        re[k], im[k] = re[k] / size, im[k] / size
            for k in range(m):
                out[i, j, k] = np.arctan2(im[k], re[k]) / (2 * np.pi) + turns[k]


def surface_net(field: Floats) -> Mesh:
    """Return the closed surface where `field` (a 3-D array, negative on its border) passes through 0, in grid steps.

    >>> ball = 4.0 - np.sqrt(((np.indices((12, 12, 12)) - 5.5) ** 2).sum(axis=0))
    >>> is_closed(surface_net(ball))
    True
    """
    inside = field > 0
    cells = tuple(n - 1 for n in field.shape)
    quads, owners, spots = [], [], []
    for axis in range(3):
        u, w = (axis + 1) % 3, (axis + 2) % 3
        first, second = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
        at = np.argwhere(inside[first] != inside[second])
        if len(at) == 0:
            continue
        a, b = field[first][tuple(at.T)], field[second][tuple(at.T)]
        spot = at.astype(float)
        spot[:, axis] += a / (a - b)
        home, steps = np.ravel_multi_index(tuple(at.T), cells), np.array([cells[1] * cells[2], cells[2], 1])
        ring = [home - du * steps[u] - dw * steps[w] for du, dw in ((1, 1), (0, 1), (0, 0), (1, 0))]  # around the edge
        quad = np.stack(ring, axis=1)
        leaving = inside[tuple(at.T)]
        quads.append(np.where(leaving[:, None], quad[:, ::-1], quad))
        owners += ring
        spots += [spot] * 4
    owner, spot = np.concatenate(owners), np.concatenate(spots)
    taken = np.zeros(cells, bool)
    taken.flat[owner] = True
    number = (np.cumsum(taken) - 1).astype(np.int32)
    owner, q = number[owner], number[np.concatenate(quads)]
    count = np.bincount(owner)
    vertices = np.stack([np.bincount(owner, spot[:, k]) for k in range(3)], axis=1) / count[:, None]
    mesh = Mesh(vertices, np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]]))
    return mesh if mesh.volume() > 0 else Mesh(vertices, np.ascontiguousarray(mesh.faces[:, ::-1]))


def _split(mesh: Mesh) -> tuple[Mesh, NDArray[np.int64], NDArray[np.int64]]:
    """Split each face into four; also return the edges (k x 2) and, per face corner, the edge opposite to it."""
    f = mesh.faces.astype(np.int64)
    sides = np.concatenate([f[:, [1, 2]], f[:, [2, 0]], f[:, [0, 1]]])
    edges, index = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True)
    opposite = index.reshape(3, -1).T
    mid = opposite + len(mesh.vertices)  # mid[:, k] lies opposite to corner k
    v = np.concatenate([mesh.vertices, mesh.vertices[edges].mean(axis=1)])
    faces = np.concatenate(
        [
            np.stack([f[:, 0], mid[:, 2], mid[:, 1]], 1),
            np.stack([f[:, 1], mid[:, 0], mid[:, 2]], 1),
            np.stack([f[:, 2], mid[:, 1], mid[:, 0]], 1),
            mid,
        ]
    )
    return Mesh(v, faces.astype(np.int32)), edges, opposite


def _loop(mesh: Mesh) -> Mesh:
    """One step of Loop subdivision (Loop 1987) of a closed mesh, with Warren's vertex weights."""
    fine, edges, opposite = _split(mesh)
    n, v = len(mesh.vertices), mesh.vertices
    wings = np.zeros((len(edges), 3))
    count = np.zeros(len(edges))
    for k in range(3):
        np.add.at(wings, opposite[:, k], v[mesh.faces[:, k]])
        np.add.at(count, opposite[:, k], 1)
    both = (count == 2)[:, None]
    odd = np.where(both, v[edges].mean(axis=1) * 0.75 + wings / 8, v[edges].mean(axis=1))
    around, degree = np.zeros((n, 3)), np.zeros(n)
    for i, j in ((0, 1), (1, 0)):
        np.add.at(around, edges[:, i], v[edges[:, j]])
        np.add.at(degree, edges[:, i], 1)
    beta = np.where(degree == 3, 3 / 16, 3 / (8 * np.maximum(degree, 1)))
    even = v * (1 - degree * beta)[:, None] + around * beta[:, None]
    return Mesh(np.concatenate([even, odd]), fine.faces)
