"""One film from one patient: anatomy, view, physics, marker, truth."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..radiograph import Radiograph
from .collimation import PENUMBRA_MM, collimated
from .marker import marked
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
    site = _varied(site, streams("technique"))
    scene = scene or project(anatomy, here, person, seed, size)
    camera, spacing, masks = scene.camera, scene.camera.spacing_mm, dict(scene.masks)
    seen_bones = masks.pop("bones")
    signal = scattered(primary(scene.paths, site.beam), site.beam, spacing)
    field = collimated(site.collimation_mm, camera.shape, spacing, streams("collimation"))
    bare = detected(signal * field.beam, site.beam, site.detector, spacing, streams("noise"))
    seen_body, seen_bone = masks["body"] & field.open, seen_bones & field.open
    grey = processed(bare, seen_body, seen_bone, site.processing, spacing, field)
    if site.shutter:
        grey = np.where(field.inside_mm > PENUMBRA_MM, grey, 0.0)  # the software's edge lies inside the leaves'
    grey, masks["marker"] = marked(
        grey,
        masks["body"] + 4.0 * seen_bones,
        person["side"],
        site.marker,
        spacing,
        marker,
        here.marker_columns,
        streams("marker"),
    )
    top = 2**site.detector.bits - 1
    pixel_mm = spacing / camera.magnification
    spots = camera.pixels(np.array([*scene.landmarks.values()]) @ scene.turn.T + scene.shift)
    landmarks = _rounded([*scene.landmarks], spots)
    if here.outlined is not None:
        landmarks |= here.outlined(landmarks, masks, person, pixel_mm)
    chance = streams("stored").random()
    if chance < here.sideways:
        times = 1 if chance < here.sideways / 2 else 3
        grey, masks, spots = _quarter_turned(grey, masks, np.array([*landmarks.values()]), times)
        landmarks = _rounded([*landmarks], spots)
    pixels = (np.rint(grey * top) / top).astype(np.float32)
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
    truth = Truth(
        region=place.name,
        view=view,
        side=person["side"],
        patient=person,
        labels=dict(anatomy.labels),
        measurements={k: round(float(v), 4) for k, v in anatomy.measurements.items()},
        landmarks=landmarks,
        boxes=tuple(b for m in lesions.values() if (b := box(m)) is not None),
        shape=(pixels.shape[0], pixels.shape[1]),
        spacing_mm=spacing,
        settings={"seed": seed, "subtlety": subtlety, "magnification": camera.magnification, **asdict(site)},
        packed={n: pack(m) for n, m in masks.items()},
    )
    return film, truth


def _rounded(names: list[str], spots: Floats) -> dict[str, tuple[float, float]]:
    return {n: (round(float(r), 3), round(float(c), 3)) for n, (r, c) in zip(names, spots, strict=True)}


def _varied(site: Site, rng: np.random.Generator) -> Site:
    """Return the site as it is on this day: another technique and another setting of the grey scale each time."""
    kvp, exposure, scatter, black, white, gamma = rng.standard_normal(6)
    tone, beam = site.processing, site.beam
    return with_settings(
        site,
        kvp=beam.kvp * np.exp(0.03 * kvp),
        exposure_ugy=beam.exposure_ugy * np.exp(site.spread * 2 * exposure),
        scatter_ratio=beam.scatter_ratio * np.exp(site.spread * scatter),
        black=float(np.clip(tone.black + site.spread * 0.3 * black, 0.02, 0.35)),
        white=float(np.clip(tone.white + site.spread * 0.4 * white, 0.72, 0.98)),
        gamma=tone.gamma * np.exp(site.spread * gamma),
    )


def _quarter_turned(pixels: Floats, masks: dict[str, NDArray[np.bool_]], spots: Floats, times: int) -> Any:
    """Turn a film, its masks and its landmarks (row, column) anticlockwise by quarters, as it was stored."""
    for _ in range(times):
        spots = np.stack([pixels.shape[1] - 1 - spots[:, 1], spots[:, 0]], 1)
        pixels, masks = np.rot90(pixels), {name: np.rot90(mask) for name, mask in masks.items()}
    return np.ascontiguousarray(pixels), masks, spots


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
