"""Heel, lateral: the calcaneus, whose trabeculae tell of bone mineral density, and its fracture.

Body axes as in :mod:`.ankle_bones`: x forwards, y up, z to the outer side, from the top of the talar dome.

Sources. The calcaneus as an index of osteoporosis, its tensile arcades fading before its compressive ones: Jhamaria,
Lal, Udawat, Banerji and Kabra, J Bone Joint Surg Br 1983 (at which T-score each one goes is our choice). Bone density
by age and sex: :mod:`.density`; the T-score counts as measured on this heel. What a film shows follows it loosely: the
grade of the arcades and the density of the hip correlate at 0.31 (Pande, Pande, de Takats and McCloskey, J Orthop Surg
2005), heel and hip measured by absorptiometry at 0.67, which finds a porotic hip with an AUC of 0.84 (Fordham et al.,
Osteoporos Int 2000). Here one person's trabeculae differ from the next one's of the same density by :data:`_APART`
standard deviations, and each of their features by another :data:`_EACH`: together 0.85 (estimates). Boehler's angle of
20 to 40 degrees, and its fall in fractures: Boehler, J Bone Joint Surg 1931. The tongue fragment: Essex-Lopresti, Br J
Surg 1952. Stature: ANSUR 1988. Estimates: thickness of cortex and density of spongy bone, the distance of trabeculae,
the spread of Boehler's angle among the healthy, fat, swelling and how far a tongue sinks.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..cut import cut, rough_surface
from ..meshes import Floats, Mesh, joined
from ..region import Region, Streams, View
from ..shape import Anatomy, Bone, Grain, Lesion, bone, rotation, wobble
from .ankle_bones import AXIS, template
from .ankle_soft import soft
from .arcades import Arcade, followed
from .density import t_score, who_class

#: in the sagittal plane (x, y): posterior and anterior compressive, plantar and posterior tensile
_ARCADES = (
    Arcade(((-15, -21), (-27, -35), (-44, -50), (-57, -60)), 9.0, -5.5),
    Arcade(((-14, -22), (-6, -31), (3, -38), (11, -41)), 6.0, -4.6),
    Arcade(((-58, -50), (-48, -63), (-30, -61), (-10, -51), (8, -45)), 4.5, -3.0),
    Arcade(((-50, -27), (-59, -40), (-59, -56)), 4.5, -2.2),
)

_APART, _EACH = 0.6, 0.5


def jhamaria_grade(t_score: float) -> int:
    """Return a grade from 5 (all arcades there) to 1 (none): one less for every arcade of which half is gone.

    >>> [jhamaria_grade(t) for t in (0.0, -1.5, -2.5, -4.0, -5.0)]
    [5, 4, 3, 2, 1]
    """
    return 1 + sum(a.left(t_score) >= 0.5 for a in _ARCADES)


def spacing_mm(t_score: float) -> float:
    """Return the distance of trabeculae, mm: 0.6 in the young, a fifth more for every standard deviation lost."""
    return float(np.clip(0.6 * (1 - 0.2 * t_score), 0.45, 1.3))


def patient(rng: np.random.Generator, lesion: str | None) -> dict[str, Any]:
    """Draw an adult, whole or broken alike: neither age, sex nor swelling tells who broke the heel."""
    sex = "F" if rng.random() < 0.6 else "M"
    age = float(rng.uniform(22, 90))
    return {
        "age_years": round(age, 1),
        "sex": sex,
        "side": str(rng.choice(["L", "R"])),
        "stature_cm": round(float((175.6 if sex == "M" else 162.9) + rng.normal(0, 6.5)), 1),
        "t_score": round(float(np.clip(t_score(age, sex, rng), -5, 3)), 2),
        "boehler_deg": round(float(np.clip(rng.normal(31, 4.5), 21, 41)), 1),
        "fat_mm": round(float(np.exp(rng.normal(1.25, 0.35))), 1),
        "plantarflexion_deg": round(float(rng.normal(2, 6)), 1),
        "swelling_mm": round(float(rng.uniform(0, 6)), 1),
        "trabeculae_sd": round(float(rng.normal(0, _APART)), 2),
    }


def build(patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
    """Build one heel. See :class:`..region.Build`."""
    rng, scale, t = streams("shape"), patient["stature_cm"] / 172, patient["t_score"]
    # What density, arcades, lines and their distance make of the T-score.
    seen = np.clip(t + patient["trabeculae_sd"] + _EACH * streams("trabeculae").standard_normal(4), -5.5, 3.5).tolist()
    dense = float(np.clip(1 + 0.15 * seen[0], 0.3, 1.4))
    flexed = rotation((0, 0, 1), -patient["plantarflexion_deg"])
    bend = int(streams("bend").integers(2**31))  # the same for all bones, so that joints stay as they are
    bones, landmarks, arcades = [], {}, _Laid(seen[1], scale)
    for name, shape in template().items():
        if name == "toes":  # outside the film
            continue
        v = shape.vertices + wobble(shape.vertices, 0.3, 30.0, rng)
        v = v + wobble(shape.vertices, 0.8, 140.0, np.random.default_rng(bend))
        if name == "calcaneus":
            v = _set_boehler(v, patient["boehler_deg"])
            landmarks = {n: v[k] * scale for n, k in _spots().items()}
        made = bone(name, shape.with_vertices(v * scale), _cortex(name, v, dense), _sponge(name, dense, arcades, scale))
        if name == "calcaneus":
            made = replace(made, grain=_grain(*seen[2:]), load=arcades.load)
        bones.append(made)
    lesions: tuple[Lesion, ...] = ()
    if lesion is not None:
        bones, landmarks, lesions = _tongue(bones, landmarks, 1 - subtlety, scale, streams("lesion"))
    about = AXIS * scale
    turned = [b if b.name in ("tibia", "fibula") else b.moved(flexed, np.zeros(3), about) for b in bones]
    return Anatomy(
        tuple(turned),
        soft(patient, scale, streams("soft")),
        {n: flexed @ (p - about) + about for n, p in landmarks.items()},
        {
            "boehler_deg": boehler_angle(landmarks),
            "bone_density_t_score": t,
            "trabecular_spacing_mm": spacing_mm(seen[3]),
        },
        {
            "fracture": int(lesion is not None),
            "lesion": lesion or "none",
            "osteoporosis": who_class(t),
            "jhamaria": jhamaria_grade(seen[1]),
        },
        tuple(replace(x, surface=x.surface.moved(flexed, np.zeros(3), about)) for x in lesions),
        scale=scale,
    )


@lru_cache(maxsize=1)
def _spots() -> dict[str, int]:
    """The three highest points of Boehler's angle: vertices of the calcaneus."""
    v = template()["calcaneus"].vertices

    def highest(low: float, high: float) -> int:
        inside = np.flatnonzero((v[:, 0] > low) & (v[:, 0] < high))
        return int(inside[v[inside, 1].argmax()])

    return {
        "anterior process": highest(4, 30),
        "posterior facet": highest(-26, -12),
        "superior tuberosity": highest(-70, -52),
    }


