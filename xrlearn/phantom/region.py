"""What a file in ``regions/`` has to offer: see README.md in this folder."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from .meshes import Floats
from .shape import Anatomy

#: region -> file in ``regions/`` that defines ``REGION``
_REGIONS = {
    "wrist": "wrist",
    "hand": "hand",
    "knee": "knee",
    "spine": "spine",
    "shoulder": "shoulder",
    "ankle": "ankle",
    "hip": "hip",
    "heel": "heel",
    "forearm": "forearm",
}


class Streams:
    """Independent random streams by name, all from one whole number: drawing from one never moves another.

    >>> a, b = Streams(1), Streams(1)
    >>> _ = a("pose").random(100)
    >>> bool(a("marker").random() == b("marker").random())
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, name: str) -> np.random.Generator:
        """Return a fresh generator for `name`."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(crc32(name.encode()),)))


@dataclass(frozen=True, eq=False)
class View:
    """One way of filming a region, for a right limb (a left one is its mirror image).

    Parameters
    ----------
    dicom : str
        View position in the words of DICOM: ``"PA"``, ``"AP"``, ``"LL"``, ...
    axes : (3, 3) array
        Rows: the film's x (to the right), y (down) and z (source to detector) in body axes.
    centre : (3,) array
        Where the central ray goes, body axes, mm.
    field_mm : (float, float)
        Height and width of the film at the detector.
    sid_mm, oid_mm : float
        Source to detector, and centre to detector.
    swing_deg : (float, float, float)
        How far positioning goes wrong about the film's x, y and z (standard deviation).
    beam : dict
        Factors on numbers of the site's :class:`.physics.Beam`, which is meant for a wrist: a thick part needs more
        voltage and exposure, and scatters more.
    processing : dict
        The same for numbers of its :class:`.physics.Processing`: a maker has other settings for a trunk.
    marker_columns : (float, float)
        Where across the film the side marker may lie, for a right limb: a film of both sides shows it on its own side.
    sideways : float
        Share of films that are stored turned by a quarter, as the cassette lay.
    posed : callable (Anatomy, patient) -> Anatomy, optional
        How the patient holds the joints in this view, where that is not how the region is built.
    outlined : callable (landmarks, masks, patient, mm a pixel in the body) -> landmarks, optional
        Landmarks of this view that follow from the bones' shadows, beside those that the anatomy brings.
    """

    dicom: str
    axes: Floats
    centre: Floats
    field_mm: tuple[float, float]
    sid_mm: float = 1000.0
    oid_mm: float = 30.0
    swing_deg: tuple[float, float, float] = (2.5, 3.5, 4.0)
    beam: dict[str, float] = field(default_factory=dict)
    processing: dict[str, float] = field(default_factory=dict)
    marker_columns: tuple[float, float] = (0.15, 0.85)
    sideways: float = 0.0
    posed: Callable[[Anatomy, dict[str, Any]], Anatomy] | None = None
    outlined: Callable[..., dict[str, tuple[float, float]]] | None = None


class Build(Protocol):
    """Makes the anatomy of one patient with one lesion."""

    def __call__(self, patient: dict[str, Any], lesion: str | None, subtlety: float, streams: Streams) -> Anatomy:
        """Draw all chance from `streams`, so that the same arguments give the same anatomy."""


@dataclass(frozen=True, eq=False)
class Region:
    """A body region: its views, its lesions, its patients and how they are built.

    Parameters
    ----------
    name : str
        The word in :func:`xrlearn.phantom.make`.
    views : dict
        Name -> :class:`View`.
    lesions : tuple of str
        Names that `build` understands.
    patient : callable (generator, lesion) -> dict
        Draws a patient: ``age_years``, ``sex``, ``side`` and what else the region needs.
    build : Build
        Makes the anatomy.
    mix : dict
        Lesion (None for none) -> its share among the patients of a cohort; shares add up to 1. Left empty, half the
        patients have none and the lesions share the other half.
    settle : callable (drawn, wanted) -> dict
        Puts the caller's wishes into a drawn patient. By default each replaces its entry; a region whose entries follow
        from one another (a bone age and an age) says how.
    """

    name: str
    views: dict[str, View]
    lesions: tuple[str, ...]
    patient: Callable[[np.random.Generator, str | None], dict[str, Any]]
    build: Build
    mix: dict[str | None, float] = field(default_factory=dict)
    settle: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] = lambda drawn, wanted: {**drawn, **wanted}

    def __post_init__(self) -> None:
        """Fill in the usual mix."""
        if not self.mix:
            share = 0.5 / max(1, len(self.lesions))
            usual: dict[str | None, float] = {None: 0.5 if self.lesions else 1.0, **dict.fromkeys(self.lesions, share)}
            object.__setattr__(self, "mix", usual)

    def person(self, number: int, lesion: str | None, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return patient `number` with the entries `wanted` as asked for; of several values one is drawn."""
        drawn = Streams(number)("wanted")
        asked = {k: v[int(drawn.integers(len(v)))] if isinstance(v, list | tuple) else v for k, v in wanted.items()}
        return {"id": number, **self.settle(self.patient(Streams(number)("patient"), lesion), asked)}


def region_names() -> list[str]:
    """Return the names of the regions that can be simulated."""
    return list(_REGIONS)


def region(name: str) -> Region:
    """Return a region by name.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    found: Region = import_module(f".regions.{_REGIONS[name]}", __package__).REGION
    return found
