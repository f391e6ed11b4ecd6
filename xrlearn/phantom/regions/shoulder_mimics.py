"""What may be taken for a fracture of the proximal humerus: an old healed one of its neck or of its greater tuberosity,
osteophytes of a worn joint, a calcified tendon, a vessel's channel.

The shares are estimates, but for calcific tendinitis, which Louwerens et al. (J Shoulder Elbow Surg 2015) saw in 8 to
10 percent of shoulders without complaints.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ..meshes import Mesh, ellipsoid
from ..shape import Anatomy, Extra, Focus, rotation, wobble
from ..tissue import smooth_tube
from .neer import Motion

_HEALED = 0.4  # share of whole shoulders with an old fracture, of the surgical neck or of the greater tuberosity
_HEALED_FROM = 35.0  # years


def healed(humerus: Mesh, scale: float, age: float, rng: np.random.Generator) -> tuple[Mesh, Focus | None]:
    """Return the humerus as an old fracture left it, if there was one, and the dense scar of it.

    Shaft or tuberosity healed aside with callus, by up to 18 mm: in old people a displaced one is often left to heal as
    it stands. The angle of the head is the patient's.
    """
    happens, low, amount = rng.random(), rng.uniform(-34, -24), rng.uniform(2.0, 18.0)
    if happens > _HEALED or age < _HEALED_FROM:
        return humerus, None
    if happens < 0.4 * _HEALED:
        return _tuberosity(humerus, scale, 0.6 * amount, rng)
    v = humerus.vertices.copy()
    y = v[:, 1] / scale
    aside = 1 / (1 + np.exp((y - low) / 4))
    callus = rng.uniform(0.8, 2.2) * np.exp(-(((y - low) / 9) ** 2))
    v += humerus.normals() * (callus * scale)[:, None]
    v += scale * aside[:, None] * np.array([rng.normal(0, 2.0), 0.35 * amount, -amount])
    scar = ellipsoid((24.0, rng.uniform(2.5, 5.0), 24.0)).moved(rotation((1, 0, 0), rng.normal(0, 14)), np.zeros(3))
    scar = scar.with_vertices(scale * (scar.vertices + wobble(scar.vertices, 2.2, 22.0, rng) + [0.0, low, 0.0]))
    return humerus.with_vertices(v), Focus(scar, rng.uniform(0.02, 0.07))


def _tuberosity(humerus: Mesh, scale: float, amount: float, rng: np.random.Generator) -> tuple[Mesh, Focus]:
    """The greater tuberosity healed higher and further out, or further behind."""
    v = humerus.vertices.copy()
    away = np.linalg.norm((v / scale - [-4.0, -3.0, 19.0]) / [15.0, 17.0, 9.0], axis=1)
    weight = np.clip(1.6 - away, 0, 1)[:, None]
    way = np.array([rng.uniform(-0.9, 0.1), rng.uniform(0.2, 0.9), rng.uniform(0.0, 0.5)])
    v += scale * weight * amount * way / np.linalg.norm(way)
    scar = ellipsoid((14.0, 16.0, rng.uniform(1.5, 3.5))).moved(rotation((1, 0, 0), rng.normal(-8, 8)), np.zeros(3))
    scar = scar.with_vertices(scale * (scar.vertices + wobble(scar.vertices, 1.5, 16.0, rng) + [-3.0, -3.0, 13.5]))
    return humerus.with_vertices(v), Focus(scar, rng.uniform(0.02, 0.07))


def with_mimics(
    shoulder: Anatomy, arm: Motion, patient: dict[str, Any], scale: float, rng: np.random.Generator
) -> Anatomy:
    """Add the channel of the nutrient vessel and a calcified tendon, to whole shoulders and broken ones alike."""
    vessel, calcified = rng.random(2) < (0.35, 0.1)
    extras, holes = shoulder.extras, shoulder.holes
    if vessel:
        y = np.linspace(0, rng.uniform(10, 18), 6)
        channel = np.stack([y, 0.25 * y, 0 * y + 4.0, 0 * y + 2.0, 0 * y + 0.6], 1)
        spot = arm(scale * np.array([0.0, rng.uniform(-150, -120), rng.normal(0, 4)]))
        holes = (*holes, smooth_tube(channel, step_mm=2.0, squareness=2.0).moved(arm.turn, spot))
    if calcified and patient["age_years"] > 30:
        lump = ellipsoid((3.0, 1.2 + rng.exponential(1.0), rng.uniform(3, 8)))
        lump = lump.with_vertices(lump.vertices + wobble(lump.vertices, 0.5, 9.0, rng))
        at = arm(scale * np.array([-2.0, 20.0, rng.uniform(14, 20)]))
        extras = (*extras, Extra(lump.moved(arm.turn @ rotation((1, 0, 0), 35), at), "bone"))
    if rng.random() < 0.2 * np.clip((patient["age_years"] - 45) / 25, 0, 1):
        # osteophytes of a worn joint: a beard below the head
        beard = ellipsoid((1.8, rng.uniform(2.5, 5.0), rng.uniform(2.0, 3.5)))
        beard = beard.with_vertices(scale * (beard.vertices + wobble(beard.vertices, 0.6, 10.0, rng)))
        at = arm(scale * np.array([rng.normal(0, 3), -19.5 + rng.normal(0, 1.0), -12.5]))
        extras = (*extras, Extra(beard.moved(arm.turn @ rotation((1, 0, 0), -30), at), "bone"))
    return replace(shoulder, extras=extras, holes=holes)
