"""Shoulder: AP, true AP (along the glenoid), scapular Y, and a wide AP film with the upper arm and half of the chest.

Body axes as in :mod:`.shoulder_bones`: x forwards, y up, z to the patient's right, from the centre of the humeral head.

What a fracture is called is not drawn but follows from how far the segments moved: :func:`.neer.neer`. A lesion names
where the bone is cut and how displacement is drawn: beyond 1 cm for the named patterns (just beyond when most subtle),
below 1 cm and 45 degrees for ``one_part``. Most of the named patterns lie within a few millimetres of Neer's measures,
and many have further lines whose segments moved less than that, so neighbouring classes look alike (these shares are
estimates). The caller may set ``displacement_mm`` and ``angulation_deg`` instead; the label follows them.

Sources. Stature 175.6 (SD 6.7) and 162.9 (6.4) cm in men and women: ANSUR 1988; acromiohumeral distance 9 to 10 mm:
Petersson and Redlund-Johnell, Acta Orthop Scand 1984; angle of the head to the shaft 130 degrees: Boileau and Walch,
J Bone Joint Surg Br 1997; shares of the patterns: Chung et al., Acta Orthop 2018.

Estimates, for which no source is named: thickness of cortex and share of spongy bone by site and age, ages at which the
physis closes (16 and 18) and of those who break (65, SD 14), how far and which way fragments move, thickness of fat and
muscle (:mod:`.shoulder_soft`).
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from ..cut import Surface, cut, rough_surface
from ..meshes import Floats, Mesh, ellipsoid, joined
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Lesion, bone, rotation, wobble
from .neer import CLASSES, SEGMENTS, Motion, about, displacement, neer
from .shoulder_bones import HEAD_AXIS, HEAD_MM, template
from .shoulder_mimics import healed, with_mimics
from .shoulder_soft import soft

#: points of the adult shape on the surfaces between neighbouring segments of the humerus, mm
_JOINTS: dict[tuple[str, str], Floats] = {
    ("head", "greater tuberosity"): np.array([-3.0, 0.0, 13.0]),
    ("head", "lesser tuberosity"): np.array([13.0, -8.0, 3.0]),
    ("head", "shaft"): np.array([0.0, -28.0, 0.0]),
    ("greater tuberosity", "shaft"): np.array([-1.0, -24.0, 16.0]),
    ("lesser tuberosity", "shaft"): np.array([13.0, -26.0, 4.0]),
}
#: lesion -> the segments that are cut from the head; for ``one_part`` one of these is drawn
_PATTERNS: dict[str, tuple[str, ...]] = {
    "greater_tuberosity": ("greater tuberosity",),
    "surgical_neck": ("shaft",),
    "three_part": ("greater tuberosity", "shaft"),
    "four_part": ("greater tuberosity", "lesser tuberosity", "shaft"),
}
#: lesion -> further segments that a line cuts off without parting them by Neer's measures, and the share of fractures
_FURTHER: dict[str, tuple[tuple[str, float], ...]] = {
    "greater_tuberosity": (("shaft", 0.3),),
    "surgical_neck": (("greater tuberosity", 0.5), ("lesser tuberosity", 0.2)),
    "three_part": (("lesser tuberosity", 0.5),),
}
#: where muscles pull each segment (Neer 1970): supraspinatus, subscapularis, pectoralis major
_PULL = {
    "greater tuberosity": np.array([-0.55, 0.8, -0.2]),
    "lesser tuberosity": np.array([0.85, 0.35, -0.5]),
    "shaft": np.array([-0.1, 0.4, -0.9]),
}
_CLOSED = {"F": 16.0, "M": 18.0}  # years at which the proximal physis is closed


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient: fractures of the proximal humerus are those of older women most of all."""
    proximal = lesion not in (None, "clavicle")
    # One number each, whatever the lesion, so that all other draws stay the same.
    sex = "F" if rng.random() < (0.7 if proximal else 0.45) else "M"
    share = float(rng.uniform(0.01, 0.99))
    age = float(np.clip(65 + 14 * ndtri(share), 20, 94)) if proximal else 8 + 78 * share
    young = 0.15 if sex == "M" else 0.14
    loss = 0.0012 * max(0.0, age - (50 if sex == "F" else 60))
    growth = float(np.interp(age, [5, 8, 11, 14, 17], [0.63, 0.74, 0.83, 0.94, 1.0]))  # stature, CDC
    return {
        "age_years": round(age, 1),
        "sex": sex,
        "side": str(rng.choice(["L", "R"])),
        "stature_cm": round(float((175.6 if sex == "M" else 162.9) + rng.normal(0, 6.5)) * growth, 1),
        "bone_fraction": round(float(max(0.04, rng.normal(young - loss, 0.02))), 4),
        "fat_mm": round(float(np.exp(rng.normal(2.1, 0.45)) * growth), 1),
        "neck_shaft_deg": round(float(rng.normal(130, 4)), 2),
        "acromiohumeral_mm": round(float(np.clip(rng.normal(9.5, 1.3), 6.0, 13.5)), 2),
        "abduction_deg": round(float(np.clip(rng.gamma(1.5, 7.0), 0, 40)), 1),
        "rotation_deg": round(float(rng.normal(0, 14)), 1),
        "displacement_mm": None,
        "angulation_deg": None,
    }


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one shoulder. See :class:`..region.Build`."""
    rng, scale, dense = streams("shape"), patient["stature_cm"] / 172, patient["bone_fraction"]
    meshes = {}
    for name, shape in template().items():
        v = shape.vertices + wobble(shape.vertices, 0.4, 30.0, rng) + wobble(shape.vertices, 1.0, 160.0, rng)
        meshes[name] = shape.with_vertices(v * scale)
    scar = None
    if lesion in (None, "clavicle"):
        meshes["humerus"], scar = healed(meshes["humerus"], scale, patient["age_years"], streams("healed"))
    _bend(meshes["humerus"], patient["neck_shaft_deg"], scale)
    at, radius = _landmarks(meshes)
    arm, at["underside of acromion"] = _seated(meshes, at["centre of humeral head"], radius, patient)
    cuts, motions = _fracture(patient, lesion, 1 - subtlety, scale, at, streams)
    whole = bone("humerus", meshes["humerus"], _cortex(meshes["humerus"], dense, scale), _sponge(dense, scale), _load)
    pieces, faces = _segments(whole, cuts, patient, scale, streams)
    posed = {s: Motion(arm.turn @ m.turn, arm(m.shift)) for s, m in motions.items()}
    pieces += _fragments(cuts, dense, scale, streams("fragments"))
    bones = [b.moved(posed[s].turn, posed[s].shift) for s, b in pieces]
    thin = 0.6 + 2.6 * dense
    bones += [
        bone("scapula", meshes["scapula"], 0.75 * thin, 1.3 * dense),
        bone("clavicle", meshes["clavicle"], 1.5 * thin, 1.0 * dense),
        bone("other clavicle", meshes["other clavicle"], 1.4 * thin, 0.8 * dense),
        bone("ribs", meshes["ribs"], 0.85 * thin, 1.1 * dense, np.array([0.0, 0.3, 1.0])),
        bone("spine", meshes["spine"], 0.5 * thin, 0.9 * dense, np.array([0.0, 1.0, 0.0])),
    ]
    shoulder = Anatomy(
        tuple(bones),
        # Muscle and skin hardly follow a shaft that has slipped beneath them.
        soft(patient, arm.turn, 0.9 * arm.shift + 0.1 * posed["shaft"](np.zeros(3)), scale, streams("soft")),
        {n: posed[_OF[n]](p) if n in _OF else p for n, p in at.items()},
        {},
        {},
        tuple(
            Lesion(s, joined([face.with_vertices(posed[k](face.vertices)) for k in ("head", s)])) for s, face in faces
        ),
        foci=() if scar is None else (replace(scar, surface=scar.surface.moved(arm.turn, arm.shift)),),
        scale=scale,
    )
    if lesion == "clavicle":
        shoulder = _broken_clavicle(shoulder, 1 - subtlety, scale, streams("lesion"))
    shoulder = with_mimics(shoulder, arm, patient, scale, streams("mimics"))
    parts, name = neer(motions, _joints(scale), broken=bool(cuts))
    unnamed = CLASSES.index(name) > 4 or lesion == "clavicle"  # it has no place among the task's five classes
    labels: dict[str, int | float | str] = {
        "fracture": int(lesion is not None),
        "lesion": lesion or "none",
        "neer": "" if unnamed else CLASSES.index(name),
        "neer_class": name,
        "neer_parts": parts,
    }
    return replace(shoulder, labels=labels, measurements=_measured(shoulder.landmarks, radius, motions, scale))


def _joints(scale: float) -> dict[tuple[str, str], Floats]:
    return {pair: scale * point for pair, point in _JOINTS.items()}


@lru_cache(maxsize=1)
def _spots() -> dict[str, tuple[str, list[int]]]:
    """Landmark -> bone, and the vertices whose mean it is: chosen once, the same points in everybody."""
    shapes = template()
    h, s, c = (shapes[n].vertices for n in ("humerus", "scapula", "clavicle"))

    def most(points: Floats, way: tuple[float, float, float], where: Any = True) -> list[int]:
        return [int(np.where(where, points @ np.array(way), -np.inf).argmax())]

    return {
        "pole of humeral head": ("humerus", np.flatnonzero((h @ HEAD_AXIS > 21.5) & (h[:, 1] > 0)).tolist()),
        "greater tuberosity": ("humerus", most(h, (-0.1, 0.75, 0.65), h[:, 2] > 12)),
        "lesser tuberosity": ("humerus", most(h, (1, 0, -0.2), (h[:, 1] < 0) & (h[:, 1] > -20))),
        "upper shaft": ("humerus", np.flatnonzero((h[:, 1] < -70) & (h[:, 1] > -85)).tolist()),
        "lower shaft": ("humerus", np.flatnonzero((h[:, 1] < -130) & (h[:, 1] > -145)).tolist()),
        "tip of acromion": ("scapula", most(s, (0, 0, 1))),
        "tip of coracoid": ("scapula", most(s, (1, 0, 0), s[:, 1] < 30)),
        "centre of glenoid": (
            "scapula",
            np.argsort(np.linalg.norm(s - [-16, 1, -21], axis=1))[:40].tolist(),
        ),
        "inferior angle of scapula": ("scapula", most(s, (0, -1, 0))),
        "lateral end of clavicle": ("clavicle", np.flatnonzero(c[:, 2] > c[:, 2].max() - 3).tolist()),
        "medial end of clavicle": ("clavicle", np.flatnonzero(c[:, 2] < c[:, 2].min() + 3).tolist()),
    }


#: landmark of the humerus -> the segment that it moves with
_OF = {
    "centre of humeral head": "head",
    "pole of humeral head": "head",
    "greater tuberosity": "greater tuberosity",
    "lesser tuberosity": "lesser tuberosity",
    "upper shaft": "shaft",
    "lower shaft": "shaft",
}


@lru_cache(maxsize=1)
def _articular() -> Any:
    h = template()["humerus"].vertices
    return np.flatnonzero((h @ HEAD_AXIS > 5) & (np.abs(np.linalg.norm(h, axis=1) - HEAD_MM) < 1.5))


def _head(humerus: Mesh) -> tuple[Floats, float]:
    """Centre and radius of the sphere that fits the articular surface best."""
    p = humerus.vertices[_articular()]
    found = np.linalg.lstsq(np.c_[2 * p, np.ones(len(p))], (p**2).sum(axis=1), rcond=None)[0]
    return found[:3], float(np.sqrt(found[3] + found[:3] @ found[:3]))


def _landmarks(meshes: dict[str, Mesh]) -> tuple[dict[str, Floats], float]:
    """Landmarks, those of the humerus still in its own frame; and the radius of the humeral head, mm."""
    centre, radius = _head(meshes["humerus"])
    spots = {n: meshes[b].vertices[i].mean(axis=0) for n, (b, i) in _spots().items()}
    return {"centre of humeral head": centre, **spots}, radius


def _neck_shaft(at: dict[str, Floats]) -> float:
    head = at["pole of humeral head"] - at["centre of humeral head"]
    down = at["lower shaft"] - at["upper shaft"]
    return float(np.rad2deg(np.arccos(head @ down / np.linalg.norm(head) / np.linalg.norm(down))))


def _bend(humerus: Mesh, wanted: float, scale: float) -> None:
    """Turn the head, and less and less of what lies below it, until the neck-shaft angle is the patient's."""
    v, pivot = humerus.vertices, scale * np.array([0.0, -20.0, 4.0])
    weight = np.clip((template()["humerus"].vertices @ HEAD_AXIS + 6) / 13, 0, 1)[:, None]
    weight = weight * weight * (3 - 2 * weight)
    for _ in range(3):
        at, _radius = _landmarks({"humerus": humerus, **{n: template()[n] for n in ("scapula", "clavicle")}})
        turn = rotation((1, 0, 0), wanted - _neck_shaft(at))
        v += weight * ((v - pivot) @ turn.T + pivot - v)


