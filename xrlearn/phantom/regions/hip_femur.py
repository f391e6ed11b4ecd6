"""One proximal femur, whole, worn or broken; in the template's axes about the centre of its head, for a right leg.

How often fractures are undisplaced is an estimate: about a third of those of the neck and of those between the
trochanters (31-A1 of Meinberg et al., J Orthop Trauma 2018), and a few in a hundred are not seen at all on the first
film (Cannon, Silvestri and Munro, J Emerg Med 2009). How far fragments move, and how clear their lines are, is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..cut import Surface, cut, rough_surface
from ..meshes import Floats, Mesh, ellipsoid
from ..shape import Bone, Extra, Focus, Grain, Lesion, bone, rotation, wobble
from ..tissue import smooth_tube
from .hip_bones import HEAD_MM, Trabeculae, template

#: where the axes of neck and shaft meet, and how far down the shaft the other end of its axis is taken, mm
_BASE, _SHAFT = np.array([-13.5, -33.0, 40.3]), np.array([14.9, -183.5, 29.6])
_UNDISPLACED = 0.33  # grades up to here leave a fracture between the trochanters undisplaced
_LESSER, _GREATER = np.array([-26.0, -55.1, 9.8]), np.array([-24.8, 0.9, 40.5])


@dataclass(frozen=True, eq=False)
class Femur:
    """The pieces of one femur and the points that are measured on it.

    ``head_tilt_deg`` (valgus above 0) and ``gap_mm`` say how a broken neck has moved.
    """

    bones: tuple[Bone, ...]
    at: dict[str, Floats]
    lesions: tuple[Lesion, ...] = ()
    foci: tuple[Focus, ...] = ()
    extras: tuple[Extra, ...] = ()
    head_tilt_deg: float = 0.0
    gap_mm: float = 0.0

    def placed(self, turn: Floats, shift: Floats) -> "Femur":
        """Turn about the origin (a reflection makes a left femur) and shift by mm."""

        def there(mesh: Mesh) -> Mesh:
            return mesh.moved(turn, shift)

        return replace(
            self,
            bones=tuple(b.moved(turn, shift) for b in self.bones),
            at={n: turn @ p + shift for n, p in self.at.items()},
            lesions=tuple(replace(x, surface=there(x.surface)) for x in self.lesions),
            foci=tuple(replace(x, surface=there(x.surface)) for x in self.foci),
            extras=tuple(replace(x, surface=there(x.surface)) for x in self.extras),
        )

    def neck_shaft_angle(self) -> float:
        """Degrees between the axes of neck and shaft."""
        return _between(self.at["head"] - self.at["neck base"], self.at["shaft"] - self.at["neck base"])


def _between(a: Floats, b: Floats) -> float:
    """The angle between two directions, degrees."""
    return float(np.rad2deg(np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))))


def whole(
    name: str,
    head_mm: float,
    neck_shaft_deg: float,
    t_score: float,
    grain: Grain,
    osteophyte_mm: float,
    rng: np.random.Generator,
) -> Femur:
    """Make a femur whose head is `head_mm` in radius, bent to its neck-shaft angle, with a collar of osteophytes."""
    scale = head_mm / HEAD_MM
    mesh = template()["femur"]
    v = mesh.vertices
    far = np.linalg.norm(v, axis=1)
    v = v + wobble(v, 0.8, 70.0, rng) * np.clip((far - 25) / 15, 0, 1)[:, None]
    points = np.concatenate([v, [np.zeros(3), _BASE, _SHAFT, _LESSER, _GREATER]])
    axis = -_BASE / np.linalg.norm(_BASE)
    along = np.clip(((points - _BASE) @ axis - 6) / 22, 0, 1)
    bend = rotation(np.cross(_SHAFT - _BASE, axis), neck_shaft_deg - _between(axis, _SHAFT - _BASE))
    along = (along * along * (3 - 2 * along))[:, None]
    points = points + along * ((points - _BASE) @ (bend - np.eye(3)).T)
    points = scale * (points - points[len(v)])
    outer = mesh.with_vertices(points[: len(v)])
    if osteophyte_mm > 0:
        outer = outer.with_vertices(outer.vertices + _collar(outer, osteophyte_mm, scale, rng))
    at = dict(zip(("head", "neck base", "shaft", "lesser trochanter", "greater trochanter"), points[len(v) :]))
    sponge = Trabeculae(t_score, scale)
    made = bone(name, outer, _cortex(outer.vertices / scale, t_score), sponge.fraction, sponge.load)
    return Femur((replace(made, grain=grain),), at)


def _cortex(v: Floats, t_score: float) -> Floats:
    """Thickness of the cortex, mm: a shell on the head, the calcar at the neck's lower edge, thick in the shaft."""
    dense = np.clip(1 + 0.13 * t_score, 0.45, 1.3)
    shaft = np.interp(-v[:, 1], [45, 70, 100, 150], [0, 0.45, 0.85, 1.0])
    neck = np.exp(-(((v[:, 1] + 42) / 16) ** 2 + ((v[:, 2] - 12) / 9) ** 2))
    return np.asarray(0.55 * np.sqrt(dense) + dense * (7.0 * shaft + 2.8 * neck * (1 - shaft)))


