"""The curve of the spine: end plates of stated tilt, stacked from the sacrum up, and the bones bent between them.

Every vertebra is held by its two end plates. An end plate has a tilt on the frontal film (positive: the patient's left
is lower), a tilt on the lateral film (positive: the front is lower) and an axial rotation (positive: the front turns to
the patient's left). Its axes are chosen so that their shadows on both films have exactly these tilts, so an angle
between two end plates is what was asked for. Body axes: x forwards, y up, z to the patient's right; the origin is the
middle of the sacral end plate; millimetres.

Sources. Proportions of vertebral bodies and discs, and the share of a curve's bend that lies in the bodies: medians of
the landmarks of 435 frontal films of the AASCE challenge. Types of curve and their apices: Lenke et al., J Bone Joint
Surg Am 2001.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from ...radiograph.spine import VERTEBRAE, cobb
from ..meshes import Floats, Mesh, load

LEVELS = (*(f"C{k}" for k in range(3, 8)), *VERTEBRAE)
N = len(LEVELS)
T1 = LEVELS.index("T1")
LENGTH_MM = 430.0  # T1 to L5 of an adult of 175 cm, along the spine

#: width and height of the body and height of the disc below it, C3 to L5, as shares of the length from T1 to L5
_WIDTH = 0.01 * np.array(
    [4.6, 4.7, 4.9, 5.3, 6.2, 7.2, 6.8, 6.5, 6.4, 6.4, 6.6, 6.8, 7.0, 7.3, 7.7, 8.1, 8.5, 8.8, 9.1, 9.5, 10.0, 10.5]
)
_HEIGHT = 0.01 * np.array(
    [3.0, 3.0, 3.0, 3.0, 3.2, 3.4, 3.5, 3.6, 3.8, 4.0, 4.1, 4.2, 4.3, 4.5, 4.7, 4.9, 5.1, 5.3, 5.4, 5.5, 5.6, 5.5]
)
_DISC = 0.01 * np.array(
    [1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.3, 1.4, 1.4, 1.4, 1.4, 1.4, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.5, 2.5, 2.4, 2.4]
)
#: depth of the body as a share of its width
_DEPTH = np.interp(np.arange(N), [0, 5, 7, 11, 15, 17, 21], [0.85, 0.66, 0.78, 0.95, 0.88, 0.82, 0.76])
_IN_BODIES = 0.55 / 0.72  # share of the bend that lies in the bodies, over their share of the height
_TURN_PER_TILT = 1.4  # axial rotation for a change of tilt of one degree a level

#: type of curve -> main apices with their shares of the Cobb angle, and the side of the first (+1: convex to the right)
CURVES: dict[str, tuple[tuple[tuple[str, float], ...], int]] = {
    "thoracic": ((("T8", 1.0),), 1),
    "thoracolumbar": ((("L1", 1.0),), -1),
    "double": ((("T7", 1.0), ("L2", 0.9)), 1),
}


@dataclass(frozen=True, eq=False)
class Plates:
    """End plates, `N` vertebrae x (upper, lower): centre, and forward, upward and rightward axes (columns)."""

    centre: Floats
    axes: Floats
    half_width: Floats
    half_depth: Floats

    def corner(self, level: int, lower: int, forward: float, right: float) -> Floats:
        """Return a point of an end plate: `forward` and `right` are 1 at its front and right edges."""
        a = self.axes[level, lower]
        return np.asarray(
            self.centre[level, lower]
            + forward * self.half_depth[level] * a[:, 0]
            + right * self.half_width[level] * a[:, 2]
        )

    def frontal(self) -> Floats:
        """Return the corners T1 to L5 on a frontal film, 17 x 4 x (row, column), in mm; image right is z < 0."""
        right = self.half_width[T1:, None, None] * self.axes[T1:, :, :, 2]
        ends = self.centre[T1:, :, None] + np.stack([right, -right], axis=2)  # the right lies on the left of the image
        return np.asarray(-ends.reshape(-1, 4, 3)[..., 1:])


def curve_knots(patient: dict[str, Any], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return levels (fractions of LEVELS, from the top) and frontal tilts where the curves end, for a Cobb angle of 1.

    Between two neighbouring knots the tilt runs one way, so their difference is the Cobb angle of a curve.
    """
    kind = patient["curve"]
    draw = rng.uniform(-1, 1, 12)
    if kind == "none":  # the slight bends of any spine
        middle = 12 + 3 * draw[0]
        at = np.array([5.0, middle - 3.2, middle + 3.5, 20.5])
        tilt = np.array([0.2 * draw[1], 0.5, -0.5, 0.3 * draw[2]])
        return at, tilt * (1 if draw[3] > 0 else -1)
    mains, side = CURVES[kind]
    apices = [LEVELS.index(patient["apex"])]
    if len(mains) == 2:
        apices.append(apices[0] + 7 + round(0.8 * draw[4]))
    side *= 1 if patient["convex"] == ("R" if side > 0 else "L") else -1
    half = 2.9 + 0.6 * draw[0]
    nodes, lean = [apices[0] - half], [0.5]
    for j, (_, share) in enumerate(mains):
        share = share if j == 0 else share * (1 + 0.1 * draw[5])
        below = half if j == len(mains) - 1 else (apices[1] - apices[0]) / 2
        nodes.append(min(apices[j] + below + 0.4 * draw[6 + j], N - 1.2))
        lean.append(lean[-1] + (-share if j % 2 == 0 else share))
    # What balances the main curves: a smaller curve above, and one below where there is room for it.
    nodes.insert(0, max(nodes[0] - 4.5 - draw[8], T1 - 1.0))
    lean.insert(0, lean[0] - 0.45 - 0.25 * draw[9])
    if nodes[-1] < N - 4:
        nodes.append(min(nodes[-1] + 4.2 + draw[10], N - 1.2))
        lean.append(lean[-1] + (0.55 + 0.25 * draw[11]) * (1 if len(mains) % 2 else -1))
    return np.array(nodes), side * np.array(lean)


