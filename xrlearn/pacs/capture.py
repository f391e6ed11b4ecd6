"""An answer as a picture (DICOM secondary capture), for people: the film, where the model looked, and what it said."""

from typing import TYPE_CHECKING

import numpy as np
from highdicom import UID
from highdicom.sc import SCImage
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from .. import __version__
from ..locale import text
from ..locale.fonts import FILE
from .report import RESEARCH, described, source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..radiograph import Radiograph
    from ..training import Prediction

#: the longest side of the film on the picture, in pixels
LONGEST = 1024
_HOT = (255, 140, 0)


def picture(film: "Radiograph", said: "Prediction") -> "NDArray[np.uint8]":
    """Return the film under its heat map, (rows, columns, 3), between two lines of words that cannot be cut off it."""
    from ..training.films import displayed

    grey = Image.fromarray(displayed(film)).convert("RGB")
    if said.heatmap is not None:
        strong = np.clip(said.heatmap / max(float(said.heatmap.max()), 1e-9), 0, 1)
        grey.paste(Image.new("RGB", grey.size, _HOT), mask=Image.fromarray((strong * 120).astype(np.uint8)))
    grey.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    mark = dict.fromkeys((RESEARCH, text("pacs.research")))
    lines = [" · ".join(mark), said.label]
    size = max(12, grey.width // 28)
    font = ImageFont.truetype(str(FILE), size)
    rows = [row for line in lines for row in _broken(line, font, grey.width - size)]
    high = round(1.5 * size) * len(rows) + size
    whole = Image.new("RGB", (grey.width, grey.height + high))
    whole.paste(grey, (0, high))
    draw = ImageDraw.Draw(whole)
    for k, row in enumerate(rows):
        draw.text((size // 2, size // 2 + k * round(1.5 * size)), row, fill=(255, 255, 255), font=font)
    return np.asarray(whole)


def _broken(line: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break a line into rows that fit; Chinese is broken anywhere."""
    rows = [""]
    for piece in line.split(" ") if line.isascii() else line:
        joined = f"{rows[-1]} {piece}".strip() if line.isascii() else rows[-1] + piece
        if font.getlength(joined) <= width or not rows[-1]:
            rows[-1] = joined
        else:
            rows.append(piece)
    return rows


def capture(header: Dataset, film: "Radiograph", said: "Prediction") -> SCImage:
    """Return the picture as a secondary capture beside a film, marked as research."""
    header = source(header)
    image = SCImage.from_ref_dataset(
        header,
        picture(film, said),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        series_instance_uid=UID(),
        series_number=9002,
        sop_instance_uid=UID(),
        instance_number=1,
        manufacturer="xrlearn",
        manufacturer_model_name=said.task[:64],
        software_versions=__version__,
        series_description=described(said.task),
        specific_character_set="ISO_IR 192",
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    image.PatientOrientation = header.get("PatientOrientation")  # empty where the film does not say it
    image.BurnedInAnnotation = "YES"
    image.ContentQualification = "RESEARCH"
    image.ImageComments = RESEARCH
    return image
