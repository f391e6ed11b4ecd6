"""De-identifying changes no grey value and leaves nothing in the pixel data that could be read."""

import imagecodecs
import numpy as np
import pytest
from films import compressed, dataset, dicom, encapsulated, file, limb
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread, uid
from pydicom.filebase import DicomBytesIO

from xrlearn.radiograph import Radiograph, deidentify, read
from xrlearn.radiograph.scrub import bare, blacken, scrub

NAME = b"DOE^JANE 1950"


@settings(deadline=None, max_examples=25)
@given(bits=st.integers(8, 16), below=st.integers(0, 8), signed=st.booleans(), seed=st.integers(0, 99))
def test_no_bit_outside_the_picture_survives_and_no_grey_value_moves(bits, below, signed, seed):
    below = min(below, 16 - bits)
    stored = limb(24, 20, bits=bits).astype(np.uint32)
    if signed:
        stored = (stored - 2 ** (bits - 1)) & (2**bits - 1)
    foreign = np.random.default_rng(seed).integers(0, 2**16, stored.shape)
    mask = ((1 << bits) - 1) << below
    words = ((stored << below) | (foreign & ~mask)).astype(np.uint16)
    data = dicom(words, bits, HighBit=bits - 1 + below, PixelRepresentation=int(signed))
    out, report = deidentify(data)
    np.testing.assert_array_equal(read(out).pixels, read(data).pixels)
    left = np.frombuffer(dcmread(DicomBytesIO(out)).PixelData, np.uint16).reshape(stored.shape)
    if "radiograph.deidentify.not_scrubbed" not in report.warnings:
        value = stored.astype(np.int64) - (1 << bits) * (signed & (stored >> (bits - 1) == 1))
        np.testing.assert_array_equal(left, (value << below) & 0xFFFF)  # above it nothing but the sign
    else:
        assert "radiograph.doubt.bits" in read(data).remarks


def test_an_overlay_beside_high_bit_15_moves_no_grey_value():
    words = (limb() << 4) | (np.arange(limb().size).reshape(limb().shape) % 2).astype(np.uint16)
    ds = dataset(words, HighBit=15)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60000010, "US", 96)
    out, _ = deidentify(file(ds))
    np.testing.assert_allclose(read(out).pixels, limb() / 4095, atol=1e-6)
    assert not (np.frombuffer(dcmread(DicomBytesIO(out)).PixelData, np.uint16) & 15).any()


def test_bytes_behind_the_picture_are_gone():
    ds = dataset()
    ds.PixelData += NAME + b"\0"
    data = file(ds)
    out, _ = deidentify(data)
    assert NAME not in out
    np.testing.assert_array_equal(read(out).pixels, read(data).pixels)


def test_bytes_behind_a_picture_of_halved_colours_are_gone():
    grey = limb(bits=8)
    ds = dataset(np.stack([grey] * 3, axis=2), 8, PhotometricInterpretation="YBR_FULL_422")
    pairs = grey.reshape(-1, 2)
    ds.PixelData = np.hstack([pairs, np.full_like(pairs, 128)]).tobytes() + NAME + b"\0"
    data = file(ds)
    out, _ = deidentify(data)
    assert NAME not in out
    np.testing.assert_allclose(read(out).pixels, grey / 255, atol=0.01)


def test_offsets_of_a_stream_go_where_it_is_packed_anew():
    ds = dcmread(DicomBytesIO(compressed(uid.JPEG2000Lossless)))
    ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = bytes(8), (10**6).to_bytes(8, "little")
    scrub(ds)
    assert "ExtendedOffsetTable" not in ds
    assert "ExtendedOffsetTableLengths" not in ds


def test_a_stream_without_an_end_stays_whole():
    stream = b"\xff\xd8\xff\xda\x00\x02\x01\xff"
    assert bare(stream) == stream


def segment(marker, content):
    return b"\xff" + bytes([marker]) + (len(content) + 2).to_bytes(2, "big") + content


@pytest.mark.parametrize(
    ("syntax", "encode", "bits"),
    [
        (uid.JPEGBaseline8Bit, imagecodecs.jpeg8_encode, 8),
        (uid.JPEGLSLossless, imagecodecs.jpegls_encode, 12),
        (uid.JPEGLosslessSV1, imagecodecs.ljpeg_encode, 12),
    ],
)
def test_nothing_is_told_inside_or_behind_a_jpeg(syntax, encode, bits):
    stream = encode(limb(bits=bits))
    padding = segment(0xED, b"x" * 5000)
    told = stream[:2] + padding + segment(0xED, NAME) + segment(0xE1, NAME) + segment(0xFE, NAME) + stream[2:] + NAME
    data = encapsulated(told + b"\xff\xd9" + b"\0" * (len(told) % 2), syntax, pixels=limb(bits=bits), bits=bits)
    out, _ = deidentify(data)
    assert NAME not in out
    np.testing.assert_array_equal(read(out).pixels, read(data).pixels)


def test_the_end_of_a_jpeg_is_not_what_looks_like_it():
    """Neither in a table nor behind stuffed, restart and fill bytes; and a second scan belongs to the picture."""
    scans = segment(0xDA, b"\1") + b"\1\xff\0\2\xff\xd0\3\xff\xd7\4" + segment(0xC4, b"\xff\xd9\0\xff\xd9")
    picture = scans + segment(0xDA, b"\xff\xd9") + b"\5\xff\xff\xd9"
    table = segment(0xDB, b"\xff\xd9")
    told = b"\xff" + segment(0xEF, NAME) + segment(0xE1, NAME) + b"\xff" + segment(0xFE, NAME)
    kept = segment(0xE0, b"JFIF") + segment(0xEE, b"Adobe")
    assert (
        bare(b"\xff\xd8" + kept + told + table + picture + NAME + b"\xff\xd9") == b"\xff\xd8" + kept + table + picture
    )


@pytest.mark.parametrize("shape", [(4, 8), (8, 4)])
def test_a_stored_pixel_that_a_box_covers_in_part_is_blackened(shape):
    """Where pixels were oblong the film has more of them than are stored."""
    stored = np.arange(10, 26, dtype=np.uint8).reshape(4, 4)
    film = Radiograph(np.kron(stored / 255, np.ones((shape[0] // 4, shape[1] // 4))).astype(np.float32))
    ds = dataset(stored, 8)
    file(ds)
    blacken(ds, film, [(0, 0, 3, 3)])
    rows, cols = (3, 2) if shape == (4, 8) else (2, 3)
    expected = stored.copy()
    expected[:rows, :cols] = 10
    assert np.frombuffer(ds.PixelData, np.uint8).reshape(4, 4).tolist() == expected.tolist()


@pytest.mark.parametrize("boxed", [False, True])
def test_nothing_is_told_inside_or_behind_a_jpeg_2000(boxed):
    stream = imagecodecs.jpeg2k_encode(limb(), level=0, codecformat="jp2" if boxed else "j2k")
    start = stream.find(b"\xff\x4f\xff\x51")
    after = start + 4 + int.from_bytes(stream[start + 4 : start + 6], "big")
    told = stream[:after] + segment(0x64, b"\0\1" + NAME) + stream[after:]
    told += NAME  # behind the end
    data = encapsulated(told + b"\0" * (len(told) % 2), uid.JPEG2000Lossless)
    out, _ = deidentify(data)
    assert NAME not in out
    np.testing.assert_array_equal(read(out).pixels, read(data).pixels)
