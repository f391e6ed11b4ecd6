"""What lies in the beam: a patient's anatomy, positioned and projected to path lengths and masks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from .meshes import Floats, Mesh
from .physics import MATERIALS
from .project import Camera, Patch, cover, path
from .region import Streams, View
from .shape import Anatomy, Bone, rotation
from .trabeculae import Weave, grain_noise

_REACH_MM = 1.5  # the mask of a fracture reaches this far beyond its surface
_PORES = 0.35  # share of the cortex that is not mineral over spongy bone
_SPONGY = 0.12  # bone volume over total volume from which it is so
_ROUGH_MM = 0.3  # how uneven the surfaces of bones are, in the direction of the film: no ray runs along a smooth wall
_MARBLING = 0.25  # mm of fat that come and go within muscle where soft tissue is 1 mm thick, as the root of it
_STRAND_MM = 0.5  # how fine its strands are: standard deviation of the blur that makes them wide
_AERATED = 0.75  # air as a share of the volume of an inflated lung


@dataclass(frozen=True, eq=False)
class Scene:
    """Path lengths by material (mm), the masks of what is what, and how they came about.

    Attributes
    ----------
    camera : Camera
    turn, shift : arrays (3, 3) and (3,)
        From body axes to film axes.
    paths, masks : dict
        ``masks["bones"]`` is all bones together.
    landmarks : dict
        In body axes, as the view has the patient hold the joints.
    """

    camera: Camera
    turn: Floats
    shift: Floats
    paths: dict[str, Floats]
    masks: dict[str, NDArray[np.bool_]]
    landmarks: dict[str, Floats]


def project(
    anatomy: Anatomy,
    view: View,
    person: dict[str, Any],
    seed: int,
    size: int,
    pose_deg: tuple[float, float, float] | None = None,
) -> Scene:
    """Position a patient for a view and project what lies in the beam onto a film of `size` rows.

    Without `pose_deg` (about the film's x, y and z axis) positioning goes a little wrong, as it does.
    """
    if view.posed is not None:
        anatomy = view.posed(anatomy, person)
    height, width = (anatomy.scale * mm for mm in view.field_mm)
    spacing = height / size
    camera = Camera((size, round(width / spacing)), spacing, view.sid_mm, view.oid_mm)
    turn, shift = _positioned(view, anatomy.scale, person["side"], Streams(seed)("pose"), pose_deg)
    return _projected(anatomy, camera, turn, shift, Streams(person["id"]))


def _positioned(
    view: View, scale: float, side: str, rng: np.random.Generator, pose_deg: tuple[float, float, float] | None
) -> tuple[Floats, Floats]:
    """Rotation and shift from body axes to film axes, with the small errors of positioning."""
    errors = rng.standard_normal(3) * view.swing_deg
    x, y, z = errors if pose_deg is None else pose_deg
    turn = rotation((0, 0, 1), z) @ rotation((0, 1, 0), y) @ rotation((1, 0, 0), x) @ view.axes
    if side == "L":
        turn = np.diag([-1.0, 1.0, 1.0]) @ turn
    drift = np.append(rng.standard_normal(2) * 0.02 * np.array(view.field_mm), 0.0)
    return turn, scale * (drift - turn @ view.centre)


def _projected(anatomy: Anatomy, camera: Camera, turn: Floats, shift: Floats, streams: Streams) -> Scene:
    def through(mesh: Mesh) -> Patch:
        return path(mesh, camera, turn, shift)

    shape = camera.shape
    paths = {m: np.zeros(shape) for m in ("bone", "muscle", "fat")}
    masks: dict[str, NDArray[np.bool_]] = {}
    solid, every = np.zeros(shape), np.zeros(shape, bool)
    weave = Weave(shape[0], camera.spacing_mm, streams("trabeculae"))
    for name, pieces in _by_name(anatomy.bones).items():
        fragments = [(p, through(p.outer), through(p.inner)) for p in pieces]
        fragments = [one for one in fragments if min(one[1].values.shape) >= 2]  # not beyond the edge
        if not fragments:
            continue
        solid_here, mineral = _spongy(fragments, camera, turn, shift, weave, streams(f"trabeculae {name}"))
        at = mineral.window()
        paths["bone"][at] += mineral.values
        paths["fat"][at] += solid_here - mineral.values
        solid[at] += solid_here
        masks[name] = np.zeros(shape, bool)
        for _, outer, _ in fragments:
            masks[name][outer.window()] |= outer.values > 0.2
        every |= masks[name]
    skin, muscle, fat, gas = (
        _union([through(s.surface) for s in anatomy.soft if s.kind == kind], shape)
        for kind in ("skin", "muscle", "fat", "gas")
    )
    gas += _lung_air(anatomy, through, shape)
    for hole in anatomy.holes:
        patch = through(hole)
        at = patch.window()
        gone = np.minimum(paths["bone"][at], patch.values)
        paths["bone"][at] -= gone
        paths["fat"][at] += gone
    for focus in anatomy.foci:
        patch = through(focus.surface)
        at = patch.window()
        change = np.clip(focus.share * patch.values, -paths["bone"][at], np.maximum(paths["fat"][at], 0))
        paths["bone"][at] += change
        paths["fat"][at] -= change
    skin = np.maximum(skin, solid)
    lean = np.clip(np.minimum(muscle, skin) - fat, 0, None)
    # Bone takes the place of muscle first, then of fat.
    within = np.minimum(lean, solid)
    paths["muscle"] += np.maximum(lean - within - gas, 0)
    paths["fat"] += np.maximum(skin - lean - (solid - within), 0)
    _marble(paths, camera, streams("marbling"))
    for extra in anatomy.extras:
        patch = through(extra.surface)
        paths.setdefault(extra.material, np.zeros(shape))[patch.window()] += patch.values
    masks["body"], masks["bones"] = skin > 0.5, every
    for lesion in anatomy.lesions:
        seen = cover(lesion.surface, camera, turn, shift)
        reach = max(1, round(_REACH_MM / camera.spacing_mm))
        allowed = masks[lesion.within]
        masks[f"lesion {lesion.name}"] = binary_dilation(seen, iterations=reach) & allowed if seen.any() else seen
    return Scene(camera, turn, shift, {m: paths[m] for m in MATERIALS if m in paths}, masks, anatomy.landmarks)


def _marble(paths: dict[str, Floats], camera: Camera, rng: np.random.Generator) -> None:
    """Let fat run through muscle, and septa through fat: no soft tissue is even. Mass moves from one to the other."""
    muscle, fat = paths["muscle"], paths["fat"]
    field = grain_noise(muscle.shape, camera.spacing_mm / camera.magnification, _STRAND_MM, rng)
    change = np.clip(_MARBLING * np.sqrt(np.maximum(muscle + fat, 0)) * field, -0.5 * fat, 0.5 * muscle)
    muscle -= change
    fat += change


def _lung_air(anatomy: Anatomy, through: Callable[[Mesh], Patch], shape: tuple[int, int]) -> Floats:
    """Millimetres of air in the lungs along every ray; the organs that lie in a lung take their length from it."""
    lung = _union([through(s.surface) for s in anatomy.soft if s.kind == "lung"], shape)
    for soft in anatomy.soft:
        if soft.kind == "organ":
            patch = through(soft.surface)
            lung[patch.window()] -= patch.values
    return np.asarray(_AERATED * np.maximum(lung, 0))


def _union(patches: list[Patch], shape: tuple[int, int]) -> Floats:
    """Path length through overlapping soft bodies: the longest of them, rounded where they meet."""
    out = np.zeros(shape)
    for patch in patches:
        at = patch.window()
        a, b = out[at], patch.values
        out[at] = np.maximum(a, b) + np.where((a > 0) & (b > 0), 0.08 * np.minimum(a, b), 0)
    return out


def _by_name(bones: tuple[Bone, ...]) -> dict[str, list[Bone]]:
    """Bones by name: the fragments of one bone together."""
    found: dict[str, list[Bone]] = {}
    for b in bones:
        found.setdefault(b.name, []).append(b)
    return found


def _window(patches: list[Patch]) -> tuple[tuple[int, int], tuple[int, int]]:
    """First (row, column) and shape of the part of the film that patches cover together."""
    top, left = (min(p.corner[k] for p in patches) for k in (0, 1))
    bottom, right = (max(p.corner[k] + p.values.shape[k] for p in patches) for k in (0, 1))
    return (top, left), (bottom - top, right - left)


def _spongy(
    seen: list[tuple[Bone, Patch, Patch]],
    camera: Camera,
    turn: Floats,
    shift: Floats,
    weave: Weave,
    rng: np.random.Generator,
) -> tuple[Floats, Patch]:
    """Millimetres of solid along every ray through all fragments of one bone, and of mineralised bone in it.

    What the fragments have in common is worked out of all together: a fracture without a gap or a step leaves no trace.
    """
    corner, shape = _window([outer for _, outer, _ in seen])
    spacing = camera.spacing_mm
    solid, depth, insides, at = np.zeros(shape), np.zeros(shape), [], []
    for _, outer, inner in seen:
        here = tuple(slice(c - c0, c - c0 + n) for c, c0, n in zip(outer.corner, corner, outer.values.shape))
        inside = _laid(inner, outer)
        solid[here] += outer.values
        depth[here] += inside
        insides.append(inside)
        at.append(here)
    fits = np.minimum(1, solid / np.maximum(depth, 1e-9))  # nothing inside is longer than the bone
    depth = np.minimum(depth, solid)
    # Near the cortex the lines bend along it.
    gy, gx = np.gradient(gaussian_filter(solid, 1.2 / spacing, truncate=2), spacing)
    pull = np.clip((np.hypot(gx, gy) - 1.0) / 2.5, 0, 0.4)
    edge = np.arctan2(gx, -gy)
    aslant = pull * np.sin(2 * edge), pull * np.cos(2 * edge)
    # mm: a few trabeculae a millimetre, so their mean varies as the root of the depth; each fragment has its share
    root = np.sqrt(2.0 / np.maximum(depth, 1e-9))
    spun, started = rng.uniform(0, 2 * np.pi), rng.uniform(0, 1024, 2)
    sponge, compact = np.zeros(shape), np.zeros(shape)
    for (piece, outer, _), inside, here in zip(seen, insides, at):
        rows, columns = inside.shape
        inside = inside * fits[here]
        angle: Any = np.arctan2(*(turn @ piece.load)[1::-1]) if not callable(piece.load) else 0.0
        fraction: Any = piece.fraction
        if callable(piece.load) or callable(piece.fraction):
            body = _in_the_middle(piece, outer, camera, turn, shift)
            if callable(piece.fraction):
                fraction = piece.fraction(body).reshape(rows, columns)
            if callable(piece.load):
                way = piece.load(body) @ turn.T
                angle = np.arctan2(way[:, 1], way[:, 0]).reshape(rows, columns)
        free = 1 - pull[here]
        angle = 0.5 * np.arctan2(free * np.sin(2 * angle) + aslant[0][here], free * np.cos(2 * angle) + aslant[1][here])
        place = _place(piece, outer, camera, turn, shift, spun, started)
        grain = piece.grain
        angle = weave.astray(angle, place)
        lines = weave.lines(angle, inside > 0, place, grain.length_mm, grain.width_mm, grain.cross)
        sponge[here] += np.clip(fraction * inside * (1 + grain.contrast * root[here] * lines), 0, inside)
        # Towards spongy bone the cortex is thin, full of pores and passes into trabeculae without a border.
        spongy = np.clip(np.asarray(fraction) / _SPONGY, 0, 1)
        compact[here] += (outer.values - inside) * (1 - _PORES * spongy)
    compact = gaussian_filter(compact, _ROUGH_MM / spacing, truncate=3)
    compact = np.clip(compact, 0, solid - sponge)
    return solid, Patch(corner, compact + sponge)


def _laid(inner: Patch, outer: Patch) -> Floats:
    """The values of a patch on the part of the film that another covers."""
    out: Floats = np.zeros(outer.values.shape)
    r, c = inner.corner[0] - outer.corner[0], inner.corner[1] - outer.corner[1]
    part = inner.values[max(-r, 0) : out.shape[0] - r, max(-c, 0) : out.shape[1] - c]
    if part.size:
        r, c = max(r, 0), max(c, 0)
        out[r : r + part.shape[0], c : c + part.shape[1]] = part
    return out


def _place(
    piece: Bone, patch: Patch, camera: Camera, turn: Floats, shift: Floats, spun: float, started: Floats
) -> Floats:
    """Where the noise behind the pixels of a fragment is read: 2 x 3, from row, column, 1 to row and column.

    In the film's own plane a fragment turns and shifts as it did; what it turned out of that plane would stretch the
    texture, and is left out. All noise of the bone is turned by one angle (`spun`), so that no bone keeps the grid.
    """
    step = camera.spacing_mm / camera.magnification
    back, away = piece.home
    flat = (turn @ back.T @ turn.T)[:2, :2]
    left, _, right = np.linalg.svd(flat)
    lie = (left @ right)[::-1, ::-1]  # the film's x and y are columns and rows
    spin = np.array([[np.cos(spun), -np.sin(spun)], [np.sin(spun), np.cos(spun)]])
    # one point that is in the right place: the fragment's middle
    size = np.array(patch.values.shape)
    pixel = (size - 1) / 2
    film = (pixel + patch.corner - (np.array(camera.shape) - 1) / 2) * step
    deep = turn[2] @ piece.middle + shift[2]
    point = (np.array([film[1], film[0], deep]) - shift) @ turn
    there = (turn @ ((point - away) @ back))[1::-1] / step
    linear = spin @ lie
    return np.column_stack([linear, spin @ there + started - linear @ pixel])


def _in_the_middle(piece: Bone, patch: Patch, camera: Camera, turn: Floats, shift: Floats) -> Floats:
    """Points (n x 3, body axes) behind the pixels of a patch, at the depth of the middle of a bone."""
    rows, columns = patch.values.shape
    step = camera.spacing_mm / camera.magnification
    film = np.empty((rows, columns, 3))
    film[..., 0] = (np.arange(columns) + patch.corner[1] - (camera.shape[1] - 1) / 2) * step
    film[..., 1] = ((np.arange(rows) + patch.corner[0] - (camera.shape[0] - 1) / 2) * step)[:, None]
    film[..., 2] = turn[2] @ piece.middle + shift[2]
    return np.asarray((film.reshape(-1, 3) - shift) @ turn)
