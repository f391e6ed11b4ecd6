"""One film from one patient: anatomy, view, physics, marker, truth."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter

from ..radiograph import Radiograph
from .marker import letter
from .meshes import Floats, Mesh
from .physics import MATERIALS, detected, primary, processed, scattered
from .project import Camera, Patch, cover, path
from .region import Region, Streams, View, region
from .shape import Anatomy, Bone, rotation
from .site import SITES, Site
from .trabeculae import texture
from .truth import Truth, box, pack

_REACH_MM = 1.5  # the mask of a fracture reaches this far beyond its surface
_AERATED = 0.75  # air as a share of the volume of an inflated lung


def make(
    where: str,
    view: str | None = None,
    *,
    patient: int | None = None,
    lesion: str | None = None,
    subtlety: float = 0.3,
    site: str | Site = "modern_dr",
    seed: int = 0,
    size: int = 256,
    marker: tuple[float, float] | None = None,
    **wanted: Any,
) -> tuple[Radiograph, Truth]:
    """Make one simulated film and its truth.

    Parameters
    ----------
    where : str
        Region: one of :func:`.region.region_names`.
    view : str, optional
        One of the region's views; its first by default.
    patient : int, optional
        Number of the patient; `seed` by default. The same number is the same body in every view, site and film.
    lesion : str, optional
        One of the region's lesions; none by default.
    subtlety : float
        0 obvious to 1 occult.
    site : str or Site
        The hospital: a name in :data:`.site.SITES`, or one of your own.
    seed : int
        Of everything that belongs to this film and not to the patient: positioning, noise, marker, collimation.
    size : int
        Rows of the film.
    marker : (float, float), optional
        Row and column of the side marker as shares of the film; drawn at random by default.
    **wanted
        Patient parameters to be set rather than drawn, for example ``side="L"`` or ``age_years=70``.

    Returns
    -------
    (Radiograph, Truth)

    Raises
    ------
    ValueError
        If the region has no such view or lesion, or `subtlety` or `size` are out of range.

    Examples
    --------
    >>> film, truth = make("wrist", size=96, seed=3)
    >>> film.pixels.shape[0], truth.labels["fracture"]
    (96, 0)
    """
    place = region(where)
    name = view or next(iter(place.views))
    if name not in place.views:
        raise ValueError(f"view must be one of {', '.join(place.views)}")
    if lesion is not None and lesion not in place.lesions:
        raise ValueError(f"lesion must be None or one of {', '.join(place.lesions)}")
    if not 0 <= subtlety <= 1 or size < 32:
        raise ValueError("subtlety must lie between 0 and 1, and size be at least 32")
    number = seed if patient is None else patient
    person = place.person(number, lesion, wanted)
    anatomy = place.build(person, lesion, subtlety, Streams(number))
    return shoot(
        place, name, person, anatomy, SITES[site] if isinstance(site, str) else site, seed, size, subtlety, marker
    )


@dataclass(frozen=True, eq=False)
class _Scene:
    """What lies in the beam: path lengths by material, and the masks of what is what."""

    paths: dict[str, Floats]
    masks: dict[str, NDArray[np.bool_]]


def shoot(
    place: Region,
    view: str,
    person: dict[str, Any],
    anatomy: Anatomy,
    site: Site,
    seed: int,
    size: int,
    subtlety: float,
    marker: tuple[float, float] | None = None,
) -> tuple[Radiograph, Truth]:
    """Film an anatomy that is built already; see :func:`make` for the parameters."""
    here, streams = place.views[view], Streams(seed)
    site = replace(site, beam=replace(site.beam, **{n: getattr(site.beam, n) * f for n, f in here.beam.items()}))
    height, width = (anatomy.scale * mm for mm in here.field_mm)
    spacing = height / size
    camera = Camera((size, round(width / spacing)), spacing, here.sid_mm, here.oid_mm)
    turn, shift = _positioned(here, anatomy.scale, person["side"], streams("pose"))
    scene = _projected(anatomy, camera, turn, shift, Streams(person["id"]))
    signal = scattered(primary(scene.paths, site.beam), site.beam, spacing)
    field, leaf = _collimated(site, camera.shape, spacing, streams("collimation"))
    bare = detected(signal * (0.004 + 0.996 * leaf), site.beam, site.detector, spacing, streams("noise"))
    seen_body, seen_bone = scene.masks["body"] & field, scene.masks["bones"] & field
    grey = processed(bare, seen_body, seen_bone, site.processing, spacing)
    if site.shutter:
        grey = np.where(field, grey, 0.0)
    grey, scene.masks["marker"] = _marked(
        grey, scene.masks["body"], person["side"], site, spacing, marker, here.marker_columns, streams("marker")
    )
    top = 2**site.detector.bits - 1
    pixels = (np.rint(grey * top) / top).astype(np.float32)
    pixel_mm = spacing / camera.magnification
    film = Radiograph(
        pixels,
        spacing_mm=(pixel_mm, pixel_mm),
        side=person["side"],
        view=here.dicom,
        body_part=place.name,
        modality="DX",
        bits=site.detector.bits,
        source="simulated",
    )
    del scene.masks["bones"]
    lesions = {n: m for n, m in scene.masks.items() if n.startswith("lesion")}
    truth = Truth(
        region=place.name,
        view=view,
        side=person["side"],
        patient=person,
        labels=dict(anatomy.labels),
        measurements={k: round(float(v), 4) for k, v in anatomy.measurements.items()},
        landmarks={
            n: (round(float(p[0]), 3), round(float(p[1]), 3))
            for n, p in zip(anatomy.landmarks, camera.pixels(np.array([*anatomy.landmarks.values()]) @ turn.T + shift))
        },
        boxes=tuple(b for m in lesions.values() if (b := box(m)) is not None),
        shape=camera.shape,
        spacing_mm=spacing,
        settings={"seed": seed, "subtlety": subtlety, "magnification": camera.magnification, **asdict(site)},
        packed={n: pack(m) for n, m in scene.masks.items()},
    )
    return film, truth


def _positioned(view: View, scale: float, side: str, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Rotation and shift from body axes to film axes, with the small errors of positioning."""
    x, y, z = rng.standard_normal(3) * view.swing_deg
    turn = rotation((0, 0, 1), z) @ rotation((0, 1, 0), y) @ rotation((1, 0, 0), x) @ view.axes
    if side == "L":
        turn = np.diag([-1.0, 1.0, 1.0]) @ turn
    drift = np.append(rng.standard_normal(2) * 0.02 * np.array(view.field_mm), 0.0)
    return turn, scale * (drift - turn @ view.centre)


