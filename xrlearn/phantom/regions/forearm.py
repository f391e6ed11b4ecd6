"""Forearm with elbow and wrist: AP with the elbow straight, lateral with the elbow bent, as radiographers ask for it.

Body axes as in :mod:`.forearm_bones`. A patient who cannot turn or bend the arm holds it otherwise: `pronation_deg` and
`elbow_deg` say how.

Sources. Stature 175.6 (SD 6.7) cm in men and 162.9 (6.4) in women: ANSUR 1988; its growth: CDC 2000. Carrying angle 11
(SD 4) degrees in men, 14 (4) in women: Paraskevas et al., J Anat 2004. Ages at which the centres of the elbow appear:
capitulum 1, radial head 5, medial epicondyle 5, trochlea 9, olecranon 9, lateral epicondyle 11, in girls earlier:
Silberstein, Brodeur and Graviss, J Bone Joint Surg Am 1979 to 1982. How often arms are in plaster, have been plated or
wear a bangle was counted on films of FracAtlas (Abedeen et al., Sci Data 2023); here plaster and plates are as frequent
on whole bones as on broken ones. Estimates: at which age what breaks and in how many children, girth, thickness of
cortex and density of spongy bone, and that five in six breaks within the joint, and one in twenty other elbows, fill it
with blood or fluid.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ..cut import Surface, cut
from ..meshes import Floats, Mesh, box, ellipsoid, shell
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Extra, bone, rotation, wobble
from ..tissue import smooth_tube, tube
from .forearm_bones import elbow, hand, template
from .forearm_fractures import LESIONS, OWNER
from .forearm_growth import with_plates
from .forearm_soft import fat_pads, skin_rows, soft_tissue
from .wrist_soft import wrapped

_GROWN = {"F": 15.5, "M": 17.5}  # years at which the growth plates are closed, to the simulator
_AGES = {"supracondylar": (2.5, 11.0), "both_bones_shaft": (3.0, 16.0), "distal_radius": (4.0, 16.0)}  # of children
_CHILDREN = {"supracondylar": 0.92, "both_bones_shaft": 0.65, "distal_radius": 0.4, "olecranon": 0.1, "ulna_shaft": 0.3}


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient; what breaks goes with age. :func:`settle` turns the standard scores into sizes."""
    # One number each, whatever the lesion, so that all other draws stay the same.
    chance, share = rng.random(), float(rng.uniform(0.01, 0.99))
    child = chance < _CHILDREN.get(str(lesion), 0.3)
    low, high = _AGES.get(str(lesion), (3.0, 16.5)) if child else (18.5, 84.0)
    return {
        "age_years": round(low + (high - low) * share, 1),
        "sex": "F" if rng.random() < 0.45 else "M",
        "side": str(rng.choice(["L", "R"])),
        "stature_sds": round(float(rng.normal()), 3),
        "density_sds": round(float(rng.normal()), 3),
        "girth_sds": round(float(rng.normal()), 3),
        "carrying_sds": round(float(rng.normal()), 3),
        "fat_mm": round(float(np.exp(rng.normal(1.3, 0.4))), 1),
        "pronation_deg": round(float(abs(rng.normal(0, 8)) if rng.random() < 0.7 else rng.uniform(15, 140)), 1),
        "elbow_deg": round(float(np.clip(rng.normal(88, 12), 40, 115)), 1),
        "straight_deg": round(float(abs(rng.normal(0, 7)) if rng.random() < 0.85 else rng.uniform(10, 40)), 1),
        "cast": str(rng.choice(["none", "round", "slab"], p=[0.88, 0.07, 0.05])),
        "metal": str(rng.choice(["none", "plate"], p=[0.96, 0.04])),
        "bangle": bool(rng.random() < 0.08),
    }


