"""Films made for the tests: small pictures, every kind of DICOM header."""

import zlib
from io import BytesIO
from typing import Any

import numpy as np
from pydicom import dcmwrite, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence


def limb(rows: int = 96, cols: int = 80, bits: int = 12) -> np.ndarray:
    """A bright shaft in grey soft tissue on a dark background, 0 to 2**bits - 1."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    picture = 0.5 * np.exp(-(x**2) / 0.15) + 0.4 * (np.abs(x + 0.1 * y) < 0.12) + 0.05 * np.sin(9 * y)
    picture = (picture - picture.min()) / np.ptp(picture)
    return np.rint(picture * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)


def dataset(pixels: np.ndarray | None = None, bits: int = 12, **elements: Any) -> Dataset:
    """A DX data set around `pixels`; `elements` replace or add to its header, None takes one away."""
    pixels = limb(bits=bits) if pixels is None else pixels
    ds = Dataset()
    ds.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    ds.SOPInstanceUID = "1.2.840.99999.8.1"
    ds.StudyInstanceUID = "1.2.840.99999.8.2"
    ds.SeriesInstanceUID = "1.2.840.99999.8.3"
    ds.Modality = "DX"
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    ds.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.BitsAllocated = 8 * pixels.itemsize
    ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    ds["PixelData"].VR = "OW" if pixels.itemsize == 2 else "OB"
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def file(ds: Dataset, syntax: str = uid.ExplicitVRLittleEndian) -> bytes:
    """The data set as a DICOM file; native syntaxes are written so, all others must be compressed already."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.UID(syntax)
    if syntax == uid.ExplicitVRBigEndian and "PixelData" in ds and ds.BitsAllocated == 16:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    out = BytesIO()
    private = {} if ds.file_meta.TransferSyntaxUID.is_transfer_syntax else {"implicit_vr": False, "little_endian": True}
    dcmwrite(out, ds, enforce_file_format=True, **private)
    return out.getvalue()


def dicom(pixels: np.ndarray | None = None, bits: int = 12, **elements: Any) -> bytes:
    return file(dataset(pixels, bits, **elements))


def compressed(syntax: str, pixels: np.ndarray | None = None, bits: int = 12, **options: Any) -> bytes:
    """A DICOM file whose pixels pydicom compressed."""
    ds = dataset(pixels, bits)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    ds.compress(syntax, generate_instance_uid=False, **options)
    out = BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def encapsulated(stream: bytes, syntax: str, **header: Any) -> bytes:
    """A DICOM file around a ready code stream."""
    from pydicom.encaps import encapsulate

    ds = dataset(**header)
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return file(ds, syntax)


def lut(entries: np.ndarray, first: int, bits: int) -> Sequence:
    """A LUT sequence of one item."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return Sequence([item])


def deflated_bomb() -> bytes:
    """A small DICOM file whose data set is 320 MB once it is inflated."""
    whole = file(dataset(PixelData=bytes(2)), uid.DeflatedExplicitVRLittleEndian)
    meta = whole[: 144 + int.from_bytes(whole[140:144], "little")]
    deflater, zeros = zlib.compressobj(9, wbits=-zlib.MAX_WBITS), bytes(2**22)
    return meta + b"".join(deflater.compress(zeros) for _ in range(80)) + deflater.flush()
