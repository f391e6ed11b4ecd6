"""Whatever is thrown at the reader: one clear sentence, quickly, in bounded memory, and nothing else."""

import contextlib
import io
import logging
import struct
import time
import tracemalloc
import warnings
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import imagecodecs
import numpy as np
import pytest
from films import compressed, dataset, deflated_bomb, dicom, encapsulated, file, limb, lut
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import uid
from tifffile import imwrite

from xrlearn.locale import LANGUAGES, use
from xrlearn.radiograph import RadiographError, read, reading
from xrlearn.radiograph.limits import MAX_PIXELS, check_size


def error(data: object) -> str:
    with pytest.raises(RadiographError) as caught:
        read(data)  # type: ignore[arg-type]
    for language in LANGUAGES:
        use(language)
        sentence = str(caught.value)
        assert len(sentence) > 8
        assert "{" not in sentence
    use("en")
    return caught.value.key.removeprefix("radiograph.error.")


def picture(form: str, pixels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


def png_header(rows: int, cols: int) -> bytes:
    """A PNG that claims a size and holds a few compressed zeros."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", cols, rows, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("film.dcm", dicom())
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (zipped(), "archive"),
        *(
            (magic + bytes(100), "archive")
            for magic in (b"\x1f\x8b", b"PK\5\6", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh")
        ),
        (b"\xfd7zXZ" + bytes(100), "archive"),
        (b"%PDF-1.7\n" + bytes(100), "pdf"),
        (b"Patient fell on the outstretched hand. " * 20, "unknown"),
        (b"<html></html>", "unknown"),
        (bytes(5000), "unknown"),
        (bytes(128) + b"DICM", "no_pixels"),
        (np.random.default_rng(0).bytes(4000), "unknown"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"II*\0\x08\0\0\0", "damaged"),
        (None, "unreadable"),
        (42, "unreadable"),
        (io.StringIO("text"), "unreadable"),
    ],
)
def test_what_is_no_film(data, key):
    assert error(data) == key


def test_paths(tmp_path):
    assert error(tmp_path) == "folder"
    assert error(tmp_path / "nothing.dcm") == "missing"
    assert error(str(tmp_path / "nothing.dcm")) == "missing"
    assert error("nul\0byte") == "missing"
    path = tmp_path / "片子.dcm"
    path.write_bytes(dicom())
    assert read(path).pixels.shape == read(str(path)).pixels.shape == (96, 80)
    assert str(tmp_path) not in read(path).source


def test_bytes_and_open_files_are_read_alike():
    data = dicom()
    for source in (data, bytearray(data), memoryview(data), io.BytesIO(data)):
        np.testing.assert_array_equal(read(source).pixels, read(data).pixels)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.95])
@pytest.mark.parametrize(
    "whole",
    [
        dicom(),
        compressed(uid.RLELossless),
        compressed(uid.JPEG2000Lossless),
        encapsulated(imagecodecs.jpeg8_encode(limb(bits=8)), uid.JPEGBaseline8Bit, bits=8),
        encapsulated(imagecodecs.jpegls_encode(limb()), uid.JPEGLSLossless),
        picture("PNG", limb(bits=8)),
        picture("JPEG", limb(bits=8)),
        picture("TIFF", limb(bits=16)),
    ],
    ids=["native", "rle", "j2k", "jpeg", "jpegls", "png", "jpg", "tiff"],
)
def test_truncated_files(whole, share):
    assert error(whole[: int(share * len(whole))]) in ("truncated", "damaged", "no_pixels")


# --- size ------------------------------------------------------------------------------------------------------------


def giants() -> dict[str, bytes]:
    huge = dataset(Rows=60000, Columns=60000)
    jpeg = bytearray(imagecodecs.jpeg8_encode(limb(bits=8)))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 60000, 60000)
    j2k = bytearray(imagecodecs.jpeg2k_encode(limb(bits=8), codecformat="j2k"))
    size = j2k.index(b"\xff\x51")
    j2k[size + 6 : size + 14] = j2k[size + 22 : size + 30] = struct.pack(">II", 60000, 60000)  # picture and tile
    tiff = io.BytesIO()
    imwrite(tiff, np.zeros((64, 64), np.uint8))
    bomb = bytearray(tiff.getvalue())
    for tag in (256, 257, 278):  # width, length, rows per strip
        at = bomb.index(struct.pack("<H", tag), 8)
        bomb[at + 8 : at + 12] = struct.pack("<I", 60000)
    return {
        "dicom": file(huge),
        "dicom-header-only": file(dataset(Rows=60000, Columns=60000, PixelData=b"\0\0")),
        "jpeg-in-dicom": encapsulated(bytes(jpeg), uid.JPEGBaseline8Bit, bits=8),
        "j2k-in-dicom": encapsulated(bytes(j2k), uid.JPEG2000, bits=8),
        "png": png_header(60000, 60000),
        "jpeg": bytes(jpeg),
        "tiff": bytes(bomb),
    }


@pytest.mark.parametrize("name", giants())
def test_giants_are_refused_from_the_header(name):
    data = giants()[name]
    error(data)  # imports are not part of the measurement
    tracemalloc.start()
    start = time.perf_counter()
    try:
        key = error(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert key == "too_large"
    assert peak < 20e6
    assert time.perf_counter() - start < 5


def test_a_film_may_have_the_most_pixels_and_no_more():
    check_size(1, MAX_PIXELS)
    check_size(MAX_PIXELS, 1)
    for rows, cols, key in (
        (1, MAX_PIXELS + 1, "too_large"),
        (0, 5, "no_pixels"),
        (5, 0, "no_pixels"),
        (-2, -2, "no_pixels"),
    ):
        with pytest.raises(RadiographError) as caught:
            check_size(rows, cols)
        assert caught.value.key == f"radiograph.error.{key}"


def test_a_file_may_have_the_most_bytes_and_no_more(monkeypatch, tmp_path):
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    path = tmp_path / "film"
    for size in (100, 101):
        path.write_bytes(bytes(size))
        for source in (bytes(size), bytearray(size), io.BytesIO(bytes(size)), path):
            assert error(source) == ("unknown" if size == 100 else "too_many_bytes")


def test_a_deflated_bomb_is_not_inflated():
    bomb = deflated_bomb()
    assert len(bomb) < 2**20
    tracemalloc.start()
    try:
        assert error(bomb) == "too_many_bytes"
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_deep_nesting_ends_in_a_sentence():
    item = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    assert error(bytes(128) + b"DICM" + item * 20_000) in ("damaged", "no_pixels")


# --- fuzzing ---------------------------------------------------------------------------------------------------------

SEEDS = [
    dicom(),
    dicom(bits=8, VOILUTSequence=lut(np.arange(256), 0, 8), PixelSpacing=[0.1, 0.1], BodyPartExamined="HAND"),
    dicom(np.stack([limb(bits=8)] * 3, axis=2), 8),
    file(dataset(), uid.ImplicitVRLittleEndian),
    file(dataset(), uid.DeflatedExplicitVRLittleEndian),
    compressed(uid.RLELossless),
    compressed(uid.JPEG2000Lossless),
    encapsulated(imagecodecs.jpeg8_encode(limb(bits=8)), uid.JPEGBaseline8Bit, bits=8),
    encapsulated(imagecodecs.ljpeg_encode(limb(), bitspersample=12), uid.JPEGLosslessSV1),
    encapsulated(imagecodecs.jpegls_encode(limb()), uid.JPEGLSLossless),
    picture("PNG", limb(bits=8)),
    picture("PNG", limb(bits=16)),
    picture("JPEG", limb(bits=8)),
    picture("TIFF", limb(bits=16), compression="tiff_lzw"),
]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.data())
def test_damaged_bytes_give_a_film_or_a_sentence(seed, data):
    damaged = bytearray(seed)
    head = st.integers(0, min(len(seed), 1200) - 1)
    place = st.one_of(head, st.integers(0, len(seed) - 1))
    for at, byte in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=8)):
        damaged[at] = byte
    if data.draw(st.booleans()):
        damaged = damaged[: data.draw(place)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing leaks to the user
        with contextlib.suppress(RadiographError):
            film = read(bytes(damaged))
            assert film.pixels.min() >= 0
            assert film.pixels.max() <= 1


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", bytes(128) + b"DICM", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0"]),
)
def test_random_bytes_give_a_sentence(junk, magic):
    with pytest.raises(RadiographError):
        read(magic + junk)


def test_libraries_are_kept_quiet(caplog, capfd):
    with pytest.raises(RadiographError):
        read(dicom(PatientName="DOE^JANE")[:-500])
    damaged = bytearray(compressed(uid.RLELossless))
    damaged[-600:-300] = bytes(300)
    with contextlib.suppress(RadiographError):
        read(bytes(damaged))
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_threads_read_side_by_side_and_leave_no_trace():
    logger = logging.getLogger("pydicom")
    level, filters = logger.level, list(warnings.filters)
    logger.setLevel(logging.INFO)
    with ThreadPoolExecutor(4) as pool:
        films = list(pool.map(read, SEEDS * 3))
    assert len({film.source for film in films}) > 5
    assert (logger.level, list(warnings.filters)) == (logging.INFO, filters)
    logger.setLevel(level)
