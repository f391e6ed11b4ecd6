"""Films of an archive, and what a model says of them."""

import numpy as np
from films import dicom

from xrlearn.radiograph import Finding
from xrlearn.training import Prediction

STUDY, SERIES = "1.2.826.0.1.7", "1.2.826.0.1.7.1"


def film(instance: int, patient: str = "4711", series: str = SERIES, **told) -> bytes:
    """A film of Jane Roe's wrist."""
    given = {
        "SOPInstanceUID": f"{series}.{instance}", "SeriesInstanceUID": series, "StudyInstanceUID": STUDY,
        "PatientID": patient, "PatientName": "Roe^Jané", "SpecificCharacterSet": "ISO_IR 100", "StudyDate": "20260102",
        "StudyDescription": "Wrist", "Modality": "DX", "BodyPartExamined": "WRIST",
    }  # fmt: skip
    return dicom(**given | told)


def answer(label: str = "fracture: 0.83", known: bool = True, **told) -> Prediction:
    heat = np.zeros((96, 80), np.float32)
    heat[30:40, 20:30] = 1
    given = {"probability": 0.83, "threshold": 0.4, "answers": {}} | told
    return Prediction(
        "fracture", label, **given, heatmap=heat, heatmap_peak=(35, 25), points={}, parts={},
        warnings=(Finding("radiograph.quality.text"),), distance=0.5 if known else 2, seconds=0.1,
    )  # fmt: skip
