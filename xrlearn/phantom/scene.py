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
from .trabeculae import grain_noise, smooth_noise, texture

_REACH_MM = 1.5  # the mask of a fracture reaches this far beyond its surface
_PORES = 0.35  # share of the cortex that is not mineral over spongy bone
_SPONGY = 0.12  # bone volume over total volume from which it is so
_ROUGH_MM = 0.3  # how uneven the surfaces of bones are, in the direction of the film: no ray runs along a smooth wall
_ASTRAY = 0.15  # radians by which trabeculae leave the direction of the load (standard deviation)
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
    for k, piece in enumerate(anatomy.bones):
        outer, inner = through(piece.outer), through(piece.inner)
        if min(outer.values.shape) < 2:  # beyond the edge of the film
            continue
        mineral, marrow = _spongy(piece, outer, inner, camera, turn, shift, streams(f"trabeculae {piece.name} {k}"))
        at = outer.window()
        paths["bone"][at] += mineral
        paths["fat"][at] += marrow
        solid[at] += outer.values
        mask = masks.setdefault(piece.name, np.zeros(shape, bool))
        mask[at] |= outer.values > 0.2
        every[at] |= mask[at]
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


def _spongy(
    piece: Bone, outer: Patch, inner: Patch, camera: Camera, turn: Floats, shift: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Millimetres of mineralised bone and of marrow along every ray through one bone."""
    inside: Floats = np.zeros(outer.values.shape)
    r, c = inner.corner[0] - outer.corner[0], inner.corner[1] - outer.corner[1]
    part = inner.values[max(-r, 0) : inside.shape[0] - r, max(-c, 0) : inside.shape[1] - c]
    if part.size:
        r, c = max(r, 0), max(c, 0)
        inside[r : r + part.shape[0], c : c + part.shape[1]] = part
    inside = np.minimum(inside, outer.values)
    rows, columns = inside.shape
    spacing = camera.spacing_mm
    angle: Any = np.arctan2(*(turn @ piece.load)[1::-1]) if not callable(piece.load) else 0.0
    fraction: Any = piece.fraction
    if callable(piece.load) or callable(piece.fraction):
        body = _in_the_middle(piece, outer, camera, turn, shift)
        if callable(piece.fraction):
            fraction = piece.fraction(body).reshape(rows, columns)
        if callable(piece.load):
            seen = piece.load(body) @ turn.T
            angle = np.arctan2(seen[:, 1], seen[:, 0]).reshape(rows, columns)
    # Near the cortex the lines bend along it.
    smooth = gaussian_filter(outer.values, 1.2 / spacing, truncate=2)
    gy, gx = np.gradient(smooth, spacing)
    pull = np.clip((np.hypot(gx, gy) - 1.0) / 2.5, 0, 0.4)
    edge = np.arctan2(gx, -gy)
    angle = 0.5 * np.arctan2(
        (1 - pull) * np.sin(2 * angle) + pull * np.sin(2 * edge),
        (1 - pull) * np.cos(2 * angle) + pull * np.cos(2 * edge),
    )
    grain = piece.grain
    angle = angle + _ASTRAY * smooth_noise(inside.shape, 5.0 / spacing, rng)
    noise = grain_noise(inside.shape, spacing, grain.width_mm, rng)
    lines = texture(angle, grain.length_mm / spacing, noise, grain.cross) * noise.std()
    spread = np.sqrt(inside * 2.0)  # mm: a few trabeculae a millimetre, so their mean varies as the root of the depth
    sponge = np.clip(fraction * (inside + grain.contrast * spread * lines), 0, inside)
    shell = outer.values - inside
    # Towards spongy bone the cortex is thin, full of pores and passes into trabeculae without a border.
    spongy = np.clip(np.asarray(fraction) / _SPONGY, 0, 1)
    compact = gaussian_filter(shell * (1 - _PORES * spongy), _ROUGH_MM / spacing, truncate=3)
    compact = np.minimum(compact, outer.values - sponge)
    return compact + sponge, outer.values - compact - sponge


def _in_the_middle(piece: Bone, patch: Patch, camera: Camera, turn: Floats, shift: Floats) -> Floats:
    """Points (n x 3, body axes) behind the pixels of a patch, at the depth of the middle of a bone."""
    rows, columns = patch.values.shape
    step = camera.spacing_mm / camera.magnification
    film = np.empty((rows, columns, 3))
    film[..., 0] = (np.arange(columns) + patch.corner[1] - (camera.shape[1] - 1) / 2) * step
    film[..., 1] = ((np.arange(rows) + patch.corner[0] - (camera.shape[0] - 1) / 2) * step)[:, None]
    film[..., 2] = turn[2] @ piece.outer.vertices.mean(axis=0) + shift[2]
    return np.asarray((film.reshape(-1, 3) - shift) @ turn)