def _seated(meshes: dict[str, Mesh], centre: Floats, radius: float, patient: dict[str, Any]) -> tuple[Motion, Floats]:
    """The pose of the arm, its head as far below the acromion as the patient's; and the acromion's nearest point."""
    turn = rotation((1, 0, 0), -patient["abduction_deg"]) @ rotation((0, 1, 0), patient["rotation_deg"])
    shift = -turn @ centre
    roof = meshes["scapula"].vertices[_roof()]
    for _ in range(8):
        gap = np.linalg.norm(roof - (turn @ centre + shift), axis=1).min() - radius
        shift[1] += gap - patient["acromiohumeral_mm"]
    return Motion(turn, shift), roof[np.linalg.norm(roof - (turn @ centre + shift), axis=1).argmin()]


@lru_cache(maxsize=1)
def _roof() -> Any:
    """The vertices of the acromion."""
    s = template()["scapula"].vertices
    return np.flatnonzero((s[:, 1] > 27) & (s[:, 2] > -8))


def _measured(at: dict[str, Floats], radius: float, motions: dict[str, Motion], scale: float) -> dict[str, float]:
    """Measurements from landmarks; and how far each segment came from the head, at the point that both shared."""
    found = {
        "neck_shaft_deg": _neck_shaft(at),
        "acromiohumeral_mm": float(np.linalg.norm(at["underside of acromion"] - at["centre of humeral head"]) - radius),
        "humeral_head_radius_mm": radius,
    }
    for (a, b), joint in _joints(scale).items():
        if a == "head":
            name = b.replace(" ", "_")
            found[f"{name}_mm"], found[f"{name}_deg"] = displacement(motions[a], motions[b], joint)
    return found


