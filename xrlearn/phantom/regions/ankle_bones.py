"""The bones of a right ankle in place: distal tibia and fibula, talus, and the foot; their joint surfaces are modelled.

Body axes: x forwards, y up, z to the outer side; the origin is the top of the talar dome in its middle.

The scanned shapes are coarse where they meet. The trochlea of the talus is given the surface of a cylinder about the
ankle's axis, and tibia and fibula are carved to lie one joint space from it: 3 mm above and on either side. The scanned
talus has no neck and the calcaneus ends short of the cuboid: both are given their front, which makes them some 57 and
82 mm long, and the tarsal bones grow towards each other until 1.6 mm of cartilage part them (estimates).
"""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree

from ..meshes import (
    Floats,
    Mesh,
    capped,
    joined,
    kept,
    pieces,
    raw,
    resampled,
    subdivided,
    surface_net,
    thinned,
)

#: the ankle's axis runs along z through this point; the dome's radius about it; half the width of the dome, mm
AXIS, DOME_MM, HALF_MM = np.array([0.0, -20.5, 0.0]), 20.5, 14.2
GAP_MM = 3.0
_TIBIA = np.array([6.0, 384.5, 1.5])  # from the frame of tibia and fibula to body axes
_TALUS = _TIBIA + np.array([-10.0, -400.0, 0.0])
_HEEL = _TALUS + np.array([-48.77, -41.95, 7.92])
_FOOT = _HEEL + np.array([8.5, 3.0, 0.0])  # before the head of the talus
_TOES = _FOOT + np.array([178.8, -2.0, 1.08])
_CARTILAGE_MM = 1.6
_REACH_MM = 150.0  # how much of the leg above the joint is there
#: bone of the foot -> where its middle lies in the frame of the scan
_NAMES = {
    "calcaneus": (28.0, 16.0, -5.0),
    "cuboid": (73.0, 18.0, 14.0),
    "navicular": (82.0, 26.0, -21.0),
    "lateral cuneiform": (88.0, 22.0, 1.0),
    "middle cuneiform": (98.0, 27.0, -13.0),
    "medial cuneiform": (106.0, 21.0, -25.0),
}


def _grid(mesh: Mesh, pitch: float, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """How much of a mesh is there on a grid (1 inside), and the points of the grid, (..., 3)."""
    field = resampled(mesh, pitch, low, high)
    steps = (low[k] + pitch * np.arange(field.shape[k]) for k in range(3))
    return field, np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1)


def _surface(field: Floats, pitch: float, low: Floats, step: float) -> Mesh:
    """The surface of a field (1 inside), smoothed over one step of its grid."""
    field = gaussian_filter(field, 1.0)
    for axis in range(3):
        np.moveaxis(field, axis, 0)[[0, -1]] = 0
    net = surface_net(field - 0.5)
    return thinned(net.with_vertices(net.vertices * pitch + low), step)


def _radius(at: Floats) -> Floats:
    """Distance from the ankle's axis, less the shallow groove along the middle of the dome, mm."""
    groove = 0.9 * np.clip(at[..., 2] / HALF_MM, -1, 1) ** 2
    return np.asarray(np.hypot(at[..., 0] - AXIS[0], at[..., 1] - AXIS[1]) - groove)


def _rounded(a: Floats, b: Floats, radius: float) -> Floats:
    """The lesser of two distances, the edge where they meet rounded off by `radius` mm."""
    depth = np.hypot(np.maximum(radius - a, 0), np.maximum(radius - b, 0))
    return np.asarray(np.where(depth > 0, radius - depth, np.minimum(a, b)))


def _ball(at: Floats, middle: list[float], radii: list[float]) -> Floats:
    """Depth within an ellipsoid, mm, roughly."""
    return np.asarray((1 - np.linalg.norm((at - middle) / radii, axis=-1)) * min(radii))


def _inside(*distances: Floats, pitch: float) -> Floats:
    """Share of each cell that is inside all surfaces, from distances that are positive inside, mm."""
    return np.clip(np.minimum.reduce(distances) / pitch + 0.5, 0, 1)


