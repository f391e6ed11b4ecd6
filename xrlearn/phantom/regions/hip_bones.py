"""The bones of the hip as solid bodies: the scanned shapes, with the joint modelled where they are too coarse.

Body axes: x forwards, y up, z to the patient's right; the origin lies between the anterior superior iliac spines. Sizes
are those of the scanned skeleton, whose femoral head is 45.2 mm wide; patients are scaled. Only right bones are made;
left ones are their mirror images.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import distance_transform_edt, gaussian_filter

from ..cut import cut, rough_surface
from ..meshes import Floats, Mesh, kept, load, raw, resampled, surface_net, thinned
from ..shape import rotation
from .arcades import Arcade, followed

_SCANNED = np.array([-56.3, -78.5, 77.3])  # centre of the right acetabulum of the scanned pelvis
_WIDER_MM = 9.0
HEAD = _SCANNED + np.array([0, 0, _WIDER_MM])  # the same in the template, and the centre of the head in it
HEAD_MM = 22.6  # radius of the femoral head
SPACE_MM = 4.0  # joint space of the template
#: where the cup looks: 45 degrees down and outwards, 17 degrees forwards
OPENING = np.array([0.29, -0.68, 0.68]) / np.linalg.norm([0.29, -0.68, 0.68])
_PITCH = 1.5
_SACROILIAC_MM = 2.5  # both layers of cartilage and the cleft between them
_SACRUM = "hip sacrum 4"


def _union(a: Floats, b: Floats, round_mm: float = 4.0) -> Floats:
    """Two bodies (mm inside their surface) in one, filleted where they meet."""
    mix = np.clip(0.5 + 0.5 * (b - a) / round_mm, 0, 1)
    return np.asarray(a + (b - a) * mix + round_mm * mix * (1 - mix))


def _without(a: Floats, b: Floats, round_mm: float = 2.0) -> Floats:
    """The body `a` where `b` is not, the edge rounded."""
    return -_union(-a, b, round_mm)


def _ball(p: Floats, centre: Floats, radius: float) -> Floats:
    return np.asarray(radius - np.linalg.norm(p - centre, axis=-1))


def _rod(p: Floats, knots: list[list[float]]) -> Floats:
    """Millimetres inside a rod bent smoothly through `knots`: rows of x, y, z and radius."""
    k = np.array(knots, float)
    if len(k) > 2:
        along = np.append(0, np.cumsum(np.linalg.norm(np.diff(k[:, :3], axis=0), axis=1)))
        k = CubicSpline(along, k)(np.linspace(0, along[-1], 3 * len(k)))
    out = np.full(p.shape[:-1], -np.inf)
    for (*a, r0), (*b, r1) in pairwise(k):
        d = np.subtract(b, a)
        t = np.clip((p - a) @ d / (d @ d), 0, 1)
        out = np.maximum(out, r0 + t * (r1 - r0) - np.linalg.norm(p - a - t[..., None] * d, axis=-1))
    return out


def _body(name: str, smooth_mm: float, margin: float = 9.0) -> tuple[Floats, Floats, Floats]:
    """A scanned bone on a grid: mm inside its surface, smoothed; the points of the grid; its first corner."""
    mesh = raw(name)
    low, high = mesh.vertices.min(axis=0) - margin, mesh.vertices.max(axis=0) + margin
    there = resampled(mesh, _PITCH, low, high) > 0.5
    depth = (distance_transform_edt(there) - distance_transform_edt(~there)) * _PITCH
    grid = np.stack(np.meshgrid(*(a + _PITCH * np.arange(n) for a, n in zip(low, there.shape)), indexing="ij"), -1)
    return gaussian_filter(depth, smooth_mm / _PITCH), grid, low


def _drawn(depth: Floats, low: Floats, step_mm: float) -> Mesh:
    net = surface_net(np.clip(depth, -4, 4))
    return thinned(net.with_vertices(net.vertices * _PITCH + low), step_mm)


def _hip_bone() -> Mesh:
    """The right hip bone: brim, rami, ischium and spine are rounded out, then the acetabulum is carved."""
    depth, p, low = _body("r_pelvis", 3.0)
    rods: tuple[list[list[float]], ...] = (
        [[-108, 18, 44, 5], [-90, -16, 54, 6], [-68, -47, 56, 7.5], [-42, -70, 46, 6], [-14, -80, 20, 5.5],
         [-6, -83, 8, 5.5]],
        [[-7, -84, 8.2, 6], [-16, -96, 7.5, 6], [-25, -107, 8, 5.5]],
        [[-22, -104, 8, 6.5], [-36, -114, 18, 6], [-52, -125, 29, 6.5], [-76, -130, 40, 8.5]],
        [[-84, -86, 61, 12], [-96, -108, 55, 15], [-95, -122, 48, 13]],
        [[-92, -64, 55, 7], [-104, -77, 47, 3.5], [-108, -81, 43, 2]],
        [[-34, -32, 93, 7], [-26, -37, 94, 5]],
        [[-68, 50, 84, 2.5], [-68, 40, 81, 2.5]],
        [[-120, 52, 55, 7], [-112, 34, 56, 8], [-104, 10, 55, 8], [-104, -8, 54, 7]],
        [[-9, -8, 121, 4.5], [-4, 2, 125, 5], [-12, 18, 129.5, 5], [-30, 38, 130, 5.5], [-52, 60, 121, 5.5],
         [-74, 76, 96, 5], [-92, 80, 70, 5], [-108, 68, 55, 6], [-124, 48, 44, 7], [-134, 20, 36, 7], [-131, 4, 38, 5]],
    )  # fmt: skip
    for rod in rods:
        depth = _union(depth, _rod(p, rod), 6.0)
    depth = _without(depth, _sacral(p) + _SACROILIAC_MM, 1.5)
    socket = HEAD_MM + SPACE_MM
    ahead = (p - _SCANNED) @ OPENING
    wall = np.minimum(_ball(p, _SCANNED + np.array([0, 0, -1.5]), socket + 6.5), -8.0 - ahead)
    depth = _union(depth, wall, 5.0)
    foramen = np.array([-58, -104, 32.0])
    depth = _without(
        depth, 12 - np.linalg.norm((p - foramen) @ _axes([0.75, 0.3, -0.6]) / [1.0, 1.25, 2.4], axis=-1), 4.0
    )
    depth = _without(depth, _ball(p, _SCANNED, socket), 1.0)
    mouth = np.minimum(socket - np.linalg.norm(p - _SCANNED - ahead[..., None] * OPENING, axis=-1), ahead + 8.0)
    depth = _without(depth, mouth, 4.0)
    fossa = _ball(p, _SCANNED + np.array([2.0, -9.0, -11.5]), 16.5)
    mesh = _drawn(_without(depth, fossa, 2.0), low, 3.0)
    return mesh.with_vertices(np.column_stack([mesh.vertices[:, :2], _apart(mesh.vertices[:, 2])]))


def _apart(z: Floats) -> Floats:
    """Widen the pelvis: the scanned hips stand 155 mm apart, those of most adults 170 to 180 mm."""
    away = np.clip(z / 58, 0, 1)
    return np.asarray(z + away * away * (3 - 2 * away) * _WIDER_MM)


def _sacral(p: Floats) -> Floats:
    """Millimetres inside the sacrum at points of the grid of the hip bone, before that is widened."""
    mesh = thinned(kept(_SACRUM, _sacrum), 5.0)
    narrow = np.linspace(-20, 150, 341)
    v = mesh.vertices.copy()
    v[:, 2] = np.interp(v[:, 2], _apart(narrow), narrow)
    out = np.full(p.shape[:3], -50.0)
    near = p[:, :, (p[0, 0, :, 2] < v[:, 2].max() + 8)]
    there = resampled(mesh.with_vertices(v), _PITCH, near[0, 0, 0], near[-1, -1, -1] - 0.5 * _PITCH) > 0.5
    depth = (distance_transform_edt(there) - distance_transform_edt(~there)) * _PITCH
    out[:, :, : near.shape[2]] = gaussian_filter(depth, 0.7)
    return out


def _axes(normal: list[float]) -> Floats:
    """An orthonormal frame (columns) whose last axis is `normal`."""
    n = np.array(normal) / np.linalg.norm(normal)
    u = np.cross([0, 1.0, 0], n)
    u /= np.linalg.norm(u)
    return np.stack([u, np.cross(n, u), n], axis=1)


def _sacrum() -> Mesh:
    """The sacrum with its pelvic foramina, its median crest and hollows between."""
    depth, p, low = _body("sacrum", 2.5)
    for k, (y, x, z) in enumerate(((27, -82, 22), (9, -97, 19), (-8, -110, 16.5), (-23, -118, 14.5))):
        for side in (-1, 1):
            hole = [[x + 16, y + 4, side * (z + 4), 6.5 - 0.6 * k], [x - 34, y - 12, side * (z - 2), 3.5]]
            depth = _without(depth, _rod(p, hole), 3.0)
    for side in (-1, 1):  # behind, the bone falls away beside the crest
        depth = _without(depth, _rod(p, [[-140, 55, side * 17, 13], [-156, 5, side * 13, 9]]), 5.0)
    endplate = (0.5 * (p[..., 0] + 122) + p[..., 1] - 61) / 1.12  # falls forwards
    mesh = _drawn(_without(depth, endplate, 5.0), low, 2.8)
    return mesh.with_vertices(mesh.vertices * [1.0, 1.0, 1.14])


def _femur() -> Mesh:
    """The proximal 290 mm of the right femur, its head rounded; the head's centre is the origin."""
    mesh = load("r_femur")
    v = mesh.vertices.copy()
    far = np.linalg.norm(v, axis=1)
    neck = np.array([-0.15, -0.62, 0.77])
    weight = np.clip((0.72 - (v @ neck) / np.maximum(far, 1)) / 0.15, 0, 1) * np.clip((32 - far) / 5, 0, 1)
    v *= (1 + weight * (HEAD_MM / np.maximum(far, 1) - 1))[:, None]
    flat = rough_surface([0, -290, 0], [0, -1, 0], np.random.default_rng(0), 1e-6)
    return cut(mesh.with_vertices(v), flat)[0]


