"""Read a DICOM file: what may be read, its pixels, its header."""

import warnings
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.pixels import get_decoder

from .checks import inversion
from .display import auto_window, small
from .errors import RadiographError
from .film import Radiograph
from .geometry import squared
from .header import age_years, body_part, number, pixel_shape, safe, side, spacing, view, word
from .intensity import contradictory, scale, settle_sign, stored_bits
from .limits import MAX_BYTES, check_size
from .raster import grey
from .stream import Stream, inspect

#: Modalities that project X-rays onto a plane, and the names under which films are scanned or converted.
_RADIOGRAPHS = {"CR", "DX", "DR", "RG", "RF", "XA", "MG", "IO", "PX", "OT", "SC", "XC", "HC"}
#: Transfer syntaxes whose code stream tells its own size.
_STREAMS = {*uid.JPEGTransferSyntaxes, *uid.JPEGLSTransferSyntaxes, *uid.JPEG2000TransferSyntaxes}
_COLOUR = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420"}


def read_dicom(data: bytes, heard: list[warnings.WarningMessage]) -> Radiograph:
    """Read one DICOM radiograph from `data`; `heard` collects the warnings of pydicom meanwhile.

    Raises
    ------
    RadiographError
        If it is no radiograph, too large, or not readable. Other exceptions mean damage; the caller turns them into
        one.
    """
    ds = parse(data)
    _check_kind(ds)
    rows, cols = int(number(ds, "Rows") or 0), int(number(ds, "Columns") or 0)
    if "PixelData" not in ds:
        cut = b"\xe0\x7f\x10\x00" in data and rows > 0
        raise RadiographError(f"radiograph.error.{'truncated' if cut else 'no_pixels'}")
    check_size(rows, cols)
    bits = stored_bits(ds)
    syntax = ds.file_meta.TransferSyntaxUID
    remarks = _complete(ds)
    picture = _pixels(ds, syntax, rows, cols)
    if picture.ndim == 3:
        picture = np.rint(grey(picture, 2**bits - 1)).astype(picture.dtype)
        remarks += ("radiograph.remark.colour",)
    exact = not syntax.is_encapsulated or syntax == uid.RLELossless
    if "radiograph.remark.sign_missing" in remarks:
        picture, doubt = settle_sign(picture, ds)
        remarks += doubt
    pixels, window, told = scale(picture, ds, exact)
    if (contradictory(ds) or "radiograph.remark.polarity_missing" in remarks) and inversion(small(pixels)) > 0.2:
        remarks += ("radiograph.doubt.polarity",)
    spacing_mm, spacing_remarks = spacing(ds)
    shape, shape_remarks = pixel_shape(ds)
    remarks += told.remarks + spacing_remarks + shape_remarks
    if shape is not None:
        pixels = squared(pixels, *shape)
        spacing_mm = spacing_mm and (min(spacing_mm), min(spacing_mm))
    if word(ds, "BurnedInAnnotation") == "YES":
        remarks += ("radiograph.remark.burned_in",)
    if word(ds, "PresentationIntentType") == "FOR PROCESSING":
        remarks += ("radiograph.remark.raw",)
    if any("pixel data" in str(w.message).lower() for w in heard):
        remarks += ("radiograph.remark.pixel_warning",)
    return Radiograph(
        pixels,
        spacing_mm=spacing_mm,
        side=side(ds),
        view=view(ds),
        body_part=body_part(ds),
        age_years=age_years(ds),
        modality=word(ds, "Modality"),
        window=window or auto_window(pixels),
        bits=told.bits or bits,
        source=f"DICOM, {syntax.name if syntax.is_transfer_syntax else syntax}",
        remarks=remarks,
    )


def parse(data: bytes) -> FileDataset:
    """Return the data set in `data`, with a transfer syntax in its file meta information, in bounded memory.

    Raises
    ------
    RadiographError
        If a deflated data set would grow beyond the limit.
    """
    if data.startswith(b"DICM"):
        data = bytes(128) + data
    _check_deflated(data)
    ds = dcmread(BytesIO(data), force=True)
    if not hasattr(ds, "file_meta"):
        ds.file_meta = Dataset()  # type: ignore[assignment]
    if "TransferSyntaxUID" not in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = _guess_syntax(ds)
    return ds


