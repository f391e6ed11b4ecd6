"""Fractures of the wrist: where they run, how their fragments move, and what goes with them.

Sources. Displacement of Colles' and Smith's fractures follows Lafontaine, Hardy and Delince, Injury 1989.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ..cut import Surface, broken, cut, rough_surface
from ..meshes import Floats, joined
from ..shape import Anatomy, Fraction, Lesion, rotation, rotation_vector


def parallel(surface: Surface, shift: float) -> Surface:
    """The same surface, shifted along its normal by `shift` mm."""
    return replace(surface, origin=surface.origin + shift * surface.normal)


def _displaced(wrist: Anatomy, surface: Surface, turn: Floats, shift: Floats, follow: float = 0.25) -> Anatomy:
    """Break the radius; the hand and its soft tissue follow the joint, but turn only by the share `follow`."""
    radius = [b for b in wrist.bones if b.name == "radius"]
    rest = [b for b in wrist.bones if b.name != "radius"]
    crossed = min(radius, key=lambda b: np.abs(surface.height(b.outer.vertices)).min())
    near, far, face = broken(crossed, surface, turn, shift)
    beyond = [b.moved(turn, shift, surface.origin) for b in radius if b is not crossed]

    def with_joint(points: Floats) -> Floats:
        return np.asarray((points - surface.origin) @ turn.T + surface.origin + shift)

    joint = np.zeros(3)
    angle = rotation_vector(turn) * follow
    lean = rotation(angle, np.rad2deg(np.linalg.norm(angle))) if angle.any() else np.eye(3)
    drift = with_joint(joint[None])[0] - joint
    bones = [near, far, *beyond, *(b if b.name == "ulna" else b.moved(lean, drift, joint) for b in rest)]
    soft = []
    for s in wrist.soft:
        v = s.surface.vertices
        weight = np.clip((surface.origin[1] + 15 - v[:, 1:2]) / 30, 0, 1)
        moved = v @ lean.T + drift
        soft.append(replace(s, surface=s.surface.with_vertices(v + weight * weight * (3 - 2 * weight) * (moved - v))))
    landmarks = {}
    for name, point in wrist.landmarks.items():
        if name in ("ulnar head", "ulnar styloid", "radial shaft"):
            landmarks[name] = point
        elif name.startswith("centre of"):
            landmarks[name] = lean @ point + drift
        else:
            landmarks[name] = with_joint(point[None])[0]
    lesions = (*wrist.lesions, Lesion("distal radius", face))
    return replace(wrist, bones=tuple(bones), soft=tuple(soft), landmarks=landmarks, lesions=lesions)


def _across(scale: float, rng: np.random.Generator, rough: float) -> Surface:
    """A surface across the metaphysis of the radius, 15-23 mm from the joint, oblique and rough.

    It seldom lies along the beam: both cortices are broken, but not at one level, and the line between them is faint.
    """
    normal = [rng.normal(0, 0.18), -1, rng.normal(0.2, 0.25)]
    return rough_surface([0, rng.uniform(15, 23) * scale, 0], normal, rng, rough, rng.uniform(-0.004, 0.016))


def _shattered(wrist: Anatomy, grade: float, side: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """Break pieces off the cortex that was crushed (`side` 1: dorsal, -1: volar), beside the break of the radius."""
    break_ = wrist.lesions[-1].surface.vertices.mean(axis=0)
    bones = list(wrist.bones)
    for _ in range(int(rng.binomial(3, 0.2 + 0.5 * grade))):
        whole = max((b for b in bones if b.name == "radius"), key=lambda b: len(b.outer.vertices) * rng.uniform(0.3, 1))
        v = whole.outer.vertices
        beyond = 1.0 if v[:, 1].mean() > break_[1] else -1.0
        rim = v[np.abs(v[:, 1] - break_[1]) < 5 * scale]
        if len(rim) < 20:
            continue
        top = rim[(side * rim[:, 2]).argmax()]
        lie = np.array([rng.normal(0, 0.6), -0.35 * beyond, side])
        face = rough_surface(top - [rng.normal(0, 5), 0, side * rng.uniform(2, 5)] * np.full(3, scale), lie, rng, 0.7)
        end = rough_surface([0, break_[1] + beyond * rng.uniform(5, 11) * scale, 0], [0, beyond, 0], rng, 0.8)
        chip = [cut(cut(mesh, face)[1], end)[0] for mesh in (whole.outer, whole.inner)]
        if len(chip[0].faces) < 12:
            continue
        left = [joined([cut(mesh, face)[0], cut(cut(mesh, face)[1], end)[1]]) for mesh in (whole.outer, whole.inner)]
        away = np.array([rng.normal(0, 0.6), rng.normal(0, 0.6), side * rng.uniform(0.1, 1.3)]) * grade * scale
        turn = rotation(rng.standard_normal(3), grade * rng.uniform(2, 12))
        piece = replace(whole, outer=chip[0], inner=chip[1]).moved(turn, away, top)
        bones = [replace(b, outer=left[0], inner=left[1]) if b is whole else b for b in bones] + [piece]
    return replace(wrist, bones=tuple(bones))


def _colles(wrist: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """Colles: dorsal tilt to 35 degrees, shortening to 6 mm, dorsal and radial shift; impacted."""
    surface = _across(scale, rng, 1.3)
    turn = rotation((0, 0, 1), grade * rng.uniform(0, 12)) @ rotation((1, 0, 0), -(1 + grade * rng.uniform(12, 34)))
    shift = grade * np.array([rng.uniform(0, 3), rng.uniform(1, 5), rng.uniform(0.5, 4.5)])
    return _shattered(_displaced(wrist, surface, turn, shift), grade, 1.0, scale, rng)


def _smith(wrist: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """Smith: volar tilt and shift, shortening."""
    surface = _across(scale, rng, 1.3)
    turn = rotation((0, 0, 1), grade * rng.uniform(0, 8)) @ rotation((1, 0, 0), 1 + grade * rng.uniform(10, 28))
    shift = grade * np.array([rng.uniform(0, 2), rng.uniform(1, 4), -rng.uniform(1, 6)])
    return _shattered(_displaced(wrist, surface, turn, shift), grade, -1.0, scale, rng)


def _undisplaced(wrist: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """A crack across the distal radius: it gapes by 0.15-1 mm, steps by up to 1 mm, tilts by up to 4 degrees."""
    surface = _across(scale, rng, 1.2)
    turn = rotation((0.8, 0, rng.normal(0, 1)), -grade * rng.uniform(0.5, 4))  # one side gapes, the other is impacted
    shift = np.array(
        [grade * rng.uniform(-0.8, 0.8), -0.15 - grade * rng.uniform(0.0, 0.85), grade * rng.uniform(0, 1)]
    )
    return _displaced(wrist, surface, turn, shift, follow=1.0)


def _torus(wrist: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """Torus: in a child the cortex buckles outwards, most of it dorsally, and the spongy bone behind is compressed."""
    level, width, height = rng.uniform(20, 28) * scale, rng.uniform(1.6, 2.6), 0.4 + grade * rng.uniform(1.2, 2.4)
    toward = np.deg2rad(rng.normal(90, 40))  # 90 is dorsal
    bones, lesions = [], []
    for b in wrist.bones:
        if b.name != "radius" or b.outer.vertices[:, 1].max() < level:
            bones.append(b)
            continue
        surfaces = []
        for mesh in (b.outer, b.inner):
            v = mesh.vertices
            x, z = v[:, 0] - v[:, 0].mean(), v[:, 2] - v[:, 2].mean()
            side = (0.65 + 0.35 * np.cos(np.arctan2(z, x) - toward)) * np.exp(-(((v[:, 1] - level) / width) ** 2))
            out = np.stack([x, 0 * x, z], 1) / np.maximum(np.hypot(x, z), 1e-6)[:, None]
            surfaces.append(mesh.with_vertices(v + (height * side)[:, None] * out))
        band = rough_surface([0, level + width, 0], [0, -1, 0], rng, 0.5)
        squeezed = cut(cut(surfaces[1], band)[1], parallel(band, 2 * width))[0]
        crushed = _denser(b.fraction, level, 1.6 * width, 0.4 + 1.2 * grade)
        bones.append(replace(b, outer=surfaces[0], inner=surfaces[1], fraction=crushed))
        lesions.append(Lesion("distal radius", squeezed))
    return replace(wrist, bones=tuple(bones), lesions=tuple(lesions))


def _denser(fraction: Any, level: float, width: float, gain: float) -> Fraction:
    """The fraction of spongy bone, raised by the factor 1 + `gain` in a band across the shaft at y = `level`."""
    return lambda p: fraction(p) * (1 + gain * np.exp(-(((p[:, 1] - level) / width) ** 2)))


def _scaphoid(wrist: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """Fracture of the scaphoid's waist: a gap of 0.15-1.4 mm, a step, and a humpback bend of up to 15 degrees."""
    whole = next(b for b in wrist.bones if b.name == "scaphoid")
    v = whole.outer.vertices
    long = np.linalg.eigh((v - v.mean(axis=0)).T @ (v - v.mean(axis=0)))[1][:, -1]
    long = long if long[1] < 0 else -long  # towards the distal pole
    normal = long + rng.normal(0, 0.15, 3)
    surface = rough_surface(v.mean(axis=0) + rng.normal(0, 1.5) * long, normal, rng, 0.5)
    shift = (0.15 + grade * rng.uniform(0.4, 1.25)) * long + grade * rng.normal(0, 0.4, 3)
    near, far, face = broken(whole, surface, rotation((1, 0, 0), grade * rng.uniform(0, 15)), shift)
    bones = (near, far, *(b for b in wrist.bones if b is not whole))
    return replace(wrist, bones=bones, lesions=(Lesion("scaphoid waist", face),))


LESIONS = {
    "colles": _colles,
    "smith": _smith,
    "undisplaced": _undisplaced,
    "torus": _torus,
    "scaphoid": _scaphoid,
}