@lru_cache(maxsize=1)
def template() -> dict[str, Mesh]:
    """Return the right hip bone, the right femur (about its head's centre), the sacrum and the lowest vertebrae."""
    parts = {
        "hip bone": kept("hip bone 8", _hip_bone),
        "femur": kept("hip femur 1", _femur),
        "sacrum": kept(_SACRUM, _sacrum),
    }
    spine = {
        "L5": ("lumbar5", (-95, 56, 0), 22.0),
        "L4": ("lumbar4", (-86, 97, 0), 8.0),
        "L3": ("lumbar3", (-84, 139, 0), 0.0),
    }
    for name, (mesh, at, tilt) in spine.items():  # the scanned vertebrae are small for this pelvis
        parts[name] = load(mesh).moved(1.26 * rotation((0, 0, 1), -tilt), np.array(at, float))
    return parts


#: groups of trabeculae in the frontal plane of the right femur (Ward 1838; Singh, Nagrath and Maini 1970): z (lateral)
#: and y about the head's centre; principal compressive, principal tensile, secondary compressive, secondary tensile,
#: greater trochanter
_ARCADES = (
    Arcade(((11, -44), (6, -28), (0, -10), (-3, 6), (-3, 21)), 8.5, -5.5),
    Arcade(((52, -70), (50, -42), (42, -17), (26, -3), (8, 0), (-10, -4), (-19, -10)), 5.5, -3.2),
    Arcade(((16, -60), (25, -46), (36, -32), (45, -20)), 7.0, -2.4),
    Arcade(((52, -86), (47, -62), (34, -44), (24, -36)), 6.0, -2.4),
    Arcade(((53, -48), (50, -30), (44, -14)), 5.0, -1.6),
)


