"""DICOM films of every kind: the right grey values, the right way round, or one clear sentence."""

import imagecodecs
import numpy as np
import pytest
from films import compressed, dataset, dicom, encapsulated, file, limb, lut
from pydicom import uid
from pydicom.dataset import Dataset

from xrlearn.radiograph import RadiographError, quality, read
from xrlearn.radiograph.table import line


def error(data: object) -> str:
    """The key of the error that reading `data` gives."""
    with pytest.raises(RadiographError) as caught:
        read(data)  # type: ignore[arg-type]
    assert len(str(caught.value)) > 20
    return caught.value.key.removeprefix("radiograph.error.")


# --- the scale -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [8, 10, 12, 15, 16])
def test_the_scale_is_the_stored_range(bits):
    stored = limb(bits=bits)
    film = read(dicom(stored, bits))
    assert film.pixels.dtype == np.float32
    assert film.bits == bits
    np.testing.assert_allclose(film.pixels, stored / (2**bits - 1), atol=1e-6)


def test_sixteen_bits_stay_apart():
    stored = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert len(np.unique(read(dicom(stored, 16)).pixels)) == 65536


def test_monochrome1_is_turned():
    stored = limb()
    film = read(dicom(stored, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_allclose(film.pixels, 1 - stored / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("photometric", "shape", "turned"),
    [
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", "INVERSE", True),  # what the DX standard asks for: turned once, not twice
    ],
)
def test_presentation_lut_shape(photometric, shape, turned):
    stored = limb()
    film = read(dicom(stored, PhotometricInterpretation=photometric, PresentationLUTShape=shape))
    expected = stored / 4095
    np.testing.assert_allclose(film.pixels, 1 - expected if turned else expected, atol=1e-6)


def test_raw_data_whose_values_grow_with_the_rays_are_turned():
    raw = {"PresentationIntentType": "FOR PROCESSING", "PixelIntensityRelationshipSign": 1}
    stored = limb()
    film = read(dicom(stored, **raw))
    np.testing.assert_allclose(film.pixels, 1 - stored / 4095, atol=1e-6)
    assert "radiograph.remark.raw" in film.remarks
    np.testing.assert_allclose(read(dicom(stored, PixelIntensityRelationshipSign=1)).pixels, stored / 4095, atol=1e-6)


@pytest.mark.parametrize("bits", [12, 16])
def test_signed_pixels(bits):
    stored = (limb(bits=bits).astype(np.int32) - 2 ** (bits - 1)).astype(np.int16)
    film = read(dicom(stored, bits))
    np.testing.assert_allclose(film.pixels, limb(bits=bits) / (2**bits - 1), atol=1e-6)


def test_unused_bits_are_no_grey_values():
    stored = limb()
    noisy = stored | (np.arange(stored.size, dtype=np.uint16).reshape(stored.shape) % 16 << 12).astype(np.uint16)
    np.testing.assert_array_equal(read(dicom(noisy)).pixels, read(dicom(stored)).pixels)


def test_high_bit_above_the_stored_bits():
    stored = limb()
    np.testing.assert_array_equal(read(dicom(stored << 4, HighBit=15)).pixels, read(dicom(stored)).pixels)


def test_padding_is_black_and_outside_the_window():
    stored = np.clip(limb(), 1000, 3000)
    stored[:20] = 4095
    film = read(dicom(stored, PixelPaddingValue=4095))
    assert film.pixels[:20].max() == 0
    assert film.window[1] < 0.75


def test_padding_range_under_monochrome1():
    stored = np.clip(limb(), 1000, 3000)
    stored[:, :9] = 5
    film = read(dicom(stored, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0, PixelPaddingRangeLimit=10))
    assert film.pixels[:, :9].max() == 0


# --- look-up tables and windows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (0.25, -1024), (4, 100), (2, 0), (1, -1024)])
def test_a_linear_rescale_changes_units_only(slope, intercept, signed):
    """The window stands in the new units, and shows the same grey values."""
    stored, zero = (limb().astype(np.int16) - 2048, -2048) if signed else (limb(), 0)
    header = {"RescaleSlope": slope, "RescaleIntercept": intercept, "VOILUTFunction": "LINEAR_EXACT"}
    film = read(dicom(stored, WindowCenter=slope * (zero + 1000) + intercept, WindowWidth=slope * 400, **header))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-5)
    assert film.window == pytest.approx((800 / 4095, 1200 / 4095), abs=1e-6)


@pytest.mark.parametrize(("slope", "intercept"), [(0, 5), (1e10, 0), (1, 1e10), (1e-10, 0), (None, 100)])
def test_a_rescale_that_no_detector_has_is_left_out(slope, intercept):
    header = {"WindowCenter": 1000, "WindowWidth": 400, "VOILUTFunction": "LINEAR_EXACT", "RescaleIntercept": intercept}
    film = read(dicom(**header, **({} if slope is None else {"RescaleSlope": slope})))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)
    assert film.window == pytest.approx((800 / 4095, 1200 / 4095), abs=1e-6)


