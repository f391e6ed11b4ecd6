"""A radiograph in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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

    def __repr__(self) -> str:
        rows, cols = self.pixels.shape
        return f"Radiograph({rows} x {cols}, {self.bits} bits, {self.source})"
