"""An answer as a DICOM structured report (TID 1500), for programs that read on."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from highdicom import UID, sr
from pydicom import Dataset
from pydicom.sr.codedict import codes

from .. import __version__
from ..tasks import find

if TYPE_CHECKING:
    from ..training import Prediction

#: our own codes, where the standard has none
SCHEME = "99XRLEARN"
#: what everything that we store says of itself, in every place that has room for words
RESEARCH = "Research, not for diagnosis"
#: characters of a code's meaning, and of a series' description
_LONG = 64
_UNITS = {"months": ("mo", "month"), "degrees": ("deg", "degree"), "mm": ("mm", "millimeter")}
_NO_UNIT = sr.CodedConcept("1", "UCUM", "no units")
#: what the patient and study of a report are taken from, and may be missing on a film
_INHERITED = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate",
    "StudyTime", "ReferringPhysicianName",
)  # fmt: skip


def described(task: str) -> str:
    """Return what a series that we store is called.

    >>> described("fracture")
    'Research, not for diagnosis: fracture'
    """
    return f"{RESEARCH}: {task}"[:_LONG]


def source(film: Dataset) -> Dataset:
    """Return a film's header with all that a report must inherit, empty where the film does not say it."""
    for name in _INHERITED:
        film.setdefault(name, "")
    return film


def _code(value: str, meaning: str) -> sr.CodedConcept:
    return sr.CodedConcept(value, SCHEME, meaning[:_LONG])


def _numbers(said: "Prediction") -> Iterator[sr.Measurement]:
    """All numbers of an answer: probabilities without a unit, a number and its margin in the question's."""
    unit = getattr(find(said.task).answer, "unit", "").rpartition(".")[2]
    named = sr.CodedConcept(_UNITS[unit][0], "UCUM", _UNITS[unit][1]) if unit in _UNITS else _NO_UNIT
    told = {"probability": said.probability, "threshold": said.threshold}
    for name, value in {name: value for name, value in told.items() if not math.isnan(value)}.items():
        yield sr.Measurement(_code(name, name), round(value, 4), _NO_UNIT)
    for name, value in said.answers.items():
        yield sr.Measurement(_code(name, name), round(value, 4), named if name in ("value", "margin") else _NO_UNIT)


def report(film: Dataset, said: "Prediction", version: str) -> sr.ComprehensiveSR:
    """Return an answer as a report beside a film: unverified, preliminary, and marked as research.

    Parameters
    ----------
    film : Dataset
        The film's header; patient and study are taken from it.
    said : Prediction
    version : str
        Of the model.
    """
    film = source(film)
    algorithm = sr.AlgorithmIdentification(
        said.task, version, parameters=[RESEARCH, *(warning.text for warning in said.warnings)], manufacturer="xrlearn"
    )
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=UID(), identifier=said.task),
        algorithm_id=algorithm,
        measurements=list(_numbers(said)),
        qualitative_evaluations=[
            sr.QualitativeEvaluation(_code(said.task, find(said.task).title), _code("answer", said.label)),
            sr.QualitativeEvaluation(_code("purpose", "Purpose"), _code("research", RESEARCH)),
        ],
        source_images=[sr.SourceImageForMeasurementGroup(film.SOPClassUID, film.SOPInstanceUID)],
    )
    device = sr.DeviceObserverIdentifyingAttributes(
        UID(), name="xrlearn", manufacturer_name="xrlearn", model_name=f"{said.task} {version}"
    )
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(
            observer_device_context=sr.ObserverContext(codes.cid270.Device, device)
        ),
        procedure_reported=sr.CodedConcept("363680008", "SCT", "Radiographic imaging procedure"),
        imaging_measurements=[group],
    )
    return sr.ComprehensiveSR(
        evidence=[film],
        content=content,
        series_instance_uid=UID(),
        series_number=9001,
        sop_instance_uid=UID(),
        instance_number=1,
        manufacturer="xrlearn",
        manufacturer_model_name=said.task[:_LONG],
        software_versions=__version__,
        series_description=described(said.task),
        specific_character_set="ISO_IR 192",
    )
