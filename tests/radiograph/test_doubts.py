"""Films whose grey values or geometry are in doubt: right, or a question; never a silent guess."""

import builtins
import itertools
import sys
from io import BytesIO

import numpy as np
import pytest
from films import dataset, dicom, encapsulated, file, limb, lut
from PIL import Image
from pydicom import uid

from xrlearn.radiograph import RadiographError, quality, read
from xrlearn.radiograph.geometry import oblong
from xrlearn.radiograph.intensity import scale


def asked(film):
    return [f.key for f in quality(film) if f.asks]


def right(film, truth):
    return film.pixels.shape == truth.shape and np.corrcoef(film.pixels.ravel(), truth.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    ("photometric", "shape", "slope", "stored_bright"),
    list(itertools.product(("MONOCHROME1", "MONOCHROME2"), ("IDENTITY", "INVERSE"), (1, -1), (True, False))),
)
def test_polarity_is_right_or_asked(photometric, shape, slope, stored_bright):
    truth = limb(300, 200)
    film = read(
        dicom(
            truth if stored_bright else (4095 - truth).astype(np.uint16),
            PhotometricInterpretation=photometric,
            PresentationLUTShape=shape,
            RescaleSlope=slope,
            RescaleIntercept=0 if slope > 0 else 4095,
        )
    )
    if not right(film, truth):
        assert asked(film)
        assert quality(film)[0].asks
        assert right(film.confirmed(inverted=True), truth)
        assert not asked(film.confirmed(inverted=True))


def test_metal_as_bright_as_the_padding_stays():
    stored = np.clip(limb(), 100, 3000)
    stored[40:60, 30:50] = 4095  # a plate
    stored[:, 38:42] = 4095  # a nail that runs off the film
    padded = stored.copy()
    padded[:, :6] = 4095
    film = read(dicom(padded, PixelPaddingValue=4095))
    assert film.pixels[:, :6].max() == 0
    assert film.pixels[40:60, 30:50].min() == 1
    assert film.pixels[:, 38:42].min() == 1


_SIDES = {"top": np.s_[:5, 20:60], "bottom": np.s_[-5:, 20:60], "left": np.s_[30:60, :5], "right": np.s_[30:60, -5:]}
_CORNERS = [np.s_[:5, :5], np.s_[:5, -5:], np.s_[-5:, :5], np.s_[-5:, -5:]]


@pytest.mark.parametrize("side", _SIDES)
@pytest.mark.parametrize("value", [0, 4095, 2000])
def test_what_touches_one_side_is_padding_unless_bone_or_air_may_be_as_bright(side, value):
    stored = np.clip(limb(), 100, 3000)
    stored[stored == 2000] = 2001
    stored[50, 40:42] = 0, 4095
    stored[_SIDES[side]] = value
    film = read(dicom(stored, PixelPaddingValue=value))
    assert film.pixels[_SIDES[side]].max() == pytest.approx(0 if value == 2000 else value / 4095)
    assert film.pixels[50, 41] == 1


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("value", [50, 4095, 3500])
def test_what_fills_a_corner_is_padding_though_it_be_the_end_of_the_range(corner, value):
    stored = np.clip(limb(), 100, 3000)
    stored[_CORNERS[corner]] = value
    stored[50:60, 40:50] = value  # the same value inside is none
    film = read(dicom(stored, PixelPaddingValue=value))
    assert film.pixels[_CORNERS[corner]].max() == 0
    assert film.pixels[55, 45] == pytest.approx(value / 4095)


def test_a_padding_range_says_which_values_are_padding():
    stored = np.clip(limb(), 1000, 3000)
    stored[:, :5], stored[50:55, 30:35] = 7, 7
    film = read(dicom(stored, PixelPaddingValue=0, PixelPaddingRangeLimit=10))
    assert film.pixels[:, :5].max() == 0
    assert film.pixels[52, 32] == pytest.approx(7 / 4095)


def test_padding_written_with_more_bits_than_are_stored():
    stored = np.clip(limb(), 1000, 3000)
    stored[:10] = 4095
    assert read(dicom(stored, PixelPaddingValue=65535)).pixels[:10].max() == 0