def _collar(mesh: Mesh, size_mm: float, scale: float, rng: np.random.Generator) -> Floats:
    """A ring of osteophytes where head and neck meet, uneven around it."""
    axis = -_BASE / np.linalg.norm(_BASE)
    v = mesh.vertices / scale
    ring = np.exp(-(((v @ axis + 13) / 4.5) ** 2)) * (np.linalg.norm(v, axis=1) < 34)
    uneven = np.clip(0.6 + wobble(v, 0.7, 30.0, rng)[:, :1], 0, 1.4)
    return np.asarray(mesh.normals() * size_mm * ring[:, None] * uneven)


def garden_grade(head_tilt_deg: float, gap_mm: float) -> int:
    """Return Garden's grade of a fracture of the femoral neck (Garden, J Bone Joint Surg Br 1961), as used here.

    Grade 1: the head is tilted into valgus by 5 degrees or more, and impacted. Otherwise by displacement of the
    fractured surfaces: grade 2 below 2 mm, grade 3 from there on, and grade 4 from 12 mm, where they have lost contact
    and the head lies straight in its socket again.

    >>> [garden_grade(12, 3), garden_grade(0, 0.5), garden_grade(-20, 6), garden_grade(0, 20)]
    [1, 2, 3, 4]
    """
    if head_tilt_deg >= 5:
        return 1
    return 2 if gap_mm < 2 else 3 if gap_mm < 12 else 4


def _neck(femur: Femur, rng: np.random.Generator, share: tuple[float, float], rough: float) -> Surface:
    """A surface across the neck, `share` of the way from the head to the neck's base; its normal looks to the head."""
    axis = femur.at["head"] - femur.at["neck base"]
    normal = axis / np.linalg.norm(axis) + rng.normal(0, 0.12, 3)
    middle = femur.at["head"] - rng.uniform(*share) * axis
    return rough_surface(middle, normal, rng, rough, rng.uniform(-0.012, 0.004))


def _parted(one: Bone, surface: Surface) -> tuple[Bone, Bone, Mesh]:
    """A bone cut in two: below and above the surface, and the face between."""
    near, far, face = cut(one.outer, surface)
    near_in, far_in, _ = cut(one.inner, surface)
    return replace(one, outer=near, inner=near_in), replace(one, outer=far, inner=far_in), face


def _line(one: Bone, surface: Surface, wide_mm: float, share: float) -> tuple[Focus, ...]:
    """Bone that a fracture crushed (`share` below 0) or that healing laid (above 0), between two layers of its face."""
    upper, lower = (replace(surface, origin=surface.origin + d * wide_mm * surface.normal) for d in (0.5, -0.5))
    return (Focus(cut(cut(one.inner, upper)[0], lower)[1], share),)


def _with(foci: tuple[Focus, ...], turn: Floats, shift: Floats, about: Floats | None = None) -> tuple[Focus, ...]:
    return tuple(replace(x, surface=x.surface.moved(turn, shift, about)) for x in foci)


def _garden(femur: Femur, tilt_deg: float, shift: Floats, outwards_deg: float, rng: np.random.Generator) -> Femur:
    """Break the neck: the head tilts (valgus above 0) in its socket, the shaft shifts (mm) and turns outwards.

    The head turns about the middle of the fracture and goes back into its socket, and the shaft goes with it: so the
    shift alone says how far the fractured surfaces stand apart in their middle.
    """
    surface = _neck(femur, rng, (0.42, 0.62), 1.1)
    shaft, head, face = _parted(femur.bones[0], surface)
    middle = surface.origin
    tilt = rotation((1, 0, 0), tilt_deg)
    back = -(tilt @ (femur.at["head"] - middle) + middle)  # brings the head's centre to the origin again
    along = femur.at["neck base"] - femur.at["shaft"]
    turn = rotation(along, -outwards_deg)
    move = shift + back

    def with_shaft(p: Floats) -> Floats:
        return np.asarray(turn @ (p - middle) + middle + move)

    at = {n: p if n == "head" else with_shaft(p) for n, p in femur.at.items()}
    bones = (shaft.moved(turn, move, middle), head.moved(tilt, back, middle))
    gap = float(np.linalg.norm(shift))
    seen = Lesion("femoral neck", face.moved(np.eye(3), back))
    scars = tuple(replace(x, surface=x.surface.moved(tilt, back, middle)) for x in femur.extras)  # they lie in the head
    return replace(femur, bones=bones, at=at, lesions=(seen,), extras=scars, head_tilt_deg=tilt_deg, gap_mm=gap)