def _check_deflated(data: bytes) -> None:
    """Refuse a deflated data set that would grow beyond the limit: pydicom inflates whatever comes."""
    if data[128:132] != b"DICM" or uid.DeflatedExplicitVRLittleEndian.encode() not in data[:4096]:
        return
    file = BytesIO(data)
    file.seek(132)
    read_dataset(file, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, vr, length: tag.group != 2)
    inflater, rest, size = zlib.decompressobj(-zlib.MAX_WBITS), data[file.tell() :], 0
    while rest and not inflater.eof:
        size += len(inflater.decompress(rest, 2**20))
        rest = inflater.unconsumed_tail
        if size > MAX_BYTES:
            raise RadiographError("radiograph.error.too_many_bytes", limit=MAX_BYTES // 2**20)


def _guess_syntax(ds: FileDataset) -> uid.UID:
    """Return the transfer syntax of a data set without file meta information, from the way it is written."""
    implicit, little = ds.original_encoding
    pixels = ds.get("PixelData")
    if isinstance(pixels, bytes) and pixels.startswith(b"\xfe\xff\x00\xe0"):
        found = inspect(get_frame(pixels, 0, number_of_frames=1))
        return uid.UID(found.syntax) if found and found.syntax else uid.RLELossless
    if implicit:
        return uid.ImplicitVRLittleEndian
    return uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian


def _check_kind(ds: FileDataset) -> None:
    """Refuse what is not one radiograph."""
    kind = safe(ds, "SOPClassUID") or ds.file_meta.get("MediaStorageSOPClassUID")
    if kind == uid.MediaStorageDirectoryStorage or "DirectoryRecordSequence" in ds:
        raise RadiographError("radiograph.error.dicomdir")
    modality = word(ds, "Modality")
    if modality is not None and modality not in _RADIOGRAPHS:
        raise RadiographError("radiograph.error.modality", modality=modality[:16])
    frames = number(ds, "NumberOfFrames")
    if frames is not None and frames > 1:
        raise RadiographError("radiograph.error.frames", count=int(frames))


def _complete(ds: FileDataset) -> tuple[str, ...]:
    """Fill in what a header must say of the pixels and does not, with what is usual; the picture is asked later."""
    remarks: tuple[str, ...] = ()
    if word(ds, "PhotometricInterpretation") is None:
        ds.PhotometricInterpretation = "RGB" if number(ds, "SamplesPerPixel") == 3 else "MONOCHROME2"
        remarks += ("radiograph.remark.polarity_missing",)
    if number(ds, "SamplesPerPixel") is None:
        ds.SamplesPerPixel = 1
    if ds.SamplesPerPixel == 3 and number(ds, "PlanarConfiguration") is None:
        ds.PlanarConfiguration = 0
    if number(ds, "PixelRepresentation") is None:
        ds.PixelRepresentation = 0
        remarks += ("radiograph.remark.sign_missing",)
    if number(ds, "BitsStored") is None:
        ds.BitsStored = int(number(ds, "BitsAllocated") or 0)
    return remarks


def _pixels(ds: FileDataset, syntax: uid.UID, rows: int, cols: int) -> NDArray[Any]:
    """Return the stored numbers, rows x columns, or rows x columns x 3 as red, green and blue."""
    samples = int(number(ds, "SamplesPerPixel") or 1)
    photometric = word(ds, "PhotometricInterpretation")
    if photometric == "PALETTE COLOR":
        raise RadiographError("radiograph.error.palette")
    if samples not in (1, 3) or (number(ds, "BitsAllocated") or 0) not in (8, 16):
        raise RadiographError("radiograph.error.depth")
    if samples == 3 and photometric not in _COLOUR:
        raise RadiographError("radiograph.error.depth")
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise RadiographError("radiograph.error.syntax", syntax=syntax.name[:64]) from None
    missing = None
    if syntax.is_encapsulated:
        try:
            from . import decoders  # noqa: F401  (registers the additional decoder with pydicom)
        except ImportError as error:
            missing = error.name
        if not decoder.is_available:
            raise RadiographError("radiograph.error.decoder", package=missing or "pylibjpeg")
        _check_stream(ds, syntax, rows, cols, samples)
    else:
        _check_length(ds, rows * cols * samples)
    ds.NumberOfFrames = 1
    # The RLE decoder of pylibjpeg panics on damaged data, which is no Exception and writes to the terminal.
    plugin = "pydicom" if syntax == uid.RLELossless else ""
    try:
        picture, _ = decoder.as_array(ds, index=0, decoding_plugin=plugin, correct_unused_bits=False)  # type: ignore[arg-type]
    except (RuntimeError, NotImplementedError):
        # What the decoders that are there refuse, the absent one might have read.
        if missing is not None:
            raise RadiographError("radiograph.error.decoder", package=missing) from None
        raise RadiographError("radiograph.error.damaged") from None
    return picture


def _check_length(ds: FileDataset, samples: int) -> None:
    width = int(number(ds, "BitsAllocated") or 8) // 8
    halved = word(ds, "PhotometricInterpretation") == "YBR_FULL_422"
    if len(ds.PixelData) < samples * width * (2 / 3 if halved else 1):
        raise RadiographError("radiograph.error.truncated")


def _check_stream(ds: FileDataset, syntax: uid.UID, rows: int, cols: int, samples: int) -> None:
    """Compare the code stream with the header, before a decoder allocates what the stream asks for."""
    frame = get_frame(ds.PixelData, 0, number_of_frames=1)
    if not frame:
        raise RadiographError("radiograph.error.no_pixels")
    if syntax not in _STREAMS:
        return
    found: Stream | None = inspect(frame)
    if found is None:
        raise RadiographError("radiograph.error.damaged")
    check_size(found.rows, found.cols)
    if not found.complete:
        raise RadiographError("radiograph.error.truncated")
    if (found.rows, found.cols, found.samples) != (rows, cols, samples):
        raise RadiographError("radiograph.error.damaged")
