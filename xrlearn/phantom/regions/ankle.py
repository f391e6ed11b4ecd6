"""Ankle: AP, mortise and lateral films of the same patient, with malleolar fractures.

Body axes as in :mod:`.ankle_bones`: x forwards, y up, z to the outer side, from the top of the talar dome.

Fractures of the fibula are named by the level of their line against the syndesmosis, after Danis and Weber: below the
joint (A), at the syndesmosis (B), above it (C); the label is read off the line, see :func:`weber`. In B and C the
talus may follow the fibula outwards, which opens the medial clear space. A posterior malleolus hides in frontal films
and shows in the lateral one. ``displacement_mm``, ``cast`` and ``plate`` are the caller's to set.

Sources. Tibiofibular clear space below 6 mm, measured 1 cm above the joint: Harper and Keller, Foot Ankle 1989; level
of the line and syndesmosis: B. G. Weber, Die Verletzungen des oberen Sprunggelenkes, 1966; stature: ANSUR 1988.
Estimates: the shares of the fractures (two thirds of one malleolus, B more often than A, C seldom), how far fragments
go, how often scars, vessels and ossicles show, when physes close, the height of the syndesmosis, bone density by age,
thickness of cortex, fat and swelling.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from ..cut import Surface, cut, rough_surface
from ..meshes import Floats, Mesh, box, ellipsoid, joined
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Extra, Focus, Grain, Lesion, bone, rotation, wobble
from ..tissue import smooth_tube
from .ankle_bones import AXIS, GAP_MM, HALF_MM, template
from .ankle_soft import cast, soft

#: lesion -> what breaks: the fibula below, at or above the syndesmosis, the medial and the posterior malleolus
_PATTERNS: dict[str, tuple[str, ...]] = {
    "weber_a": ("A",),
    "weber_b": ("B",),
    "weber_c": ("C",),
    "medial_malleolus": ("medial",),
    "posterior_malleolus": ("posterior",),
    "bimalleolar": ("B", "medial"),
    "trimalleolar": ("B", "medial", "posterior"),
}
_SYNDESMOSIS_MM = 38.0  # its upper end above the joint, adult
_LEG = ("tibia", "fibula")
_GRAIN = Grain(contrast=0.32, cross=0.6, length_mm=2.2)  # finer and less parallel than at the wrist
_CLOSED = {"F": 14.0, "M": 16.0}


def weber(line: Floats, scale: float) -> str:
    """Return the class of a fracture line of the fibula: ``"A"``, ``"B"`` or ``"C"``.

    Parameters
    ----------
    line : (n,) array
        Heights of the points of the line above the top of the talar dome, mm.
    scale : float
        Size of the patient against an adult of 172 cm.

    Examples
    --------
    >>> [weber(np.array(line), 1.0) for line in ([-9.0, -4.0], [2.0, 34.0], [48.0, 60.0])]
    ['A', 'B', 'C']
    """
    if line.max() < 3.0 * scale:
        return "A"
    return "C" if line.min() > _SYNDESMOSIS_MM * scale else "B"


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient: a child or adult; ankles break and are sprained at all ages, and swell alike (estimates)."""
    sex = "F" if rng.random() < 0.5 else "M"
    age = 45 + 18 * float(ndtri(rng.uniform(0.01, 0.99)))
    age = min(90.0, 18 - age if age < 9 else age)
    young = 0.19 if sex == "M" else 0.18
    loss = 0.0011 * max(0.0, age - (50 if sex == "F" else 60))
    growth = float(np.interp(age, [5, 8, 11, 14, 17], [0.63, 0.74, 0.83, 0.94, 1.0]))  # stature, CDC
    return {
        "age_years": round(age, 1),
        "sex": sex,
        "side": str(rng.choice(["L", "R"])),
        "stature_cm": round(float((175.6 if sex == "M" else 162.9) + rng.normal(0, 6.5)) * growth, 1),
        "bone_fraction": round(float(max(0.06, rng.normal(young - loss, 0.022))), 4),
        "fat_mm": round(float(np.exp(rng.normal(1.25, 0.35)) * growth), 1),
        "plantarflexion_deg": round(float(np.clip(rng.normal(14, 11), -8, 42)), 1),
        "swelling_mm": round(float(rng.uniform(0, 9)), 1),
        "displacement_mm": None,
        "cast": False,
        "plate": False,
    }


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one ankle. See :class:`..region.Build`."""
    rng, scale, dense = streams("shape"), patient["stature_cm"] / 172, patient["bone_fraction"]
    flexed = rotation((0, 0, 1), -patient["plantarflexion_deg"])
    bend = int(streams("bend").integers(2**31))  # the same for all bones, so that joints stay as they are
    meshes = {}
    for name, shape in template().items():
        v = shape.vertices + wobble(shape.vertices, 0.25, 25.0, rng)
        v = v + wobble(shape.vertices, 0.8, 140.0, np.random.default_rng(bend))
        if name not in _LEG:
            v = (v - AXIS) @ flexed.T + AXIS
        meshes[name] = shape.with_vertices(v * scale)
    bones = [
        replace(bone(n, m, _cortex(n, m, dense, scale), _sponge(n, dense, scale)), grain=_GRAIN)
        for n, m in meshes.items()
    ]
    ankle = Anatomy(
        tuple(bones),
        soft(patient, scale, streams("soft")),
        _landmarks(meshes),
        {},
        {"fracture": int(lesion is not None), "lesion": lesion or "none", "weber": "none"},
        extras=(cast(patient, scale, streams("cast")),) if patient["cast"] else (),
        scale=scale,
    )
    if patient["age_years"] < _CLOSED[patient["sex"]]:
        ankle = _with_physes(ankle, patient["age_years"], scale, streams)
    else:
        ankle = _with_mimics(ankle, scale, streams("mimics"))
    moved: dict[str, float] = {}
    if lesion is not None:
        ankle, moved = _broken(ankle, _PATTERNS[lesion], patient, 1 - subtlety, scale, streams("lesion"))
    if patient["plate"]:
        ankle = replace(ankle, extras=(*ankle.extras, *_plate(meshes["fibula"], scale)))
    return replace(ankle, measurements={**_measured(ankle.landmarks), **_NOT_MOVED, **moved})


def _cortex(name: str, mesh: Mesh, fraction: float, scale: float) -> Floats:
    """Thickness of the cortex at every vertex, mm: thick in the shafts, a shell at the joints and in the foot."""
    y, dense = mesh.vertices[:, 1] / scale, (0.5 + 2.6 * fraction) * scale
    if name == "tibia":
        return np.asarray(dense * np.interp(y, [-10, 2, 14, 30, 60, 100, 150], [0.7, 0.9, 0.7, 1.1, 2.6, 4.2, 5.0]))
    if name == "fibula":
        return np.asarray(dense * np.interp(y, [-25, 0, 25, 50, 90, 150], [0.6, 0.7, 1.1, 1.8, 2.6, 3.0]))
    if name in ("metatarsals", "toes"):
        return np.full(len(y), 0.8 * dense)
    return np.full(len(y), 0.35 * dense)


def _sponge(name: str, fraction: float, scale: float) -> Any:
    """Spongy bone: dense beneath the joint, none in the shafts."""
    if name in _LEG:
        return lambda p: fraction * np.interp(p[:, 1] / scale, [-15, 2, 15, 45, 80], [1.1, 1.5, 1.1, 0.5, 0.08])
    return fraction * {"talus": 1.7, "metatarsals": 0.8, "toes": 0.8}.get(name, 1.3)


@lru_cache(maxsize=1)
def _spots() -> dict[str, tuple[str, list[int]]]:
    """Landmark -> bone, and the vertices whose mean it is: chosen once, the same points in everybody."""
    t, f, d = (template()[n].vertices for n in ("tibia", "fibula", "talus"))

    def among(points: Floats, *where: Any) -> list[int]:
        return np.flatnonzero(np.logical_and.reduce(where)).tolist()

    def most(points: Floats, axis: int, sign: int, *where: Any) -> list[int]:
        inside = np.array(among(points, *where))
        return [int(inside[(sign * points[inside, axis]).argmax()])]

    def level(points: Floats) -> Any:  # the syndesmosis is measured 1 cm above the joint
        return np.abs(points[:, 1] - 10) < 1.5

    def surface(points: Floats, side: int) -> list[int]:
        return most_upright(points, np.abs(points[:, 0]) < 4, np.abs(side * points[:, 2] - 9) < 2.5)

    def most_upright(points: Floats, *where: Any) -> list[int]:
        """Vertices of the joint surface: within 1.5 mm of the dome or of the plafond."""
        wanted = 0.0 if points is d else 3.0
        return among(points, np.abs(points[:, 1] - wanted) < 1.5, *where)

    def face(points: Floats, z: float) -> list[int]:
        near = np.abs(points[:, 2] - z) < 1.0
        return among(points, near, points[:, 1] > -10, points[:, 1] < -4, np.abs(points[:, 0] - 1) < 6)

    return {
        "medial malleolus": ("tibia", most(t, 1, -1, t[:, 2] < -17)),
        "inner face of medial malleolus": ("tibia", face(t, -HALF_MM - GAP_MM)),
        "plafond, medial": ("tibia", surface(t, -1)),
        "plafond, lateral": ("tibia", surface(t, 1)),
        "anterior lip of tibia": ("tibia", most(t, 0, 1, t[:, 1] < 0, np.abs(t[:, 2]) < 6)),
        "posterior lip of tibia": ("tibia", most(t, 0, -1, t[:, 1] < 0, np.abs(t[:, 2]) < 6)),
        "anterior tubercle of tibia": ("tibia", most(t, 2, 1, level(t), t[:, 0] > 0)),
        "posterior tubercle of tibia": ("tibia", most(t, 2, 1, level(t), t[:, 0] < -6)),
        "inner border of fibula": ("fibula", most(f, 2, -1, level(f))),
        "lateral malleolus": ("fibula", most(f, 1, -1)),
        "dome, medial": ("talus", surface(d, -1)),
        "dome, lateral": ("talus", surface(d, 1)),
        "inner face of talus": ("talus", face(d, -HALF_MM)),
    }


def _landmarks(meshes: dict[str, Mesh]) -> dict[str, Floats]:
    return {n: meshes[b].vertices[i].mean(axis=0) for n, (b, i) in _spots().items()}


def _measured(at: dict[str, Floats]) -> dict[str, float]:
    """Measurements of the mortise in the frontal plane, from landmarks in space."""

    def tilt(medial: str, lateral: str) -> float:
        along = at[lateral] - at[medial]
        return float(np.rad2deg(np.arctan2(along[1], along[2])))

    border = at["inner border of fibula"][2]
    return {
        "medial_clear_space_mm": float(at["inner face of talus"][2] - at["inner face of medial malleolus"][2]),
        "tibiofibular_clear_space_mm": float(border - at["posterior tubercle of tibia"][2]),
        "tibiofibular_overlap_mm": float(at["anterior tubercle of tibia"][2] - border),
        "talar_tilt_deg": tilt("dome, medial", "dome, lateral") - tilt("plafond, medial", "plafond, lateral"),
    }


def _broken(
    ankle: Anatomy,
    parts: tuple[str, ...],
    patient: dict[str, Any],
    grade: float,
    scale: float,
    rng: np.random.Generator,
) -> tuple[Anatomy, dict[str, float]]:
    """Break what `parts` names; the talus follows an unstable fibula. Also how far each fragment went, mm."""
    asked = patient["displacement_mm"]
    # Half of all fibulae move by less than 2 mm; avulsed tips stay close to their ligament (estimates).
    far, turned, loose = 0.2 + 7.5 * rng.uniform() ** 2.2, rng.uniform(0, 12), rng.uniform()
    far *= 0.5 if parts == ("A",) else 1.0
    mm = 0.25 + grade * far if asked is None else float(asked)
    unstable = loose < {"A": 0.0, "B": 0.45, "C": 0.95}.get(parts[0], 0.0) or len(parts) > 1
    follow = np.array([0.0, 0.0, min(0.75 * mm, 9.0)]) * unstable
    measured, labels = {}, dict(ankle.labels)
    for part in parts:
        surface, way, name = _line(part, scale, rng)
        shift = mm * way / np.linalg.norm(way)
        axis = (1, 0.2, 0) if part == "A" else (0.2, 1, 0)  # a tip tilts, a shaft turns outwards
        turn = rotation(axis, -turned * min(1.0, mm / (4 if part == "A" else 8))) if name == "fibula" else np.eye(3)
        if part == "medial" and unstable:  # the deltoid ligament holds it to the talus
            shift = shift * 0.6 + follow
        ankle, face = _cut_off(ankle, name, surface, turn, shift, part)
        measured[f"{_NAMES[part].replace(' ', '_')}_displacement_mm"] = float(np.linalg.norm(shift))
        if name == "fibula":
            labels["weber"] = weber(face.vertices[:, 1], scale)
    if unstable:
        lean = rotation((1, 0, 0), -min(6.0, 0.5 * mm) * rng.uniform(0, 1))
        ankle = _foot_moved(ankle, lean, follow)
    return replace(ankle, labels=labels), measured


_NAMES = {**dict.fromkeys("ABC", "lateral malleolus"), "medial": "medial malleolus", "posterior": "posterior malleolus"}
_NOT_MOVED = {f"{n}_displacement_mm": 0.0 for n in ("lateral_malleolus", "medial_malleolus", "posterior_malleolus")}


def _line(part: str, scale: float, rng: np.random.Generator) -> tuple[Surface, Floats, str]:
    """The fracture surface of a part, the way its fragment goes, and the bone it is broken from.

    B runs from the front upwards and backwards, as supination and external rotation break it (Lauge-Hansen 1950).
    """
    wild, height = rng.normal(0, 0.2 if part == "A" else 0.1, 3), rng.uniform(0, 1)
    if part in "ABC":
        y = {"A": -11 + 5 * height, "B": 14 + 6 * height, "C": 60 + 30 * height}[part]
        normal = {"A": [0.1, -1, -0.1], "B": [-0.64, -0.75, 0.05], "C": [-0.45, -0.85, 0.2]}[part]
        way = {"A": [0.2, -0.6, 0.8], "B": [-0.45, 0.35, 0.8], "C": [-0.3, 0.25, 0.9]}[part]
        v = template()["fibula"].vertices
        origin = v[np.abs(v[:, 1] - y) < 2].mean(axis=0)
    elif part == "medial":
        origin, normal, way = np.array([2.0, 1.5 + 2 * height, -15.5]), [0.1, -0.72, -0.69], [0.2, -0.9, -0.1]
    else:
        origin, normal, way = np.array([-10.0 + 5 * height, 3.0, 2.0]), [-0.92, -0.3, 0.25], [-0.4, 0.9, 0.1]
    rough = 1.3 if part in ("A", "medial") else 1.1
    surface = rough_surface(origin * scale, np.array(normal) + wild, rng, rough, rng.uniform(0, 0.008))
    return surface, np.array(way) + rng.normal(0, 0.1, 3), "fibula" if part in "ABC" else "tibia"


def _cut_off(
    ankle: Anatomy, name: str, surface: Surface, turn: Floats, shift: Floats, part: str
) -> tuple[Anatomy, Mesh]:
    """Cut the bone `name` and move what lies beyond the surface, landmarks too; also the face of the cut."""
    bones, faces = [], []
    for b in ankle.bones:
        if b.name != name:
            bones.append(b)
            continue
        near, far, face = cut(b.outer, surface)
        near_in, far_in, _ = cut(b.inner, surface)
        stays, goes = replace(b, outer=near, inner=near_in), replace(b, outer=far, inner=far_in)
        bones += [p for p in (stays, goes.moved(turn, shift, surface.origin)) if len(p.outer.faces)]
        faces.append(face)
    face = joined(faces)
    at = dict(ankle.landmarks)
    for spot, (of, _) in _spots().items():
        if of == name and surface.height(at[spot][None])[0] > 0:
            at[spot] = turn @ (at[spot] - surface.origin) + surface.origin + shift
    both = joined([face, face.moved(turn, shift, surface.origin)])
    return replace(ankle, bones=tuple(bones), landmarks=at, lesions=(*ankle.lesions, Lesion(_NAMES[part], both))), face


def _foot_moved(ankle: Anatomy, turn: Floats, shift: Floats) -> Anatomy:
    """Move talus and foot against the leg."""
    bones = tuple(b if b.name in _LEG else b.moved(turn, shift) for b in ankle.bones)
    of_talus = [n for n, (b, _) in _spots().items() if b == "talus"]
    return replace(
        ankle, bones=bones, landmarks=ankle.landmarks | {n: turn @ ankle.landmarks[n] + shift for n in of_talus}
    )


def _with_physes(ankle: Anatomy, age: float, scale: float, streams: Streams) -> Anatomy:
    """Cut the growth plates: the tibial one 13 mm above the joint, that of the fibula at its level."""
    gap = float(np.interp(age, [6, 12, 16], [2.4, 1.6, 0.7]))
    bones: list[Bone] = []
    for b in ankle.bones:
        if b.name not in _LEG:
            bones.append(b)
            continue
        level = 13.0 if b.name == "tibia" else 2.0
        middle = rough_surface([0, level * scale, 0], [0, -1, 0], streams(f"physis {b.name}"), 0.9, 0.006)
        for side, part in ((-1, 0), (1, 1)):
            edge = replace(middle, origin=middle.origin + side * gap / 2 * middle.normal)
            plate = replace(middle, origin=middle.origin + side * (gap / 2 + 0.6) * middle.normal)
            bones.append(replace(b, outer=cut(b.outer, edge)[part], inner=cut(b.inner, plate)[part]))
    return replace(ankle, bones=tuple(bones))


def _with_mimics(ankle: Anatomy, scale: float, rng: np.random.Generator) -> Anatomy:
    """What may be taken for a fracture: the scar of a physis, a vessel's channel, an ossicle below the fibula."""
    scar, vessel, ossicle = rng.random(3) < (0.4, 0.3, 0.06)
    tibia = next(b for b in ankle.bones if b.name == "tibia")
    extras, holes, foci = ankle.extras, ankle.holes, ankle.foci
    if scar:
        line = rough_surface([0, rng.uniform(11, 15) * scale, 0], [0, -1, 0], rng, 1.2)
        lower = replace(line, origin=line.origin + rng.uniform(0.6, 1.6) * line.normal)
        # Denser spongy bone, here and there and not a plate of cortex.
        foci = (*foci, Focus(cut(cut(tibia.inner, line)[1], lower)[0], rng.uniform(0.04, 0.12)))
    if vessel:
        y = np.linspace(0, rng.uniform(10, 20), 6)
        channel = np.stack([y, -0.2 * y - 6.0, 0 * y, 0 * y + 1.4, 0 * y + 0.5], 1)
        holes = (
            *holes,
            smooth_tube(channel, step_mm=2.0, squareness=2.0).moved(np.eye(3), scale * np.array([0, 95.0, 0])),
        )
    if ossicle:
        size = rng.uniform(1.5, 3.5, 3)
        spot = ankle.landmarks["lateral malleolus"] + [rng.normal(0, 2), -size[1] - rng.uniform(0.5, 2), -1.0]
        extras = (*extras, Extra(ellipsoid((size[0], size[1], size[2]), 2).moved(np.eye(3), spot), "bone"))
    return replace(ankle, extras=extras, holes=holes, foci=foci)


