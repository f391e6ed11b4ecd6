"""Quality findings on films made for the purpose, and measured on real ones where they are present."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from films import dicom, limb
from PIL import Image, ImageDraw

from xrlearn.locale import LANGUAGES, use
from xrlearn.phantom import Cohort
from xrlearn.radiograph import Radiograph, auto_window, quality, read, window
from xrlearn.radiograph.checks import inversion


def film(pixels: np.ndarray, **fields: object) -> Radiograph:
    return Radiograph(np.clip(pixels, 0, 1).astype(np.float32), **fields)


@pytest.fixture
def plain() -> np.ndarray:
    """A limb with film grain."""
    return limb(400, 320) / 4095 * 0.9 + np.random.default_rng(0).normal(0.03, 0.01, (400, 320))


def keys(radiograph: Radiograph) -> list[str]:
    return [finding.key.removeprefix("radiograph.quality.") for finding in quality(radiograph)]


def test_nothing_speaks_against_a_plain_film(plain):
    assert keys(film(plain)) == []


def test_bone_dark(plain):
    assert keys(film(1 - plain))[0] == "inverted"


def test_turning_the_film_turns_the_probability(plain):
    pixels = film(plain).pixels
    assert inversion(1 - pixels) == pytest.approx(1 - inversion(pixels), abs=1e-3)


@pytest.fixture
def ambiguous() -> np.ndarray:
    """A picture that might be either way round: what changes a measure a little changes the answer."""
    rows, cols = np.indices((120, 96))
    speckled = (7 * rows**2 + 11 * cols + 3 * rows * cols) % 17 / 17
    return (0.6 * speckled + 0.4 * np.hypot(rows / 120 - 0.4, cols / 96 - 0.6)).astype(np.float32)


def test_what_the_weights_were_fitted_to_stays_what_it_was(ambiguous):
    assert inversion(ambiguous) == pytest.approx(0.7961345, abs=1e-5)
    assert inversion(np.full((40, 40), 0.3, np.float32)) == 0.5


@pytest.mark.parametrize("grey", [0, 1])
def test_a_frame_of_an_eighth_though_it_be_tilted_says_nothing(ambiguous, grey):
    tilted = ambiguous.copy()
    tilted[0, :58] = grey  # three fifths of the line
    for inside, picture, frame in ((ambiguous, ambiguous, (20, 20)), (ambiguous[1:], tilted, (18, 19))):
        framed = np.pad(picture, (frame, (12, 11)), constant_values=grey)
        assert inversion(framed) == pytest.approx(inversion(inside), abs=1e-6)


def test_too_small(plain):
    found = [f for f in quality(film(plain[::4, ::4])) if f.key.endswith("small")]
    assert "100 x 80" in found[0].text


def test_little_contrast(plain):
    assert "contrast" in keys(film(0.4 + 0.08 * plain))
    assert "contrast" not in keys(film(0.4 + 0.08 * plain, bits=12))  # 300 levels are enough


def test_burned_out(plain):
    assert "white" in keys(film(plain * 4))


def test_wide_border(plain):
    wide = np.zeros((700, 700))
    wide[150:550, 150:470] = plain
    found = [f for f in quality(film(wide)) if f.key.endswith("border")]
    assert found[0].values["share"] == pytest.approx(100 * (1 - 400 * 320 / 700**2), abs=3)


def test_body_at_all_edges(plain):
    filled = 0.7 + 0.2 * plain
    filled[150:250, 100:220] -= 0.6
    assert "cut" in keys(film(filled))


def test_noise_and_print_are_no_films():
    noise = np.random.default_rng(0).random((300, 300))
    assert keys(film(noise))[0] == "foreign"
    page = Image.new("L", (400, 300), 255)
    for line in range(10, 280, 24):
        ImageDraw.Draw(page).text((20, line), "Report of the radiograph of 4 May", fill=0, font_size=16)
    assert {"foreign", "text"} & set(keys(film(np.asarray(page) / 255)))


def test_text_is_found_and_a_side_marker_is_none(plain):
    marked = Image.fromarray(window(film(plain).pixels, 0, 1))
    ImageDraw.Draw(marked).text((10, 10), "R", fill=255, font_size=28)
    assert "text" not in keys(film(np.asarray(marked) / 255))
    ImageDraw.Draw(marked).text((10, 360), "DOE JANE 08.04.1979", fill=255, font_size=14)
    assert "text" in keys(film(np.asarray(marked) / 255))


def test_the_header_may_confess_text(plain):
    assert "text" in keys(read(dicom(limb(300, 300), BurnedInAnnotation="YES")))
    ImageDraw.Draw(written := Image.fromarray(window(film(plain).pixels, 0, 1))).text(
        (10, 360), "DOE JANE 08.04.1979", fill=255, font_size=14
    )
    confessed = film(np.asarray(written) / 255, remarks=("radiograph.remark.burned_in",))
    assert keys(confessed).count("text") == 1  # found as well, and said once


def test_findings_speak_both_languages(plain):
    said = set()
    for language in LANGUAGES:
        use(language)
        said.add(quality(film(1 - plain))[0].text)
    assert len(said) == len(LANGUAGES)


# --- display ---------------------------------------------------------------------------------------------------------


def test_window_is_linear_and_clamped():
    shown = window(np.linspace(0, 1, 1001, dtype=np.float32), 0.25, 0.75)
    assert shown.dtype == np.uint8
    assert (shown[:251] == 0).all()
    assert (shown[750:] == 255).all()
    assert (np.diff(shown.astype(int)) >= 0).all()
    assert shown[500] in (127, 128)
    with pytest.raises(ValueError, match="below"):
        window(np.zeros((2, 2), np.float32), 0.5, 0.5)


def test_the_window_ignores_collimator_and_letters(plain):
    inside = 0.2 + 0.3 * plain
    collimated = np.zeros((1000, 900), np.float32)
    collimated[300:700, 200:520] = inside
    collimated[320:340, 210:225] = 1.0
    low, high = auto_window(collimated)
    assert low == pytest.approx(np.percentile(inside, 1), abs=0.02)
    assert high == pytest.approx(np.percentile(inside, 99.5), abs=0.02)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_one_grey_value_has_a_window(value):
    assert auto_window(np.full((50, 60), value, np.float32)) == (0.0, 1.0)


# --- the promise of Radiograph ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pixels",
    [
        np.array([[0, 1.001]], np.float32),
        np.array([[-0.001, 1]], np.float32),
        np.array([[np.nan, 1]], np.float32),
        np.array([[0, 1]], np.float64),
        np.array([[0, 1]], np.uint8),
        np.zeros(5, np.float32),
        np.zeros((0, 5), np.float32),
        np.zeros((2, 2, 3), np.float32),
    ],
)
def test_a_wrong_intensity_range_cannot_be_made(pixels):
    with pytest.raises(ValueError, match="float32 between 0 and 1"):
        Radiograph(pixels)


def test_pixels_cannot_be_written_to(plain):
    with pytest.raises(ValueError, match="read-only"):
        film(plain).pixels[0, 0] = 2


@pytest.mark.parametrize("fields", [{"spacing_mm": (0, 1)}, {"window": (0.5, 0.5)}, {"window": (0, 2)}, {"side": "B"}])
def test_other_fields_keep_their_promise(plain, fields):
    with pytest.raises(ValueError, match="must be"):
        film(plain, **fields)
    assert [film(plain, side=side).side for side in ("L", "R", None)] == ["L", "R", None]


def test_a_reader_settles_the_questions_of_a_film_as_it_is_or_turned(plain):
    asked = film(plain, window=(0.2, 0.5), remarks=("radiograph.doubt.polarity", "radiograph.remark.raw"))
    same, turned = asked.confirmed(), asked.confirmed(inverted=True)
    assert (same.window, turned.window) == ((0.2, 0.5), (0.5, 0.8))
    np.testing.assert_array_equal(same.pixels, asked.pixels)
    np.testing.assert_array_equal(turned.pixels, 1 - asked.pixels)
    assert same.remarks == turned.remarks == same.confirmed().remarks
    assert same.remarks == ("radiograph.remark.raw", "radiograph.remark.confirmed")


# --- measured on real films ------------------------------------------------------------------------------------------


def sample(realdata, pack: str, count: int) -> Iterator[tuple[pd.Series, Radiograph]]:
    table = pd.read_csv(realdata / pack / "labels.csv")
    for _, row in table.sample(min(count, len(table)), random_state=0).iterrows():
        yield row, read(realdata / pack / row["filename"])


def test_inverted_knees_are_found(realdata):
    table = pd.read_csv(realdata / "knee_kl" / "labels.csv")
    turned = table[table.flag_inverted == 1].filename
    upright = table[table.flag_inverted == 0].filename.sample(150, random_state=0)
    found = [inversion(read(realdata / "knee_kl" / name).pixels) > 0.8 for name in turned]
    false = [inversion(read(realdata / "knee_kl" / name).pixels) > 0.8 for name in upright]
    assert np.mean(found) >= 0.95
    assert np.mean(false) <= 0.02


def test_a_frame_around_a_film_says_nothing_of_its_polarity():
    """What the collimator hid is white on some hospitals' films and black on others', and mostly tilted."""
    films = [film.pixels for film, _ in Cohort("wrist", 30, size=160).films()]
    assert not any(inversion(film) > 0.8 for film in films)
    assert np.mean([inversion(1 - film) > 0.8 for film in films]) >= 0.95


def test_false_alarms_on_limbs_are_few(realdata):
    alarms = [keys(radiograph) for _, radiograph in sample(realdata, "fracatlas_fracture", 150)]
    assert np.mean(["inverted" in found for found in alarms]) <= 0.03
    assert np.mean(["text" in found for found in alarms]) <= 0.03
    assert np.mean([bool(found) for found in alarms]) <= 0.08
