"""What a DICOM header says about the film: scale, side, view, body part."""

import math
import re
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from .geometry import oblong

#: Pixels of detectors and film scanners measure 0.02 to 0.6 mm; anything else was resampled, invented or mistyped.
_PIXEL_MM = (0.02, 0.6)
#: Two spacings further apart than this are a mistake: detectors have square pixels.
_SQUARE = 1.5

#: Words for body parts (DICOM PS3.16 Annex L and what modalities write instead) -> our name.
_BODY = {
    "hands": "hand", "finger": "hand", "fingers": "hand", "thumb": "hand", "metacarpus": "hand",
    "carpus": "wrist", "scaphoid": "wrist",
    "lowerarm": "forearm", "radius": "forearm", "ulna": "forearm", "radiusulna": "forearm",
    "upperarm": "humerus", "arm": "upper limb", "upperlimb": "upper limb", "upperextremity": "upper limb",
    "scapula": "shoulder", "acromioclavicularjoint": "shoulder",
    "hips": "hip", "hipjoint": "hip", "pelviship": "pelvis",
    "thigh": "femur", "upperleg": "femur",
    "patella": "knee", "knees": "knee",
    "leg": "lower leg", "lowerleg": "lower leg", "tibia": "lower leg", "fibula": "lower leg",
    "tibiafibula": "lower leg", "calf": "lower leg",
    "heel": "foot", "calcaneus": "foot", "toe": "foot", "toes": "foot", "feet": "foot",
    "lowerlimb": "lower limb", "lowerextremity": "lower limb",
    "cspine": "cervical spine", "cervicalspine": "cervical spine", "neck": "cervical spine",
    "tspine": "thoracic spine", "thoracicspine": "thoracic spine", "dspine": "thoracic spine",
    "lspine": "lumbar spine", "lumbarspine": "lumbar spine", "lsspine": "lumbar spine",
    "tlspine": "spine", "wholespine": "spine", "scoliosis": "spine", "vertebralcolumn": "spine",
    "thorax": "chest", "ribs": "chest", "rib": "chest",
    "head": "skull",
}  # fmt: skip


def safe(ds: Dataset, keyword: str) -> Any:
    """Return the first value of an element, or None where it is absent, empty or malformed."""
    try:
        value = ds.get(keyword)
    except Exception:  # pydicom converts lazily and raises many things on malformed values
        return None
    if isinstance(value, (MultiValue, Sequence, list, tuple)):
        value = value[0] if len(value) else None
    return None if value is None or value == "" else value


def number(ds: Dataset, keyword: str) -> float | None:
    """Return the first value of an element as a finite number, or None."""
    try:
        value = float(safe(ds, keyword))
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def word(ds: Dataset, keyword: str) -> str | None:
    """Return the first value of an element as a short code in capitals, or None.

    >>> from pydicom.dataset import Dataset
    >>> ds = Dataset()
    >>> ds.Modality = "DX "
    >>> word(ds, "Modality"), word(ds, "ViewPosition")
    ('DX', None)
    """
    value = safe(ds, keyword)
    text = re.sub(r"[^A-Z0-9 _/-]", "", str(value).upper()).strip()[:32] if value is not None else ""
    return text or None


def age_years(ds: Dataset) -> float | None:
    """Return the patient's age in years, or None.

    >>> from pydicom.dataset import Dataset
    >>> ds = Dataset()
    >>> ds.PatientAge = "018M"
    >>> age_years(ds)
    1.5
    """
    told = re.fullmatch(r"(\d{1,3})([DWMY])", word(ds, "PatientAge") or "")
    return int(told[1]) / {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}[told[2]] if told else None


def _pair(ds: Dataset, keyword: str) -> tuple[float, float] | None:
    try:
        row, col = (float(v) for v in ds.get(keyword, ()))
    except Exception:  # as in `safe`; also a wrong number of values
        return None
    return (row, col) if math.isfinite(row) and math.isfinite(col) else None


