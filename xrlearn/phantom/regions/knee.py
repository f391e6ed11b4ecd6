"""Knee, standing PA in fixed flexion and lateral: osteoarthritis, tumours of the distal femur, torn extensor tendons.

Body axes of a right knee: x forwards, y up along the tibia, z lateral; the origin is the middle of the joint line.

Sources. Joint spaces as they show on films of the Osteoarthritis Initiative without arthritis: the medial one 5 to 6 %
and the lateral one 6.5 to 7 % of the width of the plateau. (Beattie, Duryea et al., BMC Musculoskelet Disord 2008, give
more for the medial one: 4.8 mm in women and 5.7 mm in men.) Outlines of femur and tibia: widths, joint spaces, spines
and notch were set beside those that a network draws on 240 films of the Initiative, point by point. Shares of the
Kellgren-Lawrence grades: the same Initiative, baseline, as graded in the collection of Chen et al. (Mendeley Data
2018). Patellar height: Insall and Salvati, Radiology 1971 (patellar tendon as long as the patella, give or take 20 %).
Ruptures of the patellar tendon come before 40 years of age, those of the quadriceps tendon after: Siwek and Rao, J Bone
Joint Surg Am 1981.
"""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..meshes import Floats, Mesh
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Fraction, Grain, bone, rotation, wobble
from .knee_arthritis import COMPARTMENTS, MARGINS, Arthritis, drawn, kellgren_lawrence
from .knee_bones import PLATEAU_MM, bones, plateau, rim_of
from .knee_lesions import LESIONS, MIMICS, TENDONS, with_metal
from .knee_outlines import outlines
from .knee_soft import soft_tissue

_SHARES = (0.394, 0.181, 0.263, 0.131, 0.031)  # of KL 0 to 4 among the knees of the Osteoarthritis Initiative
_SIGN = {"medial": -1.0, "lateral": 1.0}  # on which side of z = 0 a compartment lies
_GRAIN = Grain(contrast=0.42, cross=0.35, length_mm=1.2, width_mm=0.1)  # short lines, most of them along the limb
_FORWARDS_MM = 0.6  # per degree of flexion, so that the rounded condyles stay on the middle of the plateau


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw a patient: of the age at which people come with what they have (see the sources)."""
    sex = "F" if rng.random() < 0.58 else "M"
    share, chance = rng.standard_normal(), rng.random(4)
    if lesion is None:
        age = np.clip(61 + 9 * share, 45, 79)
    elif lesion in TENDONS:
        age = np.clip((33 if lesion == "patellar_tendon" else 60) + 8 * share, 20, 85)
    else:
        age = np.clip(30 + 9 * share, 18, 60)
    kl = int(np.searchsorted(np.cumsum(_SHARES), chance[0])) if lesion is None else int(chance[0] < 0.1)
    width = rng.normal(*((77.0, 3.6) if sex == "M" else (68.5, 3.2)))
    healthy = width * rng.normal(0.064, 0.008)
    height = np.clip(rng.normal(1.02, 0.1), 0.82, 1.18)
    return {
        "age_years": round(float(age), 1),
        "sex": sex,
        "side": "L" if chance[1] < 0.5 else "R",
        "kl": kl,
        "plateau_mm": round(float(width), 1),
        "healthy_joint_space_mm": round(float(np.clip(healthy, 2.6, 7.0)), 2),
        "bone_fraction": round(float(max(0.05, rng.normal(0.15 - 0.001 * max(0.0, age - 45), 0.022))), 4),
        "flexion_deg": round(float(np.clip(rng.normal(20, 4), 8, 32)), 1),
        "insall_salvati": round(float(height), 3),
        "mimic": str(rng.choice([*MIMICS], p=(0.66, 0.18, 0.10, 0.06))),
        "metal": "none" if chance[2] > 0.02 else ("screw" if chance[3] < 0.5 else "staple"),
    }


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one knee. See :class:`..region.Build`."""
    scale = patient["plateau_mm"] / PLATEAU_MM
    disease = drawn(patient["kl"], streams("arthritis"))
    shapes = _shapes(patient, scale, streams)
    _wear(shapes, disease, scale)
    grown = _osteophytes(shapes, disease, scale, streams("osteophytes"))
    seat = _seated(shapes, patient, disease)
    shapes["femur"] = shapes["femur"].moved(seat.turn, seat.shift)
    tear = TENDONS.get(lesion or "", lambda grade, rng: 1.0)
    stretch = tear(1 - subtlety, streams("lesion"))
    _set_patella(shapes, patient["insall_salvati"] * stretch, patient["flexion_deg"], scale)
    at = _landmarks(shapes)
    found = _measured(shapes, at) | grown
    found |= {
        "subchondral_gain": disease.sclerosis,
        "attrition_mm": disease.attrition_mm,
        "narrowing": max(1 - found[f"{c}_joint_space_mm"] / _healthy(patient, c) for c in COMPARTMENTS),
    }
    kl = kellgren_lawrence(found["narrowing"], max(grown.values()), found["subchondral_gain"], found["attrition_mm"])
    knee = Anatomy(
        _mineral(shapes, patient, disease, seat, scale, streams("density")),
        soft_tissue(at, patient, lesion, scale, streams("soft")),
        at,
        found,
        {"kl": kl, "tumour": 0, "tendon": "none", "lesion": lesion or "none"},
    )
    knee = with_metal(knee, patient["metal"], scale, streams("metal"))
    knee = MIMICS[patient["mimic"]](knee, seat.place, scale, streams("mimic"))
    if lesion is not None:
        knee = LESIONS[lesion](knee, seat.place, 1 - subtlety, scale, streams("lesion"))
    return knee


