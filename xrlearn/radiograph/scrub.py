"""Take out of the pixel data of a DICOM file what is not picture (unused bits, comments, bytes behind it), or text."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame

from .errors import RadiographError
from .film import Radiograph
from .header import number, word
from .intensity import stored_bits
from .lettering import Box

#: JPEG segments that tell how to decode: JFIF, the transform of JPEG-LS, Adobe's. All other APPn and COM only tell.
_KEPT = {0xE0, 0xE8, 0xEE}


def scrub(ds: Dataset) -> None:
    """Clear in `ds` what can be cleared without touching the picture.

    Of uncompressed pixels that is every bit outside the stored ones and every byte behind the last pixel; of a JPEG,
    JPEG-LS or JPEG 2000 stream its comments and application segments, and what follows its end.
    """
    if not ds.file_meta.TransferSyntaxUID.is_encapsulated:
        ds.PixelData = _native(ds)
        return
    frame = get_frame(ds.PixelData, 0, number_of_frames=1)
    if frame[4:8] == b"jP  ":  # boxes around a JPEG 2000 stream, where only the stream belongs
        frame = frame[max(0, frame.find(b"\xff\x4f\xff\x51")) :]
    if frame.startswith((b"\xff\xd8", b"\xff\x4f\xff\x51")):
        ds.PixelData = encapsulate([bare(frame)])
        for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
            if keyword in ds:
                delattr(ds, keyword)


def _native(ds: Any) -> bytes:
    width = int(ds.BitsAllocated) // 8
    halved = ds.get("PhotometricInterpretation") == "YBR_FULL_422"
    size = int(ds.Rows) * int(ds.Columns) * int(ds.get("SamplesPerPixel") or 1) * width
    data = bytes(ds.PixelData[: size * 2 // 3 if halved else size])
    bits = stored_bits(ds)
    high = number(ds, "HighBit")
    below = max(0, int(bits - 1 if high is None else high) + 1 - bits)
    above = 8 * width - bits - below
    if above >= 0 and (above or below):
        order = "<" if ds.file_meta.TransferSyntaxUID.is_little_endian else ">"
        kind = np.dtype(f"{order}{'i' if number(ds, 'PixelRepresentation') == 1 else 'u'}{width}")
        # Out at the top and back with the sign, out at the bottom and back with zeros.
        data = (np.frombuffer(data, kind) << above >> (above + below) << below).astype(kind).tobytes()
    return data + b"\0" * (len(data) % 2)


def blacken(ds: Any, film: Radiograph, boxes: Iterable[Box]) -> None:
    """Give every pixel in `boxes` of `film`, which was read from `ds`, the stored value of the darkest pixel.

    A compressed picture is decompressed first. What lies outside the boxes keeps its stored values.

    Raises
    ------
    RadiographError
        If colours are stored for two pixels at a time.
    """
    if ds.file_meta.TransferSyntaxUID.is_encapsulated:
        ds.decompress(generate_instance_uid=False)
    rows, cols, samples = int(ds.Rows), int(ds.Columns), int(number(ds, "SamplesPerPixel") or 1)
    if word(ds, "PhotometricInterpretation") == "YBR_FULL_422":
        raise RadiographError("radiograph.error.not_blackened")
    order = "<" if ds.file_meta.TransferSyntaxUID.is_little_endian else ">"
    kind = np.dtype(f"{order}u{int(ds.BitsAllocated) // 8}")
    stored = np.frombuffer(ds.PixelData, kind, rows * cols * samples).copy()
    planes = samples > 1 and number(ds, "PlanarConfiguration") == 1
    picture = np.moveaxis(stored.reshape(samples, rows, cols), 0, 2) if planes else stored.reshape(rows, cols, samples)
    # A film of oblong pixels was read with more rows or columns than are stored.
    down, across = rows / film.pixels.shape[0], cols / film.pixels.shape[1]
    padding = number(ds, "PixelPaddingValue")
    shown = film.pixels[(np.arange(rows) / down).astype(int)][:, (np.arange(cols) / across).astype(int)]
    if padding is not None:
        shown = np.where(picture[..., 0] == padding, 2, shown)
    black = picture[np.unravel_index(int(shown.argmin()), shown.shape)].copy()
    for row0, column0, row1, column1 in boxes:
        place = np.s_[int(row0 * down) : -int(-row1 * down // 1), int(column0 * across) : -int(-column1 * across // 1)]
        picture[place] = black
    ds.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)


def bare(stream: bytes) -> bytes:
    r"""Return a code stream without comments, application segments and what follows its end.

    Examples
    --------
    >>> bare(b"\xff\xd8" + b"\xff\xfe\x00\x05JANE"[:7] + b"\xff\xda\x00\x02\x01\xff\x00\x02\xff\xd9JANE")
    b'\xff\xd8\xff\xda\x00\x02\x01\xff\x00\x02\xff\xd9'
    """
    wavelet = stream.startswith(b"\xff\x4f")
    out, at = bytearray(stream[:2]), 2
    while at + 4 <= len(stream) and stream[at] == 0xFF:
        marker, length = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
            continue
        if marker == (0x90 if wavelet else 0xDA):  # the first tile, the first scan
            break
        told = marker == 0x64 if wavelet else marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in _KEPT)
        if not told:
            out += stream[at : at + 2 + length]
        at += 2 + length
    rest = stream[at:]
    end = rest.rfind(b"\xff\xd9") if wavelet else _end(rest)
    return bytes(out + (rest[: end + 2] if end >= 0 else rest))


def _end(rest: bytes) -> int:
    """Return where the end-of-image marker of a JPEG stands, from its first scan on; -1 where there is none."""
    at = 0
    while (at := rest.find(b"\xff", at)) >= 0 and at + 1 < len(rest):
        marker = rest[at + 1]
        if marker == 0xD9:
            return at
        segment = marker not in (0x00, 0xFF) and not 0xD0 <= marker <= 0xD7 and marker >= 0x80
        at += 2 + int.from_bytes(rest[at + 2 : at + 4], "big") if segment else 1 if marker == 0xFF else 2
    return -1
