"""De-identifying changes no grey value and leaves nothing in the pixel data that could be read."""

import imagecodecs
import numpy as np
import pytest
from films import dataset, dicom, encapsulated, file, limb
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread, uid
from pydicom.filebase import DicomBytesIO

from xrlearn.radiograph import deidentify, read

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
        assert not (left & ((1 << below) - 1)).any()
        top = left >> (below + bits)
        assert set(np.unique(top)) <= {0, (1 << (16 - below - bits)) - 1 if signed else 0}
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
