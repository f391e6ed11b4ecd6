"""What the header of a compressed picture declares, byte by byte."""

import pytest

from xrlearn.radiograph.stream import Stream, inspect

JPEG = "1.2.840.10008.1.2.4."


def frame(marker: int, rows: int = 0x0203, cols: int = 0x0405, samples: int = 3) -> bytes:
    """A start-of-frame segment down to its number of samples."""
    return bytes([0xFF, marker, 0, 17, 8]) + rows.to_bytes(2, "big") + cols.to_bytes(2, "big") + bytes([samples])


def jpeg2000(size=(100, 80), origin=(0, 0), tile=(100, 80), samples: int = 1) -> bytes:
    """The first two segments of a JPEG 2000 stream; pairs are (rows, columns)."""
    pairs = (size, origin, tile, (0, 0))
    numbers = b"".join(value.to_bytes(4, "big") for rows, cols in pairs for value in (cols, rows))
    return b"\xff\x4f\xff\x51" + bytes([0, 41, 0, 0]) + numbers + samples.to_bytes(2, "big")


@pytest.mark.parametrize(
    ("marker", "kind"),
    [(0xC0, "50"), (0xC1, "51"), (0xC2, None), (0xC3, "57"), (0xC5, None), (0xCF, None), (0xF7, "80")],
)
def test_a_frame_tells_size_samples_and_syntax(marker, kind):
    found = inspect(b"\xff\xd8" + frame(marker) + b"\xff\xd9")
    assert found == Stream(0x0203, 0x0405, 3, True, kind and JPEG + kind)


@pytest.mark.parametrize(
    "before",
    [
        b"\xff\xe0\x00\x04JF",  # a segment with its length
        b"\xff\xff\xe0\x00\x04JF",  # filled up before its marker
        b"\xff\xff\xff\xe0\x00\x04JF",
        b"\xff\x01\xff\xd0\xff\xd7",  # markers without a length
        b"\xff\xe0\x00\x00",  # a length that forgets itself
        b"\xff\xe0\x01\x02" + bytes(256),  # both bytes of a length count
        b"\xff\xc4\x00\x05abc\xff\xc8\x00\x02\xff\xcc\x00\x02",  # tables, not frames
    ],
)
def test_what_stands_before_the_frame_is_passed_over(before):
    assert inspect(b"\xff\xd8" + before + frame(0xC0)) == Stream(0x0203, 0x0405, 3, False, JPEG + "50")


@pytest.mark.parametrize(
    "junk", [b"\x00" + frame(0xC0), b"\xff\xe0\x00\x04JF\x00" + frame(0xC0), frame(0xC0)[:-1], b""]
)
def test_a_jpeg_without_a_frame_declares_nothing(junk):
    assert inspect(b"\xff\xd8" + junk) is None


@pytest.mark.parametrize(("padding", "complete"), [(0, True), (14, True), (15, False)])
def test_the_end_may_be_padded(padding, complete):
    found = inspect(b"\xff\xd8" + frame(0xC0) + b"\xff\xd9" + bytes(padding))
    assert found is not None
    assert found.complete is complete


def test_jpeg_2000_tells_the_size_of_its_picture_wherever_that_begins():
    box = bytes(77)
    found = inspect(box + jpeg2000(size=(300, 200), origin=(30, 10), tile=(50, 40), samples=3) + b"\xff\xd9")
    assert found == Stream(270, 190, 3, True, JPEG + "91")
    assert inspect(bytes(4092) + jpeg2000()) == Stream(100, 80, 1, False, JPEG + "91")
    assert inspect(bytes(4093) + jpeg2000()) is None
    twice = jpeg2000() + jpeg2000(size=(10, 8), tile=(10, 8))
    assert inspect(box + twice) == inspect(twice) == Stream(100, 80, 1, False, JPEG + "91")


def test_what_is_neither_declares_nothing():
    assert inspect(bytes(3) + jpeg2000()[4:]) is None


@pytest.mark.parametrize(
    "wrong",
    [
        jpeg2000()[:-1],
        jpeg2000(tile=(0, 80)),
        jpeg2000(tile=(100, 0)),
        jpeg2000(size=(0, 80)),
        jpeg2000(size=(100, 30), origin=(0, 30)),
        jpeg2000(size=(65_535, 10), tile=(1, 10)),  # 65,536 x 2 tiles
        jpeg2000(size=(254, 257), tile=(1, 1)),
        jpeg2000(size=(1, 32_767), tile=(1, 1)),  # 2 x 32,768 tiles: one too many
    ],
)
def test_jpeg_2000_without_a_picture_or_with_too_many_tiles_declares_nothing(wrong):
    assert inspect(wrong) is None


@pytest.mark.parametrize(("size", "tile"), [((1, 1), (1, 1)), ((254, 256), (1, 1)), ((508, 512), (2, 2))])
def test_as_many_tiles_as_the_standard_allows_are_taken(size, tile):
    found = inspect(jpeg2000(size=size, tile=tile))
    assert found is not None
    assert (found.rows, found.cols) == size