def _plate(fibula: Mesh, scale: float) -> tuple[Extra, ...]:
    """A plate along the outer side of the fibula with six screws, steel."""
    metal = []
    low, high = (fibula.vertices[np.abs(fibula.vertices[:, 1] - y * scale) < 3] for y in (0, 62))
    ends = [part[part[:, 2].argmax()] + [0, 0, 1.0] for part in (low, high)]
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    lean = rotation((1, 0, 0), float(np.rad2deg(np.arctan2(along[2], along[1]))))
    middle = (ends[0] + ends[1]) / 2
    metal.append(box((9.0, float(np.linalg.norm(ends[1] - ends[0])) + 12, 2.4)).moved(lean, middle))
    screw = np.array([[0, 0, 0, 3.0, 3.0], [2, 0, 0, 3.0, 3.0], [2.5, 0, 0, 1.5, 1.5], [15, 0, 0, 1.5, 1.5]])
    for share in np.linspace(0.02, 0.98, 6):
        spot = ends[0] + share * (ends[1] - ends[0]) + [0, 0, 1.5]
        metal.append(smooth_tube(screw, step_mm=0.5, squareness=2.0).moved(rotation((1, 0, 0), -90), spot))
    return (Extra(joined(metal), "steel"),)


_AP = np.array([[0.0, 0, -1], [0, -1, 0], [-1, 0, 0]])
_MORTISE_DEG = 17.0
_HOW: dict[str, Any] = {
    "beam": {"kvp": 1.06, "exposure_ugy": 1.6, "scatter_ratio": 1.4},
    "processing": {"gamma": 1.5},
}
_CENTRE = np.array([0.0, 30.0, 3.0])  # the foot, seen end on, is left out as far as it can be
REGION = Region(
    name="ankle",
    views={
        "AP": View("AP", _AP, _CENTRE, (168.0, 122.0), **_HOW),
        "mortise": View("AP", _AP @ rotation((0, 1, 0), _MORTISE_DEG), _CENTRE, (168.0, 122.0), **_HOW),
        "lateral": View(
            "LL",
            np.array([[-1.0, 0, 0], [0, -1, 0], [0, 0, 1]]),
            np.array([10.0, 0.0, 0.0]),
            (200.0, 180.0),
            **_HOW,
        ),
    },
    lesions=tuple(_PATTERNS),
    patient=patient,
    build=build,
    mix={
        None: 0.5,
        "weber_a": 0.11,
        "weber_b": 0.13,
        "weber_c": 0.03,
        "medial_malleolus": 0.05,
        "posterior_malleolus": 0.02,
        "bimalleolar": 0.125,
        "trimalleolar": 0.035,
    },
)