def boehler_angle(at: dict[str, Floats]) -> float:
    """Return Boehler's angle, degrees: between the lines from the posterior facet forwards and back, in side view."""
    ahead = at["posterior facet"] - at["anterior process"]
    behind = at["posterior facet"] - at["superior tuberosity"]
    return float(np.rad2deg(np.arctan2(ahead[1], -ahead[0]) + np.arctan2(behind[1], behind[0])))


def _set_boehler(v: Floats, wanted_deg: float) -> Floats:
    """Turn the tuberosity about the posterior facet until Boehler's angle is as wanted."""
    at = {n: v[k] for n, k in _spots().items()}
    turn = rotation((0, 0, 1), wanted_deg - boehler_angle(at))
    weight = np.clip((-24 - v[:, 0]) / 22, 0, 1)[:, None]
    weight = weight * weight * (3 - 2 * weight)
    weight[_spots()["superior tuberosity"]] = 1.0
    return np.asarray(v + weight * ((v - at["posterior facet"]) @ (turn - np.eye(3)).T))


def _cortex(name: str, v: Floats, dense: float) -> Floats:
    """Thickness of the cortex, mm: shafts thick, the foot a shell, thickest under the talus and at the sole."""
    if name in ("tibia", "fibula"):
        return np.asarray(dense**0.6 * np.interp(v[:, 1], [-25, 2, 30, 60, 150], [0.8, 1.0, 1.4, 3.0, 4.5]))
    if name == "calcaneus":
        facet = np.exp(-(((v[:, 0] + 14) / 12) ** 2 + ((v[:, 1] + 22) / 7) ** 2))
        return np.asarray(dense**0.6 * (0.75 + 0.9 * facet))
    return np.full(len(v), (0.8 if name == "talus" else 0.5) * dense**0.6)