def sagittal(patient: dict[str, Any], height: Floats) -> Floats:
    """Return the tilt on the lateral film of every end plate (N x 2, degrees) at their heights above the sacrum.

    The sacral slope, lordosis (L1 to S1) and kyphosis (T4 to T12) are those of the patient; two thirds of the lordosis
    lie below L4.
    """
    slope, lordosis, kyphosis = (patient[k] for k in ("sacral_slope_deg", "lordosis_deg", "kyphosis_deg"))

    def at(name: str, lower: int = 0) -> float:
        return float(height[LEVELS.index(name), lower])

    top = slope - lordosis + kyphosis
    knots = [
        (0.0, slope),
        (at("L4"), slope - 0.62 * lordosis),
        (at("L1"), slope - lordosis),
        (at("T12", 1), slope - lordosis),
        (at("T4"), top),
        (at("T1"), top + 8),
        (at("C7"), top + 6),
        (at("C3"), top - 14),
    ]
    return np.asarray(PchipInterpolator(*np.array(knots).T)(height))


def stacked(patient: dict[str, Any], rng: np.random.Generator, crushed: tuple[int, float] | None = None) -> Plates:
    """Return the end plates of a patient; the Cobb angle on the frontal film is the stated one.

    Parameters
    ----------
    patient : dict
        ``cobb_deg``, ``curve``, ``apex``, ``convex``, ``sacral_slope_deg``, ``lordosis_deg``, ``kyphosis_deg``,
        ``length_mm``, ``balance_mm``, ``turned``.
    crushed : (level, loss), optional
        A vertebra whose front lost this share of its height.
    """
    size = patient["length_mm"] * (1 + 0.03 * rng.standard_normal((3, N)))
    width, body, disc = _WIDTH * size[0], _HEIGHT * size[1], _DISC * size[2] * patient["disc"]
    depth = _DEPTH * width
    upper = np.cumsum((body + disc)[::-1])[::-1]
    height = np.stack([upper, upper - body], axis=1)
    side = sagittal(patient, height)
    if crushed is not None:
        level, loss = crushed
        side[level, 0] += np.rad2deg(np.arctan(loss * body[level] / depth[level]))
        body = body.copy()
        body[level] *= 1 - loss / 2
    at, knots = curve_knots(patient, rng)
    rise = np.interp(at, np.arange(N), height.mean(axis=1))
    noise = gaussian_filter1d(rng.standard_normal(N), 0.7) * min(0.6, 0.08 * patient["cobb_deg"])

    def plates(amplitude: float, shift: float) -> Plates:
        y = np.concatenate([[0.0], rise[::-1], [height.max() + 1]])
        tilt = np.concatenate([[patient["sacral_tilt_deg"]], (amplitude * knots + shift)[::-1], [0.0]])
        bend = PchipInterpolator(y, tilt)
        front, middle = bend(height), bend(height.mean(axis=1))[:, None]
        front = middle + _IN_BODIES * (front - middle) + noise[:, None]
        turn = patient["turned"] * _TURN_PER_TILT * gaussian_filter1d(np.gradient(middle[:, 0]), 1.0)
        axes = axes_with_shadows(front, side, np.stack([turn, turn], axis=1))
        return _stack(axes, body, disc, width, depth, patient)

    amplitude, shift = patient["cobb_deg"], 0.0
    for _ in range(12):  # both corrections are nearly linear
        found = plates(amplitude, shift)
        amplitude *= patient["cobb_deg"] / float(cobb(found.frontal()))
        off = found.centre[T1 - 1, 0, 2] - patient["balance_mm"]
        shift += np.rad2deg(off / height[T1 - 1, 0]) if _shiftable(knots * amplitude + shift, off) else 0.0
        if abs(float(cobb(found.frontal())) - patient["cobb_deg"]) < 0.005 and abs(off) < 1.0:
            break
    return found


def _shiftable(tilts: Floats, off: float) -> bool:
    """Whether all tilts may turn towards a balanced spine: not beyond what a standing patient shows."""
    return bool(abs(tilts.mean() + np.sign(off)) < 14)