def _cortex(humerus: Mesh, fraction: float, scale: float) -> Floats:
    """Thickness of the cortex, mm: a shell over the head, more and more down the shaft."""
    y = humerus.vertices[:, 1] / scale
    depth = np.interp(
        y, [-300, -270, -220, -130, -80, -48, -28, -5, 10], [1.0, 1.4, 3.4, 4.0, 3.0, 1.6, 0.8, 0.5, 0.65]
    )
    return np.asarray((0.5 + 3.4 * fraction) * depth * scale)


def _sponge(fraction: float, scale: float) -> Any:
    """Spongy bone: dense in the head, sparse in the greater tuberosity and the neck, none in the shaft."""

    def share(p: Floats) -> Floats:
        head = np.clip((p @ HEAD_AXIS / scale + 10) / 16, 0, 1)
        scar = np.exp(-(((p[:, 1] / scale + 9 - 0.012 * (p[:, 2] / scale - 2) ** 2) / 1.1) ** 2))  # of the growth plate
        depth = np.interp(p[:, 1] / scale, [-90, -55, -25, 0], [0.05, 0.3, 0.75, 0.8])
        lateral = 0.35 * np.clip((p[:, 2] / scale - 12) / 6, 0, 1)  # the greater tuberosity is hardly loaded
        return np.asarray(fraction * depth * (1 + 0.7 * head + 0.35 * scar - lateral))

    return share


