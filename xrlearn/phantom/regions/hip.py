"""Pelvis AP with both hips, and one hip AP: arthritis, fractures of the proximal femur, bone density.

Body axes: x forwards, y up, z to the right. The hip that matters is the right one of the model; for ``side="L"`` the
whole patient is mirrored, so that it is the left one.

Sources. Neck-shaft angle 128.8 degrees on radiographs: Boese et al., Skeletal Radiol 2016 (the spread of 5 is ours).
Head of the femur about 48 mm wide in men and 43 in women: Milner and Boldsen, J Forensic Sci 2012. Joint space of about
4 mm in healthy hips: Lequesne, Malghem and Dion, Ann Rheum Dis 2004; 2.0 mm as the border of arthritis: Jacobsen and
Sonne-Holm, Rheumatology 2005. Grades of arthritis: Kellgren and Lawrence, Ann Rheum Dis 1957. Bone density:
:mod:`.density`. That the texture of bone on the film foretells arthritis: Hirvasniemi et al., Osteoarthritis
Cartilage 2019; which texture does, and how strongly, is our choice (see :func:`risk_of_arthritis`).

Estimates, for which no source is named: thickness of cortex and share of spongy bone by site (:mod:`.hip_femur`), the
rotation of the legs and the tilt of the pelvis on the table, ages of those who break a hip (77, SD 11), how far
fragments move, sizes of cysts and osteophytes, and all of the soft tissue (:mod:`.hip_soft`).
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import expit, ndtri

from ..cut import broken, rough_surface
from ..meshes import Floats, Mesh, ellipsoid
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Focus, Grain, Lesion, bone, rotation, wobble
from .density import t_score, who_class
from .hip_bones import HEAD, HEAD_MM, OPENING, SPACE_MM, template
from .hip_femur import BREAKS, Femur, garden_grade, hemiarthroplasty, hip_screw, malunited, scarred, whole
from .hip_soft import calcified_veins, tissue

_SOCKET_MM = HEAD_MM + SPACE_MM
_MIRROR = np.diag([1.0, 1.0, -1.0])
LESIONS = (*BREAKS, "pubic_ramus")
_HEALED = 0.06  # share of whole hips of people over 50 that were broken between the trochanters long ago: an estimate


def kl_grade(joint_space_mm: float, osteophyte_mm: float) -> int:
    """Return the grade of arthritis after Kellgren and Lawrence, as used here.

    Osteophytes below 0.5 mm are none (0), below 1.5 mm doubtful (1). With larger ones the narrowest joint space
    decides: above 2.0 mm (2), above 0.8 mm (3), or less (4).

    >>> [kl_grade(4.0, 0.0), kl_grade(3.5, 1.0), kl_grade(2.6, 2.0), kl_grade(1.5, 3.0), kl_grade(0.3, 5.0)]
    [0, 1, 2, 3, 4]
    """
    if osteophyte_mm < 1.5:
        return int(osteophyte_mm >= 0.5)
    return 2 if joint_space_mm > 2.0 else 3 if joint_space_mm > 0.8 else 4


#: grade -> narrowest joint space as a share of the healthy one, and size of osteophytes in mm: from, to
_WORN = {
    0: ((1.0, 1.0), (0.0, 0.0)),
    1: ((0.8, 1.0), (0.6, 1.4)),
    2: ((0.6, 0.85), (1.6, 3.0)),
    3: ((0.25, 0.42), (2.2, 4.5)),
    4: ((0.02, 0.15), (3.0, 6.5)),
}


def risk_of_arthritis(patient: dict[str, Any]) -> float:
    """Return the probability that a healthy hip has arthritis (grade 2 or more) ten years later.

    A logistic model of our own making: higher with age, female sex, body-mass index, doubtful signs now, and most of
    all with `texture` (in standard deviations): lines that are shorter, coarser and cross each other more.

    >>> calm = {"age_years": 60, "sex": "F", "bmi": 26, "kl": 0, "texture": -1.5}
    >>> bool(risk_of_arthritis(calm) < 0.1 < 0.4 < risk_of_arthritis({**calm, "texture": 1.5}))
    True
    """
    years, weight = (patient["age_years"] - 60) / 10, (patient["bmi"] - 26) / 5
    score = 1.15 * patient["texture"] + 0.35 * years + 0.3 * weight
    return float(expit(score + 0.3 * (patient["sex"] == "F") + 0.8 * (patient["kl"] == 1) - 1.6))


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient: fractures in the old and porotic, arthritis with age (see the sources)."""
    # One number each, whatever the lesion, so that all other draws stay the same.
    sex = "F" if rng.random() < (0.7 if lesion else 0.55) else "M"
    share = float(rng.uniform(0.01, 0.99))
    age = float(np.clip(77 + 11 * ndtri(share), 30, 98)) if lesion else 25 + 65 * share
    head = rng.normal(48.4 if sex == "M" else 42.9, 2.2)
    bmi = float(np.clip(rng.normal(26 if lesion is None else 24.5, 4.2), 16.5, 42))
    worn = rng.random() - 0.004 * (age - 60)  # each decade of age counts as much as 4 in a hundred patients
    kl = int(np.searchsorted([0.07, 0.15, 0.27, 0.45], worn)) if lesion is None else 4
    return {
        "age_years": round(age, 1),
        "sex": sex,
        "side": str(rng.choice(["L", "R"])),
        "bmi": round(bmi, 1),
        "t_score": round(float(np.clip(t_score(age, sex, rng) - 0.7 * (lesion is not None), -5, 3)), 2),
        "head_mm": round(float(head), 1),
        "neck_shaft_deg": round(float(np.clip(rng.normal(128.8, 5.0), 112, 145)), 1),
        "kl": (4 - kl) if lesion is None else int(rng.random() < 0.25),
        "texture": round(float(rng.normal()), 2),
        "other_hip": str(rng.choice(["bone", "hip_screw", "hemiarthroplasty"], p=[0.93, 0.03, 0.04])),
        "chance": round(float(rng.random()), 4),  # decides whether the risk of arthritis comes true
    }


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one pelvis with both hips. See :class:`..region.Build`."""
    rng = streams("shape")
    space = float(np.clip(rng.normal(SPACE_MM, 0.45), 3.1, 5.2))
    head = patient["head_mm"] / 2
    scale = (head + space) / _SOCKET_MM
    t = patient["t_score"]
    rough = float(np.clip(patient["texture"], -2.5, 2.5))
    grain = Grain(0.36 + 0.06 * rough, float(np.clip(0.4 + 0.16 * rough, 0, 0.9)), 5.0 * 0.8**rough)

    wear, grow = (np.interp(streams("wear").random(), (0, 1), ends) for ends in _WORN[patient["kl"]])
    narrow = float(min(wear * space, 0.95 * space if patient["kl"] else space))
    lean = np.deg2rad(streams("wear to").choice([-35.0, 0.0, 30.0], p=[0.25, 0.15, 0.6]))
    worn_to = np.array([0.0, np.cos(lean), np.sin(lean)])

    def femur(side: str, share: float) -> Femur:
        own = streams(f"femur {side}")
        angle = patient["neck_shaft_deg"] + (0.0 if side == "right" else own.normal(0, 1.5))
        return whole(f"{side} femur", head, angle, t, grain, share * float(grow), own)

    index, other = femur("right", 1.0), femur("left", 0.5)
    scar, old = streams("scar").random(2)
    if scar < 0.25:
        index = scarred(index, streams("scar line"))
    if lesion in BREAKS:
        index = BREAKS[lesion](index, 1 - subtlety, streams("lesion"))
    elif old < _HEALED and patient["age_years"] > 50:
        index = malunited(index, streams("lesion"))
    other = {
        "bone": lambda f: f,
        "hip_screw": hip_screw,
        "hemiarthroplasty": lambda f: hemiarthroplasty(f, head + space - 1.0),
    }[patient["other_hip"]](other)
    away = (space - narrow) * worn_to
    index = index.placed(_legs(streams("leg right")), HEAD * scale + away)
    turn = _MIRROR @ _legs(streams("leg left"))
    other = other.placed(turn, _MIRROR @ (HEAD * scale + 0.5 * away))

    trunk, landmarks = _trunk(patient, scale, grain, float(grow), streams)
    tilt = rotation((0, 0, 1), -streams("pelvic tilt").normal(6, 5))  # forwards, about the axis of the hips
    trunk = [b.moved(tilt, np.zeros(3), HEAD * scale) for b in trunk]
    landmarks = {n: tilt @ (p - HEAD * scale) + HEAD * scale for n, p in landmarks.items()}
    lesions: tuple[Lesion, ...] = index.lesions
    if lesion == "pubic_ramus":
        trunk, lesions = _ramus(trunk, 1 - subtlety, scale, streams("lesion"))
    landmarks |= index.at | {f"{n}, other side": p for n, p in other.at.items()}
    measured = _measured(landmarks, patient, index, scale, space, float(grow))
    kl = kl_grade(measured["narrowest_joint_space_mm"], measured["osteophyte_mm"])
    return Anatomy(
        (*trunk, *other.bones, *index.bones),  # fragments last: the grain of all others stays
        tissue(patient, scale, streams("soft")),
        landmarks,
        measured,
        {
            "fracture": int(lesion is not None),
            "lesion": lesion or "none",
            "garden": garden_grade(index.head_tilt_deg, index.gap_mm) if str(lesion).startswith("garden") else 0,
            "kl": kl,
            "hip_oa": int(kl >= 2),
            "future_oa": int(kl >= 2 or patient["chance"] < risk_of_arthritis(patient)),
            "osteoporosis": who_class(t),
        },
        lesions,
        extras=(*index.extras, *other.extras, *calcified_veins(scale, streams("veins"))),
        foci=(*index.foci, *_foci(patient["kl"], scale, worn_to, streams("foci"))),
        scale=scale,
    )


def _legs(rng: np.random.Generator) -> Floats:
    """How a right leg lies on the table: turned in by 10 (SD 8) degrees, or fallen outwards; spread by 2 (3)."""
    inwards = rng.normal(-18, 8) if rng.random() < 0.12 else rng.normal(10, 8)
    return rotation((1, 0, 0), rng.normal(-2, 3)) @ rotation((0, 1, 0), inwards)


def _trunk(
    patient: dict[str, Any], scale: float, grain: Grain, osteophyte_mm: float, streams: Streams
) -> tuple[list[Bone], dict[str, Floats]]:
    """Both hip bones, the sacrum and the lowest lumbar vertebrae; and the points that are measured on the pelvis."""
    rng = streams("pelvis")
    dense = float(np.clip(1 + 0.15 * patient["t_score"], 0.35, 1.4))
    female = patient["sex"] == "F"
    bones = []
    shape = streams("pelvis shape").integers(2**31)
    for name, mesh in template().items():
        if name == "femur":
            continue
        v = mesh.vertices
        if name == "hip bone":
            cortex = _pelvic_cortex(mesh, dense)
            lip = v + _lip(mesh, osteophyte_mm / scale)
            for side, sign in (("right", 1.0), ("left", -1.0)):
                own = streams(f"hip bone {side}")
                off = np.linalg.norm(v - HEAD, axis=1)
                free = np.clip((off - 30) / 30, 0, 1)[:, None]  # the socket keeps its shape
                p = lip + free * (wobble(v, 2.0, 160.0, np.random.default_rng(shape)) + wobble(v, 0.7, 60.0, own))
                p = p + free * _wider(v, female)
                p[:, 2] = np.maximum(p[:, 2], 1.6)  # the symphysis lies between
                made = bone(f"{side} hip bone", mesh.with_vertices(p * scale), cortex, _pelvic_fraction(dense, scale))
                made = replace(made, load=np.array([0.0, 0.9, 0.45]), grain=grain)
                bones.append(made.moved(np.diag([1.0, 1.0, sign]), np.zeros(3)))
            continue
        p = (v + wobble(v, 1.0, 60.0, rng)) * scale
        bones.append(
            bone(
                name,
                mesh.with_vertices(p),
                (0.7 if name == "sacrum" else 0.9) * dense**0.5,
                (0.2 if name == "sacrum" else 0.26) * dense,
            )
        )
    return bones, {"acetabulum": HEAD * scale, "lateral lip of acetabulum": bones[0].outer.vertices[_lateral_lip()]}


def _wider(v: Floats, female: bool) -> Floats:
    """Women's pelves are wider below: the rami turn outwards, the wings stand lower."""
    low = np.clip((-60 - v[:, 1]) / 60, 0, 1)
    share = 1.0 if female else -0.6
    return share * np.stack(
        [0 * low, np.where(v[:, 1] > 0, -0.04 * v[:, 1], 0.03 * low * v[:, 2]), 0.09 * low * v[:, 2]], 1
    )


