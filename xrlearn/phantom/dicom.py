"""Simulated films as DICOM objects: Digital X-Ray Image Storage for presentation, of patients who do not exist.

Attributes and their order of importance follow PS3.3 section A.26 (the DX object) and its modules.
"""

from datetime import date, timedelta
from io import BytesIO

import numpy as np
from pydicom import dcmwrite, uid
from pydicom.dataset import Dataset, FileMetaDataset

from ..radiograph import Radiograph
from .region import region
from .truth import Truth

#: region -> Body Part Examined, and code and meaning of the region in SNOMED CT (PS3.16, context group 4009)
_BODY = {
    "ankle": ("ANKLE", "70258002", "Ankle joint"),
    "forearm": ("FOREARM", "14975008", "Forearm"),
    "hand": ("HAND", "85562004", "Hand"),
    "heel": ("CALCANEUS", "80144004", "Calcaneus"),
    "hip": ("PELVIS", "816092008", "Pelvis"),
    "knee": ("KNEE", "72696002", "Knee"),
    "shoulder": ("SHOULDER", "16982005", "Shoulder"),
    "spine": ("SPINE", "421060004", "Spine"),
    "wrist": ("WRIST", "74670003", "Wrist joint"),
}
_PAIRED = set(_BODY) - {"hip", "spine"}
#: View Position -> code and meaning of the view (context group 4010); any other view is an oblique one
_VIEWS = {
    "PA": ("272479007", "postero-anterior"),
    "AP": ("399348003", "antero-posterior"),
    "LL": ("399173006", "left lateral"),
    "RL": ("399198007", "right lateral"),
}
_OBLIQUE = ("399182000", "oblique")
#: letters of PS3.3 section C.7.6.1.1.1 (right, left, head, foot, front, back) for both ends of each body axis, in the
#: axes of trunk and leg and in those of a hanging right hand
_ENDS = {"trunk": ("AP", "HF", "RL"), "hand": ("RL", "HF", "PA")}
_HANDS = ("hand", "wrist")
_FIRST_DAY = date(2020, 1, 1)


def dataset(film: Radiograph, truth: Truth) -> Dataset:
    """Return a simulated film as a DX object; the same film gives the same identifiers.

    Parameters
    ----------
    film, truth
        What :func:`.film.make` returned.

    Examples
    --------
    >>> from xrlearn.phantom import make
    >>> ds = dataset(*make("wrist", size=64, seed=2))
    >>> ds.Modality, ds.PatientID, ds.PatientIdentityRemoved
    ('DX', 'SIM-wrist-2', 'YES')
    """
    person, settings = truth.patient, truth.settings
    name = f"{truth.region}-{person['id']}"
    day = _FIRST_DAY + timedelta(days=int(person["id"]) % 1461)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    ds.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    ds.SOPInstanceUID = _uid(name, truth.view, settings["name"], f"{settings['seed']} {truth.shape}")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = _uid(name), _uid(name, truth.view)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    ds.PatientName, ds.PatientID = f"Simulated^{truth.region.title()} {person['id']}", f"SIM-{name}"
    ds.PatientSex = person.get("sex", "O")
    age = person.get("age_years")
    ds.PatientBirthDate = ""
    if age is not None:
        ds.PatientAge = f"{int(age):03d}Y" if age >= 2 else f"{int(age * 12):03d}M"
    ds.PatientIdentityRemoved, ds.DeidentificationMethod = "YES", "Simulated: there is no patient"
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = day.strftime("%Y%m%d")
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = "080000"
    ds.AccessionNumber = ds.StudyID = ds.ReferringPhysicianName = ""
    ds.SeriesNumber = ds.InstanceNumber = ds.AcquisitionNumber = "1"
    ds.Modality, ds.PresentationIntentType = "DX", "FOR PRESENTATION"
    ds.Manufacturer, ds.ManufacturerModelName = "xrlearn", "simulated"
    ds.InstitutionName, ds.StationName = f"simulated {settings['name']}", settings["name"][:16].upper()
    ds.SoftwareVersions = ds.DeviceSerialNumber = "1"
    _picture(ds, film, settings["photometric"] == "MONOCHROME1")
    _exposure(ds, film, truth)
    _position(ds, truth)
    return ds