def _load(p: Floats) -> Floats:
    """Trabeculae fan out from the medial shaft into the head, and run along the bone further down."""
    weight = np.clip((p[:, 1:2] + 35) / 30, 0, 1)
    way = weight * HEAD_AXIS + (1 - weight) * np.array([0.0, 1.0, 0.0])
    return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True))


def _fracture(
    patient: dict[str, Any], lesion: str | None, grade: float, scale: float, at: dict[str, Floats], streams: Streams
) -> tuple[tuple[str, ...], dict[str, Motion]]:
    """Which segments are cut off, and how each moves (in the frame of the humerus; the head stays in its socket).

    Drawn displacement grows or shrinks until Neer's rule gives the pattern its name; one that the caller set stays.
    """
    rng, still = streams("lesion"), {s: Motion() for s in SEGMENTS}
    undisplaced = str(rng.choice(list(_PATTERNS)))
    cuts = _PATTERNS.get(undisplaced if lesion == "one_part" else str(lesion), ())
    if not cuts:
        return (), still
    far, angle = 1.5 + min(rng.exponential(5.0), 16.0), rng.uniform(0, 40) * rng.choice([1, -1], p=[0.25, 0.75])
    mm, deg = (
        (0.4 + 0.5 * grade * far, 0.6 * grade * angle) if lesion == "one_part" else (10.5 + grade * far, grade * angle)
    )
    ways = {s: _PULL[s] + rng.normal(0, 0.2, 3) for s in _PULL}
    if len(cuts) == 3 and rng.random() < 0.4:
        ways["shaft"] *= [1, 1, -1]  # the head falls into valgus between the tuberosities
    tilts = {s: rng.normal(0, 1, 3) for s in _PULL}
    asked_mm, asked_deg = patient["displacement_mm"], patient["angulation_deg"]
    if asked_mm is not None or asked_deg is not None:
        asked = dict.fromkeys(cuts, (asked_mm or 0.0, asked_deg or 0.0))
        return cuts, _moved(asked, ways, tilts, at, scale)
    chance, little = rng.random(2), (float(rng.uniform(1, 8)), float(rng.uniform(-15, 15)))
    lines = {s: little for (s, share), u in zip(_FURTHER.get(str(lesion), ()), chance) if u < share}
    for _ in range(60):
        parted = {s: lines.get(s, (mm, deg)) for s in SEGMENTS if s in cuts or s in lines}
        motions = _moved(parted, ways, tilts, at, scale)
        if neer(motions, _joints(scale), broken=True)[1] == lesion:
            break
        mm, deg = (0.9 * mm, 0.9 * deg) if lesion == "one_part" else (1.05 * mm, deg)
    return tuple(parted), motions


