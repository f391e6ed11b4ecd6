"""The bones of a forearm, adult shapes placed to one another: supinated, the elbow straight.

Body axes of a right arm are those of the wrist (:mod:`.wrist`): x to the thumb, y towards the elbow, z dorsal, from the
middle of the radius's articular surface. The shafts and the elbow are scanned; the distal ends are the wrist's.

Sources. Where ulna and humerus lie in the frame of the radius, and the axis of the elbow: the arm of the package
`musclemimic_models` (Holzbaur, Murray and Delp, Ann Biomed Eng 2005).
"""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from ..cut import Surface, cut
from ..meshes import Floats, Mesh, capped, joined, kept, raw, resampled, subdivided, surface_net, thinned
from ..shape import rotation
from .elbow import carved, rounded_tip, turned_on
from .wrist import adult_bones

_RADIUS_IN_ULNA = np.array([0.4, -11.5, 20.0])
_HUMERUS_IN_ULNA = np.array([-6.1, 290.4, 12.3])
_ELBOW_AXIS = np.array([0.0494, 0.0366, 0.9981])  # in the frame of the ulna: to the outer side
_SUPINATION_DEG = 86.0  # from the scan, thumb forwards, to thumb outwards
_SEAM_MM = (26.0, 56.0)  # between these the distal end turns into the scanned shaft
_PITCH_MM = 1.2  # of the grids that shapes are worked out on
LEAN_DEG = 6.5  # the scanned humerus turns so far inwards, on average, for a usual carrying angle
_UPPER_ARM_MM = 200.0  # of the humerus is kept so much, from the elbow

#: bones of the hand that stay in one piece -> age at which a child's film first shows them (Greulich and Pyle 1959)
CARPUS = {
    "capitate": 0.3,
    "hamate": 0.4,
    "triquetrum": 2.3,
    "lunate": 3.5,
    "scaphoid": 5.0,
    "trapezium": 4.8,
    "trapezoid": 5.0,
    "pisiform": 9.5,
}
METACARPALS = ("1mc", "2mc", "3mc", "4mc", "5mc", "phalanx of thumb")


def _upright(v: Floats) -> Floats:
    """The rotation that stands the distal shaft of a forearm bone along y."""
    y = v[:, 1] - v[:, 1].min()
    near, far = (v[(y > a) & (y < b)].mean(axis=0) for a, b in ((25, 60), (80, 130)))
    along = (far - near) / np.linalg.norm(far - near)
    axis = np.cross(along, [0, 1, 0])
    return rotation(axis, np.rad2deg(np.arcsin(np.linalg.norm(axis))))


def _fitted(points: Floats, end: Mesh, tip_mm: float) -> Floats:
    """The shift that lays a scan on the metaphysis of a modelled end; its tip comes to y = `tip_mm`."""
    part = end.vertices[(end.vertices[:, 1] > 16) & (end.vertices[:, 1] < 50)]
    near = points[points[:, 1] < points[:, 1].min() + 60]
    shift = part.mean(axis=0) - near.mean(axis=0)
    shift[1] = tip_mm - points[:, 1].min()
    for _ in range(30):
        found = (part - (points + shift)[cKDTree(points + shift).query(part)[1]]).mean(axis=0)
        shift = shift + found * [1, 0, 1]
    return shift


def _merged(whole: Mesh, end: Mesh, round_tip: bool = False) -> Mesh:
    """A scanned bone whose distal end is the modelled one, along a seam; its elbow is fitted to the humerus."""
    low = np.minimum(whole.vertices.min(axis=0), end.vertices.min(axis=0)) - 4
    high = np.maximum(whole.vertices.max(axis=0), end.vertices.max(axis=0)) + 4
    f = resampled(whole, _PITCH_MM, low, high)
    f_end = resampled(thinned(end, 1.6), _PITCH_MM, low, np.array([high[0], _SEAM_MM[1] + 2, high[2]]))
    weight = _rising(low[1] + _PITCH_MM * np.arange(f_end.shape[1]), *_SEAM_MM)[None, :, None]
    n = f_end.shape[1]
    f[:, :n] = weight * f[:, :n] + (1 - weight) * f_end
    n = int((elbow()[0][1] - 45 - low[1]) / _PITCH_MM)
    top = low + np.array([0, n * _PITCH_MM, 0])
    if round_tip:
        f[:, n:] = rounded_tip(f[:, n:], top, _PITCH_MM, whole.vertices[:, 1].max())
    f[:, n:] = turned_on(f[:, n:], top, _PITCH_MM, *elbow())
    return _evened(f, low, (45.0, 205.0))


