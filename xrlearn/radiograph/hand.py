"""The places on a hand film at which bone age is read: growth plates of the fingers, the carpus, the distal forearm.

They are those of Tanner and Whitehouse (Assessment of Skeletal Maturity and Prediction of Adult Height, 1975), and of
all five rays. A place is a square that lies, turns and grows with the bones beside it, so that a hand may be filmed
at any size and angle. Points are (row, column).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_RAYS = {
    ray: (
        f"metacarpal {ray}",
        *(f"{kind} phalanx {ray}" for kind in ("proximal", "middle", "distal")[:: 2 if ray == 1 else 1]),
    )
    for ray in range(1, 6)
}
#: landmarks by anatomical name
POINTS = (
    "head of radius", "head of ulna", "centre of capitate",
    *(f"{end} of {name}" for names in _RAYS.values() for name in names for end in ("base", "head")),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A square on the film.

    Attributes
    ----------
    name : str
    between : (str, str)
        It is centred between these points.
    down : (str, str)
        Its lower edge faces the way from the first of these points to the second: towards the elbow.
    size : float
        Its side, in distances between the points of `down`.
    """

    name: str
    between: tuple[str, str]
    down: tuple[str, str]
    size: float


def _places() -> tuple[Place, ...]:
    found = []
    for ray, names in _RAYS.items():
        first, tip = names[1], names[-1]
        down = (f"head of {first}", f"base of {first}")
        found.append(Place(f"mcp {ray}", (down[1], f"head of {names[0]}"), down, 1.0))
        if ray > 1:
            found.append(Place(f"pip {ray}", (f"base of {names[2]}", down[0]), down, 0.8))
        found.append(Place(f"dip {ray}", (f"base of {tip}",) * 2, down, 0.7))
    found.append(Place("cmc 1", ("base of metacarpal 1",) * 2, ("head of metacarpal 1", "base of metacarpal 1"), 0.9))
    palm = ("head of metacarpal 3", "base of metacarpal 3")
    found.append(Place("carpus", ("centre of capitate",) * 2, palm, 1.25))
    found.append(Place("forearm", ("head of radius", "head of ulna"), palm, 1.0))
    return tuple(found)


#: the fifteen places of the fingers, then the carpus and the distal forearm, which are drawn larger
PLACES = _places()
FINGERS = len(PLACES) - 2

_AT = {name: k for k, name in enumerate(POINTS)}
_BETWEEN = np.array([[_AT[n] for n in place.between] for place in PLACES])
_DOWN = np.array([[_AT[n] for n in place.down] for place in PLACES])
_SIZE = np.array([place.size for place in PLACES])


def squares(points: ArrayLike) -> tuple[Floats, Floats]:
    """Return where the places lie.

    Parameters
    ----------
    points : (..., 41, 2) array
        Landmarks in the order of :data:`POINTS`.

    Returns
    -------
    centre : (..., places, 2) array
    down : (..., places, 2) array
        From the centre to the middle of the lower edge.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> centre, down = squares(rng.uniform(0, 100, (41, 2)))
    >>> centre.shape, down.shape
    ((17, 2), (17, 2))
    """
    p = np.asarray(points, dtype=float)
    if p.shape[-2:] != (len(POINTS), 2):
        raise ValueError(f"points must be (..., {len(POINTS)}, 2), not {p.shape}")
    along = p[..., _DOWN[:, 1], :] - p[..., _DOWN[:, 0], :]
    return p[..., _BETWEEN, :].mean(-2), along * _SIZE[:, None] / 2