def test_a_falling_rescale_turns_the_film():
    film = read(dicom(RescaleSlope=-1, RescaleIntercept=4095))
    np.testing.assert_allclose(film.pixels, 1 - limb() / 4095, atol=1e-5)


def test_modality_lut():
    table = np.round(4095 * np.sqrt(np.arange(4096) / 4095)).astype(np.uint16)
    film = read(dicom(ModalityLUTSequence=lut(table, 0, 12)))
    np.testing.assert_allclose(film.pixels, table[limb()] / 4095, atol=1e-6)


def test_voi_lut_is_applied_and_clamped_at_its_ends():
    table = np.linspace(0, 255, 1000).astype(np.uint16)
    film = read(dicom(VOILUTSequence=lut(table, 1500, 8), WindowCenter=1, WindowWidth=2))
    np.testing.assert_allclose(film.pixels, table[np.clip(limb().astype(int) - 1500, 0, 999)] / 255, atol=1e-6)
    assert "radiograph.remark.voi_curve" in film.remarks


def test_voi_lut_on_signed_pixels_starts_below_zero():
    stored = (limb().astype(np.int32) - 2048).astype(np.int16)
    table = np.arange(4096, dtype=np.uint16)
    film = read(dicom(stored, VOILUTSequence=lut(table, 65536 - 2048, 12)))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)


@pytest.mark.parametrize("length", [256, 255])
def test_a_table_of_bytes(length):
    """One byte an entry, and one more where their number is odd."""
    entries = np.linspace(255, 0, length).astype(np.uint8)
    sequence = lut(np.zeros(length), 0, 8)
    sequence[0].LUTData = entries.tobytes() + b"\0" * (length % 2)
    film = read(dicom(limb(bits=8), 8, VOILUTSequence=sequence))
    np.testing.assert_allclose(film.pixels, entries[np.minimum(limb(bits=8), length - 1)] / 255, atol=1e-6)
    assert film.window == (0, 1)


def test_a_table_written_as_numbers():
    sequence = lut(np.zeros(4096), 0, 12)
    sequence[0]["LUTData"].VR = "US"
    sequence[0].LUTData = list(range(4095, -1, -1))
    np.testing.assert_allclose(read(dicom(VOILUTSequence=sequence)).pixels, 1 - limb() / 4095, atol=1e-6)


def test_a_table_with_an_entry_for_every_value():
    """Their number, 65536, is written as 0."""
    table = lut(np.arange(65535, -1, -1).astype(np.uint16), 0, 16)
    film = read(dicom(limb(bits=16), 16, VOILUTSequence=table))
    np.testing.assert_allclose(film.pixels, 1 - limb(bits=16) / 65535, atol=1e-6)