def _tibia() -> Mesh:
    pitch, low, high = 1.0, np.array([-34.0, -22.0, -34.0]), np.array([28.0, _REACH_MM, 30.0])
    f, at = _grid(raw("r_tibia").moved(np.eye(3), _TIBIA), pitch, low, high)
    x, y, z = at[..., 0], at[..., 1], at[..., 2]
    # Bone from the scan's flat end down to the joint, and a medial malleolus 13 mm long.
    rim = (1 - (((x - 0.5) / 19.5) ** 4 + ((z + 1.5) / 18.5) ** 4) ** 0.25) * 19
    block = _inside(rim - 0.35 * np.maximum(y, 0), 16 - y, y + 8, pitch=pitch)
    tip = (1 - np.linalg.norm((at - [3.0, 1.0, -22.5]) / [12.0, 14.0, 6.0], axis=-1)) * 7
    shoulder = (1 - np.linalg.norm((at - [1.0, 7.0, -17.5]) / [13.0, 15.0, 9.5], axis=-1)) * 10
    f = np.maximum.reduce([f, block, _inside(np.maximum(tip, shoulder), pitch=pitch)])
    # The talus with its cartilage is taken out.
    wall = np.interp(y, [-15, 0], [-HALF_MM - 0.8, -HALF_MM])
    f = np.minimum(f, 1 - _inside(DOME_MM + GAP_MM - _radius(at), z - wall + GAP_MM, pitch=pitch))
    f = np.minimum(f, 1 - _inside(-4 - y, z + HALF_MM, pitch=pitch))
    return _surface(f, pitch, low, 1.3)


def _fibula() -> Mesh:
    pitch, low, high = 1.0, np.array([-40.0, -36.0, 2.0]), np.array([10.0, _REACH_MM, 46.0])
    f, at = _grid(raw("r_fibula").moved(np.eye(3), _TIBIA + np.array([0, 0, 1.6])), pitch, low, high)
    y, z = at[..., 1], at[..., 2]
    f = np.minimum(f, 1 - _inside(HALF_MM + GAP_MM - z, 4 - y, pitch=pitch))
    tip = _inside((1 - np.linalg.norm((at - [-13, -10, 23.0]) / [9, 15, 6], axis=-1)) * 7, pitch=pitch)
    return _surface(np.maximum(f, tip), pitch, low, 1.2)


def _talus() -> Mesh:
    pitch, low, high = 0.9, np.array([-36.0, -40.0, -28.0]), np.array([36.0, 8.0, 30.0])
    f, at = _grid(raw("r_talus").moved(1.06 * np.eye(3), _TALUS), pitch, low, high)
    x, y, z = at[..., 0], at[..., 1], at[..., 2]
    # The dome is wider in front, and stands on a wider body.
    side = HALF_MM + 0.05 * x + np.interp(y, [-25, -17, -9], [9.0, 1.0, 0.0]) - np.abs(z)
    shoulder = _rounded(DOME_MM - _radius(at), side, 3.0)
    dome = _inside(shoulder, y + 17, 18 - np.abs(x), pitch=pitch)
    above = 1 - _inside(_radius(at) - DOME_MM, 17 - np.abs(x), y + 14, pitch=pitch)
    beside = 1 - _inside(-side, y + 24, 18 - np.abs(x), pitch=pitch)
    f = np.minimum(np.maximum(f, dome), np.minimum(above, beside))
    f = np.minimum(f, 1 - _inside(_ball(at, [23.5, -8.0, -4.0], [7.0, 9.5, 24.0]), pitch=pitch))
    neck = _ball(at, [16.0, -24.0, -5.0], [12.0, 7.0, 9.0])
    head = _ball(at, [26.0, -23.0, -8.0], [8.5, 9.5, 11.5])
    return _surface(np.maximum(f, _inside(np.maximum(neck, head), pitch=pitch)), pitch, low, 1.2)