def _moved(
    parted: dict[str, tuple[float, float]],
    ways: dict[str, Floats],
    tilts: dict[str, Floats],
    at: dict[str, Floats],
    scale: float,
) -> dict[str, Motion]:
    """Motions that part segments from the head by so many mm and degrees each, at the point that they shared."""
    joints, motions = _joints(scale), {s: Motion() for s in SEGMENTS}
    for s, (mm, deg) in parted.items():
        axis = np.array([-1.0, 0.2, 0.2]) if s == "shaft" else tilts[s]
        shift = mm * ways[s] / np.linalg.norm(ways[s])
        motions[s] = about(joints["head", s], rotation(axis, deg), shift)
    if "shaft" in parted:
        # The arm hangs: what turned is the head, with all that is still joined to it, and the head stays in its socket.
        back = motions["shaft"].turn.T
        centre = at["centre of humeral head"]
        home = Motion(back, centre - back @ centre)
        motions = {s: Motion(home.turn @ m.turn, home(m.shift)) for s, m in motions.items()}
    return motions


def _segments(
    whole: Bone, cuts: tuple[str, ...], patient: dict[str, Any], scale: float, streams: Streams
) -> tuple[list[tuple[str, Bone]], list[tuple[str, Mesh]]]:
    """Cut the humerus: pieces with the segment each belongs to, and the face of every cut."""
    pieces, faces = [("head", whole)], []
    if patient["age_years"] < _CLOSED[patient["sex"]]:
        pieces = [("head", b) for b in _physis(whole, patient["age_years"], scale, streams("physis"))]
    rng = streams("cuts")
    wild = rng.normal(0, 0.1, (3, 3))
    planes = {
        "greater tuberosity": ([-1.0, 0.0, 13.5], wild[0] + [-0.2, 0.16, 0.96], 0.6),
        "lesser tuberosity": ([13.0, -8.0, 4.0], 0.5 * wild[1] + [0.93, 0.32, -0.1], 0.6),
        "shaft": ([0.0, -27.0, 1.0], wild[2] + ([0.0, -0.85, 0.5] if len(cuts) == 3 else [0.0, -1.0, 0.12]), 0.85),
    }
    for s in cuts:
        origin, normal, rough = planes[s]
        surface = rough_surface(np.array(origin) * scale, normal, rng, rough, rng.uniform(-0.006, 0.02))
        rest: list[tuple[str, Bone]] = []
        for name, b in pieces:
            if name != "head":
                rest.append((name, b))
                continue
            near, far, face = _split(b, surface)
            rest += [(k, part) for k, part in (("head", near), (s, far)) if len(part.outer.faces)]
            if len(face.faces):
                faces.append((s, face))
        pieces = rest
    return pieces, faces