class _Laid:
    """What is left of the arcades, asked for the same points twice: how much bone, and which way it runs."""

    def __init__(self, t: float, scale: float) -> None:
        self._t, self._scale = t, scale
        self._last: tuple[Floats, tuple[Floats, Floats]] | None = None

    def at(self, points: Floats) -> tuple[Floats, Floats]:
        if self._last is None or not np.array_equal(self._last[0], points):
            self._last = points, followed(points[:, :2] / self._scale, _ARCADES, self._t)
        return self._last[1]

    def load(self, points: Floats) -> Floats:
        angle = self.at(points)[1]
        return np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)


def _sponge(name: str, dense: float, arcades: _Laid, scale: float) -> Any:
    """Spongy bone: in the calcaneus along the arcades, thin in the neutral triangle between them."""
    if name in ("tibia", "fibula"):
        return lambda p: 0.2 * dense * np.interp(p[:, 1] / scale, [-15, 2, 15, 45, 80], [1.1, 1.5, 1.1, 0.5, 0.08])
    if name != "calcaneus":
        return dense * (0.3 if name == "talus" else 0.24)
    return lambda p: 0.24 * dense * (0.3 + np.minimum(arcades.at(p)[0], 1.1))


def _grain(t: float, apart: float) -> Grain:
    """As density falls the cross-links go first: lines become fewer, longer to the eye and all one way."""
    return Grain(
        contrast=float(np.clip(0.42 - 0.06 * t, 0.3, 0.75)),
        cross=float(np.clip(0.5 + 0.13 * t, 0.05, 0.7)),
        length_mm=float(np.clip(1.8 - 0.3 * t, 1.4, 3.2)),
        width_mm=0.3 * spacing_mm(apart),
    )


def _tongue(
    bones: list[Bone], at: dict[str, Floats], grade: float, scale: float, rng: np.random.Generator
) -> tuple[list[Bone], dict[str, Floats], tuple[Lesion, ...]]:
    """Essex-Lopresti's tongue: the upper part with the facet sinks in front by 0.7 to 17 degrees, and is impacted."""
    level = rough_surface(np.array([-32, rng.uniform(-42, -36), 3]) * scale, [0.12, 1, 0.0], rng, 1.5, 0.004)
    front = rough_surface(np.array([rng.uniform(-7, -3), -30, 3]) * scale, [-1, 0.3, 0.1], rng, 1.4)
    turn = rotation((0, 0, 1), -(0.7 + grade * rng.uniform(5, 16)))
    hinge = at["superior tuberosity"] + np.array([-2, -8, 0]) * scale
    whole = next(b for b in bones if b.name == "calcaneus")

    def parts(mesh: Mesh) -> tuple[Mesh, Mesh, Mesh, tuple[Mesh, Mesh]]:
        below, above, face = cut(mesh, level)
        ahead, tongue, step = cut(above, front)
        return below, ahead, tongue, (face, step)

    (*outer, faces), (*inner, _) = parts(whole.outer), parts(whole.inner)
    below, ahead, tongue = (replace(whole, outer=o, inner=i) for o, i in zip(outer, inner))
    tongue = tongue.moved(turn, np.zeros(3), hinge)
    moved = {n: turn @ (p - hinge) + hinge if n != "anterior process" else p for n, p in at.items()}
    rest = [b for b in bones if b is not whole]
    face, step = faces
    opened = front.height(face.vertices[face.faces].mean(axis=1)) > 0  # before the step nothing moved
    # What there is to see is the line, and the facet that is missing where it was.
    top = outer[2]
    facet = (top.vertices[top.faces].mean(axis=1)[:, 0] > -34 * scale) & (top.normals()[top.faces[:, 0], 1] > 0.3)
    line = joined(
        [*(Mesh(m.vertices, np.ascontiguousarray(m.faces[k])) for m, k in ((face, opened), (top, facet))), step]
    )
    return [*rest, below, ahead, tongue], moved, (Lesion("calcaneus", line, "body"),)


_BEAM = {"kvp": 1.03, "exposure_ugy": 1.6, "scatter_ratio": 1.3}
REGION = Region(
    name="heel",
    views={
        "lateral": View(
            "LL",
            np.array([[-1.0, 0, 0], [0, -1, 0], [0, 0, 1]]),
            np.array([-16.0, -38.0, 0.0]),
            (112.0, 128.0),
            beam=_BEAM,
        )
    },
    lesions=("calcaneus",),
    patient=patient,
    build=build,
    mix={None: 0.85, "calcaneus": 0.15},
)