def _healthy(patient: dict[str, Any], compartment: str) -> float:
    """Joint space before the disease; the lateral one is a little wider."""
    return float(patient["healthy_joint_space_mm"]) * (1.0 if compartment == "medial" else 1.13)


def _shapes(patient: dict[str, Any], scale: float, streams: Streams) -> dict[str, Mesh]:
    """The bones of this patient, each still in its own place of the template."""
    rng, out = streams("shape"), {}
    lean, stout = np.tan(np.deg2rad(rng.normal(1.8, 1.2))), rng.uniform(0.94, 1.06, 2)
    flare = rng.normal(0, 1.1, 2)  # mm by which the epicondyles stand out more, or less
    for name, mesh in bones().items():
        v = mesh.vertices + wobble(mesh.vertices, 0.25, 28.0, rng) + wobble(mesh.vertices, 0.6, 90.0, rng)
        v += wobble(mesh.vertices, rng.uniform(0.05, 0.32), 11.0, rng)  # small irregularities that are no disease
        v = v * (scale * rng.uniform(0.98, 1.02, 3) * [stout[0], stout[1], 1.0])
        if name == "femur":  # more or less valgus
            v[:, 2] += lean * np.maximum(v[:, 1] - 30 * scale, 0)
            out_mm = np.where(v[:, 2] < 0, -flare[0], flare[1]) * np.clip(v[:, 1] / (20 * scale), 0, 1)
            v[:, 2] += out_mm * np.clip(np.abs(v[:, 2]) / (20 * scale) - 0.5, 0, 1)
        out[name] = mesh.with_vertices(v)
    spines = _index("spines")
    foot = 3.0 * scale
    out["tibia"].vertices[spines, 1] += (out["tibia"].vertices[spines, 1] - foot) * rng.uniform(-0.3, 0.1)
    out["fibula"].vertices[:, 1] += rng.normal(-5, 3)
    return out


@cache
def _index(name: str) -> NDArray[np.int64]:
    """Vertices of the template by what they belong to, so that they are the same points in everybody."""
    femur, tibia = bones()["femur"], bones()["tibia"]
    f, t = femur.vertices, tibia.vertices
    if name == "spines":
        return np.flatnonzero((np.abs(t[:, 2]) < 14) & (t[:, 1] > 3.0))
    side, what = name.split(" ", 1)
    sign = _SIGN[side]
    if what == "condyle":
        inside = (np.abs(sign * f[:, 2] - 22) < 9) & (f[:, 1] < 14) & (femur.normals()[:, 1] < -0.6)
        return np.flatnonzero(inside)
    if what == "plateau":
        inside = (np.abs(sign * t[:, 2] - 22) < 11) & (np.abs(t[:, 0] + 2) < 16) & (tibia.normals()[:, 1] > 0.75)
        return np.flatnonzero(inside)
    raise KeyError(name)


