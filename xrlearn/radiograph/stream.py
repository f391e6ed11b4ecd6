"""The compressed picture inside a DICOM file: its true size, read before any decoder sees it."""

from typing import NamedTuple

#: JPEG markers without a length field: TEM, RST0-7, SOI.
_BARE = {0x01, *range(0xD0, 0xD9)}
#: Start-of-frame markers: every SOF except DHT, JPG and DAC, and the one of JPEG-LS.
_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


class Stream(NamedTuple):
    """Size that a JPEG, JPEG-LS or JPEG 2000 code stream declares, and whether its end is there."""

    rows: int
    cols: int
    samples: int
    complete: bool
    #: UID of the transfer syntax that it fits; None where several do
    syntax: str | None


def inspect(data: bytes) -> Stream | None:
    """Return what the header of a code stream declares, or None where there is no such header.

    Examples
    --------
    >>> from io import BytesIO
    >>> from PIL import Image
    >>> jpeg = BytesIO()
    >>> Image.new("L", (40, 30)).save(jpeg, "JPEG")
    >>> inspect(jpeg.getvalue())
    Stream(rows=30, cols=40, samples=1, complete=True, syntax='1.2.840.10008.1.2.4.50')
    >>> inspect(b"no picture") is None
    True
    """
    # The end-of-image marker is the last thing but padding to an even length; some writers pad more.
    complete = b"\xff\xd9" in data[-16:]
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data, complete)
    start = 0 if data.startswith(b"\xff\x4f\xff\x51") else data[:4096].find(b"\xff\x4f\xff\x51")
    return _jpeg2000(data, start, complete) if start >= 0 else None


def _jpeg(data: bytes, complete: bool) -> Stream | None:
    at = 2
    while at + 10 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAME:
            rows, cols = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            kind = {0xC0: "50", 0xC1: "51", 0xC3: "57", 0xF7: "80"}.get(marker)
            return Stream(rows, cols, data[at + 9], complete, f"1.2.840.10008.1.2.4.{kind}" if kind else None)
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _jpeg2000(data: bytes, start: int, complete: bool) -> Stream | None:
    siz = data[start + 4 : start + 42]
    if len(siz) < 38:
        return None
    right, bottom, left, top, tile_cols, tile_rows = (int.from_bytes(siz[i : i + 4], "big") for i in range(4, 28, 4))
    rows, cols = bottom - top, right - left
    # Each tile costs a decoder memory of its own; the standard allows 65,535 and real films use one or a few hundred.
    if min(tile_cols, tile_rows, rows, cols) <= 0 or (rows / tile_rows + 1) * (cols / tile_cols + 1) > 65_535:
        return None
    return Stream(rows, cols, int.from_bytes(siz[36:38], "big"), complete, "1.2.840.10008.1.2.4.91")