def _rising(y: Floats, low: float, high: float) -> Floats:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((y - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _evened(f: Floats, low: Floats, shaft: tuple[float, float]) -> Mesh:
    """The surface of a field; along the shaft, where the scan has few faces, it runs smoothly."""
    y = low[1] + _PITCH_MM * np.arange(f.shape[1])
    weight = (_rising(y, shaft[0], shaft[0] + 25) * _rising(-y, -shaft[1], 25 - shaft[1]))[None, :, None]
    f = (1 - weight) * gaussian_filter(f, 0.75) + weight * gaussian_filter(f, (0.8, 5.8, 0.8))
    net = surface_net(f - 0.5)
    return thinned(net.with_vertices(net.vertices * _PITCH_MM + low), 1.8)


@lru_cache(maxsize=1)
def _frames() -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """From the frame of the ulna to body axes (turn, shift); of the radius (turn, shift); the elbow's axis."""
    radius, ulna = raw("radius").vertices, raw("ulna").vertices
    stand = _upright(radius)
    dense = _scanned("radius").vertices @ stand.T
    shift = _fitted(dense, adult_bones()["radius"], -8.5)
    head = radius[radius[:, 1] > -8].mean(axis=0)
    far = ulna[ulna[:, 1] < ulna[:, 1].min() + 12].mean(axis=0) - _RADIUS_IN_ULNA
    turn = rotation(head - far, _SUPINATION_DEG)
    # in the frame of the radius: p -> turn @ (p - offset - head) + head
    back = turn @ (-_RADIUS_IN_ULNA - head) + head
    return stand @ turn, stand @ back + shift, stand, shift, stand @ turn @ _ELBOW_AXIS


def _scanned(name: str) -> Mesh:
    """A bone as it was scanned, its holes capped and its faces split once: what a grid of a millimetre can show."""
    return subdivided(capped(raw(name)))


def _radius() -> Mesh:
    _, _, turn, shift, _ = _frames()
    return _merged(_scanned("radius").moved(turn, shift), adult_bones()["radius"])


def _ulna() -> Mesh:
    """The ulna; its shaft is led to the head that lies beside the modelled radius."""
    turn, shift, *_ = _frames()
    scan, end = _scanned("ulna").moved(turn, shift), adult_bones()["ulna"]
    v = scan.vertices
    gap = _fitted(v, end, 2.0)
    reach = np.clip((v[:, 1:2].max() - 20 - v[:, 1:2]) / (np.ptp(v[:, 1]) - 60), 0, 1)
    return _merged(scan.with_vertices(v + reach * gap), end, round_tip=True)


def _humerus() -> Mesh:
    turn, shift, *_ = _frames()
    whole = _scanned("humerus").moved(turn, turn @ _HUMERUS_IN_ULNA + shift)
    elbow_mm = whole.vertices[:, 1].min()
    top = np.array([0, elbow_mm + _UPPER_ARM_MM, 0])
    part = cut(whole, Surface(top, np.array([0.0, 1, 0]), 0.0, np.zeros((0, 5))))[0]
    low, high = part.vertices.min(axis=0) - 4, part.vertices.max(axis=0) + 4
    f = resampled(part, _PITCH_MM, low, high)
    about, axis = elbow()
    ulna = _whole_ulna().vertices
    n = int(90 / _PITCH_MM)
    f[:, :n] = carved(f[:, :n], low, _PITCH_MM, about, axis, LEAN_DEG, ulna)
    return _evened(f, low, (elbow_mm + 62, top[1]))


@lru_cache(maxsize=1)
def template() -> dict[str, Mesh]:
    """Return radius, ulna and humerus in body axes; read-only."""
    return {
        "radius": kept("elbow radius", _radius),
        "ulna": _whole_ulna(),
        "humerus": kept("elbow humerus", _humerus),
    }


def _whole_ulna() -> Mesh:
    return kept("elbow ulna", _ulna)


@lru_cache(maxsize=1)
def elbow() -> tuple[Floats, Floats]:
    """Return a point of the elbow's axis of flexion, in the middle of the trochlea, and its direction, outwards."""
    turn, shift, _, _, axis = _frames()
    return turn @ np.array([0.0, 0.0, 4.0]) + shift, axis


def hand(age: float, sex: str) -> dict[str, Mesh]:
    """Return what of carpus and metacarpus a film shows at an age: two meshes, of many bones each."""
    adult, late = adult_bones(), 1.0 if sex == "F" else 1.15
    small = []
    for name, first in CARPUS.items():
        filled = float(np.clip((age - first * late) / (13 * late - first * late), 0, 1)) ** 0.6
        if filled > 0:
            v = adult[name].vertices
            small.append(adult[name].with_vertices(v + (1 - filled) * 0.6 * (v.mean(axis=0) - v)))
    long = [adult[n] for n in METACARPALS]
    return ({"carpus": joined(small)} if small else {}) | {"metacarpals": joined(long)}