@lru_cache(maxsize=1)
def _socket() -> tuple[Floats, Floats]:
    """Per vertex of the hip bone: how near it lies to the joint (0 to 1), and how much of the load it carries."""
    v = template()["hip bone"].vertices - HEAD
    off = np.linalg.norm(v, axis=1)
    near = np.exp(-(((off - _SOCKET_MM) / 3) ** 2))
    up = v @ np.array([0.1, 0.85, 0.4]) / np.maximum(off, 1)
    return near, near * np.clip((up - 0.45) / 0.4, 0, 1)


@lru_cache(maxsize=1)
def _lateral_lip() -> int:
    """The vertex of the hip bone where the roof of the socket ends laterally, in the frontal plane."""
    v = template()["hip bone"].vertices - HEAD
    at = np.flatnonzero((np.abs(v[:, 0] + 3) < 12) & (v[:, 1] > 2) & (np.linalg.norm(v, axis=1) < 34))
    return int(at[v[at, 2].argmax()])


#: points along the iliac crest, from its front to its back
_CREST = np.array(
    [[-9, -8, 130], [-4, 2, 134], [-12, 18, 138], [-30, 38, 139], [-52, 60, 130], [-74, 76, 105], [-92, 80, 79],
     [-108, 68, 63], [-124, 48, 51], [-134, 20, 42], [-131, 4, 44]], float,
)  # fmt: skip


