"""A radiograph in memory."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: Remarks under this prefix are questions that a reader must settle.
DOUBT = "radiograph.doubt."
#: Remark of a film whose grey values a reader has settled.
CONFIRMED = "radiograph.remark.confirmed"


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One film, its grey values brought to one scale, whatever file it came in.

    The promise of `pixels` is kept by the class and not by its caller: an instance with another shape, with values
    outside 0 to 1 or with values that are no numbers cannot be made, and the array cannot be written to.

    Parameters
    ----------
    pixels : ndarray of float32, rows x columns
        0 to 1 over the range that the file can store (its stored bits), dense bone bright.
    spacing_mm : (float, float) or None
        Distance between the centres of neighbouring rows and of neighbouring columns, mm; None where unknown.
    side : {"L", "R"} or None
        Side of the patient's body.
    view : str or None
        View position in the words of DICOM, for example ``"AP"``.
    body_part : str or None
        Body part in lower case, for example ``"hand"``.
    modality : str or None
        DICOM modality, for example ``"DX"``.
    age_years : float or None
        Of the patient, as the header says it.
    window : (float, float)
        Grey values, 0 to 1, that are shown black and white unless the reader chooses others.
    bits : int
        Bits per pixel that the file stored.
    source : str
        Format and transfer syntax; never a path, never a patient.
    remarks : tuple of str
        Catalogue keys of what should be known about the way the film was read.

    Raises
    ------
    ValueError
        If `pixels`, `spacing_mm` or `window` break their promise.

    Examples
    --------
    >>> Radiograph(np.array([[0.0, 1.5]], np.float32))
    Traceback (most recent call last):
    ...
    ValueError: pixels must be a two-dimensional array of float32 between 0 and 1
    """

    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, float] | None = None
    side: str | None = None
    view: str | None = None
    body_part: str | None = None
    modality: str | None = None
    age_years: float | None = None
    window: tuple[float, float] = (0.0, 1.0)
    bits: int = 8
    source: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        p = self.pixels
        # The comparison is false for NaN too.
        if p.ndim != 2 or p.size == 0 or p.dtype != np.float32 or not (p.min() >= 0.0 and p.max() <= 1.0):
            raise ValueError("pixels must be a two-dimensional array of float32 between 0 and 1")
        if self.spacing_mm is not None and not all(0 < s < float("inf") for s in self.spacing_mm):
            raise ValueError("spacing_mm must be two positive numbers or None")
        low, high = self.window
        if not 0.0 <= low < high <= 1.0:
            raise ValueError("window must be (low, high) with 0 <= low < high <= 1")
        if self.side not in ("L", "R", None):
            raise ValueError("side must be 'L', 'R' or None")
        if p.flags.writeable:
            frozen = p.view()
            frozen.flags.writeable = False
            object.__setattr__(self, "pixels", frozen)

    @property
    def spacing_kind(self) -> str:
        """What the pixel spacing is: ``"calibrated"``, ``"uncalibrated"``, at the ``"detector"``, or ``"unknown"``.

        >>> Radiograph(np.zeros((2, 2), np.float32)).spacing_kind
        'unknown'
        """
        prefix = "radiograph.remark.spacing_"
        said = {r.removeprefix(prefix).split("_")[0] for r in self.remarks if r.startswith(prefix)}
        return next((kind for kind in ("calibrated", "uncalibrated", "detector") if kind in said), "unknown")

    def confirmed(self, inverted: bool = False) -> "Radiograph":
        """Return the film after a reader has looked at it and settled its questions: as it is, or with grey inverted.

        Examples
        --------
        >>> film = Radiograph(np.full((2, 2), 0.25, np.float32), remarks=("radiograph.doubt.polarity",))
        >>> turned = film.confirmed(inverted=True)
        >>> float(turned.pixels[0, 0]), turned.remarks
        (0.75, ('radiograph.remark.confirmed',))
        """
        remarks = (*(r for r in self.remarks if not r.startswith(DOUBT) and r != CONFIRMED), CONFIRMED)
        if not inverted:
            return replace(self, remarks=remarks)
        low, high = self.window
        return replace(self, pixels=1 - self.pixels, window=(1 - high, 1 - low), remarks=remarks)

    def __repr__(self) -> str:
        rows, cols = self.pixels.shape
        return f"Radiograph({rows} x {cols}, {self.bits} bits, {self.source})"
