"""What a header says of scale, side, view, age and part of the body, and what it says in vain."""

import re
import warnings

import pytest
from pydicom.dataset import Dataset

from xrlearn import locale
from xrlearn.radiograph import header


def said(**elements: object) -> Dataset:
    ds = Dataset()
    with warnings.catch_warnings(action="ignore"):  # of values that the standard does not allow
        for keyword, value in elements.items():
            setattr(ds, keyword, value)
    return ds


def code(meaning: str) -> list[Dataset]:
    return [said(CodeMeaning=meaning)]


@pytest.mark.parametrize(
    ("age", "years"),
    [("030Y", 30), ("018M", 1.5), ("026W", 0.5), ("073D", 0.2), ("104", None), ("1Y", 1), ("0301Y", None), ("", None)],
)
def test_an_age_is_told_in_years_whatever_its_unit(age, years):
    assert header.age_years(said(PatientAge=age)) == (None if years is None else pytest.approx(years, abs=0.002))


@pytest.mark.parametrize(
    ("value", "number"), [("1.5", 1.5), (["0.5", "7"], 0.5), ([], None), ("", None), ("1e400", None), (None, None)]
)
def test_a_number_is_the_first_that_is_finite(value, number):
    assert header.number(said(WindowCenter=value), "WindowCenter") == number


def test_a_word_is_short_and_holds_no_signs():
    assert header.word(said(ViewPosition="a<b>p_1/2 -x"), "ViewPosition") == "ABP_1/2 -X"
    assert header.word(said(StudyDescription="x" * 60), "StudyDescription") == "X" * 32
    assert header.word(said(ViewPosition="<>"), "ViewPosition") is None
    assert header.word(said(ImageType=["ORIGINAL", "PRIMARY"]), "ImageType") == "ORIGINAL"


@pytest.mark.parametrize(
    ("meaning", "name"),
    [
        ("antero-posterior", "AP"),
        ("Postero-Anterior", "PA"),
        ("left lateral", "LL"),
        ("right lateral", "RL"),
        ("medio-lateral", "LATERAL"),
        ("axial", "AXIAL"),
        ("antero-posterior oblique", "OBLIQUE"),
        ("tunnel", None),
    ],
)
def test_a_view_has_the_name_of_its_code_unless_it_is_written(meaning, name):
    assert header.view(said(ViewCodeSequence=code(meaning))) == name
    assert header.view(said(ViewCodeSequence=code(meaning), ViewPosition="LLD")) == "LLD"


def test_no_code_is_no_view():
    assert header.view(said()) is None
    assert header.view(said(ViewCodeSequence=[Dataset()])) is None


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("HAND", "hand"),
        ("FINGER", "hand"),
        ("SCAPHOID", "wrist"),
        ("LOWER_ARM", "forearm"),
        ("UPPER ARM", "humerus"),
        ("AC_JOINT", "ac joint"),
        ("PATELLA", "knee"),
        ("TIBIA/FIBULA", "lower leg"),
        ("CALCANEUS", "foot"),
        ("LSPINE", "lumbar spine"),
        ("UNKNOWN", None),
        ("Other", None),
        ("NONE", None),
        ("N/A", None),
    ],
)
def test_a_part_of_the_body_has_one_name(written, part):
    assert header.body_part(said(BodyPartExamined=written)) == part


def test_every_name_of_a_part_is_known_to_the_reader_in_every_language():
    assert {f"region.{name}" for name in header._BODY.values()} <= set(locale.room("review"))
    assert all(re.fullmatch("[a-z]+", word) for word in header._BODY)  # as letters are compared


def test_a_part_of_the_body_may_stand_in_a_code():
    assert header.body_part(said(AnatomicRegionSequence=code("Lower leg"))) == "lower leg"
    assert header.body_part(said(AnatomicRegionSequence=code("Clavicle"))) == "clavicle"
    assert header.body_part(said(AnatomicRegionSequence=code("Foot"), BodyPartExamined="KNEE")) == "knee"
    assert header.body_part(said()) is None


@pytest.mark.parametrize(
    ("pair", "doubted"),
    [
        ([0.02, 0.02], False),
        ([0.6, 0.6], False),
        ([0.019, 0.019], True),
        ([0.61, 0.61], True),
        ([0.5, 0.61], True),
        ([0.1, 0.15], False),
        ([0.1, 0.16], True),
        ([0.16, 0.1], True),
    ],
)
def test_a_spacing_that_no_detector_has_is_a_question(pair, doubted):
    found, remarks = header.spacing(said(PixelSpacing=pair))
    assert found == tuple(pair)
    assert ("radiograph.doubt.spacing" in remarks) == doubted


@pytest.mark.parametrize(("imager", "kind"), [(0.14, "detector"), (0.1401, "detector"), (0.142, "uncalibrated")])
def test_a_spacing_that_is_the_detectors_is_called_so(imager, kind):
    _, remarks = header.spacing(said(PixelSpacing=[0.14, 0.14], ImagerPixelSpacing=[imager, imager]))
    assert remarks == (f"radiograph.remark.spacing_{kind}",)


@pytest.mark.parametrize("imager", [[0.15, 0], [-1, 0.15], [0.15], ["a", "b"]])
def test_half_a_spacing_of_the_detector_is_none(imager):
    ds = said()
    ds.add_new("ImagerPixelSpacing", "LO", [str(x) for x in imager])
    assert header.spacing(ds) == (None, ("radiograph.remark.spacing_unknown",))


@pytest.mark.parametrize(
    "elements",
    [
        {"NominalScannedPixelSpacing": [0.2, 0.1]},
        {"PixelSpacing": [0.2, 0.1], "ImagerPixelSpacing": [0.3, 0.15]},
        {"PixelSpacing": [0, 0], "PixelAspectRatio": ["2", "1"]},
    ],
)
def test_a_pixel_is_as_long_as_all_sources_say(elements):
    (height, width), remarks = header.pixel_shape(said(**elements))
    assert height / width == pytest.approx(2)
    assert remarks == ("radiograph.remark.squared",)


@pytest.mark.parametrize(
    ("elements", "asked"),
    [
        ({"PixelAspectRatio": ["9", "1"]}, True),  # mistyped
        ({"PixelAspectRatio": ["1", "9"]}, True),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.1, 0.103]}, True),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.15, 0.151]}, False),
        ({"PixelSpacing": [0.1, 0.1005]}, False),
        ({}, False),
    ],
)
def test_a_pixel_that_is_no_square_in_one_place_alone_is_a_question(elements, asked):
    shape, remarks = header.pixel_shape(said(**elements))
    assert shape is None
    assert remarks == (("radiograph.doubt.geometry",) if asked else ())


@pytest.mark.parametrize(
    ("word", "side"), [("L", "L"), ("LEFT", "L"), ("Right", "R"), ("R", "R"), ("B", None), ("U", None)]
)
def test_a_side_is_left_or_right(word, side):
    assert header.side(said(ImageLaterality=word)) == side
