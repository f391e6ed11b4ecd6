"""The carpal bones as they lie in the wrist: each fills its room but for the cartilage between it and its neighbours.

The scanned bones are smaller than the room between radius and metacarpals, so that they would float. Here each grows
until it is as large as people's, or until half the thickness of a joint is left to the surface midway to its neighbour:
facets that face each other are congruent, and no two bones touch.

Sources. Carpal height is 0.54 (SD 0.03) of the length of the third metacarpal: Youm et al., J Bone Joint Surg Am 1978
(here about 0.5, as the scanned metacarpals lie). The width of the joints, 1.4-2 mm from bone to bone, and how far each
bone grows beyond its scan: estimates.
"""

from functools import lru_cache, partial

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from ..meshes import Floats, Mesh, kept, load, resampled, surface_net, thinned

#: where the origin of each small bone's own frame lies in the body axes of :mod:`.wrist`, mm
PLACE = {
    "scaphoid": (6.2, -10.8, -2.0),
    "lunate": (-5.4, -3.8, 0.5),
    "triquetrum": (-17.2, -8.2, -0.3),
    "pisiform": (-21.0, -12.3, -11.1),
    "trapezium": (17.2, -25.4, -6.2),
    "trapezoid": (9.7, -25.8, 1.1),
    "capitate": (-2.2, -22.4, 0.0),
    "hamate": (-14.1, -21.6, -1.1),
    "1mc": (23.0, -32.0, -10.0),
    "2mc": (10.0, -60.6, 1.7),
    "3mc": (-2.9, -64.4, 2.7),
    "4mc": (-13.8, -59.7, 1.5),
    "5mc": (-24.0, -55.6, -2.5),
}
CARPALS = ("scaphoid", "lunate", "triquetrum", "pisiform", "trapezium", "trapezoid", "capitate", "hamate")
#: how far a bone may grow beyond its scan, mm
_GROWTH_MM = dict.fromkeys(CARPALS, 2.6) | {"pisiform": 0.4, "scaphoid": 2.9, "trapezium": 1.3, "trapezoid": 1.7}
_JOINT_MM = 1.5  # between two carpal bones
#: what does not give way, and how near a carpal bone comes to it, mm
_FIXED_MM = {"radius": 1.8, "ulna": 4.5, **{f"{k}mc": 1.4 for k in range(1, 6)}}
_PITCH_MM = 0.6
_ROOM = (np.array([-32.0, -42.0, -24.0]), np.array([34.0, 12.0, 18.0]))


def placed(name: str) -> Mesh:
    """Return a scanned carpal bone or metacarpal where it lies."""
    return load(name).moved(np.eye(3), np.array(PLACE[name]))


def _depth(mesh: Mesh) -> Floats:
    """Signed distance from a surface on the grid of the carpus, mm: negative inside."""
    low, high = _ROOM
    first = np.clip(np.floor((mesh.vertices.min(axis=0) - low) / _PITCH_MM - 3), 0, None).astype(int)
    last = np.minimum(mesh.vertices.max(axis=0) + 3 * _PITCH_MM, high)
    shape = tuple(np.ceil((high - low) / _PITCH_MM).astype(int) + 1)
    inside = np.zeros(shape, bool)
    part = resampled(mesh, _PITCH_MM, low + first * _PITCH_MM, last)
    a, b, c = first
    room = inside[a : a + part.shape[0], b : b + part.shape[1], c : c + part.shape[2]]
    room[...] = part[: room.shape[0], : room.shape[1], : room.shape[2]] > 0.5
    away = distance_transform_edt(~inside) - distance_transform_edt(inside)
    return np.asarray(gaussian_filter(away, 0.7) * _PITCH_MM)


@lru_cache(maxsize=1)
def _packed(radius: Mesh, ulna: Mesh) -> dict[str, Mesh]:
    """All carpal bones, grown into their room."""
    fixed = {"radius": thinned(radius, 1.2), "ulna": thinned(ulna, 1.2)} | {
        f"{k}mc": placed(f"{k}mc") for k in range(1, 6)
    }
    barred = np.max([mm - _depth(fixed[name]) for name, mm in _FIXED_MM.items()], axis=0)
    depth = {name: _depth(placed(name)) for name in CARPALS}
    out = {}
    for name, own in depth.items():
        near = np.min([d for other, d in depth.items() if other != name], axis=0)
        # half the difference of two distances is the distance from the surface midway between the bones
        field = np.max([own - _GROWTH_MM[name], (own - near + _JOINT_MM) / 2, barred], axis=0)
        field = gaussian_filter(-field, 1.0)
        net = surface_net(np.pad(field, 1, constant_values=-1.0))
        out[name] = thinned(net.with_vertices((net.vertices - 1) * _PITCH_MM + _ROOM[0]), 1.1)
    return out


def carpals(radius: Mesh, ulna: Mesh) -> dict[str, Mesh]:
    """Return the carpal bones of an adult between the ends of the forearm, by name; read-only."""
    return {name: kept(f"carpus {name}", partial(_one, name, radius, ulna)) for name in CARPALS}


def _one(name: str, radius: Mesh, ulna: Mesh) -> Mesh:
    return _packed(radius, ulna)[name]


def ossified(points: Floats, across: float, along: float, axis: Floats, least: float = 0.0) -> Floats:
    """Shrink a body about its middle, rounder the smaller it gets: bone begins as a ball inside the cartilage.

    `across` and `along` are its width and its length along `axis` as shares of the final ones, 0 to 1; with `least` its
    edges are round however large it is, as those of an epiphysis are until it fuses.
    """
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    d = points - middle
    a = d @ axis
    r = d - np.outer(a, axis)
    ball = np.sqrt((a / np.abs(a).max()) ** 2 + (r**2).sum(axis=1) / (r**2).sum(axis=1).max())
    roundness = min(1.0, max(least, 1.3 * (1 - across)))
    shrink = (1 - roundness) + roundness * (0.8 + 0.15 * least) / np.maximum(ball, 0.3)
    return np.asarray(middle + shrink[:, None] * (across * r + along * np.outer(a, axis)))
