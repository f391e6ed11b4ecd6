"""Films made by hand, a machine on which there are no others, and the dashboards served there."""

import io
import os
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid
from serving import Served, run


@cache
def grey(**wishes: object) -> np.ndarray:
    """The pixels of a simulated wrist, made once for all tests of a process; nobody writes into them."""
    from xrlearn.phantom import make

    pixels = make("wrist", **wishes)[0].pixels
    pixels.flags.writeable = False
    return pixels


def dicom(name: str = "Doe^Jane", spacing: float = 0.14) -> bytes:
    """A simulated wrist of 300 rows, 12 bits, with a patient's name."""
    pixels = grey(seed=3, size=300, site="modern_dr", side="L")
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.PatientName, ds.PatientID, ds.Modality, ds.BodyPartExamined = name, "4711", "DX", "HAND"
    ds.ImageLaterality, ds.ViewPosition, ds.PixelSpacing = "L", "PA", [spacing, spacing]
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = (4000 * pixels).astype("<u2").tobytes()
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def only_these_films(folder: Path) -> dict[str, str]:
    """Write twelve films with labels and boxes; return the environment in which they are the only ones there are."""
    pack = folder / "films" / "fracatlas_fracture"
    (pack / "images").mkdir(parents=True)
    lines = ["filename,fractured,region,patient,split,boxes"]
    for i in range(12):
        film = grey(lesion="colles" if i % 2 else None, seed=i + 1, size=128)
        Image.fromarray((255 * film).astype(np.uint8)).save(pack / "images" / f"{i}.png")
        box = '"[[10, 8, 15, 12]]"' if i % 2 else '"[]"'
        lines.append(f"images/{i}.png,{i % 2},{['hand', 'leg'][i // 6]},p{i},test,{box}")
    (pack / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return {"XRLEARN_DATA": str(folder / "none"), "XRLEARN_FILMS": str(pack.parent)}


def dashboards(folder: Path, port: int) -> AbstractContextManager[Served]:
    """Serve the notebooks of this repository on a machine with these films only."""
    return run(port, os.environ | only_these_films(folder))


def addresses_beyond(page) -> list[str]:
    """Return a list that fills with every address the page asks for beyond this machine."""
    beyond: list[str] = []
    here = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
    page.on("request", lambda request: request.url.startswith(here) or beyond.append(request.url))
    page.on("websocket", lambda socket: socket.url.startswith(here) or beyond.append(socket.url))
    return beyond


def wait_until_shown(page) -> None:
    """Wait until the kernel's page has taken the place of the shell."""
    page.wait_for_function("performance.getEntriesByName('xr-shown').length")
