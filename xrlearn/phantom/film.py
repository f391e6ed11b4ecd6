"""One film from one patient: anatomy, view, physics, marker, truth."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ..radiograph import Radiograph
from .marker import letter
from .meshes import Floats
from .physics import detected, primary, processed, scattered
from .region import Region, Streams, region
from .scene import Scene, project
from .shape import Anatomy
from .site import SITES, Site
from .truth import Truth, box, pack


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
    pose_deg: tuple[float, float, float] | None = None,
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
    pose_deg : (float, float, float), optional
        How the patient is turned about the film's x, y and z axis; the small errors of positioning by default.
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
    scene = project(anatomy, place.views[name], person, seed, size, pose_deg)
    hospital = SITES[site] if isinstance(site, str) else site
    return shoot(place, name, person, anatomy, hospital, seed, size, subtlety, marker, scene)


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
    scene: Scene | None = None,
) -> tuple[Radiograph, Truth]:
    """Film an anatomy that is built already; see :func:`make` for the parameters.

    What :func:`.scene.project` returned for the same anatomy, view, seed and size may be given as `scene`: then only
    beam, detector and processing are worked out anew.
    """
    here, streams = place.views[view], Streams(seed)
    site = with_settings(site, **{n: getattr(site.beam, n) * f for n, f in here.beam.items()})
    site = with_settings(site, **{n: getattr(site.processing, n) * f for n, f in here.processing.items()})
    scene = scene or project(anatomy, here, person, seed, size)
    camera, spacing, masks = scene.camera, scene.camera.spacing_mm, dict(scene.masks)
    seen_bones = masks.pop("bones")
    signal = scattered(primary(scene.paths, site.beam), site.beam, spacing)
    field, leaf = _collimated(site, camera.shape, spacing, streams("collimation"))
    bare = detected(signal * (0.004 + 0.996 * leaf), site.beam, site.detector, spacing, streams("noise"))
    seen_body, seen_bone = masks["body"] & field, seen_bones & field
    grey = processed(bare, seen_body, seen_bone, site.processing, spacing)
    if site.shutter:
        grey = np.where(field, grey, 0.0)
    grey, masks["marker"] = _marked(
        grey, masks["body"], person["side"], site, spacing, marker, here.marker_columns, streams("marker")
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
    lesions = {n: m for n, m in masks.items() if n.startswith("lesion")}
    spots = camera.pixels(np.array([*scene.landmarks.values()]) @ scene.turn.T + scene.shift)
    landmarks = {n: (round(float(r), 3), round(float(c), 3)) for n, (r, c) in zip(scene.landmarks, spots)}
    if here.outlined is not None:
        landmarks |= here.outlined(landmarks, masks, person, pixel_mm)
    truth = Truth(
        region=place.name,
        view=view,
        side=person["side"],
        patient=person,
        labels=dict(anatomy.labels),
        measurements={k: round(float(v), 4) for k, v in anatomy.measurements.items()},
        landmarks=landmarks,
        boxes=tuple(b for m in lesions.values() if (b := box(m)) is not None),
        shape=camera.shape,
        spacing_mm=spacing,
        settings={"seed": seed, "subtlety": subtlety, "magnification": camera.magnification, **asdict(site)},
        packed={n: pack(m) for n, m in masks.items()},
    )
    return film, truth


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