def _wear(shapes: dict[str, Mesh], disease: Arthritis, scale: float) -> None:
    """Wear the tibial plateau of the worse compartment down, and draw the spines out."""
    v, t = shapes["tibia"].vertices, bones()["tibia"].vertices
    under = np.clip((t[:, 1] + 14) / 8, 0, 1) * np.clip((_SIGN[disease.worse] * t[:, 2] - 9) / 9, 0, 1)
    v[:, 1] -= disease.attrition_mm * under
    tips = np.exp(-(((np.abs(t[:, 2]) - 6) / 3) ** 2) - ((t[:, 0] + 2) / 8) ** 2) * np.clip((t[:, 1] - 2) / 6, 0, 1)
    v[:, 1] += disease.spiking_mm * tips


@dataclass(frozen=True, eq=False)
class _Seat:
    """How the femur stands on the tibia: the turn (3 x 3) and the shift that bring it there, and its size."""

    turn: Floats
    shift: Floats
    scale: float

    def place(self, points: Floats) -> Floats:
        """From the template of the femur to body axes."""
        return np.asarray(points * self.scale @ self.turn.T + self.shift)

    def template(self, points: Floats) -> Floats:
        """From body axes to the template of the femur."""
        return np.asarray((points - self.shift) @ self.turn / self.scale)


def _powers(x: Floats, z: Floats) -> Floats:
    return np.stack([x**i * z**j for i in range(4) for j in range(4 - i)], axis=1)


def joint_space(condyle: Floats, surface: Floats) -> tuple[float, Floats]:
    """Return the least height (mm) of a condyle over a plateau, and the middle of where it is.

    Parameters
    ----------
    condyle, surface : (n, 3), (m, 3) arrays
        Points of both, y up, mm. The plateau is smoothed first, by a cubic in x and z.
    """
    middle = surface.mean(axis=0)
    fit = np.linalg.lstsq(_powers(*(surface - middle)[:, [0, 2]].T / 10), surface[:, 1], rcond=None)[0]
    low, high = surface.min(axis=0), surface.max(axis=0)
    over = condyle[((condyle >= low) & (condyle <= high))[:, [0, 2]].all(axis=1)]
    gap = over[:, 1] - _powers(*(over - middle)[:, [0, 2]].T / 10) @ fit
    near = over[gap < gap.min() + 0.5]  # level surfaces are equally near over a wide stretch: its middle
    return float(gap.min()), near[np.hypot(*(near - near.mean(axis=0))[:, [0, 2]].T).argmin()]


def _seated(shapes: dict[str, Mesh], patient: dict[str, Any], disease: Arthritis) -> _Seat:
    """Bend the knee, then lower and tilt the femur until both compartments are as wide as the disease leaves them.

    What the cartilage of one compartment loses, the leg gains in varus or valgus.
    """
    wanted = {c: _healthy(patient, c) * (1 - disease.narrowing[c]) for c in COMPARTMENTS}
    plateaus = {c: shapes["tibia"].vertices[_index(f"{c} plateau")] for c in COMPARTMENTS}
    condyles = {c: shapes["femur"].vertices[_index(f"{c} condyle")] for c in COMPARTMENTS}
    bend, roll = rotation((0, 0, 1), patient["flexion_deg"]), 0.0
    scale = patient["plateau_mm"] / PLATEAU_MM
    shift = np.array([_FORWARDS_MM * patient["flexion_deg"] * scale, 8.0, -1.2 * scale])
    for _ in range(10):
        turn = rotation((1, 0, 0), roll) @ bend
        miss = {c: wanted[c] - joint_space(condyles[c] @ turn.T + shift, plateaus[c])[0] for c in COMPARTMENTS}
        shift = shift + np.array([0.0, 0.4 * (miss["medial"] + miss["lateral"]), 0.0])
        roll += float(np.rad2deg(0.8 * (miss["medial"] - miss["lateral"]) / (44 * scale)))
    return _Seat(rotation((1, 0, 0), roll) @ bend, shift, scale)