def _calcaneus() -> Mesh:
    """The calcaneus: its upper side follows the talus at 2.5 mm, and a shelf carries the talus on the inner side."""
    pitch, low, high = 1.0, np.array([-68.0, -74.0, -28.0]), np.array([28.0, -6.0, 36.0])
    f, at = _grid(_fine(_part_of_foot("calcaneus", _HEEL)), pitch, low, high)
    f = np.clip(4 * (gaussian_filter(f, 1.9) - 0.47) + 0.5, 0, 1)  # the facets of the scan rounded off
    front = _ball(at, [8.0, -39.0, 15.0], [15.0, 9.5, 10.5])
    facet = (1 - np.linalg.norm((at - [-15.0, -32.0, 4.0]) / [17.0, 16.0, 13.0], axis=-1)) * 14
    shelf = (1 - np.linalg.norm((at - [-2.0, -34.0, -14.0]) / [12.0, 6.0, 9.0], axis=-1)) * 7
    f = np.maximum(f, _inside(np.maximum.reduce([facet, shelf, front]), pitch=pitch))
    talus = resampled(raw("r_talus").moved(1.06 * np.eye(3), _TALUS), pitch, low, high)
    f = np.minimum(f, np.clip(distance_transform_edt(talus < 0.5) * pitch - 2.0, 0, 1))
    sinus = (1 - np.linalg.norm((at - [5.0, -24.0, 10.0]) / [8.0, 10.0, 12.0], axis=-1)) * 8
    return _surface(np.minimum(f, 1 - _inside(sinus, pitch=pitch)), pitch, low, 1.6)


def _fine(mesh: Mesh, faces: int = 1200) -> Mesh:
    while len(mesh.faces) < faces:
        mesh = subdivided(capped(mesh))
    return mesh


def _toes() -> Mesh:
    return joined([_fine(m, 300) for m in pieces(raw("r_bofoot")) if len(m.vertices) > 30]).moved(np.eye(3), _TOES)


def _part_of_foot(name: str, place: Floats = _FOOT) -> Mesh:
    """One bone of the foot as it was scanned: the one whose middle lies nearest to where it belongs."""

    def off(mesh: Mesh) -> float:
        middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
        return float(np.linalg.norm(middle - _NAMES[name]))

    return min((m for m in pieces(raw("r_foot")) if len(m.vertices) > 30), key=off).moved(np.eye(3), place)


def _metatarsals() -> Mesh:
    """All five in one; of all parts of the foot they alone were scanned with 112 vertices."""
    return joined([_fine(m, 800) for m in pieces(raw("r_foot")) if len(m.vertices) == 112]).moved(np.eye(3), _FOOT)


def _closer(name: str, bones: dict[str, Mesh]) -> Mesh:
    """Grow a tarsal bone towards its neighbours where they face it, so that their gap is filled by halves."""
    mesh = bones[name]
    v, normals = mesh.vertices, mesh.normals()
    others = np.concatenate([bones[n].vertices for n in _TARSALS if n != name])
    far, index = cKDTree(others).query(v)
    towards = (others[index] - v) / np.maximum(far, 1e-6)[:, None]
    facing = np.clip(1.5 * (normals * towards).sum(axis=1), 0, 1) * np.clip((10 - far) / 3, 0, 1)
    if name in ("talus", "calcaneus"):  # not where they meet each other and the leg
        facing *= np.clip((v[:, 0] - {"talus": 20.0, "calcaneus": 8.0}[name]) / 5, 0, 1)
    step = normals * (facing * np.clip(far - _CARTILAGE_MM, -2, 9) / 2)[:, None]
    _, near = cKDTree(v).query(v, 24)
    return mesh.with_vertices(v + step[near].mean(axis=1))


_TARSALS = ("talus", *_NAMES, "metatarsals")


def _tarsus(name: str) -> Mesh:
    bones = {n: kept(f"ankle scan 3 {n}", make) for n, make in _own().items() if n in _TARSALS}
    for _ in range(3):
        bones = {n: _closer(n, bones) for n in _TARSALS}
    for n in _TARSALS:  # all are made when the first is asked for
        kept(f"ankle 3 {n}", partial(bones.__getitem__, n)) if n != name else None
    return bones[name]


def _own() -> dict[str, Callable[[], Mesh]]:
    own: dict[str, Callable[[], Mesh]] = {
        "tibia": _tibia,
        "fibula": _fibula,
        "talus": _talus,
        "calcaneus": _calcaneus,
        "metatarsals": _metatarsals,
        "toes": _toes,
    }
    return own | {n: partial(lambda n: _fine(_part_of_foot(n)), n) for n in _NAMES if n != "calcaneus"}


@lru_cache(maxsize=1)
def template() -> dict[str, Mesh]:
    """Return the bones of one adult, placed, the foot at a right angle; arrays are read-only."""
    return {n: kept(f"ankle 3 {n}", partial(_tarsus, n) if n in _TARSALS else make) for n, make in _own().items()}