def _fragments(cuts: tuple[str, ...], dense: float, scale: float, rng: np.random.Generator) -> list[tuple[str, Bone]]:
    """Small pieces of cortex that came off beside the fracture of the neck: the shaft takes them along."""
    if "shaft" not in cuts:
        return []
    found: list[tuple[str, Bone]] = []
    for _ in range(int(rng.poisson(0.7 * len(cuts)))):
        around = rng.uniform(0, 2 * np.pi)
        chip = ellipsoid((rng.uniform(2, 5), rng.uniform(3, 8), rng.uniform(1.2, 2.2)), 2)
        chip = chip.with_vertices(scale * (chip.vertices + wobble(chip.vertices, 0.7, 7.0, rng)))
        spot = scale * np.array([15 * np.sin(around), rng.uniform(-36, -20), 2 + 16 * np.cos(around)])
        turn = rotation((0, 1, 0), np.rad2deg(around)) @ rotation((1, 0, 0), rng.normal(0, 25))
        found.append(("shaft", bone("humerus", chip.moved(turn, spot), 0.5 * scale, dense)))
    return found


def _split(b: Bone, surface: Surface) -> tuple[Bone, Bone, Mesh]:
    near, far, face = cut(b.outer, surface)
    near_in, far_in, _ = cut(b.inner, surface)
    return replace(b, outer=near, inner=near_in), replace(b, outer=far, inner=far_in), face


def _physis(whole: Bone, age: float, scale: float, rng: np.random.Generator) -> list[Bone]:
    """The proximal growth plate: a tent of cartilage between head and shaft."""
    gap = float(np.interp(age, [6, 12, 17], [2.6, 1.8, 0.8]))
    middle = rough_surface(scale * np.array([0.0, -11.0, 2.0]), [0, -1, 0.1], rng, 0.7, 0.022)
    above, below = (replace(middle, origin=middle.origin + d * middle.normal) for d in (-gap / 2, gap / 2))
    return [_split(whole, above)[0], _split(whole, below)[1]]


def _broken_clavicle(shoulder: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """The middle third of the clavicle: the medial end is pulled up, the lateral part sinks and slides beneath it."""
    whole = next(b for b in shoulder.bones if b.name == "clavicle")
    v, medial = whole.outer.vertices, shoulder.landmarks["medial end of clavicle"]
    along = shoulder.landmarks["lateral end of clavicle"] - medial
    length = float(np.linalg.norm(along))
    along /= length
    middle = v[np.abs((v - medial) @ along - rng.uniform(0.4, 0.62) * length) < 5].mean(axis=0)
    surface = rough_surface(middle, along + rng.normal(0, 0.3, 3), rng, 1.0)
    near, far, face = _split(whole, surface)
    up, slide, sink = 0.4 + grade * rng.uniform(3, 14), grade * rng.uniform(-2, 12) - 0.4, grade * rng.uniform(0, 6)
    bones = (
        near.moved(rotation((1, 0, 0), -up), np.zeros(3), medial),
        far.moved(np.eye(3), scale * (-slide * along - [0, sink, 0])),
        *(b for b in shoulder.bones if b is not whole),
    )
    return replace(shoulder, bones=bones, lesions=(*shoulder.lesions, Lesion("clavicle", face)))


_AP = np.array([[0.0, 0, -1], [0, -1, 0], [-1, 0, 0]])
_BEAM = {"kvp": 1.25, "exposure_ugy": 30.0, "scatter_ratio": 3.5, "grid_factor": 4.0, "scatter_mm": 2.0}
#: films of each class in Chung et al.; those without a place among their classes are made on request only
_COUNTS = {None: 515, "greater_tuberosity": 346, "surgical_neck": 514, "three_part": 269, "four_part": 247}


def _view(
    dicom: str, turned_deg: float, centre: tuple[float, float, float], field_mm: tuple[float, float], gamma: float = 1.0
) -> View:
    """A view of a patient whose filmed side is turned towards the detector (away from it when below 0)."""
    axes = _AP @ rotation((0, 1, 0), -turned_deg)
    how = {"gamma": gamma}
    return View(dicom, axes, np.array(centre), field_mm, sid_mm=1100.0, oid_mm=90.0, beam=_BEAM, processing=how)


REGION = Region(
    name="shoulder",
    views={
        "AP": _view("AP", 0, (0, -28, -28), (235, 200), gamma=1.15),
        "true-AP": _view("AP", 35, (0, -25, -15), (220, 190)),
        "Y": _view("LL", -52, (-20, -35, -15), (230, 190)),
        "wide-AP": _view("AP", 0, (0, -90, -65), (430, 350), gamma=1.7),
    },
    lesions=(*_PATTERNS, "one_part", "clavicle"),
    patient=patient,
    build=build,
    mix={lesion: count / sum(_COUNTS.values()) for lesion, count in _COUNTS.items()},
)
