"""A child's forearm: its growth plates, and what of the cartilage beyond them has become bone.

Sources. Capitellum, radial head, trochlea and olecranon appear as in :mod:`.forearm`; when each is of its full shape:
estimates.
"""

from dataclasses import replace

import numpy as np

from ..cut import Surface, cut, rough_surface
from ..meshes import Floats
from ..region import Streams
from ..shape import Anatomy, Bone
from .carpus import ossified
from .forearm_bones import elbow

#: growth plate -> how its edges bend towards the shaft, 1/mm: across the wide humerus they rise to the epicondyles
_BENDS = {"humerus": (-0.03, -0.018)}


def with_plates(arm: Anatomy, age: float, scale: float, streams: Streams) -> Anatomy:
    """Growth plates of a child, and of the cartilage beyond them only what has become bone.

    `age` is a boy's; each end has the age at which its centre appears and that at which it is of its full shape.
    """
    at = arm.landmarks
    ends: dict[str, tuple[Floats, Floats, float, float]] = {
        "radius": (np.array([0, 10.2 * scale, 0]), np.array([-0.1, -1, 0]), 1.2, 8.0),
        "ulna": (at["head of ulna"] + [0, 4.0 * scale, 0], np.array([0.0, -1, 0]), 6.0, 11.0),
        "radius head": (at["head of radius"] - [0, 4.0 * scale, 0], np.array([0.0, 1, 0]), 5.0, 10.0),
        "ulna tip": (at["tip of olecranon"] - [0, 5.0 * scale, 0], np.array([0, 0.9, 0.4]), 9.0, 13.0),
        "humerus": (at["centre of elbow"] + [0, 5.0 * scale, 0], np.array([0.05, -1.0, -0.25]), 1.0, 11.0),
    }
    bones = list(arm.bones)
    gap = float(np.interp(age, [3, 10, 16], [1.8, 1.2, 0.6]))
    for key, (origin, normal, first, full) in ends.items():
        name = key.split()[0]
        rng = streams(f"plate {key}")
        plate = rough_surface(origin, normal, rng, 0.5 * scale, rng.uniform(*_BENDS.get(key, (-0.03, 0.0))))
        near, far = (replace(plate, origin=plate.origin + mm * plate.normal) for mm in (-gap / 2, gap / 2))
        b = next(b for b in bones if b.name == name and np.abs(plate.height(b.outer.vertices)).min() < 2)
        rim = 0.4
        deeper, shallower = (replace(s, origin=s.origin + mm * s.normal) for s, mm in ((near, -rim), (far, rim)))
        shaft = replace(b, outer=cut(b.outer, near)[0], inner=cut(b.inner, deeper)[0])
        end = replace(b, outer=cut(b.outer, far)[1], inner=cut(b.inner, shallower)[1])
        bones = [shaft if x is b else x for x in bones]
        parts = [(end, first, full)]
        if name == "humerus":  # the capitellum grows first, the trochlea long after it
            between = Surface(at["centre of elbow"] + 5.5 * scale * elbow()[1], elbow()[1], 0.0, np.zeros((0, 5)))
            inner, outer = (
                replace(end, outer=cut(end.outer, between)[k], inner=cut(end.inner, between)[k]) for k in (0, 1)
            )
            parts = [(outer, first, full), (inner, 8.5, 12.5)]
        bones += [
            _ossified(part, float(np.clip((age - start) / (done - start), 0, 1)), normal)
            for part, start, done in parts
            if age > start
        ]
    return replace(arm, bones=tuple(bones))


def _ossified(end: Bone, filled: float, out: Floats) -> Bone:
    """What of an epiphysis is bone: round at first, and it comes to lie along its growth plate."""
    n, across = len(end.outer.vertices), 0.3 + 0.7 * filled**0.6
    whole = np.concatenate([end.outer.vertices, end.inner.vertices])
    out = out / np.linalg.norm(out)
    small = ossified(whole, across, across**0.7, out, 0.35)
    small += 0.6 * ((whole @ out).min() - (small @ out).min()) * out
    return replace(end, outer=end.outer.with_vertices(small[:n]), inner=end.inner.with_vertices(small[n:]))
