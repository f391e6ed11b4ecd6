"""Hospitals: the same patient looks different in each. A site changes the film, never the anatomy nor its truth."""

from dataclasses import dataclass, field

from .physics import Beam, Detector, Processing


@dataclass(frozen=True)
class Site:
    """One hospital's way of making films.

    Parameters
    ----------
    name : str
        Catalogue key ``phantom.site.<name>`` names it for people.
    beam, detector, processing
        See :mod:`.physics`. The beam is for a thin limb; a region scales voltage and exposure by its thickness.
    marker : str
        Side marker: ``"lead"`` (a letter in the beam, often oblique), ``"digital"`` (drawn upright), ``"none"``.
    collimation_mm : float
        Margin between the field and the edge of the film (mean, mm); 0 shows the whole receptor.
    shutter : bool
        Whether the software blackens what lies outside the field.
    spread : float
        How far technique and grey scale differ from film to film (relative, standard deviation).
    photometric : str
        How its DICOM files store grey values.
    """

    name: str
    beam: Beam = field(default_factory=Beam)
    detector: Detector = field(default_factory=Detector)
    processing: Processing = field(default_factory=Processing)
    marker: str = "lead"
    collimation_mm: float = 4.0
    shutter: bool = True
    spread: float = 0.12
    photometric: str = "MONOCHROME2"


SITES: dict[str, Site] = {
    s.name: s
    for s in (
        Site("modern_dr"),
        Site(
            "old_cr",
            Beam(kvp=52, exposure_ugy=10, scatter_ratio=0.5),
            Detector(blur_mm=0.22, efficiency=0.25, electronic=40, bits=10),
            Processing(black=0.2, white=0.85, edge_gain=0.2, detail_gain=0.1, flatten=0.0),
            collimation_mm=2.0,
            shutter=False,
        ),
        Site(
            "portable",
            Beam(kvp=60, exposure_ugy=7.5, scatter_ratio=0.7),
            Detector(blur_mm=0.16, efficiency=0.5, electronic=30, bits=12),
            Processing(black=0.24, white=0.86, edge_gain=0.3, detail_gain=0.2, flatten=0.1),
            marker="lead",
            collimation_mm=4.0,
            shutter=False,
        ),
        Site(
            "paediatric",
            Beam(kvp=50, filter_mm=3.5, exposure_ugy=6.25, scatter_ratio=0.25),
            Detector(blur_mm=0.13, efficiency=0.65, electronic=12, bits=14),
            Processing(black=0.18, white=0.88, gamma=0.95, edge_gain=0.3, detail_gain=0.3, flatten=0.2),
            marker="digital",
            collimation_mm=5.0,
        ),
        Site(
            "low_dose",
            Beam(kvp=57, filter_mm=4.0, exposure_ugy=2.25, scatter_ratio=0.3),
            Detector(blur_mm=0.13, efficiency=0.6, electronic=25, bits=12),
            Processing(black=0.12, white=0.9, edge_gain=0.35, detail_gain=0.3, flatten=0.15),
            marker="digital",
        ),
        Site(
            "foreign_vendor",
            Beam(kvp=55, exposure_ugy=12.5, scatter_ratio=0.35),
            Detector(blur_mm=0.1, efficiency=0.6, electronic=15, bits=14),
            Processing(black=0.05, white=0.95, gamma=1.3, edge_gain=0.6, edge_mm=0.4, detail_gain=0.4, flatten=0.3),
            collimation_mm=4.0,
            photometric="MONOCHROME1",
        ),
        Site(
            "film_digitised",
            Beam(kvp=50, exposure_ugy=15, scatter_ratio=0.45),
            Detector(blur_mm=0.18, efficiency=0.35, electronic=50, bits=8),
            Processing(black=0.03, white=0.93, gamma=1.2, edge_gain=0.0, detail_gain=0.0, flatten=0.0),
            collimation_mm=0.0,
        ),
    )
}