@dataclass(frozen=True)
class Trabeculae:
    """Spongy bone of the proximal femur: how dense it is and which way it runs, at points about the head's centre.

    Parameters
    ----------
    t_score : float
        Bone mineral density; the groups fade in the order of Singh's grades as it falls, so that Ward's triangle
        between them empties first.
    scale : float
        Size of the patient against the template.

    Examples
    --------
    >>> ward, calcar = np.array([[-14.0, -26.0, 24.0]]), np.array([[-6.0, -28.0, 6.0]])
    >>> bone = Trabeculae(0.0, 1.0)
    >>> bool(bone.fraction(ward)[0] < 0.5 * bone.fraction(calcar)[0])
    True
    """

    t_score: float
    scale: float

    def _followed(self, points: Floats) -> tuple[Floats, Floats]:
        return followed(points[:, [2, 1]] / self.scale, _ARCADES, self.t_score)

    def fraction(self, points: Floats) -> Floats:
        """Bone volume over total volume: dense in the head and along the groups, almost none in the shaft."""
        much, _ = self._followed(points)
        level = max(0.25, 1 + 0.16 * self.t_score)
        head = 0.35 * np.exp(-((np.linalg.norm(points / self.scale, axis=1) / 22) ** 4))
        shaft = np.interp(points[:, 1] / self.scale, [-150, -95, -60], [0.15, 0.45, 1.0])
        return np.asarray(0.24 * level * shaft * (0.3 + 1.3 * head + np.minimum(much, 1.2)))

    def load(self, points: Floats) -> Floats:
        """Unit vectors along the strongest group."""
        _, angle = self._followed(points)
        return np.stack([0 * angle, np.sin(angle), np.cos(angle)], axis=1)
