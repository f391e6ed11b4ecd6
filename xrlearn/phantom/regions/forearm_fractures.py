"""Fractures of the forearm and the elbow: where they run, how their fragments move, and what goes with them.

The arm arrives supinated with its elbow straight, as in :mod:`.forearm_bones`.

Sources. Extension type of supracondylar fractures, 95 % of them: Gartland, Surg Gynecol Obstet 1959. Necks and wedges
of the radial head: Mason, Br J Surg 1954. Third fragments in adults, at every second break of the distal humerus and
every third of olecranon and radial head: estimates. Greenstick fractures of children, which angulate more than they
step: Rang, Children's Fractures. Those of the distal radius are the wrist's (:mod:`.wrist_fractures`).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..cut import Surface, broken, cut, rough_surface
from ..meshes import Floats, Mesh, joined
from ..shape import Anatomy, Bone, Lesion, rotation
from . import wrist_fractures

#: the arm with its fracture, and what it measures
Broken = tuple[Anatomy, dict[str, float]]
#: (arm, grade 0 to 1, scale, whether it is a child's, chance) -> the same, broken
Fracture = Callable[[Anatomy, float, float, bool, np.random.Generator], Broken]
#: a second break: its surface, and how the fragment beyond it turns and shifts
Split = tuple[Surface, Floats, Floats]
#: landmark -> the bone that it moves with
OWNER = {
    "radial styloid": "radius",
    "head of radius": "radius",
    "head of ulna": "ulna",
    "tip of olecranon": "ulna",
    "centre of elbow": "ulna",
    "lateral epicondyle": "humerus",
    "medial epicondyle": "humerus",
    "shaft of humerus": "humerus",
}


def _towards(a: Floats, b: Floats) -> Floats:
    """The smallest rotation that turns the direction `a` into `b`."""
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis) / np.linalg.norm(a) / np.linalg.norm(b))
    return np.eye(3) if sine < 1e-9 else rotation(axis, float(np.rad2deg(np.arcsin(min(sine, 1.0)))))


def _slab(bone: Bone, surface: Surface, reach: float = 1.2) -> Mesh:
    """The layer of a bone about a cut: a face alone can lie edge-on between two pixels."""
    above, below = (replace(surface, origin=surface.origin + mm * surface.normal) for mm in (reach, -reach))
    return cut(cut(bone.outer, above)[0], below)[1]


def _crossed(arm: Anatomy, name: str, surface: Surface) -> Bone:
    """The piece of a bone (shaft or epiphysis) that a surface runs through."""
    own = [b for b in arm.bones if b.name == name]
    return min(own, key=lambda b: np.abs(surface.height(b.outer.vertices)).min())


def _snapped(
    arm: Anatomy,
    name: str,
    level: float,
    tilt: float,
    apex: Floats,
    step: Floats,
    rng: np.random.Generator,
    wedge: float = 0.0,
) -> Anatomy:
    """Break a shaft at y = `level`: both ends stay in their joints, the middle bows out by `apex`, the far part steps.

    With a `wedge` (mm) a third fragment comes off beside the break, and drifts by so much.
    """
    whole = max((b for b in arm.bones if b.name == name), key=lambda b: float(np.ptp(b.outer.vertices[:, 1])))
    v = whole.outer.vertices
    spot = v[np.abs(v[:, 1] - level) < 4].mean(axis=0)
    top, end = (v[np.abs(v[:, 1] - y) < 4].mean(axis=0) for y in (v[:, 1].max() - 5, v[:, 1].min() + 5))
    about = np.cross([0.0, 1, 0], rng.standard_normal(3))
    surface = rough_surface(spot, rotation(about, tilt) @ np.array([0.0, -1, 0]), rng, 0.9)
    slab = _slab(whole, surface)
    turn_far = _towards(spot - end, spot + apex - end)
    # broken() turns the far part about the fracture: this shift makes that a turn about its own far end, and a step
    near, far, _ = broken(whole, surface, turn_far, end - (turn_far @ (end - spot) + spot) + step)
    turn_near = _towards(spot - top, spot + apex - top)
    pieces = [near.moved(turn_near, np.zeros(3), top), far]
    if wedge > 0:
        away = np.cross(rng.standard_normal(3), [0.0, 1, 0])
        away /= np.linalg.norm(away)
        side = rough_surface(spot + 2.0 * away, away + np.array([0, 0.35, 0]), rng, 0.6)
        rest, chip, _ = broken(far, side, np.eye(3), np.zeros(3))
        short = rough_surface(spot - np.array([0, rng.uniform(9, 16), 0]), [0.0, -1, 0], rng, 0.6)
        kept, back = cut(chip.outer, short)[:2]
        kept_in, back_in = cut(chip.inner, short)[:2]
        drift = rotation(rng.standard_normal(3), 4 * wedge)
        piece = replace(chip, outer=kept, inner=kept_in).moved(drift, wedge * away, spot)
        pieces = [pieces[0], rest, replace(chip, outer=back, inner=back_in), piece]
    others = [b for b in arm.bones if b is not whole]
    return replace(arm, bones=(*pieces, *others), lesions=(*arm.lesions, Lesion(f"{name} shaft", slab)))


def _sideways(rng: np.random.Generator, mm: float) -> Floats:
    """A vector of `mm` across the forearm, in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return mm * np.array([np.cos(angle), 0, np.sin(angle)])