@lru_cache(maxsize=1)
def _crest() -> Floats:
    """Per vertex of the hip bone: how near it lies to the iliac crest, 0 to 1."""
    t = np.arange(len(_CREST))
    line = np.stack([np.interp(np.linspace(0, t[-1], 60), t, _CREST[:, k]) for k in range(3)], 1)
    away, _ = cKDTree(line).query(template()["hip bone"].vertices)
    return np.asarray(np.exp(-((away / 11.0) ** 2)))


def _pelvic_cortex(mesh: Mesh, dense: float) -> Floats:
    """Thickness of the cortex, mm: thick at the brim, the crest and in the weight-bearing roof (the sourcil)."""
    near, roof = _socket()
    brim = np.exp(-(((mesh.vertices[:, 2] - 58) / 14) ** 2 + ((mesh.vertices[:, 1] + 35) / 35) ** 2))
    return np.asarray(dense**0.6 * (1.15 + 0.7 * brim + 0.7 * _crest()) + 0.2 * near + 1.1 * roof)


def _pelvic_fraction(dense: float, scale: float) -> Any:
    """Spongy bone: dense over the joint and beside the sacrum, thin in the wing."""
    centre, behind = HEAD * scale, np.array([-110.0, 25.0, 62.0]) * scale

    def fraction(p: Floats) -> Floats:
        above = np.linalg.norm((p - centre) / [40, 34, 30] / scale, axis=1)
        beside = np.linalg.norm((p - behind) / [60, 32, 22] / scale, axis=1)
        return np.asarray(dense * (0.22 + 0.12 * np.exp(-(above**2)) + 0.1 * np.exp(-(beside**2))))

    return fraction


