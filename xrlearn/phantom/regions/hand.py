"""Hand, PA and oblique, from birth to old age: growth plates and ossification centres follow the bone age.

The label ``bone_age`` (months) drives every centre, its growth and its fusion (:mod:`.hand_growth`); the age in years
differs from it as it does among healthy children. Body axes are those of the wrist (:mod:`.wrist`).

Sources. Length of the hand 194 (SD 10) mm in men and 181 (10) in women: ANSUR 1988. Growth is in :mod:`.hand_growth`,
fractures are in :mod:`.hand_fractures`.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ..meshes import Floats, Mesh, box, ellipsoid, shell
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Extra, Fraction, Soft, bone, rotation, wobble
from ..tissue import blended, tube
from .hand_bones import RAYS, Shape, ossified, shapes, unit
from .hand_fractures import LESIONS, distal_radius
from .hand_growth import CARPALS, CENTRES, MATURE, bone_age_sd, hand_mm

_ADULT_MM = 194.0  # the hand that the adult shapes belong to
_GAP_MM = {"radius": 1.7, "ulna": 1.5, "metacarpal": 1.0, "proximal": 0.95, "middle": 0.9, "distal": 0.85}
_CENTRE = np.array([6.0, -72.0, 0.0])  # where the central ray goes through an adult's hand
_SHAFT = [0.0, 0.12, 0.32, 0.58, 0.82, 0.95, 1.0]
#: kind of bone -> share of its length from base to head, thickness of the cortex there (forearm: mm; others: of girth)
_CORTEX = {
    "radius": ([0, 0.4, 0.65, 0.85, 1.0, 1.1], [3.2, 2.4, 1.3, 0.65, 0.75, 0.9]),
    "ulna": ([0, 0.4, 0.65, 0.85, 1.0, 1.1], [3.2, 2.4, 1.3, 0.65, 0.75, 0.9]),
    "metacarpal": (_SHAFT, [0.065, 0.09, 0.22, 0.26, 0.15, 0.07, 0.075]),
    "proximal": (_SHAFT, [0.07, 0.085, 0.19, 0.23, 0.14, 0.075, 0.07]),
    "middle": (_SHAFT, [0.08, 0.1, 0.2, 0.25, 0.15, 0.08, 0.08]),
    "distal": (_SHAFT, [0.1, 0.12, 0.2, 0.22, 0.15, 0.1, 0.1]),
}
_PIVOT = np.array([-2.0, -14.0, 0.0])  # the hand turns on the forearm about the head of the capitate


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient; :func:`settle` turns the standard scores into years, months and millimetres."""
    adult = bool(rng.random() < (0.4 if lesion is None else 0.75))
    sex = "F" if rng.random() < (0.5 if lesion is None or not adult else 0.4) else "M"
    return {
        "adult": adult,
        "sex": sex,
        "age_share": round(float(rng.uniform(0, 1)), 4),
        "side": "L" if rng.random() < (0.5 if adult else 0.9) else "R",
        "bone_age_sds": round(float(np.clip(rng.normal(), -2.5, 2.5)), 3),
        "hand_sds": round(float(rng.normal()), 3),
        "density_sds": round(float(rng.normal()), 3),
        "spread": round(float(rng.uniform(-0.5, 1.7)), 3),
        "ring": bool(rng.random() < (0.06 if adult else 0.01)),
        "cast": bool(rng.random() < 0.03),
        "metal": str(rng.choice(["none", "wire", "plate"], p=[0.97, 0.015, 0.015])),
    }


