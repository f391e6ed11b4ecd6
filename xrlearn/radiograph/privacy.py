"""Take the patient out of a DICOM header: PS3.15 Annex E, Basic Application Level Confidentiality Profile.

The table of attributes and actions (PS3.15 table E.1-1, edition 2026c) and the dummy values come from the package
dicom-anonymizer, which extracts them from the standard. The walk is ours, because the package applies the table to the
top level only; here it is applied to the items of every sequence as well.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from dicomanonymizer.simpledicomanonymizer import initialize_actions, replace_element
from pydicom import dcmwrite, uid
from pydicom.datadict import dictionary_description, dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import BaseTag

from .errors import RadiographError
from .header import word
from .lettering import Box, lettering
from .reading import quietly, to_bytes
from .scrub import blacken, scrub

#: Edition of table E.1-1.
EDITION = "2026c"

#: The same old UID gives the same new one in every file of this session, so that films of one study stay together;
#: without the key, which is never stored, nobody can test a guess.
_KEY = secrets.token_bytes(32)

#: Value representations that hold dates, times and names of persons; none may survive, listed in the table or not.
_NEVER = {"DA", "DT", "TM", "PN"}
#: Those that hold numbers: text in their place was typed by somebody.
_NUMBERS = {"DS", "IS", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"}


@dataclass(frozen=True)
class Action:
    """What was done to one element; never its value.

    `action` is ``"removed"``, ``"emptied"``, ``"replaced"`` (by a dummy) or ``"new_uid"``.
    """

    tag: str
    name: str
    action: str


@dataclass(frozen=True)
class Report:
    """What de-identification did.

    Parameters
    ----------
    actions : tuple of Action
        In the order of the file; elements inside sequences included.
    warnings : tuple of str
        Catalogue keys of what the header alone cannot settle, above all text burned into the picture.
    boxes : tuple of (row0, column0, row1, column1)
        Around what looks like text in the picture, blacked out or not.
    """

    actions: tuple[Action, ...]
    warnings: tuple[str, ...]
    boxes: tuple[Box, ...] = ()


@cache
def _table() -> dict[tuple[int, int], str]:
    """Return the action codes of tags; the groups 50xx and 60xx are in no dictionary and go as unknown tags do."""
    table = initialize_actions(f"dicomfields_{EDITION}").items()
    return {tag: _ACTIONS[function.__name__] for tag, function in table if len(tag) == 2}


#: Names that dicom-anonymizer gives the action codes of the table -> what is done here. Compound codes ("remove, unless
#: emptying is required by the object") are resolved once: the objects of films (CR, DX, SC) require none of those
#: attributes, but PatientID, ContentDate and their like (Z/D) must be present and may be empty.
_ACTIONS = {
    "delete": "removed",
    "delete_or_empty": "removed",
    "delete_or_replace": "removed",
    "delete_or_empty_or_replace": "removed",
    "delete_or_empty_or_replace_UID": "removed",
    "empty": "emptied",
    "empty_or_replace": "emptied",
    "replace": "replaced",
    "replace_UID": "new_uid",
}


def new_uid(old: str) -> uid.UID:
    """Return the UID that stands for `old` in this session (2.25 root, 128 bits, PS3.5 Annex B.2).

    >>> new_uid("1.2.3") == new_uid("1.2.3") != new_uid("1.2.4")
    True
    """
    digest = hmac.digest(_KEY, old.encode(), "sha256")
    return uid.UID(f"2.25.{int.from_bytes(digest[:16], 'big')}")


def deidentify(data: bytes, *, black_out: bool = False) -> tuple[bytes, Report]:
    """Return a DICOM film without the attributes that identify the patient, and a report of what was done.

    All in memory. Attributes of the profile are removed, emptied, replaced by dummies or given new UIDs, at every
    depth; private attributes, attributes that no dictionary knows, overlays, text in the place of numbers, and dates,
    times and names of persons anywhere are removed; preamble and file meta information are written anew. Grey values
    are carried over exactly.

    Parameters
    ----------
    data : bytes
        A DICOM file.
    black_out : bool
        Whether what looks like text in the picture (see :func:`lettering`) becomes as dark as the darkest pixel; a
        compressed picture is written uncompressed then. Side markers stay.

    Returns
    -------
    bytes
        A DICOM file, in the same transfer syntax unless text was blacked out, marked by Patient Identity Removed (YES)
        and the method code 113100.
    Report
        Tags, names and actions, and warnings; no values.

    Raises
    ------
    RadiographError
        If `data` is not a DICOM radiograph that can be read.

    Notes
    -----
    The profile is about the header. The picture itself may show a name: where the header says so, or where
    :func:`lettering` finds what looks like burned-in text, the report warns of it. A film is to be looked at before it
    is passed on. Bits that the picture does not use, bytes behind it, and comments inside a compressed stream are taken
    out; where that would change a grey value they stay, and the report warns of it.

    Examples
    --------
    >>> deidentify(b"not a film")
    Traceback (most recent call last):
    ...
    xrlearn.radiograph.errors.RadiographError: Only DICOM files can be de-identified; this is another format.
    """
    from .dicom import parse, read_dicom
    from .reading import is_dicom

    data = to_bytes(data)
    if not is_dicom(data):
        raise RadiographError("radiograph.error.not_dicom")
    with quietly() as heard:
        try:
            film = read_dicom(data, heard)
            ds = parse(data)
            boxes = lettering(film.pixels)
            warnings = _warnings(ds, film.remarks, bool(boxes))
            actions: list[Action] = []
            pixels = ds.PixelData
            scrub(ds)
            _clean(ds, actions)
            _mark(ds)
            written = _written(ds)
            if not np.array_equal(read_dicom(written, heard).pixels, film.pixels):
                # The picture comes first: its data stay as they were, and the report says so.
                ds.PixelData = pixels
                written = _written(ds)
                warnings = ("radiograph.deidentify.not_scrubbed", *warnings)
            if black_out and boxes:
                blacken(ds, film, boxes)
                written = _written(ds)
                seen = "radiograph.deidentify.burned_in_seen"
                left = [w for w in warnings if w != seen or lettering(read_dicom(written, heard).pixels)]
                warnings = ("radiograph.deidentify.blackened", *left)
        except RadiographError:
            raise
        # As in `read`: whatever a damaged header provokes, without its words.
        except Exception:
            raise RadiographError("radiograph.error.damaged") from None
    return written, Report(tuple(actions), warnings, tuple(boxes))


def _written(ds: Dataset) -> bytes:
    out = BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def _warnings(ds: Dataset, remarks: tuple[str, ...], text: bool) -> tuple[str, ...]:
    warnings = []
    if "radiograph.remark.burned_in" in remarks or word(ds, "RecognizableVisualFeatures") == "YES":
        warnings.append("radiograph.deidentify.burned_in_said")
    if text:
        warnings.append("radiograph.deidentify.burned_in_seen")
    return (*warnings, "radiograph.deidentify.look")


def _clean(ds: Dataset, actions: list[Action]) -> None:
    """Apply the table to `ds` and to the items of its sequences."""
    for tag in list(ds.keys()):
        code = _code(tag)
        try:
            element = ds[tag]
        except Exception:  # an element that cannot even be converted cannot be judged
            code, element = "removed", None
        if code is None and element is not None and not element.is_empty and (element.VR in _NEVER or _typed(element)):
            code = "removed"
        if code is not None and element is not None:
            code = _DO[code](ds, element)
        elif code == "removed":
            del ds[tag]
        if code is not None:
            known = dictionary_has_tag(tag)
            name = dictionary_description(tag) if known else ("Private" if tag.is_private else "Unknown")
            actions.append(Action(f"({tag.group:04X},{tag.elem:04X})", name, code))
        elif element is not None and element.VR == "SQ":
            for item in element.value or ():
                _clean(item, actions)


def _typed(element: DataElement) -> bool:
    """Tell whether text stands where the dictionary has a number."""
    values = element.value if element.VM > 1 else [element.value]
    return dictionary_VR(element.tag) in _NUMBERS and any(isinstance(value, str) for value in values)


def _code(tag: BaseTag) -> str | None:
    return _table().get((tag.group, tag.elem)) or (None if dictionary_has_tag(tag) else "removed")


def _remove(ds: Dataset, element: DataElement) -> str:
    del ds[element.tag]
    return "removed"


def _empty(ds: Dataset, element: DataElement) -> str:
    element.value = [] if element.VR == "SQ" else element.empty_value
    return "emptied"


def _replace(ds: Dataset, element: DataElement) -> str:
    if element.VR == "UI":
        return _new_uid(ds, element)
    # No film needs the sequences and blobs that the table replaces by dummies.
    if element.VR in ("SQ", "OB", "OW", "UN"):
        return _remove(ds, element)
    try:
        replace_element(element)
    except NotImplementedError:
        return _remove(ds, element)
    return "replaced"


def _new_uid(ds: Dataset, element: DataElement) -> str:
    if element.VR != "UI":
        return _remove(ds, element)
    old = element.value
    if old:
        element.value = new_uid(str(old)) if isinstance(old, str) else [new_uid(str(one)) for one in old]
    return "new_uid"


_DO: dict[str, Callable[[Dataset, DataElement], str]] = {
    "removed": _remove,
    "emptied": _empty,
    "replaced": _replace,
    "new_uid": _new_uid,
}


def _mark(ds: Any) -> None:
    """Write the file meta information anew and say in the header what was done (PS3.15 section E.1.1)."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ds.file_meta.TransferSyntaxUID
    ds.file_meta = meta
    ds.preamble = bytes(128)
    if not ds.get("SOPClassUID"):
        ds.SOPClassUID = uid.SecondaryCaptureImageStorage
    if not ds.get("SOPInstanceUID"):
        ds.SOPInstanceUID = uid.generate_uid(None)
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "DICOM PS3.15 Basic Application Confidentiality Profile"
    ds.LongitudinalTemporalInformationModified = "REMOVED"
    code = Dataset()
    code.CodeValue = "113100"
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    ds.DeidentificationMethodCodeSequence = [code]
