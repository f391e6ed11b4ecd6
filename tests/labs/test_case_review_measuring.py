"""Measuring: a ball of known size, angles, ratios, and what is kept of them."""

import csv
import io

import numpy as np
import pytest
from scipy import ndimage

from xrlearn.labs.case_review_film import Film
from xrlearn.labs.case_review_measures import MeasureError, Measures
from xrlearn.labs.case_review_measuring import WHAT, ball_diameter
from xrlearn.labs.parts import Viewer, Words
from xrlearn.radiograph import Radiograph

BALL, MAGNIFIED, DETECTOR = 25.0, 1.15, 0.14  # mm, times, mm a pixel


def film_with_ball(centre=(260.3, 240.7), noise=0.02, seed=0):
    """A metal ball beside a bright bone, blurred and noisy as a detector sees it."""
    rows, columns = np.mgrid[:600, :500] + 0.5
    diameter = BALL * MAGNIFIED / DETECTOR
    film = 0.2 + 0.4 * (columns > 330) * (columns < 460)
    film = np.where(np.hypot(rows - centre[0], columns - centre[1]) <= diameter / 2, 0.95, film)
    film = ndimage.gaussian_filter(film, 1.2) + noise * np.random.default_rng(seed).normal(size=film.shape)
    return np.clip(film, 0, 1).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("off", [-0.12, 0.0, 0.1])
@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
def test_a_ball_calibrates_within_one_percent_however_it_was_crossed(angle, off, seed):
    pixels = film_with_ball(seed=seed)
    true = BALL * MAGNIFIED / DETECTOR
    reach = (1 + off) * true / 2
    line = [(260 + s * reach * np.sin(angle), 243 + s * reach * np.cos(angle)) for s in (-1, 1)]
    each = BALL / ball_diameter(pixels, line)  # millimetres of the bone's plane in a pixel
    bone = 100 * MAGNIFIED / DETECTOR  # a bone of 10 cm beside the ball
    assert each * bone == pytest.approx(100, rel=0.01)


def test_a_line_too_short_for_a_ball_is_refused():
    with pytest.raises(ValueError, match="ball"):
        ball_diameter(film_with_ball(), [(10, 10), (12, 12)])


@pytest.fixture
def bench():
    viewer = Viewer()
    film = Film("0123456789abcdef", Radiograph(film_with_ball(), spacing_mm=(DETECTOR, DETECTOR)))
    viewer.show(film.radiograph)
    viewer.scale = "detector"
    return viewer, Measures(viewer, Words(), lambda callback: callback, lambda: film)


def test_lengths_say_which_millimetres_they_are(bench):
    viewer, measures = bench
    measures.draw()
    assert "at the detector" in measures._head.value
    with pytest.raises(MeasureError):
        measures._note()
    assert viewer.tool == "measure"
    viewer.measurement = [(100, 100), (100, 200)]
    measures.note.click()
    assert measures.noted[-1].value == pytest.approx(14)
    assert measures.noted[-1].unit == "mm at the detector"
    viewer.measurement = [(260, 140), (261, 342)]
    measures.calibrate.click()
    assert viewer.scale == "calibrated"
    assert viewer.spacing_mm[0] == pytest.approx(DETECTOR / MAGNIFIED, rel=0.01)
    measures.note.click()
    assert measures.noted[-1].unit == "mm calibrated"
    viewer.set_trait("spacing_mm", None)
    measures.note.click()
    assert measures.noted[-1].unit == "px"


def test_every_measurement_is_kept_with_the_films_digest(bench):
    viewer, measures = bench
    viewer.measurement, viewer.angle = [(0, 0), (0, 100)], [(0, 0), (0, 50), (50, 50)]
    viewer.lines = [(10, 10), (10, 60), (40, 10), (70, 60)]
    for what in WHAT:
        measures.what.value = what
        if what != "length":  # the first, in hand already
            assert viewer.tool == WHAT[what]
        measures.note.click()
    from xrlearn.labs.case_review_measuring import as_csv

    rows = list(csv.DictReader(io.StringIO(as_csv(measures.noted))))
    assert [row["what"] for row in rows] == list(WHAT)
    assert {row["film"] for row in rows} == {"0123456789abcdef"}
    values = {row["what"]: float(row["value"]) for row in rows}
    assert values["angle"] == pytest.approx(90)
    assert values["cobb"] == values["two_lines"] == pytest.approx(np.degrees(np.arctan2(30, 50)), abs=0.01)
    assert values["insall_salvati"] == pytest.approx(np.hypot(30, 50) / 50, abs=0.01)
    assert "data:text/csv;base64," in measures.list.value


@pytest.mark.parametrize(
    ("lines", "degrees"),
    [
        ([(0, 0), (0, 10), (20, 10), (20, 0)], 0),  # drawn from right to left
        ([(0, 0), (10, 5), (0, 0), (-10, 5)], 2 * np.degrees(np.arctan2(5, 10))),
        ([(0, 0), (6, 10), (20, 0), (14, 10)], 2 * np.degrees(np.arctan2(6, 10))),
        ([(0, 0), (10, 1), (0, 5), (10, 5)], np.degrees(np.arctan2(1, 10))),  # upright
    ],
)
def test_the_angle_between_two_lines_does_not_ask_how_they_were_drawn(lines, degrees):
    viewer = Viewer()
    viewer.show(np.zeros((50, 50)))
    viewer.lines = lines
    assert viewer.degrees_between == pytest.approx(degrees)