def spacing(ds: Dataset) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the pixel spacing (row, column) in mm, or None where it is not known, and remarks about it.

    Only Pixel Spacing (0028,0030) is believed. Imager Pixel Spacing is measured at the detector, where the bone
    appears 5 to 30 % larger than it is (PS3.3 section 10.7.1.3), and is never taken in its place.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> ds = Dataset()
    >>> ds.ImagerPixelSpacing = [0.15, 0.15]
    >>> spacing(ds)
    (None, ('radiograph.remark.spacing_detector_only',))
    >>> ds.PixelSpacing = [0.14, 0.14]
    >>> ds.PixelSpacingCalibrationType = "FIDUCIAL"
    >>> spacing(ds)
    ((0.14, 0.14), ('radiograph.remark.spacing_calibrated',))
    """
    pair, imager = _pair(ds, "PixelSpacing"), _pair(ds, "ImagerPixelSpacing")
    if pair is None or min(pair) <= 0:
        if imager is not None and min(imager) > 0:
            return None, ("radiograph.remark.spacing_detector_only",)
        return None, ("radiograph.remark.spacing_unknown",)
    if word(ds, "PixelSpacingCalibrationType") in ("GEOMETRY", "FIDUCIAL"):
        return pair, ("radiograph.remark.spacing_calibrated",)  # somebody has seen to it, whatever the detector's is
    remarks: tuple[str, ...] = ()
    if not all(_PIXEL_MM[0] <= v <= _PIXEL_MM[1] for v in pair) or max(pair) > _SQUARE * min(pair):
        remarks = ("radiograph.doubt.spacing",)
    if imager is not None and np.allclose(pair, imager, rtol=1e-3, atol=0):
        return pair, (*remarks, "radiograph.remark.spacing_detector")
    return pair, (*remarks, "radiograph.remark.spacing_uncalibrated")


def pixel_shape(ds: Dataset) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return height and width of a pixel in any one unit, or None where nothing says that it is no square.

    A spacing and a Pixel Aspect Ratio that contradict each other are a question to the reader.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> ds = Dataset()
    >>> ds.PixelAspectRatio = ["2", "1"]
    >>> pixel_shape(ds)
    ((2.0, 1.0), ('radiograph.remark.squared',))
    >>> ds.PixelSpacing = [0.1, 0.1]
    >>> pixel_shape(ds)
    (None, ('radiograph.doubt.geometry',))
    """
    sources = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio")
    said = [pair for name in sources if (pair := _pair(ds, name)) is not None and min(pair) > 0]
    if not said:
        return None, ()
    height, width = said[0]
    remarks: tuple[str, ...] = ()
    extreme = not oblong(height, width) and not np.isclose(height / width, 1, rtol=0.02)
    if extreme or not np.allclose([h / w for h, w in said], height / width, rtol=0.02):
        remarks = ("radiograph.doubt.geometry",)
    if oblong(height, width):
        return (height, width), ("radiograph.remark.squared", *remarks)
    return None, remarks


def side(ds: Dataset) -> str | None:
    """Return ``"L"`` or ``"R"`` from Image Laterality, else from Laterality of the series; None for both or unknown.

    >>> from pydicom.dataset import Dataset
    >>> ds = Dataset()
    >>> ds.Laterality = "R"
    >>> side(ds)
    'R'
    """
    value = word(ds, "ImageLaterality") or word(ds, "Laterality")
    return {"L": "L", "R": "R", "LEFT": "L", "RIGHT": "R"}.get(value or "")


def _meaning(ds: Dataset, keyword: str) -> str:
    item = safe(ds, keyword)
    value = safe(item, "CodeMeaning") if isinstance(item, Dataset) else None
    return re.sub(r"[^a-z]", "", str(value).lower()) if value is not None else ""


def view(ds: Dataset) -> str | None:
    """Return the view: View Position as written, else AP, PA, LL, RL, LATERAL, OBLIQUE or AXIAL from the View Code.

    >>> from pydicom.dataset import Dataset
    >>> ds, code = Dataset(), Dataset()
    >>> code.CodeMeaning = "postero-anterior"
    >>> ds.ViewCodeSequence = [code]
    >>> view(ds)
    'PA'
    """
    if written := word(ds, "ViewPosition"):
        return written
    meaning = _meaning(ds, "ViewCodeSequence")
    for sign, name in (
        ("oblique", "OBLIQUE"),
        ("anteroposterior", "AP"),
        ("posteroanterior", "PA"),
        ("leftlateral", "LL"),
        ("rightlateral", "RL"),
        ("lateral", "LATERAL"),
        ("axial", "AXIAL"),
    ):
        if sign in meaning:
            return name
    return None


def body_part(ds: Dataset) -> str | None:
    """Return the body part in lower case, synonyms joined (``"CSPINE"`` is ``"cervical spine"``).

    >>> from pydicom.dataset import Dataset
    >>> ds = Dataset()
    >>> ds.BodyPartExamined = "TIBIA_FIBULA"
    >>> body_part(ds)
    'lower leg'
    """
    written = word(ds, "BodyPartExamined")
    letters = re.sub(r"[^a-z]", "", written.lower()) if written else _meaning(ds, "AnatomicRegionSequence")
    if not letters or letters in ("unknown", "other", "none", "na"):
        return None
    return _BODY.get(letters) or (written.lower().replace("_", " ") if written else letters)