def write_dicom(film: Radiograph, truth: Truth) -> bytes:
    """Return a simulated film as the bytes of a DICOM file."""
    out = BytesIO()
    dcmwrite(out, dataset(film, truth), enforce_file_format=True)
    return out.getvalue()


def _uid(*parts: str) -> uid.UID:
    return uid.generate_uid(entropy_srcs=["xrlearn simulated film", *parts])


def _picture(ds: Dataset, film: Radiograph, inverse: bool) -> None:
    """Grey values as this hospital stores them, with the window that shows all of them."""
    top = 2**film.bits - 1
    stored = np.rint(film.pixels * top).astype(np.uint16)
    if inverse:
        stored = (top - stored).astype(np.uint16)
    raw = (stored.astype(np.uint8) if film.bits <= 8 else stored.astype("<u2")).tobytes()
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.PhotometricInterpretation = "MONOCHROME1" if inverse else "MONOCHROME2"
    ds.PresentationLUTShape = "INVERSE" if inverse else "IDENTITY"
    ds.Rows, ds.Columns = film.pixels.shape
    ds.BitsAllocated = 8 if film.bits <= 8 else 16
    ds.BitsStored, ds.HighBit = film.bits, film.bits - 1
    ds.add_new("PixelData", "OB" if film.bits <= 8 else "OW", raw + b"\0" * (len(raw) % 2))
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", 1 if inverse else -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.WindowCenter, ds.WindowWidth = str((top + 1) / 2), str(top + 1)
    ds.LossyImageCompression, ds.BurnedInAnnotation = "00", "NO"  # a side marker names nobody (PS3.3 C.7.6.1)


def _exposure(ds: Dataset, film: Radiograph, truth: Truth) -> None:
    """Tube, detector and scale. Pixel Spacing holds at the depth of the bone, Imager Pixel Spacing at the detector."""
    beam, view = truth.settings["beam"], region(truth.region).views[truth.view]
    ds.KVP = f"{beam['kvp']:g}"
    if view.sid_mm < float("inf"):  # a slot scanner's rays have no common source
        ds.DistanceSourceToDetector = f"{view.sid_mm:g}"
        ds.DistanceSourceToPatient = f"{view.sid_mm - view.oid_mm:g}"
    ds.EstimatedRadiographicMagnificationFactor = f"{truth.settings['magnification']:.6g}"
    ds.ImagerPixelSpacing = [f"{truth.spacing_mm:.8g}"] * 2
    if film.spacing_mm is not None:
        ds.PixelSpacing = [f"{mm:.8g}" for mm in film.spacing_mm]
        ds.PixelSpacingCalibrationType = "GEOMETRY"
        ds.PixelSpacingCalibrationDescription = "simulated geometry"
    ds.DetectorType, ds.DetectorConfiguration = "DIRECT", "AREA"
    ds.DetectorID, ds.DetectorDescription = "simulated", "simulated detector"
    ds.PositionerType, ds.Grid = "NONE", "NONE" if beam["grid_factor"] == 1 else "FIXED"


def _position(ds: Dataset, truth: Truth) -> None:
    """Body part, side and view."""
    part, *anatomy = _BODY[truth.region]
    view = region(truth.region).views[truth.view].dicom
    ds.AnatomicRegionSequence, ds.BodyPartExamined = [_code(*anatomy)], part
    ds.ImageLaterality = truth.side if truth.region in _PAIRED else "U"
    ds.ViewCodeSequence = [_code(*_VIEWS.get(view, _OBLIQUE))]
    if view in _VIEWS:
        ds.ViewPosition = view
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = []
    ds.AcquisitionContextSequence, ds.PatientOrientation = [], orientation(truth)


def orientation(truth: Truth) -> list[str]:
    """Return where a film's rows and columns point to in the patient, as letters of Patient Orientation.

    Examples
    --------
    >>> from xrlearn.phantom import make
    >>> orientation(make("wrist", "PA", size=64)[1])
    ['L', 'H']
    """
    ends = _ENDS["hand" if truth.region in _HANDS else "trunk"]
    letters = []
    for axis in region(truth.region).views[truth.view].axes[:2]:
        k = int(np.abs(axis).argmax())
        letters.append(ends[k][int(axis[k] < 0)])
    if truth.side == "L" and letters[0] not in "LR":  # the film of a left limb is mirrored, and so is its patient
        letters[0] = {"A": "P", "P": "A", "H": "F", "F": "H"}[letters[0]]
    return letters


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item