def _shafts(
    arm: Anatomy, names: tuple[str, ...], grade: float, scale: float, child: bool, rng: np.random.Generator
) -> Broken:
    """Break the shafts of one or both bones, in the middle or below; both bow the same way."""
    level = float(arm.landmarks["head of radius"][1] * rng.uniform(0.22, 0.65))
    bow = _sideways(rng, (0.5 + grade * rng.uniform(2, 13 if len(names) == 2 else 6)) * scale)
    most = 0.0
    for name in names:
        tilt = float(rng.choice([rng.uniform(0, 15), rng.uniform(20, 45), rng.uniform(45, 60)], p=[0.5, 0.3, 0.2]))
        step = _sideways(rng, grade * rng.uniform(0, 3 if child else 9) * scale)
        step[1] = 0.2 + grade * rng.uniform(-0.5, 1.2) + (0 if child else grade * rng.uniform(-1, 5)) * (len(names) - 1)
        apart = 0.0 if child or grade < 0.4 or rng.random() < 0.65 else grade * rng.uniform(1, 4)
        here = level + rng.normal(0, 9) * scale * (len(names) - 1)
        arm = _snapped(arm, name, here, tilt, bow + _sideways(rng, 0.5), step, rng, apart)
        most = max(most, float(np.linalg.norm(step)))
    half = arm.landmarks["head of radius"][1] - level, level
    angle = float(np.rad2deg(sum(np.arctan(np.linalg.norm(bow) / h) for h in half)))
    return arm, {"fracture_angle_deg": angle, "fracture_shift_mm": most}


