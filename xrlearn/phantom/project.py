"""From surfaces to path lengths: how many millimetres of a body every ray passes through.

Every triangle adds its depth along the beam with the sign of its orientation; over a closed surface the sum is the
length of the ray inside. Vertices are first rounded to 1/256 of a pixel, and whether a triangle owns a pixel is decided
in whole numbers with the top-left rule, so neighbouring triangles never both claim a pixel nor both leave it: no
streaks, and the same result on any machine.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .meshes import Floats, Mesh

_SUB = 256  # steps per pixel
_AS_IS, _NOWHERE = np.eye(3), np.zeros(3)


@dataclass(frozen=True)
class Camera:
    """Source, detector and pixels. Film axes: x to the right, y down, z from the source to the detector, all mm.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the film.
    spacing_mm : float
        Distance between pixel centres on the detector.
    sid_mm : float
        Source to image-receptor distance; infinite for a parallel beam.
    oid_mm : float
        Distance from the plane z = 0 of the object to the detector.

    Examples
    --------
    >>> Camera((100, 100), 0.5, sid_mm=1000.0, oid_mm=200.0).magnification
    1.25
    """

    shape: tuple[int, int]
    spacing_mm: float
    sid_mm: float = 1000.0
    oid_mm: float = 30.0

    @property
    def magnification(self) -> float:
        """Magnification of the plane z = 0."""
        return 1.0 if np.isinf(self.sid_mm) else self.sid_mm / (self.sid_mm - self.oid_mm)

    def pixels(self, points: Floats) -> Floats:
        """Return where points (n x 3, film axes, mm) fall on the film: n x 2 (row, column), pixel centres whole."""
        xy = points[:, :2]
        if not np.isinf(self.sid_mm):
            xy = xy * (self.sid_mm / (self.sid_mm - self.oid_mm + points[:, 2]))[:, None]
        rows, columns = self.shape
        return np.stack(
            [xy[:, 1] / self.spacing_mm + (rows - 1) / 2, xy[:, 0] / self.spacing_mm + (columns - 1) / 2], 1
        )

    @cached_property
    def obliquity(self) -> Floats:
        """Length of each ray per millimetre of depth (1 in the middle), rows x columns."""
        if np.isinf(self.sid_mm):
            return np.ones(self.shape)
        r = (np.arange(self.shape[0]) - (self.shape[0] - 1) / 2) * self.spacing_mm / self.sid_mm
        c = (np.arange(self.shape[1]) - (self.shape[1] - 1) / 2) * self.spacing_mm / self.sid_mm
        return np.sqrt(1 + r[:, None] ** 2 + c[None] ** 2)


@dataclass(frozen=True, eq=False)
class Patch:
    """Path lengths (mm) on the part of the film that a body touches; `corner` is its first (row, column)."""

    corner: tuple[int, int]
    values: Floats

    def window(self) -> tuple[slice, slice]:
        """The slices of the film that this patch covers."""
        (r, c), (h, w) = self.corner, self.values.shape
        return slice(r, r + h), slice(c, c + w)


def path(mesh: Mesh, camera: Camera, turn: Floats = _AS_IS, shift: Floats = _NOWHERE) -> Patch:
    """Return the path length (mm) of every ray through a closed `mesh`, turned and shifted into film axes first.

    `turn` (3 x 3) may be a reflection.

    Examples
    --------
    >>> from xrlearn.phantom.meshes import box
    >>> cube = path(box((10.0, 10.0, 7.0)), Camera((64, 64), 0.5, sid_mm=float("inf")))
    >>> float(cube.values[5, 5].round(6))
    7.0
    """
    rows, columns, depth, ends = _placed(mesh, camera, turn, shift)
    low = np.clip(ends[:2] // _SUB, 0, camera.shape)
    size = np.maximum(np.clip(ends[2:] // _SUB + 2, 0, camera.shape) - low, 0)
    out, corner = np.zeros((int(size[0]), int(size[1]))), (int(low[0]), int(low[1]))
    if out.size:
        _signed_depth(rows, columns, depth, mesh.faces, *corner, out)
        patch = Patch(corner, out)
        out *= camera.obliquity[patch.window()] * (1 if np.linalg.det(turn) > 0 else -1)
    return Patch(corner, np.maximum(out, 0.0))


def cover(mesh: Mesh, camera: Camera, turn: Floats = _AS_IS, shift: Floats = _NOWHERE) -> NDArray[np.bool_]:
    """Return the pixels of the film that any triangle of `mesh` (closed or not) covers: rows x columns, bool."""
    rows, columns, depth, _ = _placed(mesh, camera, turn, shift)
    out = np.zeros(camera.shape)
    flat = np.ones(len(depth))
    for faces in (mesh.faces, mesh.faces[:, ::-1]):  # each orientation alone, so that nothing cancels
        one = np.zeros(camera.shape)
        _facing_depth(rows, columns, flat, np.ascontiguousarray(faces), 0, 0, one)
        out += one
    return out > 0


Whole = NDArray[np.int64]


def _placed(mesh: Mesh, camera: Camera, turn: Floats, shift: Floats) -> tuple[Whole, Whole, Floats, Whole]:
    """Rows and columns of the vertices in steps of 1/256 pixel, their depth, and the first and last of both."""
    n = len(mesh.vertices)
    rows, columns, depth, ends = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n), np.empty(4, np.int64)
    middle = (camera.shape[0] - 1) / 2, (camera.shape[1] - 1) / 2
    _place(
        mesh.vertices, np.asarray(turn, np.float64), np.asarray(shift, np.float64), camera.spacing_mm,
        camera.sid_mm, camera.oid_mm, *middle, rows, columns, depth, ends,
    )  # fmt: skip
    return rows, columns, depth, ends


@njit(cache=True)
def _place(v, turn, shift, spacing, sid, oid, row0, col0, rows, columns, depth, ends):  # type: ignore[no-untyped-def]  # compiled
    ends[0] = ends[1] = 2**62
    ends[2] = ends[3] = -(2**62)
    for i in range(v.shape[0]):
        x = turn[0, 0] * v[i, 0] + turn[0, 1] * v[i, 1] + turn[0, 2] * v[i, 2] + shift[0]
        y = turn[1, 0] * v[i, 0] + turn[1, 1] * v[i, 1] + turn[1, 2] * v[i, 2] + shift[1]
        z = turn[2, 0] * v[i, 0] + turn[2, 1] * v[i, 1] + turn[2, 2] * v[i, 2] + shift[2]
        scale = 1.0 / spacing if np.isinf(sid) else sid / (sid - oid + z) / spacing
        r, c = round((y * scale + row0) * _SUB), round((x * scale + col0) * _SUB)
        rows[i], columns[i], depth[i] = r, c, z
        ends[0], ends[1] = min(ends[0], r), min(ends[1], c)
        ends[2], ends[3] = max(ends[2], r), max(ends[3], c)


@njit(cache=True)
def _fill(r, c, z, i0, i1, i2, row0, col0, out, sign):  # type: ignore[no-untyped-def]  # compiled
    """Add sign * depth of one counter-clockwise triangle to the pixels that it owns."""
    rows, columns = out.shape
    r0, r1, r2, c0, c1, c2 = r[i0], r[i1], r[i2], c[i0], c[i1], c[i2]
    area = (c1 - c0) * (r2 - r0) - (c2 - c0) * (r1 - r0)
    top = max(0, -((-min(r0, r1, r2)) // _SUB) - row0)
    bottom = min(rows - 1, max(r0, r1, r2) // _SUB - row0)
    left = max(0, -((-min(c0, c1, c2)) // _SUB) - col0)
    right = min(columns - 1, max(c0, c1, c2) // _SUB - col0)
    # An edge function is > 0 inside; pixels exactly on an edge belong to the triangle if it is a top or left edge.
    b0 = 0 if (r2 - r1 > 0 or (r2 == r1 and c2 - c1 < 0)) else -1
    b1 = 0 if (r0 - r2 > 0 or (r0 == r2 and c0 - c2 < 0)) else -1
    b2 = 0 if (r1 - r0 > 0 or (r1 == r0 and c1 - c0 < 0)) else -1
    z0, z1, z2 = sign * z[i0] / area, sign * z[i1] / area, sign * z[i2] / area
    d0, d1, d2 = (r2 - r1) * _SUB, (r0 - r2) * _SUB, (r1 - r0) * _SUB  # change from one column to the next
    pc = (left + col0) * _SUB
    for y in range(top, bottom + 1):
        pr = (y + row0) * _SUB
        w0 = (c2 - c1) * (pr - r1) - (r2 - r1) * (pc - c1)
        w1 = (c0 - c2) * (pr - r2) - (r0 - r2) * (pc - c2)
        w2 = (c1 - c0) * (pr - r0) - (r1 - r0) * (pc - c0)
        entered = False
        for x in range(left, right + 1):
            if w0 + b0 >= 0 and w1 + b1 >= 0 and w2 + b2 >= 0:
                out[y, x] += w0 * z0 + w1 * z1 + w2 * z2
                entered = True
            elif entered:
                break
            w0 -= d0
            w1 -= d1
            w2 -= d2


@njit(cache=True)
def _signed_depth(r, c, z, faces, row0, col0, out):  # type: ignore[no-untyped-def]  # compiled
    for t in range(faces.shape[0]):
        i0, i1, i2 = faces[t, 0], faces[t, 1], faces[t, 2]
        area = (c[i1] - c[i0]) * (r[i2] - r[i0]) - (c[i2] - c[i0]) * (r[i1] - r[i0])
        if area > 0:
            _fill(r, c, z, i0, i1, i2, row0, col0, out, 1.0)
        elif area < 0:
            _fill(r, c, z, i0, i2, i1, row0, col0, out, -1.0)


@njit(cache=True)
def _facing_depth(r, c, z, faces, row0, col0, out):  # type: ignore[no-untyped-def]  # compiled
    for t in range(faces.shape[0]):
        i0, i1, i2 = faces[t, 0], faces[t, 1], faces[t, 2]
        if (c[i1] - c[i0]) * (r[i2] - r[i0]) - (c[i2] - c[i0]) * (r[i1] - r[i0]) > 0:
            _fill(r, c, z, i0, i1, i2, row0, col0, out, 1.0)