def test_what_is_amiss_in_two_places_is_said_twice():
    broken, curve = lut(np.zeros(1), 0, 12), lut(np.arange(4096, dtype=np.uint16), 0, 12)
    film = read(dicom(ModalityLUTSequence=broken, VOILUTSequence=curve))
    assert {"radiograph.remark.lut_broken", "radiograph.remark.voi_curve"} <= set(film.remarks)
    again = read(dicom(ModalityLUTSequence=broken, WindowCenter=1000, WindowWidth=0))
    assert {"radiograph.remark.lut_broken", "radiograph.remark.window_ignored"} <= set(again.remarks)


def test_half_a_window_is_none():
    assert read(dicom(WindowCenter=1000)).window == read(dicom(WindowWidth=1000)).window == read(dicom()).window


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
def test_a_broken_lut_is_left_out(sequence):
    film = read(dicom(**{sequence: lut(np.arange(4096, dtype=np.uint16)[:1], 0, 12)}))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)
    assert "radiograph.remark.lut_broken" in film.remarks


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [(None, 999.5 - 499.5, 999.5 + 499.5), ("LINEAR", 500.0, 1499.0), ("LINEAR_EXACT", 500.0, 1500.0)],
)
def test_the_header_window_is_the_default_window(function, low, high):
    header = {"WindowCenter": 1000, "WindowWidth": 1000} | ({"VOILUTFunction": function} if function else {})
    film = read(dicom(**header))
    assert film.window == pytest.approx((low / 4095, high / 4095), abs=1e-6)
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)  # nothing was cut off


def test_the_window_of_a_rescaled_and_turned_film():
    film = read(
        dicom(
            PhotometricInterpretation="MONOCHROME1",
            RescaleSlope=0.5,
            RescaleIntercept=-100,
            WindowCenter=400,
            WindowWidth=200,
            VOILUTFunction="LINEAR_EXACT",
        )
    )
    # 300 to 500 in rescaled units is 800 to 1200 as stored.
    assert film.window == pytest.approx((1 - 1200 / 4095, 1 - 800 / 4095), abs=1e-6)


def test_a_sigmoid_is_applied():
    film = read(dicom(WindowCenter=2000, WindowWidth=1000, VOILUTFunction="SIGMOID"))
    expected = 1 / (1 + np.exp(-4 * (limb().astype(float) - 2000) / 1000))
    np.testing.assert_allclose(film.pixels, expected, atol=1e-5)
    assert "radiograph.remark.voi_curve" in film.remarks
    assert film.window == (0, 1)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(1000, 0), (1000, -5), (1000, 1e10), (1e10, 1000)])
def test_a_window_that_no_film_has_is_replaced(center, width, function):
    film = read(dicom(WindowCenter=center, WindowWidth=width, VOILUTFunction=function))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)
    assert film.window == read(dicom()).window
    assert "radiograph.remark.window_ignored" in film.remarks


@pytest.mark.parametrize(("center", "width"), [(90000, 10), (-5000, 100)])
def test_a_window_that_shows_nothing_is_replaced(center, width):
    film = read(dicom(WindowCenter=center, WindowWidth=width))
    assert film.window[0] < 0.5 < film.window[1]
    assert "radiograph.remark.window_ignored" in film.remarks


# --- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "syntax",
    [
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    ],
)
def test_uncompressed_syntaxes(syntax):
    np.testing.assert_allclose(read(file(dataset(), syntax)).pixels, limb() / 4095, atol=1e-6)


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEG2000Lossless])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_syntaxes_that_pydicom_writes(syntax, bits):
    film = read(compressed(syntax, limb(bits=bits), bits))
    np.testing.assert_allclose(film.pixels, limb(bits=bits) / (2**bits - 1), atol=1e-6)


def test_lossy_jpeg_2000_is_near():
    film = read(compressed(uid.JPEG2000, j2k_cr=[4]))
    assert np.abs(film.pixels - limb() / 4095).mean() < 0.01