def _into(femur: Femur, mm: float) -> Floats:
    """A shift of the shaft by `mm` along the neck into the head."""
    axis = femur.at["head"] - femur.at["neck base"]
    return np.asarray(mm * axis / np.linalg.norm(axis))


def garden_1(femur: Femur, grade: float, rng: np.random.Generator) -> Femur:
    """Valgus, impacted: tilt 5-25 degrees, the neck 0.5-4 mm inside the head."""
    tilt = 5.5 + grade * rng.uniform(6, 19)
    return _garden(femur, tilt, _into(femur, 0.5 + grade * rng.uniform(1.0, 3.5)), grade * rng.uniform(0, 8), rng)


def garden_2(femur: Femur, grade: float, rng: np.random.Generator) -> Femur:
    """Complete, hardly displaced: a gap or an overlap of 0.2-1.6 mm, tilt below 4 degrees."""
    shift = _into(femur, (0.2 + grade * rng.uniform(0.3, 1.2)) * rng.choice([-1.0, 1.0]))
    return _garden(femur, grade * rng.uniform(-4, 2), shift, grade * rng.uniform(0, 5), rng)


def garden_3(femur: Femur, grade: float, rng: np.random.Generator) -> Femur:
    """Partly displaced: the head in varus by 8-35 degrees, the shaft 3-11 mm higher and turned outwards to 30."""
    up = np.array([rng.uniform(-0.2, 0.2), 1.0, rng.uniform(0.0, 0.5)])
    shift = (3 + grade * rng.uniform(2, 8)) * up / np.linalg.norm(up)
    return _garden(femur, -8 - grade * rng.uniform(8, 27), shift, 5 + grade * rng.uniform(8, 25), rng)


def garden_4(femur: Femur, grade: float, rng: np.random.Generator) -> Femur:
    """Completely displaced: the head straight, the shaft 12-35 mm higher and turned outwards by 15-60 degrees."""
    up = np.array([rng.uniform(-0.2, 0.2), 1.0, rng.uniform(0.1, 0.7)])
    shift = (13 + grade * rng.uniform(4, 22)) * up / np.linalg.norm(up)
    return _garden(femur, rng.uniform(-5, 4), shift, 15 + grade * rng.uniform(10, 45), rng)


def intertrochanteric(femur: Femur, grade: float, rng: np.random.Generator) -> Femur:
    """From the greater to the lesser trochanter: varus to 30 degrees, shortening to 25 mm, the lesser one torn off.

    The lower third of all grades is undisplaced: only a line, which is fainter the lower the grade.
    """
    apart = max(0.0, (grade - _UNDISPLACED) / (1 - _UNDISPLACED)) ** 1.3
    broken, surface, tilt = _between_trochanters(femur, apart, rng)
    crushed = -0.06 * min(grade, _UNDISPLACED) / _UNDISPLACED * rng.uniform(0.3, 1.0)
    line = _line(femur.bones[0], surface, rng.uniform(0.5, 1.4), crushed)
    return replace(broken, foci=(*broken.foci, *_with(line, tilt, np.zeros(3))))


def malunited(femur: Femur, rng: np.random.Generator) -> Femur:
    """Heal a fracture between the trochanters as it came to lie: a little in varus, a dense band where the line was."""
    healed, surface, tilt = _between_trochanters(femur, rng.uniform(0.0, 0.35), rng)
    band = _line(femur.bones[0], surface, rng.uniform(2.0, 6.0), rng.uniform(0.02, 0.07))
    return replace(healed, lesions=(), foci=(*healed.foci, *_with(band, tilt, np.zeros(3))))