def _osteophytes(
    shapes: dict[str, Mesh], disease: Arthritis, scale: float, rng: np.random.Generator
) -> dict[str, float]:
    """Let spurs grow from the margins of the joint; return how far each stands out, mm."""
    grown = {}
    for margin in MARGINS:
        side, name = margin.split(" ")
        rim, around, outwards = rim_of(name, _SIGN[side])
        bump = np.exp(-(((around - rng.normal(0, 40)) / rng.uniform(20, 60)) ** 2))
        ridge = rng.uniform(0.2, 0.9) * np.exp(-((around / 110) ** 2))  # along the rest of the rim
        weight = np.maximum(bump, ridge) * rim ** rng.uniform(0.7, 2.5)
        weight /= weight.max()
        size, beak = disease.osteophyte_mm[margin], rng.uniform(-0.3, 0.9)
        away = np.array([0.0, -1.0 if name == "femur" else 1.0, 0.0])  # a beak bends over the joint, or away from it
        shapes[name].vertices[:] += size * (weight[:, None] * outwards + beak * weight[:, None] ** 2.5 * away)
        grown[f"osteophyte_{side}_{name}_mm"] = float(size)
    return grown


def _set_patella(shapes: dict[str, Mesh], ratio: float, flexion: float, scale: float) -> None:
    """Hang the patella over the trochlea so that its tendon is `ratio` times as long as itself."""
    mesh = shapes["patella"].moved(rotation((0, 0, 1), 0.6 * flexion), np.zeros(3))
    top, low = _poles(mesh.vertices)
    tendon = ratio * np.linalg.norm(top - low)
    anchor = _tuberosity(shapes)
    front = shapes["femur"].vertices
    front = front[np.abs(front[:, 2]) < 16 * scale]
    behind = mesh.vertices[np.abs(mesh.vertices[:, 2]) < 14 * scale]
    height, ahead = anchor[1] + tendon, anchor[0]
    for _ in range(8):
        centre = height - low[1]
        levels = np.linspace(-12, 12, 7) * scale
        gaps = []
        for level in levels:
            bone_x = front[np.abs(front[:, 1] - centre - level) < 3, 0]
            back_x = behind[np.abs(behind[:, 1] - level) < 3, 0]
            if len(bone_x) and len(back_x):
                gaps.append(bone_x.max() - back_x.min())
        ahead = max(gaps, default=anchor[0]) + 2.5 * scale
        pole = low[0] + ahead
        height = anchor[1] + np.sqrt(max(tendon**2 - (pole - anchor[0]) ** 2, 1.0))
    shapes["patella"] = mesh.moved(np.eye(3), np.array([ahead, height - low[1], 0.0]))


def _poles(v: Floats) -> tuple[Floats, Floats]:
    """Upper and lower end of a patella: its longest diagonal as the lateral film shows it."""
    long = np.linalg.eigh(np.cov(v[:, :2].T))[1][:, -1]
    along = v[:, :2] @ (long * np.sign(long[1]))
    return v[along.argmax()], v[along.argmin()]


def _tuberosity(shapes: dict[str, Mesh]) -> Floats:
    """Where the patellar tendon ends: the upper front of the tibial tuberosity."""
    t = bones()["tibia"].vertices
    spot = np.abs(t - [27.0, -23.0, 3.0]).sum(axis=1).argmin()
    return np.asarray(shapes["tibia"].vertices[spot])