@pytest.mark.parametrize(
    ("syntax", "encode", "bits", "tolerance"),
    [
        (uid.JPEGBaseline8Bit, imagecodecs.jpeg8_encode, 8, 0.02),
        (uid.JPEGExtended12Bit, lambda p: imagecodecs.jpeg8_encode(p, bitspersample=12, level=95), 12, 0.02),
        (uid.JPEGLosslessSV1, lambda p: imagecodecs.ljpeg_encode(p, bitspersample=12), 12, 1e-6),
        (uid.JPEGLSLossless, imagecodecs.jpegls_encode, 12, 1e-6),
        (uid.JPEGLSNearLossless, lambda p: imagecodecs.jpegls_encode(p, level=2), 12, 0.001),
        (uid.HTJ2KLossless, lambda p: imagecodecs.htj2k_encode(p, reversible=True), 12, 1e-6),
    ],
)
def test_syntaxes_of_other_encoders(syntax, encode, bits, tolerance):
    stored = limb(bits=bits)
    film = read(encapsulated(encode(stored), syntax, pixels=stored, bits=bits))
    np.testing.assert_allclose(film.pixels, stored / (2**bits - 1), atol=tolerance * 5)
    assert np.abs(film.pixels - stored / (2**bits - 1)).mean() < tolerance
    assert film.source == f"DICOM, {syntax.name}"


def test_what_the_first_decoders_refuse_is_read_all_the_same():
    """JPEG Extended whose spectral selection is written as 0 to 0, as in the samples of NEMA's working group 4."""
    stream = bytearray(imagecodecs.jpeg8_encode(limb(), bitspersample=12, level=95))
    scan = stream.index(b"\xff\xda")
    assert stream[scan + 7 : scan + 9] == b"\0\x3f"
    stream[scan + 8] = 0
    film = read(encapsulated(bytes(stream), uid.JPEGExtended12Bit))
    assert np.abs(film.pixels - limb() / 4095).mean() < 0.001


def test_a_stream_that_has_no_sign_holds_signed_numbers():
    stored = (limb().astype(np.int32) - 2048).astype(np.int16)
    stream = imagecodecs.ljpeg_encode((stored & 0xFFF).astype(np.uint16), bitspersample=12)
    film = read(encapsulated(stream, uid.JPEGLosslessSV1, pixels=stored, bits=12))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_without_preamble(syntax):
    whole = file(dataset(), syntax)
    np.testing.assert_array_equal(read(whole[132:]).pixels, read(whole).pixels)


def test_numbers_written_from_the_large_end_are_known_by_themselves():
    whole = file(dataset(), uid.ExplicitVRBigEndian)
    meta = int.from_bytes(whole[140:144], "little")
    np.testing.assert_array_equal(read(whole[:132] + whole[144 + meta :]).pixels, read(whole).pixels)


@pytest.mark.parametrize(
    "whole",
    [
        file(dataset(), uid.ImplicitVRLittleEndian),
        file(dataset(), uid.ExplicitVRLittleEndian),
        compressed(uid.RLELossless),
        compressed(uid.JPEG2000Lossless),
        encapsulated(imagecodecs.jpegls_encode(limb()), uid.JPEGLSLossless),
    ],
    ids=["implicit", "explicit", "rle", "j2k", "jpegls"],
)
def test_without_preamble_and_file_meta(whole):
    meta = int.from_bytes(whole[140:144], "little")
    np.testing.assert_allclose(read(whole[144 + meta :]).pixels, limb() / 4095, atol=1e-6)


@pytest.mark.parametrize("more", [0, 1000, 96 * 80 * 2])
def test_more_pixels_than_the_header_says_are_said(more):
    film = read(dicom(PixelData=limb().tobytes() + bytes(more)))
    np.testing.assert_allclose(film.pixels, limb() / 4095, atol=1e-6)
    assert ("radiograph.remark.pixel_warning" in film.remarks) == (more > 0)


