"""Spine, standing, frontal and lateral: neck to hips, one vertebra after the other, with ribs, pelvis and trunk.

The two films are the two shadows of one model, as a slot scanner takes them: the source travels with the detector, so
rays are level and nothing is magnified. Angles on the films are therefore those of the model, and the Cobb angle of the
frontal film is the patient's to a hundredth of a degree. It is measured as in the AASCE challenge (see
:func:`xrlearn.radiograph.spine.cobb`). Both films are cut below the skull and below the hips, as most are; the arms
hang in the frontal one and rest on a support in front of the lateral one.

Each film has 78 landmarks, as many as Galbusera et al. (Eur Spine J 2019) located, see :data:`LANDMARKS`: the corners
of C7 to L5 (18 x 4), both ends of the sacral end plate, both hip centres and the tops of both iliac crests. Left and
right are the patient's.

Sources. Pelvic incidence 55 (SD 10.6), pelvic tilt = 0.37 incidence - 7, T4-T12 kyphosis 41 (10) degrees: Vialle et
al., J Bone Joint Surg Am 2005; incidence = sacral slope + pelvic tilt, and a lordosis that follows the slope: Legaye et
al., Eur Spine J 1998; most thoracic curves convex to the right, most patients girls: Weinstein et al., Lancet 2008;
kyphosis less in thoracic scoliosis: Dickson et al., J Bone Joint Surg Br 1984; grades of compression: Genant et al., J
Bone Miner Res 1993; the vertebral shell: Silva, Wang, Keaveny and Hayes, Bone 1994. Estimates: the shares of age, sex,
curves and fractured levels, the length of the spine by age, bone density by age, balance and the tilt of the sacrum.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from ...radiograph.spine import cobb, cobb_by_end_plates
from ..cut import cut, rough_surface
from ..meshes import Floats, Mesh, ellipsoid, kept, load, raw, resurfaced, thinned
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Lesion, Soft, bone, rotation, wobble
from ..tissue import smooth_tube
from .spine_shape import CURVES, LENGTH_MM, LEVELS, T1, N, Plates, sacral_axes, stacked, template
from .spine_trunk import Cage, bowel, breasts, lungs, outline, ribs

_CORNERS = {
    "AP": tuple(
        f"{v} {at}" for v in LEVELS[T1 - 1 :] for at in ("top right", "top left", "bottom right", "bottom left")
    ),
    "lateral": tuple(
        f"{v} {at}" for v in LEVELS[T1 - 1 :] for at in ("top back", "top front", "bottom back", "bottom front")
    ),
}
_OTHERS = ("right hip centre", "left hip centre", "right iliac crest", "left iliac crest")
#: the 78 landmarks of each view, corners first and from C7 down; in the AP film the patient's right comes first
LANDMARKS = {
    "AP": (*_CORNERS["AP"], "sacral plate right", "sacral plate left", *_OTHERS),
    "lateral": (*_CORNERS["lateral"], "sacral plate back", "sacral plate front", *_OTHERS),
}
_BREAKABLE = tuple(LEVELS[T1 + 5 : N - 1])  # T6 to L4
#: age at which vertebrae are as long as they will be, and length of T1 to L5 by age, mm
_GROWTH = {
    "F": ([8, 10, 12, 14, 16], [295.0, 320, 355, 392, 405]),
    "M": ([8, 10, 13, 15, 18], [300.0, 322, 362, 405, 435]),
}
_LIFTED, _AWAY = 62.0, 14.0  # degrees: the arms forwards in the lateral film, and outwards in the frontal one
#: in the frame of the hip bones: hip axis, and middle and slope (degrees) of the sacral end plate
_HIPS, _PLATE, _SLOPE = np.array([-70.7, -66.1, 83.5]), np.array([-93.0, 54.3, 0.0]), 14.9


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient: three in four come for a curve in adolescence.

    Who broke a vertebra is of the same age and sex as who did not, so that neither tells of the fracture.
    """
    u = rng.random(8)
    normal = rng.standard_normal(10)
    old = u[0] < 0.25
    age = float(45 + 40 * u[1] if old else 9 + 12 * u[1])
    curved = u[2] < (0.35 if old else 0.8)
    sex = "F" if u[3] < (0.75 if curved else 0.55) else "M"
    kind = str(rng.choice(list(CURVES), p=[0.5, 0.25, 0.25])) if curved else "none"
    angle = 10 + float(np.clip(-np.log(1 - u[4]) * 22, 0.5, 75)) if curved else 2.0 + 7.5 * float(u[4])
    incidence = float(np.clip(55 + 10.6 * ndtri(0.01 + 0.98 * u[5]), 33, 85))
    tilt = 0.37 * incidence - 7 + 4.5 * normal[1] + (6 if old else 0)
    flat = 0.3 * angle if kind in ("thoracic", "double") else 0.0
    kyphosis = float(np.clip(41 + 10 * normal[3] - flat + (5 if old else 0), 5, 75))
    lordosis = float(np.clip(incidence - tilt + 20 + 0.5 * (kyphosis - 41) + 5 * normal[2], 20, 88))
    length = float(np.interp(age, *_GROWTH[sex])) * (1 + 0.045 * normal[4]) * (0.97 if old else 1.0)
    apices = {"thoracic": ("T7", "T8", "T9", "T10"), "thoracolumbar": ("T12", "L1", "L2"), "double": ("T7", "T8")}
    return {
        "age_years": round(age, 1),
        "sex": sex,
        "side": "R",
        "curve": kind,
        "cobb_deg": round(angle, 1),
        "apex": str(rng.choice(apices.get(kind, ("T8",)))),
        "convex": "R" if (u[6] < 0.9) == (kind != "thoracolumbar") else "L",
        "turned": round(float(rng.uniform(0.6, 1.3)), 3),
        "kyphosis_deg": round(kyphosis, 1),
        "lordosis_deg": round(lordosis, 1),
        "pelvic_incidence_deg": round(round(incidence - tilt, 1) + round(tilt, 1), 1),
        "sacral_slope_deg": round(incidence - tilt, 1),
        "pelvic_tilt_deg": round(tilt, 1),
        "sacral_tilt_deg": round(float(np.clip(1.5 * normal[5], -4, 4)), 2),
        "balance_mm": round(float(9 * normal[6]), 1),
        "length_mm": round(length, 1),
        "disc": round(float(np.clip(1 + 0.1 * normal[7] - (0.15 if old else 0), 0.65, 1.25)), 3),
        "bone_fraction": round(float(max(0.05, 0.16 + 0.025 * normal[8] - 0.0016 * max(0, age - 45))), 4),
        "stout": round(float(np.clip(0.95 + 0.1 * normal[9] + (0.12 if old else 0), 0.78, 1.4)), 3),
        "level": str(rng.choice(_BREAKABLE, p=_where_they_break())),
    }