def test_padding_of_a_signed_picture_may_be_written_without_a_sign():
    stored = (np.clip(limb(), 1000, 3000).astype(np.int32) - 2048).astype(np.int16)
    stored[:10], stored[50:60, 40:50] = -2000, -1999
    ds = dataset(stored, 16)
    ds.add_new("PixelPaddingValue", "US", 65536 - 2000)
    film = read(file(ds))
    assert film.pixels[:10].max() == 0
    assert film.pixels[55, 45] == pytest.approx((32768 - 1999) / 65535)


@pytest.mark.parametrize("signed", [False, True])
def test_where_a_lossy_decoder_overshoots_it_is_cut_off(signed):
    stored = limb().astype(np.int32) - 2048 * signed
    stored[:9], stored[-9:] = stored.max() + 3, stored.min() - 3
    pixels, _, grey = scale(stored, dataset(PixelRepresentation=int(signed)), exact=False)
    np.testing.assert_allclose(pixels, np.clip((stored + 2048 * signed) / 4095, 0, 1), atol=1e-6)
    assert grey.remarks == ()


def test_data_beyond_the_stored_bits_are_shown_and_asked_about():
    truth = limb(300, 200, bits=12)
    film = read(dicom(truth, 10))
    assert right(film, truth)
    assert film.bits == 12
    assert asked(film) == ["radiograph.doubt.bits"]
    assert not asked(read(dicom(truth)))


def test_a_compressed_picture_beyond_the_stored_bits():
    from imagecodecs import jpeg2k_encode

    truth = limb(300, 200, bits=12)
    stream = jpeg2k_encode(truth, level=0, codecformat="j2k")
    film = read(encapsulated(stream, uid.JPEG2000Lossless, pixels=truth, bits=10))
    assert right(film, truth)
    assert "radiograph.doubt.bits" in asked(film)


def test_a_voi_table_filled_to_fewer_bits_is_no_black_film():
    table = np.arange(4096, dtype=np.uint16)
    film = read(dicom(limb(), VOILUTSequence=lut(table, 0, 16)))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-4)
    assert "radiograph.remark.voi_range" in film.remarks


def diagonal(rows, cols):
    """A line at 45 degrees on a film of twice as many columns as rows in mm, squeezed to one pixel a unit."""
    y, x = np.mgrid[:rows, :cols]
    return np.where(np.abs(2 * y - x) < 6, 4000, 500).astype(np.uint16)


def angle(film):
    y, x = np.nonzero(film.pixels > 0.5)
    return np.degrees(np.arctan(np.polyfit(x, y, 1)[0]))


@pytest.mark.parametrize(
    "header",
    [
        {"PixelAspectRatio": ["2", "1"]},
        {"PixelSpacing": [0.2, 0.1]},
        {"ImagerPixelSpacing": [0.2, 0.1]},
        {"PixelSpacing": [0.2, 0.1], "PixelAspectRatio": ["2", "1"]},
    ],
)
def test_pixels_are_square_and_angles_true(header):
    film = read(dicom(diagonal(100, 200), **header))
    assert film.pixels.shape == (200, 200)
    assert angle(film) == pytest.approx(45, abs=1)
    assert "radiograph.remark.squared" in film.remarks
    assert film.spacing_mm in (None, (0.1, 0.1))
    assert "radiograph.doubt.geometry" not in film.remarks


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (-1, 1), (0, 0)])
def test_what_is_no_pixel_is_not_oblong(pair):
    assert not oblong(*pair)


def test_two_shapes_of_a_pixel_are_asked_about():
    film = read(dicom(PixelSpacing=[0.1, 0.1], PixelAspectRatio=["2", "1"]))
    assert "radiograph.doubt.geometry" in asked(film)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF"])