# --- colour ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("photometric", ["RGB", None])
@pytest.mark.parametrize("planar", [0, 1])
def test_a_grey_film_stored_as_rgb(planar, photometric):
    grey = limb(bits=8)
    rgb = np.stack([grey] * 3, axis=2)
    ds = dataset(rgb, 8, PlanarConfiguration=planar, PhotometricInterpretation=photometric)
    if planar:
        ds.PixelData = np.moveaxis(rgb, 2, 0).tobytes()
    film = read(file(ds))
    np.testing.assert_allclose(film.pixels, grey / 255, atol=0.003)
    assert "radiograph.remark.colour" in film.remarks


def test_colours_apart_from_brightness_are_read_and_colours_of_no_film_refused():
    grey = limb(bits=8)
    ybr = np.stack([grey, np.full_like(grey, 128), np.full_like(grey, 128)], axis=2)
    film = read(dicom(ybr, 8, PhotometricInterpretation="YBR_FULL"))
    np.testing.assert_allclose(film.pixels, grey / 255, atol=1e-6)
    assert error(dicom(ybr, 8, PhotometricInterpretation="CMYK")) == "depth"


def test_colours_that_neighbours_share_take_two_thirds_of_the_bytes():
    grey = limb(bits=8)
    ybr = np.concatenate([grey.reshape(96, 40, 2), np.full((96, 40, 2), 128, np.uint8)], axis=2).tobytes()
    header = {"pixels": np.stack([grey] * 3, axis=2), "bits": 8, "PhotometricInterpretation": "YBR_FULL_422"}
    np.testing.assert_allclose(read(dicom(PixelData=ybr, **header)).pixels, grey / 255, atol=1e-6)
    assert error(dicom(PixelData=ybr[:-2], **header)) == "truncated"


def test_a_coloured_stamp_does_not_make_a_photo():
    rgb = np.stack([limb(bits=8)] * 3, axis=2)
    rgb[:8, :10] = (255, 255, 0)
    assert read(dicom(rgb, 8)).pixels.shape == (96, 80)


def test_a_colour_photo_is_refused():
    photo = np.zeros((60, 60, 3), np.uint8)
    photo[..., 0] = np.arange(60)
    photo[:30, :, 1] = 200
    assert error(dicom(photo, 8)) == "colour"


