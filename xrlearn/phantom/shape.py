"""Bones and bodies: how one patient's anatomy is held, and how it differs from the next patient's."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numba import njit

from .meshes import Floats, Mesh

#: direction of the load (unit vectors, n x 3) at points (n x 3, mm, body axes)
Load = Callable[[Floats], Floats]
#: bone volume over total volume at points (n x 3) -> (n,)
Fraction = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Grain:
    """How spongy bone looks on a film.

    Parameters
    ----------
    contrast : float
        Strength of the lines against the mean, for spongy bone 2 trabeculae per millimetre deep.
    cross : float
        Strength of the lines at right angles to the load, against 1 for those along it: 0 all along, 1 no direction.
    length_mm, width_mm : float
        Half the length of a line, and the blur that makes it wide.
    """

    contrast: float = 0.33
    cross: float = 0.55
    length_mm: float = 1.1
    width_mm: float = 0.12


@dataclass(frozen=True, eq=False)
class Bone:
    """One bone, or one fragment of it, in body axes (mm).

    Parameters
    ----------
    name : str
        Anatomical name; fragments of one bone share it.
    outer, inner : Mesh
        Periosteal surface, and the surface between cortex and spongy bone.
    fraction : float or Fraction
        Bone volume over total volume of the spongy bone inside (0.05 osteoporotic to 0.35 dense; 0 in a shaft).
    load : (3,) array or Load
        Direction that the trabeculae follow.
    grain : Grain
        How they look.
    middle : (3,) array
        A point in the middle of the whole bone; that of `outer` unless given.
    home : ((3, 3) array, (3,) array)
        Turn and shift since the bone was whole: a point x of it was at ``(x - shift) @ turn``. Fragments that share a
        name share one texture, which each carries along.
    """

    name: str
    outer: Mesh
    inner: Mesh
    fraction: float | Fraction = 0.15
    load: Floats | Load = field(default_factory=lambda: np.array([0.0, 1.0, 0.0]))
    grain: Grain = Grain()
    middle: Floats = field(default_factory=lambda: np.empty(0))
    home: tuple[Floats, Floats] = field(default_factory=lambda: (np.eye(3), np.zeros(3)))

    def __post_init__(self) -> None:
        """Find the middle of a bone that is whole."""
        if not self.middle.size:
            object.__setattr__(self, "middle", self.outer.vertices.mean(axis=0))

    def moved(self, rotation: Floats, translation: Floats, about: Floats | None = None) -> "Bone":
        """Turn and shift both surfaces; the load, the fraction and the texture go with them."""
        c = np.zeros(3) if about is None else np.asarray(about, float)

        def home(points: Floats) -> Floats:
            return (points - c - translation) @ rotation + c

        load: Any = self.load
        fraction: Any = self.fraction
        if callable(load):
            ask_load = load
            load = lambda p: ask_load(home(p)) @ rotation.T  # noqa: E731
        else:
            load = rotation @ load
        if callable(fraction):
            ask_fraction = fraction
            fraction = lambda p: ask_fraction(home(p))  # noqa: E731
        turn, shift = self.home
        return replace(
            self,
            outer=self.outer.moved(rotation, translation, about),
            inner=self.inner.moved(rotation, translation, about),
            fraction=fraction,
            load=load,
            middle=rotation @ (self.middle - c) + c + translation,
            home=(rotation @ turn, rotation @ (shift - c) + c + translation),
        )


@dataclass(frozen=True, eq=False)
class Soft:
    """A soft body in body axes: its surface and its kind.

    Kinds are ``"skin"`` (filled with fat), ``"muscle"``, ``"fat"`` (planes that cut muscle) and ``"gas"`` (bowel); a
    ``"lung"`` is mostly air but for the ``"organ"`` in it (heart, dome of the diaphragm, vessels).
    """

    surface: Mesh
    kind: str


@dataclass(frozen=True, eq=False)
class Extra:
    """Something that is not the patient: its surface and its material (see :mod:`.physics`), in body axes."""

    surface: Mesh
    material: str


@dataclass(frozen=True, eq=False)
class Lesion:
    """What the learner has to find: its name and the surface (closed or not) that its mask is drawn from.

    `within` says where the mask may reach: the ``"bones"``, or the whole ``"body"`` for a lesion of soft tissue.
    """

    name: str
    surface: Mesh
    within: str = "bones"


@dataclass(frozen=True, eq=False)
class Focus:
    """A part of the bones that lost mineral (`share` below 0) or gained some (above 0).

    `share` is a bone volume over total volume: -0.2 takes all spongy bone of that density out of the closed `surface`.
    """

    surface: Mesh
    share: float


@dataclass(frozen=True, eq=False)
class Anatomy:
    """One patient's region in three dimensions, before any view is chosen (body axes, mm, degrees).

    `scale` says how much larger than in the view's numbers the field is, and how much further from the origin its
    centre: the field follows the size of the patient.
    """

    bones: tuple[Bone, ...]
    soft: tuple[Soft, ...]
    landmarks: dict[str, Floats]
    measurements: dict[str, float]
    labels: dict[str, int | float | str]
    lesions: tuple[Lesion, ...] = ()
    extras: tuple[Extra, ...] = ()
    holes: tuple[Mesh, ...] = ()  # channels through bone: vessels, screw tracks
    foci: tuple[Focus, ...] = ()  # disease that thins the bone or thickens it
    scale: float = 1.0


def bone(
    name: str, outer: Mesh, cortex: Floats | float, fraction: float | Fraction, load: Floats | Load | None = None
) -> Bone:
    """Make a bone from its outer surface and the thickness of its cortex (mm; one number or one per vertex).

    The inner surface is the outer one moved inwards; `load` is the long axis of the bone unless given.
    """
    shift = outer.normals() * np.reshape(cortex, (-1, 1))
    if load is None:
        centred = outer.vertices - outer.vertices.mean(axis=0)
        load = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    return Bone(name, outer, outer.with_vertices(outer.vertices - shift), fraction, load)


def rotation(axis: tuple[float, float, float] | Floats, degrees: float) -> Floats:
    """Return the rotation by `degrees` about `axis` (right-hand rule), 3 x 3.

    >>> rotation((0, 0, 1), 90) @ np.array([1.0, 0, 0])
    array([0., 1., 0.])
    """
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    a = np.deg2rad(degrees)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray((np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k).round(15))


def rotation_vector(turn: Floats) -> Floats:
    """Return axis times angle (radians) of a rotation by less than 180 degrees.

    >>> rotation_vector(rotation((0, 0, 1), 90)).round(6)
    array([0.      , 0.      , 1.570796])
    """
    v = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2
    sine = np.linalg.norm(v)
    return np.asarray(v if sine < 1e-12 else v / sine * np.arctan2(sine, (np.trace(turn) - 1) / 2))


def wobble(points: Floats, amount_mm: float, wavelength_mm: float, rng: np.random.Generator, waves: int = 4) -> Floats:
    """Return a smooth random displacement (n x 3 mm, root mean square `amount_mm`) of points: free-form variation."""
    direction = rng.standard_normal((waves, 3))
    direction *= (2 * np.pi / wavelength_mm) / np.linalg.norm(direction, axis=1, keepdims=True)
    direction *= rng.uniform(0.5, 1.0, (waves, 1))
    amplitude = rng.standard_normal((waves, 3)) * amount_mm * np.sqrt(2 / waves)
    return _waves(np.ascontiguousarray(points), direction, rng.uniform(0, 2 * np.pi, waves), amplitude)


@njit(cache=True)
def _waves(p, k, phase, amplitude):  # type: ignore[no-untyped-def]  # compiled
    out = np.zeros_like(p)
    for i in range(p.shape[0]):
        for w in range(k.shape[0]):
            s = np.sin(k[w, 0] * p[i, 0] + k[w, 1] * p[i, 1] + k[w, 2] * p[i, 2] + phase[w])
            for c in range(3):
                out[i, c] += s * amplitude[w, c]
    return out