def _lip(mesh: Mesh, size_mm: float) -> Floats:
    """Osteophytes along the upper and outer rim of the acetabulum (displacement per vertex, mm)."""
    v = mesh.vertices - HEAD
    off = np.linalg.norm(v, axis=1)
    rim = np.exp(-((((off - _SOCKET_MM - 2) / 4) ** 2) + ((v @ OPENING + 4) / 5) ** 2))
    outer = np.clip((v[:, 1] + 4) / 14, 0, 1) * np.clip(v[:, 2] / 10, 0, 1)
    return np.asarray((size_mm * rim * outer)[:, None] * np.array([0.0, -0.35, 0.94]))


def _foci(kl: int, scale: float, worn_to: Floats, rng: np.random.Generator) -> tuple[Focus, ...]:
    """Sclerosis from grade 2, cysts from grade 3, where the joint is worn."""
    foci: list[Focus] = []
    if kl < 2:
        return ()
    lie = rotation((1, 0, 0), float(np.rad2deg(np.arctan2(worn_to[2], worn_to[1]))))
    for off in (_SOCKET_MM + 3.5, HEAD_MM - 3.5):
        pad = ellipsoid((11.0, 2.0 + 0.8 * kl, 7.0 + 1.5 * kl)).moved(lie, HEAD + off * worn_to)
        foci.append(Focus(_sized(pad, scale), float(0.08 * kl * rng.uniform(0.7, 1.3))))
    for _ in range(rng.integers(1, 4) if kl >= 3 else 0):
        r = rng.uniform(1.8, 4.5)
        off = rng.choice([_SOCKET_MM + r + 1, HEAD_MM - r - 1])
        aim = worn_to + rng.normal(0, 0.18, 3)
        foci.append(Focus(_sized(ellipsoid((r, r, 0.9 * r)).moved(np.eye(3), HEAD + off * aim), scale), -0.3))
    return tuple(foci)


