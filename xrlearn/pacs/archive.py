"""What an archive is asked: which studies there are, one film of them, and to keep an answer."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import requests
from dicomweb_client.web import DICOMwebClient
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.uid import RE_VALID_UID

from ..radiograph.limits import check_size
from ..radiograph.reading import quietly
from .settings import ArchiveError, Settings

#: kinds of series that hold films
FILMS = ("DX", "CR", "RG", "DR")

#: studies and films told at most, and seconds to wait for the archive
MOST, PATIENCE = 50, 20

# What they log names patients: a query is part of an address.
for _name in ("dicomweb_client", "retrying"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Study:
    """One study as the archive's list has it; the patient by number, never by name."""

    uid: str
    patient: str
    date: str
    description: str
    modalities: str


@dataclass(frozen=True)
class Place:
    """Where one film lies: study, series and instance by their UIDs.

    Examples
    --------
    >>> Place.named("1.2.3/4.5/6.7").series
    '4.5'
    >>> str(Place("1.2.3", "4.5", "6.7"))
    '1.2.3/4.5/6.7'
    """

    study: str
    series: str
    instance: str

    @classmethod
    def named(cls, name: str) -> "Place":
        """Return the place that ``STUDY/SERIES/INSTANCE`` names.

        Raises
        ------
        ArchiveError
            If it names none.
        """
        parts = name.strip().split("/")
        if len(parts) != 3 or not all(re.match(RE_VALID_UID, part) and len(part) <= 64 for part in parts):
            raise ArchiveError("place")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.study}/{self.series}/{self.instance}"


class Archive:
    """A DICOMweb archive; what it gives stays in memory.

    Parameters
    ----------
    settings : Settings, optional
        Those of the environment when left out.

    Raises
    ------
    ArchiveError
        From every method, if the archive does not answer, or refuses; never with anything of a patient in it.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings.from_environment()
        session = requests.Session()
        session.trust_env = False  # names and passwords that lie in files of this machine are not for the archive
        if settings.user:
            session.auth = (settings.user, settings.password)
        if settings.token:
            session.headers["Authorization"] = f"Bearer {settings.token}"
        if settings.certificates:
            session.verify = settings.certificates
        self._client = DICOMwebClient(settings.url, session=session, timeout=PATIENCE)
        self._client.set_http_retry_params(retry=False)

    def studies(self, patient: str = "", accession: str = "", date: str = "", most: int = MOST) -> list[Study]:
        """Return the studies of a patient's number, an accession number, or days (``20260101-20260131``)."""
        wanted = {"PatientID": patient, "AccessionNumber": accession, "StudyDate": date}
        with _plainly():
            found = self._client.search_for_studies(
                limit=most,
                fields=["StudyDescription", "ModalitiesInStudy"],
                search_filters={name: value for name, value in wanted.items() if value},
            )
            return [
                Study(
                    _said(one, "StudyInstanceUID"), _said(one, "PatientID"), _said(one, "StudyDate"),
                    _said(one, "StudyDescription"), _said(one, "ModalitiesInStudy"),
                )
                for one in map(Dataset.from_json, found[:most])
            ]  # fmt: skip

    def films(self, study: str, most: int = MOST) -> list[Place]:
        """Return where the films of a study lie."""
        places: list[Place] = []
        with _plainly():
            for series in map(Dataset.from_json, self._client.search_for_series(study, fields=["Modality"])):
                if series.get("Modality") in FILMS:
                    uid = _said(series, "SeriesInstanceUID")
                    inside = map(Dataset.from_json, self._client.search_for_instances(study, uid))
                    places += [Place(study, uid, _said(one, "SOPInstanceUID")) for one in inside]
        return places[:most]

    def fetch(self, place: Place) -> bytes:
        """Return a film as a DICOM file; one that claims to be too large is not asked for.

        Raises
        ------
        RadiographError
            If it is too large.
        """
        with _plainly():
            told = self._client.retrieve_instance_metadata(place.study, place.series, place.instance)
            header: Any = told[0] if isinstance(told, list) else told
            size = [int(header.get(tag, {}).get("Value", [1])[0]) for tag in ("00280010", "00280011")]
        check_size(*size)
        with _plainly():
            found = self._client.retrieve_instance(place.study, place.series, place.instance)
            out = BytesIO()
            dcmwrite(out, found, enforce_file_format=True)
        return out.getvalue()

    def store(self, documents: Sequence[Dataset]) -> None:
        """Let the archive keep these beside what it has."""
        with _plainly():
            told = self._client.store_instances(documents)
        if getattr(told, "FailedSOPSequence", None):
            raise ArchiveError("kept", n=len(told.FailedSOPSequence))


def header(film: bytes) -> Dataset:
    """Return what a film's file says, its pixels left out."""
    with quietly():
        return dcmread(BytesIO(film), stop_before_pixels=True)


def _said(one: Mapping[Any, Any] | Dataset, name: str) -> str:
    value = one.get(name, "")
    return " ".join(map(str, value)) if isinstance(value, list) or hasattr(value, "append") else str(value or "")


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn whatever goes wrong on the way into one sentence; what the libraries would say quotes addresses."""
    try:
        with quietly():
            yield
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        key = {401: "entry", 403: "entry", 404: "missing"}.get(status, "status")
        raise ArchiveError(key, **({"status": status} if key == "status" else {})) from None
    except requests.exceptions.SSLError:
        raise ArchiveError("tls") from None
    except (requests.JSONDecodeError, AttributeError, LookupError, TypeError):
        raise ArchiveError("garbled") from None
    except OSError:  # all else that requests raises is one, too
        raise ArchiveError("silent") from None
    except ValueError:
        raise ArchiveError("garbled") from None