def test_a_scan_with_unequal_density_is_squared(name):
    out = BytesIO()
    Image.new("L", (100, 50), 90).save(out, name, dpi=(200, 100))
    film = read(out.getvalue())
    assert film.pixels.shape == (100, 100)
    assert "radiograph.remark.squared" in film.remarks


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({}, "unknown"),
        ({"ImagerPixelSpacing": [0.15, 0.15]}, "detector"),
        ({"ImagerPixelSpacing": [0.15, 0.15], "PixelSpacing": [0.15, 0.15]}, "detector"),
        ({"PixelSpacing": [0.15, 0.15]}, "uncalibrated"),
        ({"PixelSpacing": [0.15, 0.15], "PixelSpacingCalibrationType": "FIDUCIAL"}, "calibrated"),
        ({"PixelSpacing": [2, 2]}, "uncalibrated"),
    ],
)
def test_spacing_says_what_it_is(header, kind):
    assert read(dicom(**header)).spacing_kind == kind


def test_a_palette_is_named():
    with pytest.raises(RadiographError, match="palette"):
        read(dicom(limb(bits=8), 8, PhotometricInterpretation="PALETTE COLOR"))


def test_missing_polarity_is_said_and_judged_by_the_picture():
    truth = limb(300, 200)
    film = read(dicom(truth, PhotometricInterpretation=None))
    assert right(film, truth)
    assert "radiograph.remark.polarity_missing" in film.remarks
    assert asked(read(dicom((4095 - truth).astype(np.uint16), PhotometricInterpretation=None)))


@pytest.mark.parametrize(
    ("header", "in_doubt"),
    [({"PhotometricInterpretation": None}, True), ({"RescaleSlope": -1, "RescaleIntercept": 4095}, True), ({}, False)],
)
def test_a_film_that_might_be_either_way_round_is_asked_about_where_the_header_leaves_it_open(header, in_doubt):
    either = np.vstack([limb(150, 200), 4095 - limb(150, 200)])
    assert ("radiograph.doubt.polarity" in asked(read(dicom(either, **header)))) == in_doubt


def test_missing_sign_is_said_and_judged_by_the_picture():
    truth = limb(300, 200)
    film = read(dicom(truth, PixelRepresentation=None))
    assert right(film, truth)
    assert "radiograph.remark.sign_missing" in film.remarks
    film = read(dicom((truth.astype(np.int32) - 2048).astype(np.int16), PixelRepresentation=None))
    assert right(film, truth)
    assert asked(film) == ["radiograph.doubt.sign"]


@pytest.fixture
def without_imagecodecs(monkeypatch):
    """As on a machine where the package is not installed."""
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name.split(".")[0] == "imagecodecs":
            raise ModuleNotFoundError("No module named 'imagecodecs'", name="imagecodecs")
        return real(name, *args, **kwargs)

    from pydicom.pixels import get_decoder

    decoder = get_decoder(uid.JPEGLSLossless)
    for plugin in decoder.available_plugins:
        monkeypatch.delitem(decoder._available, plugin)
    for name in [n for n in sys.modules if n.split(".")[0] == "imagecodecs" or n.endswith("radiograph.decoders")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("xrlearn.radiograph.decoders", raising=False)
    monkeypatch.setattr(builtins, "__import__", absent)


def test_a_missing_decoder_is_no_damage(request, monkeypatch):
    from imagecodecs import jpegls_encode, png_encode

    def refuse(data):
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")  # as tifffile says it

    film = encapsulated(jpegls_encode(limb()), uid.JPEGLSLossless)
    deep = png_encode(np.stack([limb(bits=16)] * 3, axis=2))
    plain = dicom()
    request.getfixturevalue("without_imagecodecs")
    monkeypatch.setattr("xrlearn.radiograph.raster.read_tiff", refuse)
    for data in (film, deep, b"II*\0"):
        with pytest.raises(RadiographError, match="pip install imagecodecs"):
            read(data)
    assert read(plain).pixels.shape == (96, 80)


@pytest.mark.parametrize("absent", [False, True])
def test_what_no_decoder_reads_is_damaged_unless_a_decoder_is_missing(request, absent):
    from imagecodecs import jpeg2k_encode

    stream = bytearray(jpeg2k_encode(limb(), level=0, codecformat="j2k"))
    start = stream.index(b"\xff\x52")  # how the wavelets are coded: 255 levels of them
    stream[start + 9] = 255
    film = encapsulated(bytes(stream), uid.JPEG2000Lossless)
    if absent:
        request.getfixturevalue("without_imagecodecs")
    with pytest.raises(RadiographError, match="pip install imagecodecs" if absent else "damaged"):
        read(film)