def _projected(anatomy: Anatomy, camera: Camera, turn: Floats, shift: Floats, streams: Streams) -> _Scene:
    def through(mesh: Mesh) -> Patch:
        return path(mesh, camera, turn, shift)

    shape = camera.shape
    paths = {m: np.zeros(shape) for m in ("bone", "muscle", "fat")}
    masks: dict[str, NDArray[np.bool_]] = {}
    solid, every = np.zeros(shape), np.zeros(shape, bool)
    for k, piece in enumerate(anatomy.bones):
        outer, inner = through(piece.outer), through(piece.inner)
        if outer.values.size == 0:
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
    for extra in anatomy.extras:
        patch = through(extra.surface)
        paths.setdefault(extra.material, np.zeros(shape))[patch.window()] += patch.values
    masks["body"], masks["bones"] = skin > 0.5, every
    for lesion in anatomy.lesions:
        seen = cover(lesion.surface, camera, turn, shift)
        reach = max(1, round(_REACH_MM / camera.spacing_mm))
        allowed = masks[lesion.within]
        masks[f"lesion {lesion.name}"] = binary_dilation(seen, iterations=reach) & allowed if seen.any() else seen
    return _Scene({m: paths[m] for m in MATERIALS if m in paths}, masks)


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
    pull = np.clip((np.hypot(gx, gy) - 1.0) / 2.5, 0, 0.75)
    edge = np.arctan2(gx, -gy)
    angle = 0.5 * np.arctan2(
        (1 - pull) * np.sin(2 * angle) + pull * np.sin(2 * edge),
        (1 - pull) * np.cos(2 * angle) + pull * np.cos(2 * edge),
    )
    noise, grain = rng.standard_normal(inside.shape), piece.grain
    if spacing < grain.width_mm / 0.43:
        noise = gaussian_filter(noise, grain.width_mm / spacing)
    lines = texture(angle, grain.length_mm / spacing, noise, grain.cross)
    spread = np.sqrt(inside * 2.0)  # mm: a few trabeculae a millimetre, so their mean varies as the root of the depth
    sponge = np.clip(fraction * (inside + grain.contrast * spread * lines), 0, inside)
    return outer.values - inside + sponge, inside - sponge