def test_a_film_in_one_line(tmp_path):
    path = tmp_path / "film.dcm"
    for header, spacing in (({}, "-"), ({"PixelSpacing": [0.15, 0.15]}, "0.15 x 0.15")):
        path.write_bytes(dicom(limb() // 2, **header))
        *told, seconds, verdict = line(path)
        assert told == ["film.dcm", "DICOM, Explicit VR Little Endian", "96 x 80", "12", "0.000-0.500", spacing]
        assert 0 <= float(seconds) < 60
        assert verdict == "ok"
    path.write_bytes(b"")
    assert 0 <= float(line(path)[-2]) < 60


# --- what is no film -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", ["CT", "MR", "US", "NM", "PT", "SR"])
def test_other_modalities_are_refused(modality):
    assert error(dicom(Modality=modality)) == "modality"


@pytest.mark.parametrize("modality", ["CR", "DX", "DR", "RG", "RF", "XA", "MG", "IO", "PX", "OT", "SC", "XC", "HC"])
def test_films_have_several_names(modality):
    assert read(dicom(Modality=modality)).modality == modality


def test_several_frames_are_refused():
    assert error(dicom(np.stack([limb()[:40]] * 4).reshape(160, 80), NumberOfFrames=4, Rows=40)) == "frames"


def test_header_only():
    assert error(dicom(PixelData=None)) == "no_pixels"


def test_no_size():
    assert error(dicom(Rows=0)) in ("no_pixels", "damaged")


@pytest.mark.parametrize(
    "said", [{"SOPClassUID": uid.MediaStorageDirectoryStorage}, {"DirectoryRecordSequence": [Dataset()]}]
)
def test_dicomdir(said):
    assert error(dicom(PixelData=None, Modality=None, **said)) == "dicomdir"


@pytest.mark.parametrize("syntax", [uid.MPEG2MPML, "1.2.3.4.5"])
def test_unknown_compression(syntax):
    assert error(encapsulated(b"\0" * 100, syntax)) in ("syntax", "damaged")


def test_a_stream_that_is_larger_than_the_header_says():
    big = imagecodecs.jpeg8_encode(np.zeros((400, 400), np.uint8))
    assert error(encapsulated(big, uid.JPEGBaseline8Bit, pixels=limb(bits=8), bits=8)) == "damaged"


@pytest.mark.parametrize(
    "header",
    [
        *({"BitsStored": bits, "HighBit": 0} for bits in (0, 1, 17, 60000)),
        {"BitsAllocated": 32},
        {"SamplesPerPixel": 2},
    ],
)
def test_impossible_bits(header):
    assert error(dicom(**header)) == "depth"


# --- the header ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, [0, 0], [0.1, 0], [-0.1, -0.1], [0.1, 0.1, 0.1]])
def test_no_spacing_is_better_than_a_wrong_one(value):
    film = read(dicom(**({} if value is None else {"PixelSpacing": value})))
    assert film.spacing_mm is None
    assert "radiograph.remark.spacing_unknown" in film.remarks


def test_spacing_at_the_detector_is_not_pixel_spacing():
    film = read(dicom(ImagerPixelSpacing=[0.15, 0.15]))
    assert film.spacing_mm is None
    assert "radiograph.remark.spacing_detector_only" in film.remarks


@pytest.mark.parametrize(
    ("value", "kind", "remark"),
    [
        ([0.143, 0.15], None, "remark.spacing_uncalibrated"),
        ([0.143, 0.143], "GEOMETRY", "remark.spacing_calibrated"),
        ([0.143, 0.143], "FIDUCIAL", "remark.spacing_calibrated"),
        ([1, 1], None, "doubt.spacing"),
        ([0.1, 0.4], None, "doubt.spacing"),
    ],
)
def test_spacing(value, kind, remark):
    film = read(dicom(PixelSpacing=value, **({"PixelSpacingCalibrationType": kind} if kind else {})))
    assert film.spacing_mm == pytest.approx((min(value), min(value)))  # resampled to squares
    assert f"radiograph.{remark}" in film.remarks
    assert any(found.asks for found in quality(film)) == remark.startswith("doubt")


@pytest.mark.parametrize(
    ("header", "side"),
    [
        ({"Laterality": "R"}, "R"),
        ({"Laterality": "R", "ImageLaterality": "L"}, "L"),
        ({"ImageLaterality": "B"}, None),
        ({}, None),
    ],
)
def test_side(header, side):
    assert read(dicom(**header)).side == side


@pytest.mark.parametrize("said", ["YES", "NO", None])
def test_writing_on_the_film_is_believed_where_the_header_says_so(said):
    film = read(dicom(**({"BurnedInAnnotation": said} if said else {})))
    assert ("radiograph.remark.burned_in" in film.remarks) == (said == "YES")


def test_view_and_body_part():
    film = read(dicom(ViewPosition="AP", BodyPartExamined="CSPINE"))
    assert (film.view, film.body_part, film.modality) == ("AP", "cervical spine", "DX")
    assert read(dicom(BodyPartExamined="KNEE")).body_part == "knee"


def test_nothing_of_the_patient_is_kept_or_said():
    film = read(dicom(PatientName="DOE^JANE", PatientID="4711", AccessionNumber="FUJI95706"))
    assert not any(word in repr(film.__dict__) for word in ("DOE", "4711", "FUJI"))
    with pytest.raises(RadiographError) as caught:
        read(dicom(PatientName="DOE^JANE", Modality="CT"))
    assert "DOE" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
