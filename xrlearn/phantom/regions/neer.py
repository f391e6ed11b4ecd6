"""Neer's rule for fractures of the proximal humerus, as a function of how four segments moved.

C. S. Neer, Displaced proximal humeral fractures. I. Classification and evaluation, J Bone Joint Surg Am 1970: the
humerus breaks into head, greater tuberosity, lesser tuberosity and shaft. A segment counts as a part only when it is
displaced by more than 1 cm or turned by more than 45 degrees; a fracture in which none is, is minimally displaced: one
part, however many lines run through it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..meshes import Floats
from ..shape import rotation_vector

SEGMENTS = ("head", "greater tuberosity", "lesser tuberosity", "shaft")
#: what :func:`neer` may say; the first five are the classes of Chung et al., Acta Orthop 2018
CLASSES = (
    "normal",
    "greater_tuberosity",
    "surgical_neck",
    "three_part",
    "four_part",
    "one_part",
    "lesser_tuberosity",
    "other_two_part",
)
FAR_MM, TURNED_DEG = 10.0, 45.0


@dataclass(frozen=True, eq=False)
class Motion:
    """Where a rigid segment went: the point x is now at ``turn @ x + shift`` (mm)."""

    turn: Floats = field(default_factory=lambda: np.eye(3))
    shift: Floats = field(default_factory=lambda: np.zeros(3))

    def __call__(self, points: Floats) -> Floats:
        """Return where points (3 or n x 3) went."""
        return np.asarray(points @ self.turn.T + self.shift)


def about(point: Floats, turn: Floats, shift: Floats) -> Motion:
    """Return the motion that turns about `point`, then shifts.

    >>> about(np.ones(3), np.diag([-1.0, -1.0, 1.0]), np.zeros(3))(np.ones(3))
    array([1., 1., 1.])
    """
    return Motion(turn, point - turn @ point + shift)


def displacement(a: Motion, b: Motion, joint: Floats) -> tuple[float, float]:
    """Return how far (mm) and by what angle (degrees) two segments came apart at the point that both shared.

    >>> displacement(Motion(), Motion(shift=np.array([3.0, 4.0, 0.0])), np.zeros(3))
    (5.0, 0.0)
    """
    turn = np.rad2deg(np.linalg.norm(rotation_vector(a.turn.T @ b.turn)))
    return float(np.linalg.norm(a(joint) - b(joint))), float(turn)


def neer(motions: Mapping[str, Motion], joints: Mapping[tuple[str, str], Floats], broken: bool) -> tuple[int, str]:
    """Return the number of parts (1 to 4) and the class (one of :data:`CLASSES`).

    Parts are the groups of segments that are left when neighbours that came apart by more than 1 cm or 45 degrees are
    no longer joined.

    Parameters
    ----------
    motions : mapping
        Segment -> its motion.
    joints : mapping
        Pair of neighbouring segments -> a point (3,) on the surface between them, before they moved.
    broken : bool
        Whether there is a fracture at all.

    Examples
    --------
    >>> rest = {s: Motion() for s in SEGMENTS}
    >>> joints = {(SEGMENTS[0], s): np.zeros(3) for s in SEGMENTS[1:]}
    >>> neer(rest, joints, broken=True)
    (1, 'one_part')
    >>> neer(rest | {"shaft": Motion(shift=np.array([0.0, 0.0, -11.0]))}, joints, broken=True)
    (2, 'surgical_neck')
    """
    group = {s: {s} for s in SEGMENTS}
    for (a, b), joint in joints.items():
        far, turned = displacement(motions[a], motions[b], joint)
        if far <= FAR_MM and turned <= TURNED_DEG:
            together = group[a] | group[b]
            group.update(dict.fromkeys(together, together))
    parts = {frozenset(g) for g in group.values()}
    if len(parts) == 1:
        return 1, "one_part" if broken else "normal"
    if len(parts) > 2:
        return len(parts), "three_part" if len(parts) == 3 else "four_part"
    alone = {next(iter(p)) for p in parts if len(p) == 1}
    named = {
        "greater tuberosity": "greater_tuberosity",
        "lesser tuberosity": "lesser_tuberosity",
        "shaft": "surgical_neck",
    }
    return 2, next((named[s] for s in alone if s in named), "other_two_part")