def _in_the_middle(piece: Bone, patch: Patch, camera: Camera, turn: Floats, shift: Floats) -> Floats:
    """Points (n x 3, body axes) behind the pixels of a patch, at the depth of the middle of a bone."""
    rows, columns = patch.values.shape
    step = camera.spacing_mm / camera.magnification
    film = np.empty((rows, columns, 3))
    film[..., 0] = (np.arange(columns) + patch.corner[1] - (camera.shape[1] - 1) / 2) * step
    film[..., 1] = ((np.arange(rows) + patch.corner[0] - (camera.shape[0] - 1) / 2) * step)[:, None]
    film[..., 2] = turn[2] @ piece.outer.vertices.mean(axis=0) + shift[2]
    return np.asarray((film.reshape(-1, 3) - shift) @ turn)


def _collimated(
    site: Site, shape: tuple[int, int], spacing: float, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], Floats]:
    """The open field (bool), and how much of the beam the leaves let through (0 to 1, with their penumbra)."""
    margins = np.abs(rng.normal(site.collimation_mm, site.collimation_mm / 2, 4)) / spacing
    a = np.deg2rad(rng.normal(0, 1.5))
    if site.collimation_mm == 0:
        return np.ones(shape, bool), np.ones(shape)
    r, c = np.mgrid[: shape[0], : shape[1]].astype(float)
    y, x = r - shape[0] / 2, c - shape[1] / 2
    u, v = np.cos(a) * x + np.sin(a) * y, np.cos(a) * y - np.sin(a) * x
    edge = np.minimum.reduce(
        [
            u + shape[1] / 2 - margins[0],
            shape[1] / 2 - margins[1] - u,
            v + shape[0] / 2 - margins[2],
            shape[0] / 2 - margins[3] - v,
        ]
    )
    return edge > 0, np.clip(edge * spacing / 0.8 + 0.5, 0, 1)


def _marked(
    grey: Floats,
    body: NDArray[np.bool_],
    side: str,
    site: Site,
    spacing: float,
    wanted: tuple[float, float] | None,
    columns: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Lay the side marker over the film, away from the body where there is room; only its own pixels change."""
    low, high = columns if side == "R" else (1 - columns[1], 1 - columns[0])
    spots = rng.uniform((0.15, low), (0.85, high), (24, 2))
    height, tilt = rng.uniform(9, 13), rng.normal(0, 8)
    if site.marker == "none":
        return grey, np.zeros(grey.shape, bool)
    reach = 0.9 * height / spacing

    def around(spot: Floats) -> tuple[slice, slice]:
        first, last = np.maximum((spot - reach).astype(int), 0), (spot + reach).astype(int) + 1
        return slice(first[0], last[0]), slice(first[1], last[1])

    if wanted is None:
        spot = min(spots * grey.shape, key=lambda s: float(body[around(s)].mean()))
    else:
        spot = np.array(wanted) * grey.shape
    lead, at = site.marker == "lead", around(spot)
    out, mask = grey.copy(), np.zeros(grey.shape, bool)
    local = out[at]
    share = letter(
        side, local.shape, (spot[0] - at[0].start, spot[1] - at[1].start), height / spacing, tilt if lead else 0.0
    )
    if lead:
        share = gaussian_filter(share, 0.25 / spacing, truncate=2)
    white = np.clip(0.965 + 0.006 * rng.standard_normal(local.shape), 0, 1) if lead else 1.0
    out[at] = local * (1 - share) + white * share
    mask[at] = share > 0
    return out, mask


def with_settings(site: Site, **changes: Any) -> Site:
    """Return a site with some numbers of its beam, detector or processing changed.

    >>> with_settings(SITES["modern_dr"], kvp=70.0).beam.kvp
    70.0
    """
    for name, value in changes.items():
        for part in ("beam", "detector", "processing"):
            if name in asdict(getattr(site, part)):
                site = replace(site, **{part: replace(getattr(site, part), **{name: value})})
                break
        else:
            site = replace(site, **{name: value})
    return site