def _landmarks(shapes: dict[str, Mesh]) -> dict[str, Floats]:
    f, t = (bones()[n].vertices for n in ("femur", "tibia"))
    femur, tibia, fibula = (shapes[n].vertices for n in ("femur", "tibia", "fibula"))
    upper, lower = _poles(shapes["patella"].vertices)
    at = {
        "upper pole of patella": upper,
        "lower pole of patella": lower,
        "tibial tuberosity": _tuberosity(shapes),
        "fibular head": fibula[fibula[:, 1].argmax()],
        "femoral shaft": femur[np.abs(f[:, 1] - 125) < 8].mean(axis=0),
        "femoral metaphysis": femur[np.abs(f[:, 1] - 75) < 8].mean(axis=0),
        "tibial metaphysis": tibia[np.abs(t[:, 1] + 65) < 8].mean(axis=0),
        "tibial shaft": tibia[np.abs(t[:, 1] + 115) < 8].mean(axis=0),
    }
    for side in COMPARTMENTS:
        condyle, surface = femur[_index(f"{side} condyle")], tibia[_index(f"{side} plateau")]
        gap, touch = joint_space(condyle, surface)
        at[f"{side} condyle"], at[f"{side} plateau"] = touch, touch - [0.0, gap, 0.0]
        tip = np.flatnonzero((np.abs(_SIGN[side] * t[:, 2] - 6) < 4) & (np.abs(t[:, 0] + 2) < 9))
        at[f"{side} spine"] = tibia[tip[tibia[tip, 1].argmax()]]
        edge = np.flatnonzero(t[:, 1] > -12)
        at[f"{side} margin of tibia"] = tibia[edge[(_SIGN[side] * tibia[edge, 2]).argmax()]]
    at["joint centre"] = (at["medial plateau"] + at["lateral plateau"]) / 2
    return at


def _measured(shapes: dict[str, Mesh], at: dict[str, Floats]) -> dict[str, float]:
    """What a radiologist measures, from landmarks in space; valgus is positive."""
    upper, lower = at["upper pole of patella"], at["lower pole of patella"]
    thigh, leg = at["femoral shaft"] - at["femoral metaphysis"], at["tibial metaphysis"] - at["tibial shaft"]
    lean = [np.rad2deg(np.arctan2(d[2], d[1])) for d in (thigh, leg)]
    return {
        **{f"{c}_joint_space_mm": float((at[f"{c} condyle"] - at[f"{c} plateau"])[1]) for c in COMPARTMENTS},
        "femorotibial_angle_deg": float(lean[0] - lean[1]),
        "insall_salvati": float(np.linalg.norm(lower - at["tibial tuberosity"]) / np.linalg.norm(upper - lower)),
    }


@lru_cache(maxsize=1)
def _cortex() -> dict[str, Floats]:
    """Thickness of the cortex at every vertex of the template, mm: thin over the joint's ends, 4 mm in the shaft."""
    f, t = bones()["femur"].vertices[:, 1], bones()["tibia"].vertices[:, 1]
    z, inwards = bones()["femur"].vertices[:, 2], -np.sign(bones()["femur"].vertices[:, 2])
    wall = 1.5 * (np.abs(z) < 16) * (f < 32) * np.clip(inwards * bones()["femur"].normals()[:, 2] * 2 - 0.6, 0, 1)
    plate = 1.2 * np.clip((bones()["tibia"].normals()[:, 1] - 0.5) / 0.4, 0, 1) * (t > -8)  # the joint's own
    return {
        "femur": wall + np.interp(f, [0, 4, 12, 45, 70, 95, 140], [0.5, 0.35, 0.25, 0.6, 2.0, 3.6, 4.5]),
        "tibia": plate + np.interp(-t, [-8, 10, 30, 55, 80, 128], [0.2, 0.25, 0.6, 1.6, 3.2, 4.5]),
        "fibula": np.interp(-bones()["fibula"].vertices[:, 1], [15, 33, 63, 128], [0.25, 0.4, 1.5, 2.2]),
        "patella": np.full(len(bones()["patella"].vertices), 0.4),
    }


