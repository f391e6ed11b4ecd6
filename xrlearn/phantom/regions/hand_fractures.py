"""Fractures of the hand: where they run, how their fragments move, and what goes with the fragments.

Sources. Where they lie and how their fragments stand follows Green, Operative Hand Surgery: apex dorsal in metacarpals,
where the interossei bend the shaft, apex volar in proximal phalanges. A Bennett fracture leaves the volar-ulnar corner
of the thumb's base in place while the shaft slides proximally and radially (Bennett, Dublin J Med Sci 1882). Those of
the distal radius are the wrist's (:mod:`.wrist`).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..cut import Surface, broken, cut, rough_surface
from ..meshes import Floats
from ..shape import Anatomy, Lesion, rotation, rotation_vector
from . import wrist
from .hand_bones import RAYS, unit

#: the hand with its fracture, and what it measures
Broken = tuple[Anatomy, dict[str, float]]


def _snapped(hand: Anatomy, name: str, surface: Surface, turn: Floats, shift: Floats, follow: float = 1.0) -> Broken:
    """Break one bone; what lies beyond goes with the fragment but turns only by the share `follow`."""
    ray = next(k for k, names in RAYS.items() if name in names)
    later = RAYS[ray][RAYS[ray].index(name) + 1 :]
    own = [b for b in hand.bones if b.name == name]
    crossed = min(own, key=lambda b: np.abs(surface.height(b.outer.vertices)).min())
    near, far, _ = broken(crossed, surface, turn, shift)
    above, below = (replace(surface, origin=surface.origin + mm * surface.normal) for mm in (1.2, -1.2))
    slab = cut(cut(crossed.outer, above)[0], below)[1]  # a face alone can lie edge-on between two pixels
    angle = rotation_vector(turn)
    degrees = float(np.rad2deg(np.linalg.norm(angle)))
    lean = rotation(angle, follow * degrees) if angle.any() else np.eye(3)
    joint = hand.landmarks[f"head of {name}"]
    drift = turn @ (joint - surface.origin) + surface.origin + shift - joint
    bones = [near, far]
    for b in hand.bones:
        if b.name in later:
            bones.append(b.moved(lean, drift, joint))
        elif b is not crossed:
            beyond = b.name == name and surface.height(b.outer.vertices).mean() > 0
            bones.append(b.moved(turn, shift, surface.origin) if beyond else b)
    landmarks = dict(hand.landmarks)
    landmarks[f"head of {name}"] = joint + drift
    for n in later:
        for end in ("base", "head"):
            landmarks[f"{end} of {n}"] = lean @ (landmarks[f"{end} of {n}"] - joint) + joint + drift
    told = {"fracture_angle_deg": degrees, "fracture_shift_mm": float(np.linalg.norm(shift))}
    return replace(hand, bones=tuple(bones), landmarks=landmarks, lesions=(Lesion(name, slab),)), told


def _axes(hand: Anatomy, name: str) -> tuple[Floats, Floats, Floats]:
    """Base of a bone, its head, and the unit vector from one to the other."""
    base, head = hand.landmarks[f"base of {name}"], hand.landmarks[f"head of {name}"]
    return base, head, unit(head - base)


def _across(hand: Anatomy, name: str, t: float, tilt_deg: float, rng: np.random.Generator, rough: float) -> Surface:
    """A surface through a bone at the share `t` of its length, tilted from square by `tilt_deg` in any direction."""
    base, head, axis = _axes(hand, name)
    about = np.cross(axis, rng.standard_normal(3))
    return rough_surface(base + t * (head - base), rotation(about, tilt_deg) @ axis, rng, rough)


def _slip(grade: float, axis: Floats, rng: np.random.Generator, step: float, short: float) -> Floats:
    """Shift of the distal fragment, mm: a gap of 0.15-0.6 at least, steps and shortening that grow with the grade."""
    side = np.cross(axis, rng.standard_normal(3))
    away = 0.15 + grade * rng.uniform(0.1, 0.45)
    return grade * rng.uniform(0.2, 1.0) * step * unit(side) + (away - grade * rng.uniform(0, short)) * axis


def _boxer(hand: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Broken:
    """Neck of the fifth or fourth metacarpal: the head tilts to the palm by up to 50 degrees, impacted."""
    name = f"metacarpal {5 if rng.random() < 0.75 else 4}"
    surface = _across(hand, name, rng.uniform(0.74, 0.8), rng.uniform(0, 18), rng, 0.9 * scale)
    axis = _axes(hand, name)[2]
    turn = rotation((1, 0, 0), 1 + grade * rng.uniform(14, 48)) @ rotation((0, 0, 1), grade * rng.normal(0, 9))
    return _snapped(hand, name, surface, turn, _slip(grade, axis, rng, 2.5 * scale, 3.5 * scale), follow=0.15)


def _shaft(hand: Anatomy, name: str, grade: float, scale: float, rng: np.random.Generator, apex: float) -> Broken:
    """A transverse, oblique or spiral fracture of a shaft; `apex` is 1 for apex dorsal, -1 for apex volar."""
    tilt = float(rng.choice([rng.uniform(0, 12), rng.uniform(30, 50), rng.uniform(55, 66)]))
    surface = _across(hand, name, rng.uniform(0.35, 0.65), tilt, rng, 0.7 * scale)
    axis = _axes(hand, name)[2]
    turn = rotation((1, 0, 0), apex * (0.5 + grade * rng.uniform(4, 24))) @ rotation(
        (0, 0, 1), grade * rng.normal(0, 8)
    )
    return _snapped(hand, name, surface, turn, _slip(grade, axis, rng, 3.0 * scale, 3.0 * scale), follow=0.8)


def _metacarpal(hand: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Broken:
    """Shaft of a metacarpal, apex dorsal."""
    name = f"metacarpal {rng.choice([1, 2, 3, 4, 5], p=[0.1, 0.15, 0.15, 0.25, 0.35])}"
    return _shaft(hand, name, grade, scale, rng, 1.0)


def _phalanx(hand: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Broken:
    """Shaft of a proximal phalanx (apex volar) or of a middle one."""
    ray = int(rng.choice([1, 2, 3, 4, 5], p=[0.12, 0.18, 0.2, 0.2, 0.3]))
    name = RAYS[ray][1 if ray == 1 or rng.random() < 0.65 else 2]
    return _shaft(hand, name, grade, scale, rng, -1.0)


def _tuft(hand: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Broken:
    """Tuft of a distal phalanx: small fragments, hardly turned, apart by up to 1.5 mm."""
    name = RAYS[int(rng.integers(1, 6))][-1]
    surface = _across(hand, name, rng.uniform(0.6, 0.85), rng.uniform(0, 35), rng, 0.6 * scale)
    axis = _axes(hand, name)[2]
    turn = rotation(rng.standard_normal(3), grade * rng.uniform(0, 14))
    shift = (0.15 + grade * rng.uniform(0.3, 1.3)) * axis + grade * rng.normal(0, 0.4, 3)
    return _snapped(hand, name, surface, turn, shift)


def _bennett(hand: Anatomy, grade: float, scale: float, rng: np.random.Generator) -> Broken:
    """Bennett: the volar-ulnar corner of the thumb's base stays; the shaft slides proximally and radially."""
    base, _, axis = _axes(hand, "metacarpal 1")
    ulnar = unit(np.array([-1.0, 0, -0.6]) - axis * (axis @ [-1.0, 0, -0.6]))
    surface = rough_surface(
        base + 2.5 * scale * ulnar + 3.0 * scale * axis, 0.75 * axis - 0.9 * ulnar, rng, 0.5 * scale
    )
    shift = (0.15 + grade * rng.uniform(0.5, 2.5)) * surface.normal - grade * rng.uniform(0.5, 4.0) * axis * scale
    return _snapped(hand, "metacarpal 1", surface, rotation((0, 0, 1), -grade * rng.uniform(0, 12)), shift)


#: lesions of the hand proper; those of the distal radius are the wrist's
LESIONS: dict[str, Callable[[Anatomy, float, float, np.random.Generator], Broken]] = {
    "boxer": _boxer,
    "metacarpal": _metacarpal,
    "phalanx": _phalanx,
    "tuft": _tuft,
    "bennett": _bennett,
}


def distal_radius(hand: Anatomy, adult: bool, grade: float, scale: float, rng: np.random.Generator) -> Anatomy:
    """A fracture of the distal radius as the wrist makes it; the landmarks of the hand follow the hand."""
    kind = rng.choice(["colles", "smith", "undisplaced"], p=[0.6, 0.1, 0.3]) if adult else "torus"
    still = ("base of radius", "base of ulna", "head of ulna")
    follow = {n if n.startswith("centre of") or n == "head of radius" else f"centre of {n}": n for n in hand.landmarks}
    renamed = {new: hand.landmarks[old] for new, old in follow.items()}
    out = wrist.LESIONS[str(kind)](replace(hand, landmarks=renamed), grade, scale, rng)
    moved = {old: out.landmarks[new] for new, old in follow.items()}
    return replace(out, landmarks=moved | {n: hand.landmarks[n] for n in still})