def _between_trochanters(femur: Femur, apart: float, rng: np.random.Generator) -> tuple[Femur, Surface, Floats]:
    """Break a femur there and move the fragments (0 not at all, 1 far); also the surface, and how the head tilted."""
    size = np.linalg.norm(femur.at["neck base"]) / 54
    middle = femur.at["neck base"] + size * np.array([0, rng.uniform(-14, -6), rng.uniform(-8, -3)])
    normal = np.array([rng.normal(0, 0.15), 0.62, -0.78]) + rng.normal(0, 0.1, 3)
    surface = rough_surface(middle, normal, rng, 1.6, rng.uniform(-0.004, 0.004))
    shaft, head, face = _parted(femur.bones[0], surface)
    tilt = rotation((1, 0, 0), -apart * rng.uniform(6, 28))
    outwards = rotation(femur.at["neck base"] - femur.at["shaft"], -apart * rng.uniform(0, 40))
    move = apart * np.array([0, rng.uniform(2, 18), -rng.uniform(-4, 10)]) * size
    drop = tilt @ middle - middle  # the head turns about its centre, and the fracture goes with it

    def with_shaft(p: Floats) -> Floats:
        return np.asarray(outwards @ (p - middle) + middle + move + drop)

    at = {n: p if n == "head" else with_shaft(p) for n, p in femur.at.items()}
    at["neck base"] = tilt @ femur.at["neck base"]
    pieces = [shaft.moved(outwards, move + drop, middle), head.moved(tilt, np.zeros(3))]
    if rng.random() < 0.6:
        tip = femur.at["lesser trochanter"]
        torn = rough_surface(tip + size * np.array([7, 0, 10.0]), [-0.4, -0.1, -0.9], rng, 1.0)
        stays, off, _ = _parted(shaft, torn)
        away = apart * rng.uniform(2, 14) * size * np.array([-0.2, 0.6, -0.8])
        pieces[0] = stays.moved(outwards, move + drop, middle)
        pieces.append(off.moved(outwards, move + drop + away, middle))
        at["lesser trochanter"] = at["lesser trochanter"] + away
    seen = Lesion("trochanters", face.moved(tilt, np.zeros(3)))
    scars = tuple(replace(x, surface=x.surface.moved(tilt, np.zeros(3))) for x in femur.extras)
    return replace(femur, bones=tuple(pieces), at=at, lesions=(seen,), extras=scars), surface, tilt


def scarred(femur: Femur, rng: np.random.Generator) -> Femur:
    """Draw a thin dense line across the neck: the scar of the growth plate, which may be taken for a fracture."""
    surface = _neck(femur, rng, (0.28, 0.4), 0.7)
    other = replace(surface, origin=surface.origin - rng.uniform(0.08, 0.25) * surface.normal)
    inner = femur.bones[0].inner
    return replace(femur, extras=(*femur.extras, Extra(cut(cut(inner, surface)[0], other)[1], "bone")))


def _pin(a: Floats, b: Floats, radius: float, end: float | None = None) -> Extra:
    """A steel rod from `a` to `b`, its radius running from `radius` to `end`, mm."""
    d = b - a
    along, length = d / np.linalg.norm(d), float(np.linalg.norm(d))
    u = np.cross(along, [1.0, 0, 0])
    u /= np.linalg.norm(u)
    last = radius if end is None else end
    rows = np.array([[0, 0, 0, radius, radius], [length, 0, 0, last, last]], float)
    frame = np.stack([np.cross(along, u), along, u], axis=1)
    return Extra(smooth_tube(rows, step_mm=length / 6, squareness=2.0).moved(frame, a), "steel")


def _beside(femur: Femur) -> Callable[[float, float], Floats]:
    """Points by mm down the shaft from the neck's base, and mm outwards from its axis."""
    base, shaft = femur.at["neck base"], femur.at["shaft"]
    down = (shaft - base) / np.linalg.norm(shaft - base)
    out = np.array([0, 0, 1.0]) - down[2] * down
    return lambda mm_down, mm_out: base + mm_down * down + mm_out * out


def hip_screw(femur: Femur) -> Femur:
    """A sliding hip screw: one thick screw along the neck, a plate beside the shaft and four screws across it."""
    base, beside = femur.at["neck base"], _beside(femur)
    pins = [_pin(1.38 * base, 0.2 * base, 4.0), _pin(0.25 * base, -0.15 * base, 5.5)]
    pins.append(_pin(beside(8, 16.5), beside(105, 16.5), 3.5))
    pins += [_pin(beside(mm, 20), beside(mm, -15), 2.0) for mm in (32, 52, 72, 92)]
    return replace(femur, extras=tuple(pins))


def hemiarthroplasty(femur: Femur, socket_mm: float) -> Femur:
    """A prosthesis: head and neck are gone; a steel head fills the socket (radius in mm), a stem the shaft."""
    base, beside = femur.at["neck base"], _beside(femur)
    surface = rough_surface(0.8 * base, -base, np.random.default_rng(0), 1e-6)
    shaft, _, _ = _parted(femur.bones[0], surface)
    ball = Extra(ellipsoid((socket_mm, socket_mm, socket_mm)), "steel")
    stem = (_pin(0.0 * base, 0.85 * base, 6.5), _pin(0.8 * base, beside(25, 0), 9.0, 8.0))
    return replace(femur, bones=(shaft,), extras=(ball, *stem, _pin(beside(24, 0), beside(125, 0), 8.0, 4.5)))


Breaks = Callable[[Femur, float, np.random.Generator], Femur]
#: lesion -> what it does to a femur; the second argument runs from 0 (occult) to 1 (obvious)
BREAKS: dict[str, Breaks] = {
    "garden_1": garden_1,
    "garden_2": garden_2,
    "garden_3": garden_3,
    "garden_4": garden_4,
    "intertrochanteric": intertrochanteric,
}
