"""The state of the X-ray maker: what the sliders say, and the film with its truth that follows from it.

A patient's anatomy and its projection are kept, so that a change of voltage, exposure or hospital costs the physics
alone.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..phantom import SITES, region, with_settings
from ..phantom.film import shoot
from ..phantom.physics import primary, scattered
from ..phantom.region import Streams
from ..phantom.scene import Scene, project

if TYPE_CHECKING:
    from ..phantom import Truth
    from ..phantom.shape import Anatomy
    from ..radiograph import Radiograph

#: rows of the film at the finest pixels, and at the coarser ones that can be chosen
ROWS = (384, 288, 192, 128, 96, 64)


@dataclass(frozen=True)
class Wish:
    """What the sliders say.

    Attributes
    ----------
    region, view : str
    lesion : str or None
    subtlety : float
        0 obvious to 1 occult.
    patient : int
        Number of the patient.
    site : str
        Hospital.
    kvp : float or None
        Tube voltage, kV; the hospital's own when None.
    exposure : float
        Dose as a multiple of the hospital's own.
    rows : int
        Rows of the film: fewer rows are larger pixels.
    turn_deg, tilt_deg : float
        How the patient is turned about the film's vertical and horizontal axis.
    """

    region: str = "wrist"
    view: str = "PA"
    lesion: str | None = None
    subtlety: float = 0.2
    patient: int = 1
    site: str = "modern_dr"
    kvp: float | None = None
    exposure: float = 1.0
    rows: int = ROWS[0]
    turn_deg: float = 0.0
    tilt_deg: float = 0.0


class Maker:
    """Makes the film of a wish, from what it kept of the last one.

    Examples
    --------
    >>> film, truth = Maker().film(Wish(rows=64))
    >>> film.pixels.shape[0], truth.labels["fracture"]
    (64, 0)
    """

    def __init__(self) -> None:
        self._body: tuple[object, dict[str, Any], Anatomy] | None = None
        self._scene: tuple[object, Scene] | None = None

    def film(self, wish: Wish) -> "tuple[Radiograph, Truth]":
        """Return the film of `wish` and its truth."""
        person, anatomy, scene = self._placed(wish)
        site = SITES[wish.site]
        changes = {"exposure_ugy": site.beam.exposure_ugy * wish.exposure}
        if wish.kvp is not None:
            changes["kvp"] = wish.kvp / region(wish.region).views[wish.view].beam.get("kvp", 1.0)
        return shoot(
            region(wish.region), wish.view, person, anatomy, with_settings(site, **changes), wish.patient, wish.rows,
            wish.subtlety, scene=scene,
        )  # fmt: skip

    def _placed(self, wish: Wish) -> "tuple[dict[str, Any], Anatomy, Scene]":
        """Return the patient, the anatomy and its projection; built anew only where the wish changes them."""
        place = region(wish.region)
        who = (wish.region, wish.patient, wish.lesion, wish.subtlety)
        if self._body is None or self._body[0] != who:
            person = place.person(wish.patient, wish.lesion, {})
            anatomy = place.build(person, wish.lesion, wish.subtlety, Streams(wish.patient))
            self._body = who, person, anatomy
        _, person, anatomy = self._body
        how = (who, wish.view, wish.rows, wish.turn_deg, wish.tilt_deg)
        if self._scene is None or self._scene[0] != how:
            pose = (wish.tilt_deg, wish.turn_deg, 0.0)
            self._scene = how, project(anatomy, place.views[wish.view], person, wish.patient, wish.rows, pose)
        return person, anatomy, self._scene[1]

    def unprocessed(self, wish: Wish) -> NDArray[np.float32]:
        """Return what the beam leaves behind the patient, before detector and processing: its attenuation, -ln.

        A film's processing evens out brightness and contrast and so hides what the voltage does; here it is seen.
        """
        scene, site = self._placed(wish)[2], SITES[wish.site]
        own = region(wish.region).views[wish.view].beam
        beam = with_settings(site, **{name: getattr(site.beam, name) * factor for name, factor in own.items()}).beam
        beam = replace(beam, kvp=wish.kvp or beam.kvp)
        through = primary(scene.paths, beam)
        signal = scattered(through, beam, scene.camera.spacing_mm) / through.max()
        return np.asarray(-np.log(np.maximum(signal, 1e-6)), np.float32)


def bone_contrast(attenuation: NDArray[np.float32], truth: "Truth") -> float:
    """Return how much of the attenuation over bone the bone adds to that of the soft tissue beside it, 0 to 1."""
    body = truth.mask("body")
    bone = np.zeros_like(body)
    for name in truth.masks():
        if name not in ("body", "marker") and not name.startswith("lesion"):
            bone |= truth.mask(name)
    if not bone.any() or not (body & ~bone).any():
        return 0.0
    over, beside = float(np.median(attenuation[bone])), float(np.median(attenuation[body & ~bone]))
    return (over - beside) / over


def usual_kvp(wish: Wish) -> float:
    """Return the voltage that the hospital takes for this view, kV."""
    return SITES[wish.site].beam.kvp * region(wish.region).views[wish.view].beam.get("kvp", 1.0)


def pixel_mm(wish: Wish, rows: int) -> float:
    """Return the size of a pixel at the detector, mm, on a film of `rows` rows."""
    return region(wish.region).views[wish.view].field_mm[0] / rows


def overlay(truth: "Truth", kind: str) -> NDArray[np.float32] | None:
    """Return what is to be laid over a film, rows x columns, 0 to 1; None for nothing.

    ``"lesion"`` is its mask; ``"bones"`` gives neighbours different shades; ``"landmarks"`` are small squares.
    """
    if kind == "none":
        return None
    shade = np.zeros(truth.shape, np.float32)
    if kind == "landmarks":
        for row, column in truth.landmarks.values():
            r, c = round(row), round(column)
            reach = max(1, truth.shape[0] // 128)
            shade[max(0, r - reach) : max(0, r + reach + 1), max(0, c - reach) : max(0, c + reach + 1)] = 1.0
        return shade
    names = [name for name in truth.masks() if name.startswith("lesion") == (kind == "lesion")]
    for k, name in enumerate(n for n in names if n not in ("body", "marker")):
        shade[truth.mask(name)] = 1.0 if kind == "lesion" else 0.35 + 0.65 * (k * 0.382 % 1.0)
    return shade


def noise_share(film: "Radiograph", truth: "Truth") -> float:
    """Return how grainy the film is: the spread from pixel to pixel beside the bones, over the film's own spread.

    The spread is the median absolute difference of neighbours in a row; where there is no soft tissue beside the bones
    it is 0.
    """
    free = truth.mask("body") & ~truth.mask("marker")
    pairs = np.abs(np.diff(film.pixels, axis=1))[free[:, 1:] & free[:, :-1]]
    spread = float(film.pixels[free].std()) if free.any() else 0.0
    return float(np.median(pairs)) / spread if len(pairs) and spread > 0 else 0.0