def settle(drawn: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Let size, girth and density follow from age and sex, also from those that the caller asks for.

    >>> child, adult = (settle(patient(np.random.default_rng(0), None), {"age_years": age}) for age in (6.0, 30.0))
    >>> child["stature_cm"] < 0.75 * adult["stature_cm"]
    True
    """
    p = {**drawn, **wanted}
    age, woman = p["age_years"], p["sex"] == "F"
    grown = float(np.interp(age, [2, 3, 5, 8, 11, 14, 17], [0.50, 0.55, 0.63, 0.74, 0.83, 0.94, 1.0]))
    loss = 0.0012 * max(0.0, age - (50 if woman else 60))
    plump = float(np.interp(age, [2, 8, 16], [1.12, 1.02, 1.0]))
    p["stature_cm"] = round(((162.9 if woman else 175.6) + 6.5 * p["stature_sds"]) * grown, 1)
    p["bone_fraction"] = round(max(0.05, (0.145 if woman else 0.165) - loss + 0.022 * p["density_sds"]), 4)
    p["girth"] = round(plump * float(np.exp(0.07 * p["girth_sds"])), 3)
    p["carrying_deg"] = round((14.0 if woman else 11.0) + 4.0 * p["carrying_sds"], 1)
    return {**p, **wanted}


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one forearm, supinated and straight; the view bends it. See :class:`..region.Build`."""
    scale, dense, age = patient["stature_cm"] / 172, patient["bone_fraction"], patient["age_years"]
    child = age < _GROWN[patient["sex"]]
    slim = 1.0 + (0.06 if child else 0.0) + streams("girth").normal(0, 0.04)
    meshes, rng = {}, streams("shape")
    for name, mesh in (template() | hand(age, patient["sex"])).items():
        v = mesh.vertices + wobble(mesh.vertices, 0.3, 70.0, rng) + wobble(mesh.vertices, 1.0, 220.0, streams("bend"))
        if name in ("radius", "ulna"):
            v = v + (slim - 1) * (v - _axis(v)) * [1, 0, 1]
        meshes[name] = mesh.with_vertices(v * scale)
    lean = rotation((0, 0, 1), 19.0 - patient["carrying_deg"])
    pivot, _ = elbow()
    meshes["humerus"] = meshes["humerus"].moved(lean, np.zeros(3), pivot * scale)
    bones = [_with_inside(n, m, dense, scale) for n, m in meshes.items()]
    arm = Anatomy(
        tuple(bones),
        soft_tissue(patient, scale),
        _landmarks(meshes) | {"centre of elbow": pivot * scale},
        {},
        {"fracture": int(lesion is not None), "lesion": lesion or "none"},
        scale=scale * (1.0 if not child else 1.08),
    )
    if child:
        arm = with_plates(arm, age * (1.1 if patient["sex"] == "F" else 1.0), scale, streams)
    told: dict[str, float] = {}
    if lesion is not None:
        grade = (1 - subtlety) * (0.25 if patient["metal"] == "plate" else 1.0)  # plated bones were put straight
        arm, told = LESIONS[lesion](arm, grade, scale, child, streams("lesion"))
    pads = fat_pads(pivot * scale, scale, swollen(lesion, subtlety, streams("effusion")))
    arm = replace(arm, soft=(*arm.soft, *pads), measurements=_measured(arm) | told)
    arm = _pronated(arm, patient["pronation_deg"])
    if streams("vessel").random() < 0.4:
        arm = replace(arm, holes=(_vessel(arm, scale, streams("vessel")),))
    return replace(arm, extras=_extras(arm, patient, scale, streams("extras")))


def swollen(lesion: str | None, subtlety: float, rng: np.random.Generator) -> float:
    """Draw how far fluid fills the elbow, 0 to 1: most breaks of the joint fill it, now and then something else."""
    chance, filled = rng.random(), rng.uniform(0.5, 1.0)
    if lesion in ("supracondylar", "olecranon", "radial_head"):
        return float(filled * (1.0 - 0.3 * subtlety)) if chance < 0.85 else 0.0
    return float(filled) if chance < 0.05 else 0.0


def _vessel(arm: Anatomy, scale: float, rng: np.random.Generator) -> Mesh:
    """The channel of the nutrient artery: oblique, towards the elbow, through the upper part of the ulna's shaft."""
    v = np.concatenate([b.outer.vertices for b in arm.bones if b.name == "ulna"])
    level = rng.uniform(0.62, 0.75) * v[:, 1].max()
    near = v[np.argsort(np.abs(v[:, 1] - level))[:40]]
    y = np.linspace(0, rng.uniform(8, 16), 5) * scale
    wide = rng.uniform(0.35, 0.6) * scale + 0 * y
    tilt = rotation((0, 0, 1), rng.normal(0, 9)) @ rotation((1, 0, 0), rng.normal(12, 6))
    at = near.mean(axis=0) + np.array([rng.uniform(-3, 3), 0, -4]) * scale
    return smooth_tube(np.stack([y, 0 * y, 0 * y, wide, wide], 1), 2.0, 2.0).moved(tilt, at)


def _axis(v: Floats) -> Floats:
    """The middle of a bone's section at the level of every vertex, (n, 3)."""
    order = np.linspace(v[:, 1].min(), v[:, 1].max(), 25)
    near = np.abs(v[:, 1][:, None] - order).argmin(axis=1)
    count = np.maximum(np.bincount(near, minlength=25), 1)
    middle = [np.bincount(near, v[:, k], 25) / count for k in (0, 2)]
    return np.stack([np.interp(v[:, 1], order, middle[0]), v[:, 1], np.interp(v[:, 1], order, middle[1])], axis=1)


def _landmarks(meshes: dict[str, Mesh]) -> dict[str, Floats]:
    """Ends of the bones: extreme points of this patient's own shapes."""
    r, u, h = (meshes[n].vertices for n in ("radius", "ulna", "humerus"))
    low = h[h[:, 1] < h[:, 1].min() + 0.2 * np.ptp(h[:, 1])]
    return {
        "radial styloid": r[r[:, 1].argmin()],
        "head of radius": r[r[:, 1] > r[:, 1].max() - 4].mean(axis=0),
        "head of ulna": u[u[:, 1] < u[:, 1].min() + 10].mean(axis=0),
        "tip of olecranon": u[u[:, 1].argmax()],
        "lateral epicondyle": low[low[:, 0].argmax()],
        "medial epicondyle": low[low[:, 0].argmin()],
        "shaft of humerus": h[h[:, 1] > h[:, 1].max() - 12].mean(axis=0),
    }


def _measured(arm: Anatomy) -> dict[str, float]:
    """Lengths, and the carrying angle between humerus and ulna as seen from the front, elbow straight."""
    at = arm.landmarks
    upper = at["shaft of humerus"] - 0.5 * (at["lateral epicondyle"] + at["medial epicondyle"])
    lower = at["tip of olecranon"] - at["head of ulna"]
    return {
        "radius_mm": float(np.linalg.norm(at["head of radius"] - at["radial styloid"])),
        "ulna_mm": float(np.linalg.norm(lower)),
        "carrying_angle_deg": float(np.rad2deg(np.arctan2(upper[0], upper[1]) - np.arctan2(lower[0], lower[1]))),
    }


#: bone -> y of an adult, mm, and the thickness of the cortex there
_CORTEX = {
    "radius": ([-5, 3, 12, 25, 45, 80, 188, 220, 233, 240], [0.9, 0.75, 0.65, 1.3, 2.5, 3.3, 2.8, 1.6, 0.8, 0.9]),
    "ulna": ([-5, 3, 12, 25, 45, 80, 186, 220, 245, 264], [0.9, 0.75, 0.8, 1.4, 2.5, 3.2, 2.9, 1.6, 0.7, 0.5]),
    "humerus": ([240, 258, 271, 296, 326, 436], [0.75, 0.7, 1.2, 3.0, 4.2, 4.4]),
    "metacarpals": ([-100, -85, -60, -40, -32], [0.6, 1.2, 1.9, 1.0, 0.6]),
    "carpus": ([0, 1], [0.45, 0.45]),
}
#: the same for spongy bone: dense under the joints, none in the shafts; as a share of the patient's
_SPONGY = {
    "radius": ([-8, 0, 8, 30, 50, 212, 239], [1.9, 1.7, 1.3, 0.55, 0.12, 0.1, 1.3]),
    "ulna": ([-8, 0, 8, 30, 50, 196, 230, 260], [1.8, 1.6, 1.2, 0.5, 0.12, 0.12, 0.6, 0.8]),
    "humerus": ([239, 251, 271, 306], [1.7, 1.4, 0.8, 0.1]),
    "metacarpals": ([-95, -80, -65, -45, -32], [1.2, 0.6, 0.25, 0.4, 1.5]),
    "carpus": ([0, 1], [1.7, 1.7]),
}


def _with_inside(name: str, mesh: Mesh, dense: float, scale: float) -> Bone:
    """A bone with its cortex and its spongy bone, at the patient's density."""
    depth = (0.55 + 3.0 * dense) * scale**0.7 * np.interp(mesh.vertices[:, 1] / scale, *_CORTEX[name])
    return bone(name, mesh, depth, lambda p: dense * np.interp(p[:, 1] / scale, *_SPONGY[name]))


def _extras(arm: Anatomy, patient: dict[str, Any], scale: float, rng: np.random.Generator) -> tuple[Extra, ...]:
    """A plate, a bangle, a cast or a slab of plaster."""
    found = []
    if patient["metal"] == "plate":
        found += _plate(arm, scale, rng)
    rows = skin_rows(patient["girth"])
    if patient["bangle"]:
        y, r = rng.uniform(-8, 60), rng.uniform(1.0, 2.2)
        x, z = (np.interp(y, rows[:, 0], rows[:, k]) for k in (1, 2))
        wide = rng.uniform(32, 38)
        hoops = [
            tube(np.array([-r, r]), np.zeros((2, 2)), np.full((2, 2), wide + t), squareness=2.0) for t in (1.2 * r, 0.0)
        ]
        tilt = rotation(rng.standard_normal(3), rng.normal(0, 14))
        hoop = shell(*hoops).moved(tilt, np.array([x, y, z]))
        found.append(Extra(hoop.with_vertices(hoop.vertices * scale), "steel"))
    if patient["cast"] != "none":
        low = rng.uniform(-75, -45)
        high = rng.uniform(170, 215) if rng.random() < 0.6 else 400.0
        inside = rows[(rows[:, 0] > low) & (rows[:, 0] < high)]
        layers = [smooth_tube(inside * scale, 8.0, 2.15, mm) for mm in (rng.uniform(5, 9), 1.5)]
        cast = shell(*(wrapped(layer, scale, rng) for layer in layers))
        if patient["cast"] == "slab":
            side = np.array([0.0, 0, 1]) if rng.random() < 0.7 else np.array([-1.0, 0, 0.3])
            origin = np.array([-12, 0, -4]) * scale - 6 * side
            cast = cut(cast, Surface(origin, side / np.linalg.norm(side), 0.0, np.zeros((0, 5))))[1]
        found.append(Extra(cast, "plaster"))
    return tuple(found)


def _plate(arm: Anatomy, scale: float, rng: np.random.Generator) -> list[Extra]:
    """A plate with its screws along a shaft, over the fracture where that is of a shaft."""
    names = [x.name.split()[0] for x in arm.lesions if x.name.endswith("shaft")]
    name = str(rng.choice(names or ["radius", "ulna"]))
    v = np.concatenate([b.outer.vertices for b in arm.bones if b.name == name])
    there = [x.surface.vertices[:, 1].mean() for x in arm.lesions if x.name == f"{name} shaft"]
    level = float(there[0]) if there else rng.uniform(60, 150) * scale
    half = rng.uniform(32, 55) * scale
    ends = [v[np.abs(v[:, 1] - level - s) < 5].mean(axis=0) for s in (-half, half)]
    side = np.array([rng.normal(0, 0.5), 0, rng.choice([-1.0, 1.0])])
    side /= np.linalg.norm(side)
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    frame = np.stack([np.cross(along, side), along, side], axis=1)
    middle = v[np.abs(v[:, 1] - level) < 5].mean(axis=0)
    metal = [box((9.0 * scale, 2 * half, 3.0 * scale)).moved(frame, middle + 8.5 * scale * side)]
    n = int(rng.integers(5, 9))
    for t in np.linspace(-0.9, 0.9, n):
        if abs(t) > 0.12:
            screw = ellipsoid((1.6 * scale, 1.6 * scale, 9.0 * scale), 2)
            metal.append(screw.moved(frame, middle + t * half * along + 1.5 * scale * side))
    return [Extra(m, "steel") for m in metal]


def _pronated(arm: Anatomy, degrees: float) -> Anatomy:
    """Turn the radius about the head of the ulna, and the hand with it; soft tissue follows, less towards the elbow."""
    at = arm.landmarks
    axis = at["head of radius"] - at["head of ulna"]
    about, turn = at["head of ulna"], rotation(axis, -degrees)
    top = at["head of radius"][1]

    def swept(mesh: Mesh) -> Mesh:
        share = np.clip((0.9 * top - mesh.vertices[:, 1]) / (0.75 * top), 0, 1)
        return mesh.with_vertices(_turned(mesh.vertices, about, axis, -degrees * share))

    def whole(name: str) -> bool:
        return name in ("ulna", "humerus") or name.startswith(("ulna", "distal humerus", "olecranon"))

    return replace(
        arm,
        bones=tuple(b if whole(b.name) else b.moved(turn, np.zeros(3), about) for b in arm.bones),
        soft=tuple(replace(s, surface=swept(s.surface)) for s in arm.soft),
        landmarks={n: p if whole(OWNER[n]) else turn @ (p - about) + about for n, p in at.items()},
        lesions=tuple(
            x if whole(x.name) else replace(x, surface=x.surface.moved(turn, np.zeros(3), about)) for x in arm.lesions
        ),
    )


def _turned(points: Floats, about: Floats, axis: Floats, degrees: Floats) -> Floats:
    """Turn each point about one axis by its own angle (Rodrigues)."""
    k, p = axis / np.linalg.norm(axis), points - about
    c, s = np.cos(np.deg2rad(degrees))[:, None], np.sin(np.deg2rad(degrees))[:, None]
    return np.asarray(about + p * c + np.cross(k, p) * s + k * (p @ k)[:, None] * (1 - c))


def _bent(arm: Anatomy, degrees: float) -> Anatomy:
    """Bend the elbow: the humerus turns, and what lies around it follows smoothly."""
    at = arm.landmarks
    axis, about = elbow()[1], at["centre of elbow"]
    length = 0.42 * at["head of radius"][1]
    turn = rotation(axis, -degrees)

    def swept(mesh: Mesh) -> Mesh:
        share = np.clip((mesh.vertices[:, 1] - about[1]) / length + 0.5, 0, 1)
        return mesh.with_vertices(_turned(mesh.vertices, about, axis, -degrees * share * share * (3 - 2 * share)))

    return replace(
        arm,
        bones=tuple(b.moved(turn, np.zeros(3), about) if b.name == "humerus" else b for b in arm.bones),
        soft=tuple(
            replace(s, surface=s.surface.moved(turn, np.zeros(3), about) if s.kind == "fat" else swept(s.surface))
            for s in arm.soft
        ),
        extras=tuple(replace(x, surface=swept(x.surface)) for x in arm.extras),
        landmarks={n: turn @ (p - about) + about if OWNER[n] == "humerus" else p for n, p in at.items()},
        lesions=tuple(
            replace(x, surface=x.surface.moved(turn, np.zeros(3), about)) if "humerus" in x.name else x
            for x in arm.lesions
        ),
    )


def _straight(arm: Anatomy, patient: dict[str, Any]) -> Anatomy:
    return _bent(arm, patient["straight_deg"])


def _flexed(arm: Anatomy, patient: dict[str, Any]) -> Anatomy:
    return _bent(arm, patient["elbow_deg"])


REGION = Region(
    name="forearm",
    views={
        "AP": View(
            "AP", np.eye(3), np.array([-12.0, 122.0, 0.0]), (392.0, 168.0), swing_deg=(3, 6, 4), posed=_straight
        ),
        "lateral": View(
            "LL",
            np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]]),
            np.array([-12.0, 112.0, -36.0]),
            (392.0, 240.0),
            swing_deg=(3, 6, 4),
            posed=_flexed,
        ),
    },
    lesions=tuple(LESIONS),
    patient=patient,
    build=build,
    settle=settle,
    mix={
        None: 0.5,
        "distal_radius": 0.17,
        "both_bones_shaft": 0.1,
        "radius_shaft": 0.05,
        "ulna_shaft": 0.04,
        "supracondylar": 0.07,
        "olecranon": 0.03,
        "radial_head": 0.04,
    },
)