def settle(drawn: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Let bone age, age, size and density follow from one another, starting from what the caller asks for.

    >>> p = settle(patient(np.random.default_rng(0), None), {"bone_age_months": 96.0, "bone_age_sds": 1.0})
    >>> p["age_years"] < 8.0, p["adult"]
    (True, False)
    """
    p = {**drawn, **wanted}
    sex, sds = p["sex"], p["bone_age_sds"]
    if "bone_age_months" in wanted:
        age = p["bone_age_months"] / 12
        age -= sds * bone_age_sd(age) / 12
        if p["bone_age_months"] >= MATURE[sex]:
            age = 20 + 60 * p["age_share"]
        p["age_years"] = wanted.get("age_years", round(max(age, 0.1), 2))
    else:
        first, last = (19.5, 85.0) if p["adult"] else (0.3, MATURE[sex] / 12)
        age = p["age_years"] = wanted.get("age_years", round(first + (last - first) * p["age_share"], 2))
        months = 12 * age + sds * bone_age_sd(age)
        p["bone_age_months"] = round(float(np.clip(months, 2, MATURE[sex])), 1)
    p["adult"] = p["bone_age_months"] >= MATURE[sex]
    if "hand_mm" not in wanted:
        grown = (p["age_years"] + p["bone_age_months"] / 12) / 2  # an early developer is tall for the age
        p["hand_mm"] = round(hand_mm(grown, sex) * (1 + 0.052 * p["hand_sds"]), 1)
    if "bone_fraction" not in wanted:
        young = (0.165 if sex == "M" else 0.145) * float(np.interp(p["age_years"], [0, 18], [0.8, 1.0]))
        loss = 0.0012 * max(0.0, p["age_years"] - (50 if sex == "F" else 60))
        p["bone_fraction"] = round(max(0.05, young - loss + 0.022 * p["density_sds"]), 4)
    return p


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one hand. See :class:`..region.Build`."""
    scale = patient["hand_mm"] / _ADULT_MM
    bones, landmarks = _bones(patient, scale, streams)
    room = float(streams("field").uniform(1.0, 1.2))
    hand = Anatomy(tuple(bones), (), landmarks, {}, {}, scale=room * _field(landmarks))
    told: dict[str, float] = {}
    if lesion in LESIONS:
        hand, told = LESIONS[lesion](hand, 1 - subtlety, scale, streams("lesion"))
    hand = replace(hand, soft=_soft(hand.landmarks, patient, scale, streams("soft")))
    if lesion == "distal_radius":
        hand = distal_radius(hand, patient["adult"], 1 - subtlety, scale, streams("lesion"))
    if streams("vessel").random() < 0.4:
        hand = _vessel(hand, scale, streams("vessel"))
    return replace(
        hand,
        extras=_extras(hand, patient, scale, streams("extras")),
        measurements=_measured(hand, patient) | told,
        labels={
            "bone_age": patient["bone_age_months"],
            "fracture": int(lesion is not None),
            "lesion": lesion or "none",
            "carpal_bones": len({b.name for b in bones} & set(CARPALS)),
        },
    )


def _field(landmarks: dict[str, Floats]) -> float:
    """How large the film has to be, against that of the views, for all fingers to be on it."""
    tips = np.array([p for n, p in landmarks.items() if "distal" in n])
    left, right, up = -tips[:, 0].min(), tips[:, 0].max(), -tips[:, 1].min()
    return float(max(left / (88.0 - _CENTRE[0]), right / (88.0 + _CENTRE[0]), up / (120.0 - _CENTRE[1])))


def _bones(patient: dict[str, Any], scale: float, streams: Streams) -> tuple[list[Bone], dict[str, Floats]]:
    """All bones that the bone age shows, posed; and the middle of each one's base and head."""
    rng, maturity = streams("shape"), streams("maturity")
    years, sex, dense = patient["bone_age_months"] / 12, patient["sex"], patient["bone_fraction"]
    if patient["adult"]:
        years = max(years, patient["age_years"])
    young = float(np.interp(years, [0, 6, 18], [0.75, 0.8, 1.0]))
    stout = 1.0 + float(np.interp(years, [1, 5, 10, 16], [0.16, 0.08, 0.0, 0.0])) + rng.normal(0, 0.04)
    places = _posed(patient, streams("pose"))
    bones, landmarks = [], {}
    for name, shape in shapes().items():
        centre, kind = CENTRES[name], name.split()[0]
        # centres of one hand are not all of one age
        at = years + float(maturity.normal(0, 0.02 + 0.035 * min(years, 12.0)))
        filled = centre.filled(at, sex)
        if centre.fuses is None and filled == 0:
            continue
        gap = _GAP_MM[kind] * centre.gap(at, sex) / scale**0.5 if centre.fuses else 0.0
        scar = centre.scar(at, sex) if centre.fuses else 0.0
        turn, shift = places[name]

        def put(points: Floats, turn: Floats = turn, shift: Floats = shift) -> Floats:
            return (points @ turn.T + shift) * scale

        base, head = put(shape.base), put(shape.head)
        for mesh, plate in ossified(shape, filled, gap, scar == 0, stout, rng):
            cortex = np.where(plate, 0.25 * scar, young * _cortex(shape, kind, mesh.vertices, dense)) * scale
            fraction = _fraction(kind, base, head, dense)
            axis = head - base if centre.fuses else None
            bones.append(
                bone(
                    name,
                    mesh.with_vertices(put(mesh.vertices)),
                    cortex,
                    fraction,
                    None if axis is None else axis / np.linalg.norm(axis),
                )
            )
        if centre.fuses is None:
            landmarks[f"centre of {name}"] = base
        else:
            landmarks |= {f"base of {name}": base, f"head of {name}": head}
    bones += _sesamoids(landmarks, CENTRES["sesamoid"].filled(years, sex), scale, rng)
    return bones, landmarks


def _posed(patient: dict[str, Any], rng: np.random.Generator) -> dict[str, tuple[Floats, Floats]]:
    """Rotation and shift of every bone: the hand leans on the forearm, fingers spread and bend a little."""
    lean = rotation((0, 0, 1), rng.normal(0, 5))
    still = (np.eye(3), np.zeros(3))
    out = {n: still if n in ("radius", "ulna") else (lean, _PIVOT - lean @ _PIVOT) for n in shapes()}
    spread = patient["spread"]
    for ray, names in RAYS.items():
        sideways = spread * {1: 10.0, 2: 7.0, 3: 0.0, 4: -7.0, 5: -15.0}[ray] + rng.normal(0, 2.0)
        bends = np.abs(rng.normal(0, [0.5, 5, 6, 5][: len(names)]))
        turn, shift = out[names[0]]
        if ray == 1:  # flat on the table the thumb lies half on its side; it spreads at its saddle joint
            base, head = shapes()[names[0]].base, shapes()[names[0]].head
            open_ = turn @ rotation((0, 0, 1), sideways + rng.normal(2, 7)) @ rotation(head - base, rng.normal(32, 10))
            turn, shift = open_, turn @ base + shift - open_ @ base
            out[names[0]] = (turn, shift)
        for k, name in enumerate(names[1:]):
            aside = sideways if k == 0 and ray > 1 else rng.normal(0, 1.5)
            joint = shapes()[names[k]].head
            there = turn @ joint + shift
            turn = turn @ rotation((0, 0, 1), aside) @ rotation((1, 0, 0), bends[k + 1])
            shift = there - turn @ joint
            out[name] = (turn, shift)
    return out


def _cortex(shape: Shape, kind: str, points: Floats, fraction: float) -> Floats:
    """Thickness of the cortex of an adult at points of a bone, mm; in the small bones it goes with their girth."""
    dense = 0.55 + 3.0 * fraction
    if kind not in _CORTEX:
        return np.full(len(points), 0.45 * dense)
    at, thick = _CORTEX[kind]
    return dense * np.interp(shape.along(points), at, thick) * (1.0 if kind in ("radius", "ulna") else shape.girth_mm)


def _fraction(kind: str, base: Floats, head: Floats, fraction: float) -> float | Fraction:
    """Spongy bone: dense at the ends, little in the shaft; carpal bones are full of it."""
    if (base == head).all():
        return fraction * 1.75
    axis = (head - base) / ((head - base) @ (head - base))
    at, share = {
        "radius": ([0.0, 0.45, 0.65, 0.9, 1.05], [0.12, 0.4, 0.8, 1.4, 1.9]),
        "ulna": ([0.0, 0.45, 0.7, 0.9, 1.05], [0.12, 0.4, 0.8, 1.4, 1.8]),
    }.get(kind, ([0.0, 0.15, 0.3, 0.7, 0.85, 1.0], [1.6, 1.2, 0.4, 0.3, 1.1, 1.5]))
    return lambda p: fraction * np.interp((p - base) @ axis, at, share)


def _sesamoids(at: dict[str, Floats], filled: float, scale: float, rng: np.random.Generator) -> list[Bone]:
    """The two sesamoids at the thumb; in adults sometimes one at the index and the little finger."""
    found = []
    chances = {(1, -1): 1.0, (1, 1): 0.9, (2, 1): 0.35, (5, -1): 0.5}
    for (ray, side), chance in chances.items():
        radii = (2.4, 3.0, 1.8) if ray == 1 else (1.6, 2.0, 1.4)
        size, luck = filled * scale * rng.uniform(0.8, 1.1), rng.random()
        if filled == 0 or luck > chance:
            continue
        spot = at[f"head of metacarpal {ray}"] + np.array([side * (4.5 if ray == 1 else 5.0), 1.0, -7.0]) * scale
        mesh = ellipsoid((radii[0] * size, radii[1] * size, radii[2] * size), 2)
        mesh = mesh.with_vertices(mesh.vertices + wobble(mesh.vertices, 0.15, 5.0, rng) + spot)
        found.append(bone("sesamoid", mesh, 0.4 * scale, 0.35))
    return found


def _soft(at: dict[str, Floats], patient: dict[str, Any], scale: float, rng: np.random.Generator) -> tuple[Soft, ...]:
    """Skin and the lean tissue under it: round cones along the bones that flow into one another."""
    plump = (1 + 0.035 * rng.standard_normal()) * float(
        np.interp(patient["age_years"], [0, 2, 8, 14], [1.2, 1.13, 1.02, 1])
    )
    cones: list[tuple[Floats, Floats, float, float]] = []  # both ends of the axis, both radii, adult mm
    thumb, index = (at[f"head of metacarpal {k}"] for k in (1, 2))
    for ray, names in RAYS.items():
        points = [at[f"base of {names[0]}"], *(at[f"head of {n}"] for n in names)]
        points[-1] = points[-1] + 3.0 * scale * unit(points[-2] - points[-1])  # the pulp covers the tuft
        size = {1: 1.12, 5: 0.86}.get(ray, 1.0)
        widths = [13.0, 11.8, 9.5, 8.4, 7.2] if ray > 1 else [13.5, 12.0, 10.6, 8.2]
        for a, b, ra, rb in zip(points, points[1:], widths, widths[1:]):
            cones.append((a, b, ra * size, rb * size))
        if ray > 2:  # the webs
            for share, width in ((0.1, 6.0), (0.28, 3.2)):
                ends = [
                    (1 - share) * at[f"head of metacarpal {k}"] + share * at[f"head of proximal phalanx {k}"]
                    for k in (ray - 1, ray)
                ]
                cones.append((ends[0], ends[1], width, width))
    root = at["base of metacarpal 2"]
    cones.append((0.5 * (thumb + at["base of metacarpal 1"]), 0.5 * (index + root), 8.0, 9.0))  # the first web
    cones.append((0.9 * thumb + 0.1 * index, 0.35 * root + 0.65 * index, 4.5, 6.0))
    cones.append((0.5 * (thumb + at["base of metacarpal 1"]), at["base of metacarpal 3"], 9.0, 8.0))
    little, heel = at["head of metacarpal 5"], at["base of metacarpal 5"]
    out = unit(heel - at["base of metacarpal 4"]) * 5.0 * scale
    cones.append((little, heel + out, 9.0, 11.5))
    for name, carpal, width in (("radius", 2, 17.0), ("ulna", 5, 16.0)):
        near, far = at[f"base of {name}"], at[f"head of {name}"]
        middle = 0.4 * near + 0.6 * far
        cones.append((middle, at[f"base of metacarpal {carpal}"], width, 14.0))
        cones.append((near + 0.6 * (near - far), middle, 1.45 * width, width))
    belly, crease = (0.5 * (at[f"{end} of radius"] + at[f"{end} of ulna"]) for end in ("base", "head"))
    cones.append((belly + 0.6 * (belly - crease), 0.5 * (belly + crease), 25.0, 21.5))
    cones.append((0.5 * (belly + crease), at["base of metacarpal 3"], 21.5, 14.5))
    axes = np.array([[a, b] for a, b, _, _ in cones])
    radii = np.array([[ra, rb] for _, _, ra, rb in cones]) * scale * plump
    skin = blended(axes, radii, 3.4 * scale, 2.6 * scale)
    fat = skin.with_vertices(skin.vertices - skin.normals() * (rng.uniform(1.3, 3.2) * scale * plump))
    return (Soft(skin, "skin"), Soft(fat, "muscle"))


def _measured(hand: Anatomy, patient: dict[str, Any]) -> dict[str, float]:
    """Length of the hand and of two bones; a broken bone is measured as it stands."""
    at = hand.landmarks
    spans = {n: np.linalg.norm(at[f"head of {n}"] - at[f"base of {n}"]) for n in ("metacarpal 2", "metacarpal 3")}
    return {"hand_mm": patient["hand_mm"], **{f"{n.replace(' ', '_')}_mm": float(v) for n, v in spans.items()}}


def _rod(a: Floats, b: Floats, radius: float) -> Mesh:
    """A straight rod from `a` to `b`, mm."""
    low, high = (a, b) if a[1] < b[1] else (b, a)
    ends = np.stack([low, high])
    return tube(ends[:, 1], ends[:, [0, 2]], np.full((2, 2), radius), squareness=2.0, around=10)


def _extras(hand: Anatomy, patient: dict[str, Any], scale: float, rng: np.random.Generator) -> tuple[Extra, ...]:
    """A ring, a wire or plate, a cast: what patients bring along; metal sits in the broken bone where there is one."""
    at, found = hand.landmarks, []
    if patient["ring"]:
        a, b = at["head of metacarpal 4"], at["head of proximal phalanx 4"]
        spot, axis, r = 0.45 * a + 0.55 * b, unit(a - b), 8.6 * scale
        hoops = [_rod(spot - axis * w, spot + axis * w, r + t) for w, t in ((2.0 * scale, 1.3), (2.2 * scale, 0.0))]
        found.append(Extra(shell(*hoops), "titanium"))
    if patient["metal"] != "none":
        broken_ = [n.name for n in hand.lesions if f"base of {n.name}" in at]
        name = broken_[0] if broken_ else f"metacarpal {rng.integers(2, 6)}"
        base, head = at[f"base of {name}"], at[f"head of {name}"]
        if patient["metal"] == "wire":
            for _ in range(int(rng.integers(1, 3))):
                wild = rng.normal(0, 1.2, (2, 3)) * scale
                found.append(Extra(_rod(base + wild[0], head + 0.15 * (head - base) + wild[1], 0.6), "steel"))
        else:
            middle = 0.5 * (base + head) + np.array([0, 0, 4.5]) * scale
            half = 0.32 * (head - base)
            found.append(Extra(box((4.5 * scale, 2 * abs(half[1]), 1.2)).moved(np.eye(3), middle), "steel"))
            for t in (-0.8, -0.4, 0.4, 0.8):
                screw = ellipsoid((0.9, 0.9, 5.5 * scale), 2).moved(np.eye(3), middle + t * half - [0, 0, 5 * scale])
                found.append(Extra(screw, "steel"))
    if patient["cast"]:
        names = ("radius", "ulna", *(f"metacarpal {k}" for k in (2, 3, 4, 5)))
        ends = np.array([[at[f"base of {n}"], at[f"head of {n}"]] for n in names])
        ends[:2, 0] += 0.6 * (ends[:2, 0] - ends[:2, 1])
        radii = np.array([[24.0, 19.0]] * 2 + [[15.0, 14.0]] * 4) * scale
        thick = rng.uniform(3.0, 6.0)
        layers = [blended(ends, radii + more, 4.0 * scale, 4.0 * scale) for more in (thick, 0.0)]
        found.append(Extra(shell(*layers), "plaster"))
    return tuple(found)


def _vessel(hand: Anatomy, scale: float, rng: np.random.Generator) -> Anatomy:
    """The channel of a nutrient vessel: a fine oblique line in one cortex, which may be taken for a fracture."""
    name = str(rng.choice(RAYS[int(rng.integers(2, 6))][:2]))
    base, head = hand.landmarks[f"base of {name}"], hand.landmarks[f"head of {name}"]
    spot = base + rng.uniform(0.4, 0.6) * (head - base) + np.array([rng.choice([-2.5, 2.5]), 0, 0]) * scale
    way = np.array([rng.normal(0, 1.0), rng.uniform(3, 5), rng.normal(0, 1.0)]) * scale
    return replace(hand, holes=(*hand.holes, _rod(spot - way, spot + way, 0.45 * scale)))


_PA = np.array([[-1.0, 0, 0], [0, 1.0, 0], [0, 0, -1.0]])
REGION = Region(
    name="hand",
    views={
        "PA": View("PA", _PA, _CENTRE, (262.0, 206.0), swing_deg=(2.5, 3.5, 7.0), beam={"exposure_ugy": 0.5}),
        "oblique": View(
            "LLO",
            rotation((0, 1, 0), -45) @ _PA,
            _CENTRE,
            (262.0, 190.0),
            swing_deg=(3, 8, 7),
            beam={"exposure_ugy": 0.5},
        ),
    },
    lesions=(*LESIONS, "distal_radius"),
    patient=patient,
    build=build,
    settle=settle,
)