def _sized(mesh: Mesh, scale: float) -> Mesh:
    return mesh.with_vertices(mesh.vertices * scale)


def _ramus(
    trunk: list[Bone], grade: float, scale: float, rng: np.random.Generator
) -> tuple[list[Bone], tuple[Lesion, ...]]:
    """Both pubic rami broken, 24-38 mm beside the symphysis: the body of the pubis sinks by up to 6 mm."""
    surface = rough_surface([0, 0, rng.uniform(24, 38) * scale], [0, 0, -1], rng, 1.2)
    shift = np.array([0, -grade * rng.uniform(0.5, 5), 0.25 + grade * rng.uniform(-1.2, 1.2)])
    out: list[Bone] = []
    lesions: tuple[Lesion, ...] = ()
    for b in trunk:
        if b.name != "right hip bone":
            out.append(b)
            continue
        near, far, face = broken(b, surface, rotation((1, 0, 0), grade * rng.normal(0, 3)), shift)
        out += [near, far]
        lesions = (Lesion("pubic rami", face),)
    return out, lesions


def _measured(
    at: dict[str, Floats], patient: dict[str, Any], index: Femur, scale: float, space: float, osteophyte_mm: float
) -> dict[str, float]:
    """What is measured on the film, from points in space; head and socket are balls."""
    head, socket = patient["head_mm"] / 2, patient["head_mm"] / 2 + space
    off = at["head"] - at["acetabulum"]

    def gap(direction: Floats) -> float:
        along = off @ direction
        return float(-along + np.sqrt(along**2 + socket**2 - off @ off) - head)

    lip = at["lateral lip of acetabulum"] - at["head"]
    lower = [at[f"{n}{s}"][1] for n in ("lesser trochanter",) for s in ("", ", other side")]
    return {
        "bmi": patient["bmi"],
        "femoral_head_diameter_mm": 2 * head,
        "neck_shaft_deg": index.neck_shaft_angle(),
        "centre_edge_angle_deg": float(np.rad2deg(np.arctan2(lip[2], lip[1]))),
        "superior_joint_space_mm": gap(np.array([0.0, 1.0, 0.0])),
        "medial_joint_space_mm": gap(np.array([0.0, 0.0, -1.0])),
        "narrowest_joint_space_mm": float(socket - head - np.linalg.norm(off)),
        "osteophyte_mm": osteophyte_mm,
        "head_tilt_deg": index.head_tilt_deg,
        "neck_displacement_mm": index.gap_mm,
        "shortening_mm": float(lower[0] - lower[1]),
    }


_AP = np.array([[0.0, 0, -1], [0, -1, 0], [-1, 0, 0]])
_BEAM = {"kvp": 1.2, "exposure_ugy": 110.0, "scatter_ratio": 6.0, "grid_factor": 5.0, "scatter_mm": 2.5}
_CURVE = {"black": 0.3, "white": 1.02, "gamma": 1.25, "flatten": 2.4, "detail_gain": 2.5}
REGION = Region(
    name="hip",
    views={
        "pelvis": View(
            "AP",
            _AP,
            np.array([-70.0, -32.0, 0.0]),
            (382.0, 470.0),
            1150.0,
            120.0,
            (4.5, 2.5, 1.2),
            _BEAM,
            _CURVE,
            (0.06, 0.4),
        ),
        "hip": View(
            "AP", _AP, HEAD + np.array([0, -22, 4]), (250.0, 205.0), 1150.0, 120.0, (4.5, 2.5, 2.5), _BEAM, _CURVE
        ),
    },
    lesions=LESIONS,
    patient=patient,
    build=build,
    mix={
        None: 0.55,
        "garden_1": 0.07,
        "garden_2": 0.06,
        "garden_3": 0.08,
        "garden_4": 0.08,
        "intertrochanteric": 0.13,
        "pubic_ramus": 0.03,
    },
)
