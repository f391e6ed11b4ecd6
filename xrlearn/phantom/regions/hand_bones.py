"""The bones of a hand, laid flat: adult shapes, their growth plates cut, and what of them a child shows.

Body axes are those of the wrist (:mod:`.wrist`): of a right hand x to the thumb, y towards the elbow, z dorsal.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ..cut import cut, rough_surface
from ..meshes import Floats, Mesh, load, thinned
from ..shape import rotation, wobble
from .carpus import ossified as shrunk
from .hand_growth import CENTRES
from .wrist import adult_bones

_PHALANGES = {"proximal": "proxph", "middle": "midph", "distal": "distph"}
#: ray -> its bones from the wrist to the tip
RAYS: dict[int, tuple[str, ...]] = {
    ray: (f"metacarpal {ray}", *(f"{k} phalanx {ray}" for k in _PHALANGES if ray > 1 or k != "middle"))
    for ray in range(1, 6)
}
#: the scanned hand is cupped; flat on the table its metacarpals fan out by so many degrees more (ray -> to the thumb)
_FAN_DEG = {1: 3.0, 2: 5.0, 3: 0.5, 4: -4.0, 5: -9.0}
#: thickness of the adult epiphysis, mm
_EPIPHYSIS_MM = {"metacarpal": 8.5, "proximal": 5.0, "middle": 4.2, "distal": 3.6, "radius": 11.5, "ulna": 10.5}


@dataclass(frozen=True, eq=False)
class Shape:
    """One adult bone.

    Parameters
    ----------
    whole : Mesh
        In one piece.
    base, head : (3,) arrays
        Middle of its proximal and of its distal end.
    shaft, end : Mesh, optional
        The same bone, cut where its growth plate was.
    plate, out : (3,) arrays, optional
        Middle of the growth plate, and the direction from there to the epiphysis.
    """

    whole: Mesh
    base: Floats
    head: Floats
    shaft: Mesh | None = None
    end: Mesh | None = None
    plate: Floats | None = None
    out: Floats | None = None

    @cached_property
    def girth_mm(self) -> float:
        """Side of the square that its mean section would fill."""
        return float(np.sqrt(self.whole.volume() / np.linalg.norm(self.head - self.base)))

    def along(self, points: Floats) -> Floats:
        """Return how far along the bone points lie: 0 at its base, 1 at its head."""
        axis = self.head - self.base
        return np.asarray((points - self.base) @ axis / (axis @ axis))


def unit(v: Floats) -> Floats:
    """Return a vector of length 1 in the direction of `v`."""
    return np.asarray(v / np.linalg.norm(v))


def _tip(mesh: Mesh, depth_mm: float) -> Floats:
    """Middle of the distal end: of the vertices within `depth_mm` of the tip, at that depth."""
    y = mesh.vertices[:, 1]
    at = mesh.vertices[y < y.min() + depth_mm].mean(axis=0)
    return np.array([at[0], y.min() + depth_mm, at[2]])


@lru_cache(maxsize=1)
def shapes() -> dict[str, Shape]:
    """Return all adult bones by anatomical name, fingers straight and side by side on the table."""
    adult = adult_bones()
    out = {}
    for name in ("radius", "ulna"):
        v = adult[name].vertices
        y, end = v[:, 1], v[:, 1].min() if name == "ulna" else 0.0
        base, head = (v[np.abs(y - at) < 4].mean(axis=0) for at in (y.max() - 4, end + 4))
        level = end + _EPIPHYSIS_MM[name] + (2.0 if name == "ulna" else 0.0)  # the styloid reaches beyond the head
        mesh = thinned(adult[name], 1.3)  # the shaft is long and smooth
        out[name] = _plated(name, mesh, base, head, np.array([head[0], level, head[2]]), np.array([0.0, -1, 0]))
    for name in CENTRES:
        if name in adult and name not in out:
            centre = adult[name].vertices.mean(axis=0)
            out[name] = Shape(adult[name], centre, centre)
    for ray, names in RAYS.items():
        placed = [adult[f"{ray}mc"]]
        for name in names[1:]:  # the origin of a phalanx is the centre of its joint
            kind = name.split()[0]
            mesh = load(f"thumb{kind[:4]}" if ray == 1 else f"{ray}{_PHALANGES[kind]}")
            placed.append(mesh.moved(np.eye(3), _tip(placed[-1], 6.0 if len(placed) == 1 and ray > 1 else 4.0)))
        joint = _tip(placed[0], 6.0)
        if ray > 1:
            _, y, z = _tip(placed[-1], 4.0) - joint
            flat = rotation((1, 0, 0), np.rad2deg(np.arctan2(z, -y)))
            placed[1:] = [m.moved(flat, np.zeros(3), joint) for m in placed[1:]]
        top = placed[0].vertices[placed[0].vertices[:, 1] > placed[0].vertices[:, 1].max() - 6].mean(axis=0)
        placed = [m.moved(rotation((0, 0, 1), _FAN_DEG[ray]), np.zeros(3), top) for m in placed]
        for name, mesh in zip(names, placed, strict=True):
            kind = name.split()[0]
            v = mesh.vertices
            axis = np.linalg.eigh(np.cov(v.T))[1][:, -1]
            axis = axis if axis[1] < 0 else -axis
            t = v @ axis
            base, head = v[t < t.min() + 3].mean(axis=0), v[t > t.max() - 3].mean(axis=0)
            axis = (head - base) / np.linalg.norm(head - base)
            distal = kind == "metacarpal" and ray > 1  # the others have their growth plate at the base
            thick = _EPIPHYSIS_MM[kind] * (0.75 if kind == "metacarpal" and not distal else 1.0)
            level = (v @ axis).max() - thick if distal else (v @ axis).min() + thick
            middle = base + axis * (level - base @ axis)
            out[name] = _plated(name, mesh, base, head, middle, axis if distal else -axis)
    return out


def _plated(name: str, mesh: Mesh, base: Floats, head: Floats, plate: Floats, out: Floats) -> Shape:
    rng = np.random.default_rng(len(name))
    shaft, end, _ = cut(mesh, rough_surface(plate, out, rng, 0.2, 0.01))
    return Shape(mesh, base, head, shaft, end, plate, out)


def ossified(
    shape: Shape, filled: float, gap_mm: float, grown: bool, stout: float, rng: np.random.Generator
) -> list[tuple[Mesh, NDArray[np.bool_]]]:
    """Return the bony pieces of one bone, varied; with each, which vertices lie at its growth plate.

    Parameters
    ----------
    shape : Shape
    filled : float
        Width of the centre as a share of its final one, 0 to 1.
    gap_mm : float
        Width of the growth plate.
    grown : bool
        Whether no trace of the growth plate is left.
    stout : float
        Width of the shaft against that of an adult of the same length.
    rng : Generator
        Of the shape's variation.
    """
    parts = [shape.whole] if shape.shaft is None or grown else [shape.shaft, shape.end]
    points = np.concatenate([p.vertices for p in parts if p is not None])
    moved = points + wobble(points, 0.3, 22.0, rng)
    if shape.shaft is None:
        return [(shape.whole.with_vertices(shrunk(moved, filled, filled, np.array([0.0, 1, 0]))), _none(moved))]
    axis = (shape.head - shape.base) / np.linalg.norm(shape.head - shape.base)
    across = moved - shape.base - np.outer((moved - shape.base) @ axis, axis)
    moved = moved + (stout - 1) * across
    if grown or shape.end is None or shape.plate is None or shape.out is None:
        return [(shape.whole.with_vertices(moved), _none(moved))]
    n = len(shape.shaft.vertices)
    height = (points - shape.plate) @ shape.out
    # a metaphysis that meets cartilage is round at its rim
    rim = np.clip((height[:n] + 3.0) / 3.0, 0, 1) ** 2 * (0.06 + 0.16 * (1 - filled))
    moved[:n] -= rim[:, None] * across[:n]
    face = np.zeros(len(points), bool)
    face[:n], face[n:] = height[:n] > -0.5, height[n:] < 0.5
    shaft = (shape.shaft.with_vertices(moved[:n]), face[:n])
    if filled == 0:
        return [shaft]
    end = moved[n:]
    h = (end - shape.plate) @ shape.out
    thick = h.max()
    left = max(thick - gap_mm, 0.5) / thick  # of its thickness, the gap taken from the side of the plate
    along = left * filled**0.35
    small = shrunk(end, filled, along, shape.out, 0.35)
    middle = (h.max() + h.min()) / 2
    # it begins in the middle of the cartilage; as it grows, its plate comes to lie along the growth plate
    amid, beside = (thick + gap_mm) / 2, gap_mm + along * thick / 2
    centre = amid + (beside - amid) * filled**0.7
    return [shaft, (shape.end.with_vertices(small + (centre - middle) * shape.out), face[n:])]


def _none(points: Floats) -> NDArray[np.bool_]:
    return np.zeros(len(points), bool)