def _mineral(
    shapes: dict[str, Mesh],
    patient: dict[str, Any],
    disease: Arthritis,
    seat: _Seat,
    scale: float,
    rng: np.random.Generator,
) -> tuple[Bone, ...]:
    """Give the shapes their cortex and spongy bone: dense under the joint, a scar where the growth plate was."""
    dense, sign = patient["bone_fraction"], _SIGN[disease.worse]
    scars = rng.uniform(0, 0.45, 2) * rng.uniform(0, 1)
    level = {"femur": rng.normal(33, 2), "tibia": rng.normal(-15, 1.5)}
    cup, tilt = rng.uniform(1, 5), rng.normal(0, 0.04)
    waves, phases = rng.normal(0, 0.25, (8, 2)), rng.uniform(0, 2 * np.pi, 8)  # no two spots are equally dense

    def spongy(name: str, depth: Floats, y: Floats, z: Floats, shaft: float) -> Floats:
        base = np.interp(depth, [0, 4, 14, 35, shaft, shaft + 30], [1.9, 1.5, 1.15, 0.8, 0.45, 0.1])
        worse = np.clip((sign * z - 5) / 8, 0, 1) * np.exp(-((np.maximum(depth, 0) / 7) ** 2))
        scar = level[name] + tilt * z + cup * np.cos(z / 9) * (1 if name == "femur" else 0.4)
        line = scars[0 if name == "femur" else 1] * np.exp(-(((y - scar) / 1.2) ** 2))
        patchy = 1 + 0.5 * np.sin(waves[:, 0, None] * y + waves[:, 1, None] * z + phases[:, None]).mean(axis=0)
        return np.asarray(dense * (base * patchy + line) * (1 + disease.sclerosis * worse))

    def femur(p: Floats) -> Floats:
        _, y, z = seat.template(p).T
        return spongy("femur", y - 1, y, z, 60)

    def tibia(p: Floats) -> Floats:
        y, z = p[:, 1] / scale, p[:, 2] / scale
        return spongy("tibia", plateau(np.zeros(1), np.clip(z, -36, 36)) - y, y, z, 55)

    fractions: dict[str, float | Fraction] = {
        "femur": femur,
        "tibia": tibia,
        "fibula": lambda p: dense * np.interp(-p[:, 1] / scale, [12, 30, 50, 80], [0.75, 0.7, 0.4, 0.1]),
        "patella": dense,
    }
    strong = 0.5 + 3.3 * dense
    out = []
    for name, mesh in shapes.items():
        cortex = _cortex()[name] * strong
        if name == "tibia":  # the plate under the worse compartment thickens
            v = bones()["tibia"].vertices
            cortex = cortex + 1.1 * disease.sclerosis * (v[:, 1] > -4) * np.clip((sign * v[:, 2] - 7) / 6, 0, 1)
        load = seat.turn @ [0.0, 1.0, 0.0] if name == "femur" else np.array([0.0, 1.0, 0.0])
        out.append(replace(bone(name, mesh, cortex, fractions[name], load), grain=_GRAIN))
    return tuple(out)


_TIP = np.deg2rad(7.0)  # the beam runs along the plateau, which falls backwards
REGION = Region(
    name="knee",
    views={
        "PA": View(
            "PA",
            np.array([[0, 0, -1.0], [np.sin(_TIP), -np.cos(_TIP), 0], [np.cos(_TIP), np.sin(_TIP), 0]]),
            np.array([0.0, 4.0, 0.0]),
            (150.0, 150.0),
            sid_mm=1830.0,
            oid_mm=60.0,
            swing_deg=(2.5, 5.0, 2.5),
            beam={"kvp": 1.15, "exposure_ugy": 1.5, "scatter_ratio": 1.5},
            outlined=outlines,
        ),
        "lateral": View(
            "LL",
            np.array([[-1.0, 0, 0], [0, -1.0, 0], [0, 0, 1.0]]),
            np.array([2.0, 13.0, 0.0]),
            (170.0, 136.0),
            oid_mm=70.0,
            swing_deg=(2.5, 3.0, 4.0),
            beam={"kvp": 1.15, "exposure_ugy": 1.5, "scatter_ratio": 1.5},
        ),
    },
    lesions=tuple(LESIONS),
    patient=patient,
    build=build,
    mix={None: 1.0, **dict.fromkeys(LESIONS, 0.0)},
)