def _stack(axes: Floats, body: Floats, disc: Floats, width: Floats, depth: Floats, patient: dict[str, Any]) -> Plates:
    centre = np.zeros((N, 2, 3))
    below, up = np.zeros(3), sacral_axes(patient)[:, 1]
    for i in reversed(range(N)):
        lower, upper = axes[i, 1, :, 1], axes[i, 0, :, 1]
        centre[i, 1] = below + disc[i] * (up + lower) / 2
        centre[i, 0] = centre[i, 1] + body[i] * (lower + upper) / 2
        below, up = centre[i, 0], upper
    return Plates(centre, axes, width / 2, depth / 2)


def axes_with_shadows(frontal_deg: Floats, lateral_deg: Floats, turn_deg: Floats) -> Floats:
    """Return axes (..., 3 x 3; columns forward, up, right) whose shadows have the stated tilts.

    The right axis falls on a frontal film as a line tilted by `frontal_deg`, the forward axis on a lateral film as one
    tilted by `lateral_deg`; they are at right angles and turned by `turn_deg` about the vertical.

    >>> a = axes_with_shadows(np.array(10.0), np.array(20.0), np.array(15.0))
    >>> np.rad2deg(np.arctan2([a[1, 2], -a[1, 0]], [a[2, 2], a[0, 0]])).round(6)
    array([10., 20.])
    """
    q, r, p = np.tan(np.deg2rad(frontal_deg)), -np.tan(np.deg2rad(lateral_deg)), np.tan(np.deg2rad(turn_deg))
    right = np.stack([p - q * r / 2, q, np.ones_like(q)], axis=-1)
    forward = np.stack([np.ones_like(q), r, -p - q * r / 2], axis=-1)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    return np.stack([forward, np.cross(right, forward), right], axis=-1)


def sacral_axes(patient: dict[str, Any]) -> Floats:
    """Return the axes of the sacral end plate, columns forward, up, right."""
    tilts = patient["sacral_tilt_deg"], patient["sacral_slope_deg"], 0.0
    return axes_with_shadows(*(np.array(t) for t in tilts))


@dataclass(frozen=True, eq=False)
class Template:
    """A vertebra in the coordinates of its body: forward and right are 1 at the edges, up 0 below and 1 on top."""

    mesh: Mesh
    local: Floats

    def between(self, plates: Plates, level: int) -> Mesh:
        """Return the vertebra between its two end plates; its processes are carried along."""
        u, v, w = (self.local[:, k : k + 1] for k in range(3))
        ends = []
        for k in (1, 0):
            a = plates.axes[level, k]
            across = u * plates.half_depth[level] * a[:, 0] + w * plates.half_width[level] * a[:, 2]
            ends.append(plates.centre[level, k] + across)
        # Far behind the body wedged end plates would meet: the arch keeps the height of the canal's front.
        return self.mesh.with_vertices(ends[0] + v * self._lift(plates, level, ends))

    def _lift(self, plates: Plates, level: int, ends: list[Floats]) -> Floats:
        u = self.local[:, :1]
        up = plates.axes[level, :, :, 1].mean(axis=0)
        tall = np.linalg.norm(plates.centre[level, 0] - plates.centre[level, 1])
        arch = np.clip((-1.0 - u) / 0.5, 0, 1)
        return np.asarray((1 - arch) * (ends[1] - ends[0]) + arch * tall * up)


@lru_cache(maxsize=32)
def template(level: str) -> Template:
    """Return the vertebra `level`; the lower cervical ones are the first thoracic one on a smaller scale."""
    number = int(level[1:])
    mesh = load({"C": "thoracic1_s", "T": f"thoracic{number}_s", "L": f"lumbar{number}"}[level[0]])
    v, normals = mesh.vertices, mesh.normals()
    middle = np.sort(v[np.abs(v[:, 2]) < 4, 0])
    canal = int(np.diff(middle).argmax())  # the widest gap from front to back
    back, front = middle[canal + 1], middle[-1]
    body = (v[:, 0] > back + 3) & (v[:, 0] < front - 3)
    planes, half = [], []
    for sign in (1, -1):
        plate = v[body & (sign * normals[:, 1] > 0.85)]
        a, b = np.polyfit(plate[:, 0], plate[:, 1], 1)
        planes.append(a * np.clip(v[:, 0], back, None) + b)
        rim = (v[:, 0] > back + 2) & (np.abs(v[:, 1] - planes[-1]) < 3)
        half.append(np.ptp(v[rim, 2]) / 2)
    up = (v[:, 1] - planes[1]) / (planes[0] - planes[1])
    right = (v[:, 2] - (v[rim, 2].max() + v[rim, 2].min()) / 2) / max(half)
    forward = (v[:, 0] - (back + front) / 2) / ((front - back) / 2)
    if level[0] == "C":  # small processes
        forward = forward - 0.35 * np.minimum(forward + 1, 0)
        right = right - 0.7 * np.sign(right) * np.maximum(np.abs(right) - 1.1, 0)
    return Template(mesh, np.stack([forward, up, right], axis=1))