def _both(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """Both bones."""
    return _shafts(arm, ("radius", "ulna"), grade, scale, child, rng)


def _radius(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """The shaft of the radius alone."""
    return _shafts(arm, ("radius",), grade, scale, child, rng)


def _ulna(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """The shaft of the ulna alone: a blow is parried (nightstick fracture)."""
    return _shafts(arm, ("ulna",), grade, scale, child, rng)


def _moved(
    arm: Anatomy, name: str, surface: Surface, turn: Floats, shift: Floats, lesion: str, split: Split | None = None
) -> Broken:
    """Break a bone; the part on the side of the surface's normal moves, and landmarks of it and its epiphyses too.

    With a `split` that part breaks once more, before it moves.
    """
    whole = _crossed(arm, name, surface)
    slab = _slab(whole, surface)
    still, gone, _ = broken(whole, surface, np.eye(3), np.zeros(3))
    parts = [gone]
    if split is not None:
        slab = joined([slab, _slab(gone, split[0])])
        parts = list(broken(gone, *split)[:2])
    bones = [still, *(part.moved(turn, shift, surface.origin) for part in parts)]
    for b in arm.bones:
        if b is not whole:
            beyond = b.name == name and surface.height(b.outer.vertices).mean() > 0
            bones.append(b.moved(turn, shift, surface.origin) if beyond else b)
    at = dict(arm.landmarks)
    for n, owner in OWNER.items():
        # the joint's axis stays where humerus and coronoid hold it, whatever becomes of the olecranon
        if n != "centre of elbow" and owner == name and surface.height(at[n][None])[0] > 0:
            at[n] = turn @ (at[n] - surface.origin) + surface.origin + shift
    angle = np.rad2deg(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
    told = {"fracture_angle_deg": float(angle), "fracture_shift_mm": float(np.linalg.norm(shift))}
    return replace(arm, bones=tuple(bones), landmarks=at, lesions=(Lesion(lesion, slab),)), told


def _comminuted(
    origin: Floats, normal: Floats | list[float], mm: float, scale: float, rng: np.random.Generator
) -> Split:
    """A second break, across the first: the fragment beyond it drifts by up to `mm` and turns a little."""
    surface = rough_surface(origin, normal, rng, 0.6 * scale)
    drift = (0.3 + mm * rng.uniform(0.2, 1.0)) * surface.normal + rng.normal(0, 0.2 * mm, 3)
    return surface, rotation(rng.standard_normal(3), 3.0 * mm * rng.uniform(0.2, 1.0)), drift * scale


def _supracondylar(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """Through the fossae of the humerus; the shaft moves forwards on the distal part, which tilts back."""
    middle = 0.5 * (arm.landmarks["lateral epicondyle"] + arm.landmarks["medial epicondyle"])
    origin = middle + np.array([0, rng.uniform(8, 15), 0]) * scale
    normal = [rng.normal(0.15, 0.12), 1.0, rng.normal(0.1, 0.15)]
    surface = rough_surface(origin, normal, rng, 1.0 * scale)
    flexion = -1.0 if rng.random() < 0.05 else 1.0
    turn = rotation((1, 0, 0), -flexion * (0.5 + grade * rng.uniform(4, 28))) @ rotation(
        (0, 0, 1), grade * rng.normal(0, 7)
    )
    shift = np.array(
        [grade * rng.normal(0, 3), 0.2 - grade * rng.uniform(-0.3, 4), -flexion * grade * rng.uniform(0, 9)]
    )
    split = None
    if not child and rng.random() < 0.5:  # between the condyles into the joint
        into = arm.landmarks["centre of elbow"] + np.array([rng.uniform(-2, 7), 0, 0]) * scale
        split = _comminuted(
            into, [rng.choice([-1.0, 1.0]), rng.normal(0, 0.2), rng.normal(0, 0.2)], 4 * grade, scale, rng
        )
    return _moved(arm, "humerus", surface, turn, shift * scale, "distal humerus", split)


def _olecranon(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """Across the notch of the ulna; triceps pulls the tip up by as much as 12 mm."""
    tip = arm.landmarks["tip of olecranon"]
    origin = tip - np.array([0, rng.uniform(9, 17), rng.uniform(0, 6)]) * scale
    surface = rough_surface(origin, [rng.normal(0, 0.15), 1, rng.normal(0.1, 0.25)], rng, 0.8 * scale)
    shift = (
        np.array([grade * rng.normal(0, 0.7), 0.3 + grade * rng.uniform(0.8, 11), grade * rng.uniform(0, 2)]) * scale
    )
    turn = rotation((1, 0, 0), grade * rng.uniform(0, 16))
    split = None
    if not child and rng.random() < 0.3:
        into = 0.5 * (tip + origin) + np.array([0, 0, rng.normal(0, 2)]) * scale
        split = _comminuted(into, [rng.normal(0, 0.4), 0.7, rng.choice([-1.0, 1.0])], 2.5 * grade, scale, rng)
    return _moved(arm, "ulna", surface, turn, shift, "olecranon", split)


def _radial_head(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """The neck tilts by up to 40 degrees (all children), or a wedge of the head sinks by up to 4 mm."""
    head = arm.landmarks["head of radius"]
    outer = np.array([1.0, 0, -0.5]) / np.hypot(1, 0.5)
    if child or rng.random() < 0.45:
        surface = rough_surface(head - np.array([0, rng.uniform(9, 13), 0]) * scale, [0.1, 1, 0], rng, 0.6 * scale)
        turn = rotation((0.5, 0, -1.0), 0.5 + grade * rng.uniform(4, 36))
        shift = np.array([grade * rng.uniform(0, 2.5), 0.1 - grade * rng.uniform(0, 1.5), 0])
    else:
        surface = rough_surface(head + 2.5 * outer * scale, outer + np.array([0, 0.35, 0]), rng, 0.5 * scale)
        turn = rotation((0, 0, 1), -grade * rng.uniform(0, 14))
        shift = (0.25 + grade * rng.uniform(0.2, 1.5)) * outer - np.array([0, grade * rng.uniform(0.5, 4), 0])
    split = None
    if not child and rng.random() < 0.3:
        across = [rng.normal(0, 1.0), 0.2, rng.normal(0, 1.0)]
        split = _comminuted(head + rng.normal(0, 2, 3) * scale, across, 2.0 * grade, scale, rng)
    return _moved(arm, "radius", surface, turn, shift * scale, "head of radius", split)


def _distal(arm: Anatomy, grade: float, scale: float, child: bool, rng: np.random.Generator) -> Broken:
    """The distal radius as the wrist breaks it; in children a torus, or the metaphysis tilts; the ulna may go too."""
    kinds, shares = (
        (["torus", "colles"], [0.5, 0.5]) if child else (["colles", "smith", "undisplaced"], [0.65, 0.12, 0.23])
    )
    kind = str(rng.choice(kinds, p=shares))
    half = 0.5 * arm.landmarks["head of radius"][1]
    upper = tuple(b for b in arm.bones if b.outer.vertices[:, 1].min() > half)
    lower = tuple(b for b in arm.bones if b.outer.vertices[:, 1].min() <= half)
    still = {n: p for n, p in arm.landmarks.items() if n != "radial styloid"}
    hand = replace(arm, bones=lower, landmarks={"radial styloid": arm.landmarks["radial styloid"]})
    hand = wrist_fractures.LESIONS[kind](hand, grade, scale, rng)
    arm = replace(hand, bones=(*hand.bones, *upper), landmarks=hand.landmarks | still)
    if rng.random() < 0.35 and kind in ("colles", "smith"):  # the ulna breaks beside it
        step = _sideways(rng, grade * rng.uniform(0, 3) * scale)
        arm = _snapped(arm, "ulna", rng.uniform(18, 34) * scale, rng.uniform(0, 20), 0.2 * step, step, rng)
        parts = tuple(replace(x, name="distal radius") for x in arm.lesions)
        arm = replace(arm, lesions=(Lesion("distal radius", joined([x.surface for x in parts])),))
    return arm, {}


LESIONS: dict[str, Fracture] = {
    "distal_radius": _distal,
    "both_bones_shaft": _both,
    "radius_shaft": _radius,
    "ulna_shaft": _ulna,
    "supracondylar": _supracondylar,
    "olecranon": _olecranon,
    "radial_head": _radial_head,
}