def _where_they_break() -> Floats:
    """Compression fractures are most common at the thoracolumbar junction, then in the middle of the thorax."""
    weight = np.array(
        [{"T7": 2.0, "T8": 2.0, "T11": 2.0, "T12": 4.0, "L1": 4.0, "L2": 2.0}.get(v, 1.0) for v in _BREAKABLE]
    )
    return np.asarray(weight / weight.sum())


def settle(drawn: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Put wishes into a drawn patient: incidence stays slope + tilt, and a curve of 10 degrees or more has a type."""
    p = {**drawn, **wanted}
    if "cobb_deg" in wanted and "curve" not in wanted:
        kind = "none" if p["cobb_deg"] < 10 else "thoracic" if p["curve"] == "none" else p["curve"]
        p["curve"] = kind
    if p["curve"] != drawn["curve"]:
        if "apex" not in wanted and p["curve"] != "none":
            p["apex"] = CURVES[p["curve"]][0][0][0]
        if "cobb_deg" not in wanted:
            p["cobb_deg"] = 6.0 if p["curve"] == "none" else 10.0 + 3 * drawn["cobb_deg"]
        if "convex" not in wanted and p["curve"] != "none":
            p["convex"] = "R" if CURVES[p["curve"]][1] > 0 else "L"
    slope, tilt = "sacral_slope_deg", "pelvic_tilt_deg"
    if "pelvic_incidence_deg" not in wanted:
        p["pelvic_incidence_deg"] = round(p[slope] + p[tilt], 6)
    elif slope in wanted:
        p[tilt] = p["pelvic_incidence_deg"] - p[slope]
    else:
        p[slope] = p["pelvic_incidence_deg"] - p[tilt]
    return p


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one spine. See :class:`..region.Build`."""
    size = patient["length_mm"] / LENGTH_MM
    loss = 0.2 + 0.28 * (1 - subtlety) if lesion else 0.0
    level = LEVELS.index(patient["level"])
    plates = stacked(patient, streams("shape"), (level, loss) if lesion else None)
    cage = Cage(plates, size, *streams("cage").uniform(0.93, 1.07, 2))
    landmarks = _corners(plates, patient)
    pelvis, points = _pelvis(patient, size, patient["bone_fraction"])
    landmarks |= points
    column = [_vertebra(plates, k, patient["bone_fraction"], size, streams(f"bone {v}")) for k, v in enumerate(LEVELS)]
    lesions: tuple[Lesion, ...] = ()
    if lesion is not None:
        column[level] = replace(column[level], fraction=patient["bone_fraction"] * (1.2 + 1.5 * loss))
        lesions = (Lesion(patient["level"], column[level].outer),)
    shoulders, arms, joints = _shoulders(cage, size)
    landmarks |= joints
    skull, head = _head(plates, size)
    bones = [*column, *pelvis, ribs(cage, streams("ribs")), *shoulders, *skull]
    fat = size * (4 + 16 * max(0.0, patient["stout"] - 0.8))
    soft = [*outline(cage, patient["stout"], fat), *head]
    soft += [*lungs(cage, streams("lungs")), *bowel(cage, streams("bowel")), *arms]
    grown_woman = patient["sex"] == "F" and patient["age_years"] > 12
    found = measured(landmarks)
    grade = int(np.searchsorted([0.2, 0.25, 0.4], loss, side="right"))
    return Anatomy(
        tuple(bones),
        tuple(soft),
        landmarks,
        {**found, "height_loss_percent": 100 * loss},
        {
            "cobb": round(found["cobb_deg"], 2),
            "scoliosis": int(found["cobb_deg"] >= 10),
            "lordosis": round(found["lordosis_l1_l5_deg"], 2),
            "curve": patient["curve"],
            "fracture": int(lesion is not None),
            "genant": grade,
            "lesion": lesion or "none",
        },
        lesions,
        extras=tuple(breasts(cage, patient["stout"], streams("breasts"))) if grown_woman else (),
        scale=size,
    )


def _corners(plates: Plates, patient: dict[str, Any]) -> dict[str, Floats]:
    """Both ends of every end plate, across and from back to front, C7 to the sacrum."""
    ends = {"right": (0, 1), "left": (0, -1), "back": (-1, 0), "front": (1, 0)}
    out = {
        f"{LEVELS[k]} {edge} {end}": plates.corner(k, lower, *where)
        for k in range(T1 - 1, N)
        for lower, edge in enumerate(("top", "bottom"))
        for end, where in ends.items()
    }
    size, axes = patient["length_mm"] / LENGTH_MM, sacral_axes(patient)
    for end, (forward, right) in ends.items():
        out[f"sacral plate {end}"] = size * (17.0 * forward * axes[:, 0] + 24.0 * right * axes[:, 2])
    return out


def measured(landmarks: dict[str, Floats]) -> dict[str, float]:
    """What is measured on the two films, from landmarks in space: their shadows, so the films give the same numbers."""
    frontal = -np.array([landmarks[n] for n in LANDMARKS["AP"][4:72]]).reshape(17, 4, 3)[..., 1:]

    def plate(name: str) -> float:  # tilt on the lateral film, front down
        forward = landmarks[f"{name} front"] - landmarks[f"{name} back"]
        return float(np.rad2deg(np.arctan2(-forward[1], forward[0])))

    sacrum = (landmarks["sacral plate front"] + landmarks["sacral plate back"]) / 2
    hips = (landmarks["right hip centre"] + landmarks["left hip centre"]) / 2
    seventh = np.mean([landmarks[f"C7 {e} {a}"] for e in ("top", "bottom") for a in ("front", "back")], axis=0)
    slope = plate("sacral plate")
    normal = np.array([-np.sin(np.deg2rad(slope)), -np.cos(np.deg2rad(slope))])  # into the sacrum
    to_hips = (hips - sacrum)[:2]
    cross = normal[0] * to_hips[1] - normal[1] * to_hips[0]
    return {
        "cobb_deg": float(cobb(frontal)),
        "cobb_by_end_plates_deg": cobb_by_end_plates(frontal),
        "kyphosis_t4_t12_deg": plate("T4 top") - plate("T12 bottom"),
        "lordosis_l1_l5_deg": plate("L5 bottom") - plate("L1 top"),
        "lordosis_l1_s1_deg": slope - plate("L1 top"),
        "pelvic_incidence_deg": float(np.rad2deg(np.arctan2(cross, normal @ to_hips))),
        "pelvic_tilt_deg": float(np.rad2deg(np.arctan2(to_hips[0], -to_hips[1]))),
        "sacral_slope_deg": slope,
        "sagittal_axis_mm": float(seventh[0] - landmarks["sacral plate back"][0]),
        "coronal_balance_mm": float(seventh[2] - sacrum[2]),
    }


def _vertebra(plates: Plates, k: int, fraction: float, size: float, rng: np.random.Generator) -> Bone:
    shape = template(LEVELS[k])
    mesh = shape.between(plates, k)
    mesh = mesh.with_vertices(mesh.vertices + wobble(mesh.vertices, 0.5 * size, 30.0, rng))
    u, v = shape.local[:, 0], shape.local[:, 1]
    # A shell of some 0.4 mm, end plates a little thicker (Silva, Wang, Keaveny and Hayes, Bone 1994), a stout arch.
    wall = np.where(u < -1.15, 1.3, np.where((v < 0.12) | (v > 0.88), 0.6, 0.45))
    upward = plates.axes[k, :, :, 1].mean(axis=0)
    return bone(LEVELS[k], mesh, wall * (0.55 + 3 * fraction) * size, 1.05 * fraction, upward)


@lru_cache(maxsize=1)
def _below() -> dict[str, Mesh]:
    """Sacrum, right hip bone and the upper end of the right femur, each in its own frame."""

    def hip() -> Mesh:
        return thinned(resurfaced(raw("r_pelvis"), 2.0), 4.5)

    def femur() -> Mesh:
        return thinned(
            cut(load("r_femur"), rough_surface([0, -150, 0], [0, -1, 0], np.random.default_rng(0), 0.1))[0], 2.5
        )

    return {
        "sacrum": load("sacrum"),
        "hip bone": kept("spine hip bone 2", hip),
        "femur": kept("spine femur", femur),
    }


def _pelvis(patient: dict[str, Any], size: float, fraction: float) -> tuple[list[Bone], dict[str, Floats]]:
    """Sacrum, hip bones and femora, turned to the patient's sacral slope and pelvic tilt; and their landmarks."""
    shapes = _below()
    back = _PLATE - _HIPS * [1, 1, 0]
    own_tilt = np.rad2deg(np.arctan2(-back[0], back[1]))
    level = rotation((1, 0, 0), -patient["sacral_tilt_deg"])
    lean = level @ rotation((0, 0, 1), patient["pelvic_tilt_deg"] - own_tilt)
    nod = sacral_axes(patient) @ rotation((0, 0, 1), _SLOPE)
    mirror = np.diag([1.0, 1.0, -1.0])
    bones = [bone("sacrum", shapes["sacrum"].moved(size * nod, -size * nod @ _PLATE), 0.8 * size, 1.0 * fraction)]
    points = {}
    for side, flip in (("right", np.eye(3)), ("left", mirror)):
        hip = size * lean @ (flip @ _HIPS - _PLATE)
        points[f"{side} hip centre"] = hip
        ilium = shapes["hip bone"].moved(size * lean @ flip, -size * lean @ _PLATE)
        points[f"{side} iliac crest"] = ilium.vertices[ilium.vertices[:, 1].argmax()]
        bones.append(bone(f"{side} hip bone", ilium, 0.8 * size, 1.1 * fraction))
        femur = shapes["femur"].moved(size * level @ flip, hip)
        shaft = np.interp(femur.vertices[:, 1] - hip[1], np.array([-90, -40, 10]) * size, [4.5, 2.0, 0.8]) * size
        bones.append(bone(f"{side} femur", femur, shaft, 1.2 * fraction))
    return bones, points


def _shoulders(cage: Cage, size: float) -> tuple[list[Bone], list[Soft], dict[str, Floats]]:
    """Clavicles, scapulae, arms lifted forwards onto a support, out of the lateral film's way; and their joints."""
    parts, mirror = _above(), np.diag([1.0, 1.0, -1.0])
    spine = cage.spine_at(cage.level("T3"))
    notch = np.array([cage.middle[0, 0] + 0.5 * cage.deep[0], cage.level("T3"), 0.5 * spine[1]])
    lift = rotation((0, 0, 1), _LIFTED)
    bones, soft, joints = [], [], {}
    for side, flip in (("right", np.eye(3)), ("left", mirror)):
        for name, where, turn, wall in (
            ("clavicle", (-6.0, 2.0, 20.0), np.eye(3), 1.2),
            ("scapula", (-22.0, 22.0, 142.0), rotation((0, 1, 0), -12.0), 0.7),
            ("humerus", (-12.0, -10.0, 152.0), lift, 2.0),
        ):
            mesh = parts[name].moved(size * flip @ turn, notch + size * flip @ np.array(where))
            bones.append(bone(f"{side} {name}", mesh, wall * size, 0.12))
        joints[f"{side} shoulder"] = notch + size * flip @ np.array([-12.0, -10.0, 152.0])
        rows = np.array(
            [[-330, 0, 0, 33, 33], [-120, 0, 0, 40, 40], [-20, 0, 0, 46, 46], [22, 0, 0, 40, 40], [48, 0, 0, 8, 8]]
        )
        for kind, grow in (("skin", 0.0), ("muscle", -5.0 * size)):
            arm = smooth_tube(rows * size, 20.0, 2.1, grow)
            soft.append(Soft(arm.moved(flip @ lift, notch + size * flip @ np.array([-12.0, -10.0, 156.0])), kind))
    return bones, soft, joints


def _arms_down(anatomy: Anatomy, patient: dict[str, Any]) -> Anatomy:
    """Let the arms hang beside the trunk, a little away from it: the last four soft bodies and both humeri."""
    bones, soft = list(anatomy.bones), list(anatomy.soft)
    for k, (side, out) in enumerate((("right", -_AWAY), ("left", _AWAY))):
        turn, joint = rotation((1, 0, 0), out) @ rotation((0, 0, 1), -_LIFTED), anatomy.landmarks[f"{side} shoulder"]
        bones = [b.moved(turn, np.zeros(3), joint) if b.name == f"{side} humerus" else b for b in bones]
        for at in (2 * k - 4, 2 * k - 3):
            soft[at] = replace(soft[at], surface=soft[at].surface.moved(turn, np.zeros(3), joint))
    return replace(anatomy, bones=tuple(bones), soft=tuple(soft))


def _in_profile(anatomy: Anatomy, patient: dict[str, Any]) -> Anatomy:
    """What lies on the chest and adds to its depth from the front is part of its outline from the side."""
    bulges = tuple(Soft(e.surface, "skin") for e in anatomy.extras)
    return replace(anatomy, soft=anatomy.soft + bulges, extras=())


@lru_cache(maxsize=1)
def _above() -> dict[str, Mesh]:
    def lighter(name: str, step: float) -> Mesh:
        return kept(f"spine {name} {step}", lambda: thinned(load(name), step))

    return {
        n: lighter(n, s)
        for n, s in {"clavicle": 3.0, "scapula": 4.5, "humerus": 5.0, "hat_skull": 5.0, "hat_jaw": 3.0}.items()
    }


def _head(plates: Plates, size: float) -> tuple[list[Bone], list[Soft]]:
    """Skull and lower jaw on the third cervical vertebra (the two above it are hidden by the jaw)."""
    spot = plates.centre[0, 0] - size * np.array([-22.0, 470.0, 0.0])
    bones = [
        bone(name, _above()[mesh].moved(size * np.eye(3), spot), wall * size, 0.0)
        for name, mesh, wall in (("skull", "hat_skull", 5.0), ("mandible", "hat_jaw", 2.0))
    ]
    soft = []
    for radii, where in (((90.0, 84.0, 74.0), (0.0, 572.0, 0.0)), ((46.0, 62.0, 56.0), (40.0, 515.0, 0.0))):
        for kind, grow in (("skin", 6.0), ("muscle", 1.0)):
            ball = ellipsoid((radii[0] + grow, radii[1] + grow, radii[2] + grow))
            soft.append(Soft(ball.moved(size * np.eye(3), spot + size * np.array(where)), kind))
    return bones, soft


#: a trunk is thicker than a wrist: more voltage and exposure, and a grid that leaves a third of much more scatter
_BEAM = {
    "kvp": 1.5,
    "filter_mm": 1.2,
    "exposure_ugy": 32.0,
    "scatter_ratio": 4.5,
    "scatter_mm": 3.0,
    "grid_factor": 5.0,
}


def _view(dicom: str, axes: list[list[float]], **how: Any) -> View:
    """A film of a slot scanner: parallel rays, and a patient who may lean but has turned to face it."""
    return View(
        dicom,
        np.array(axes),
        np.array(how.pop("centre")),
        (650.0, how.pop("width_mm")),
        sid_mm=float("inf"),
        swing_deg=(0.0, 0.0, 1.2),
        beam=_BEAM,
        marker_columns=(0.06, 0.3),
        **how,
    )


REGION = Region(
    name="spine",
    views={
        "AP": _view(
            "AP",
            [[0, 0, -1], [0, -1, 0], [-1, 0, 0]],
            centre=(0.0, 172.0, 0.0),
            width_mm=300.0,
            posed=_arms_down,
            processing={"gamma": 1.7, "detail_gain": 2.8, "detail_mm": 2.0, "flatten": 0.5},
        ),
        "lateral": _view(
            "LL",
            [[1, 0, 0], [0, -1, 0], [0, 0, 1]],
            centre=(0.0, 172.0, 0.0),
            width_mm=330.0,
            posed=_in_profile,
            processing={"gamma": 1.5, "detail_gain": 3.5, "detail_mm": 2.0, "flatten": 1.5},
        ),
    },
    lesions=("compression",),
    patient=patient,
    build=build,
    mix={None: 0.88, "compression": 0.12},
    settle=settle,
)
