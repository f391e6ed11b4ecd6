"""Angles of a spine, on vertebrae whose end plates are drawn at angles that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrlearn.radiograph.spine import (
    VERTEBRAE,
    cobb,
    cobb_by_end_plates,
    end_vertebrae,
    kyphosis,
    lordosis,
    pelvic_incidence,
    pelvic_tilt,
    plate_angle,
    sacral_slope,
    tilts,
)


def drawn(upper: list[float], lower: list[float] | None = None, facing: int = 1) -> np.ndarray:
    """Vertebrae below each other whose end plates fall by these angles in degrees towards their second corner."""
    plates = np.deg2rad(np.stack([upper, upper if lower is None else lower], axis=1))
    ends = 20 * np.stack([np.sin(plates), facing * np.cos(plates)], axis=-1)
    first = np.stack([30.0 * np.arange(len(upper))[:, None] + [0, 25], np.full((len(upper), 2), 50.0)], axis=-1)
    return np.stack([first, first + ends], axis=2).reshape(-1, 4, 2)


def test_a_tilt_is_that_of_the_middle_line_and_has_a_sign():
    assert tilts(drawn([0, 12, -30])) == pytest.approx([0, 12, -30])
    assert tilts(drawn([0, 10], [20, -10])) == pytest.approx([10, 0], abs=1e-9)
    assert tilts(np.stack([drawn([5, 10]), drawn([-5, 0])])) == pytest.approx(np.array([[5, 10], [-5, 0]]), abs=1e-9)


def test_the_cobb_angle_lies_between_the_two_that_differ_most_whichever_is_above():
    assert float(cobb(drawn([2, 17, -8, 0]))) == pytest.approx(25)
    assert end_vertebrae(drawn([2, 17, -8, 0])) == (1, 2)
    assert end_vertebrae(drawn([2, -8, 0, 17])) == (1, 3)
    assert cobb(np.stack([drawn([0, 10]), drawn([-5, 25])])) == pytest.approx([10, 30])


def test_by_end_plates_the_outer_plates_count_and_not_the_inner_ones():
    spine = drawn([0, 10, 0, -30, 0], [0, 14, 0, -20, 0])
    assert end_vertebrae(spine) == (1, 3)
    assert cobb_by_end_plates(spine) == pytest.approx(30)  # 10 and -20
    assert float(cobb(spine)) == pytest.approx(37)  # 12 and -25


@pytest.mark.parametrize("facing", [1, -1])
def test_lordosis_runs_from_the_top_of_l1_to_the_bottom_of_l5_whichever_way_the_patient_looks(facing):
    upper, lower = np.zeros(17), np.full(17, 3.0)
    upper[VERTEBRAE.index("L1")], lower[VERTEBRAE.index("L5")] = -15, 25
    assert float(lordosis(drawn(list(upper), list(lower), facing))) == pytest.approx(40)
    upper[VERTEBRAE.index("L1")], lower[VERTEBRAE.index("L5")] = 15, 5
    assert float(lordosis(drawn(list(upper), list(lower), facing))) == pytest.approx(-10)  # a kyphosis


@pytest.mark.parametrize("facing", [1, -1])
def test_kyphosis_runs_from_the_top_of_t4_to_the_bottom_of_t12(facing):
    upper, lower = np.zeros(17), np.full(17, 3.0)
    upper[VERTEBRAE.index("T4")], lower[VERTEBRAE.index("T12")] = 25, -15
    assert float(kyphosis(drawn(list(upper), list(lower), facing))) == pytest.approx(40)


def hips(slope: float, tilt: float, facing: int = 1, long: float = 90.0) -> np.ndarray:
    """A sacral plate 34 long that falls by `slope` degrees, and hips 12 apart whose middle lies `tilt` before it."""
    s, t = np.deg2rad([slope, tilt])
    plate = 17 * np.array([np.sin(s), np.cos(s)])
    axis, apart = long * np.array([np.cos(t), np.sin(t)]), np.array([3.0, 5.2])
    return 200 + np.stack([-plate, plate, axis - apart, axis + apart]) * [1, facing]


def turned(points: np.ndarray, degrees: float) -> np.ndarray:
    """The same points on a film that was turned."""
    a = np.deg2rad(degrees)
    return (points - 300) @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + 300


slopes, leans, facings, turns = st.floats(-10, 65), st.floats(-15, 45), st.sampled_from([1, -1]), st.floats(-20, 20)


@given(slopes, leans, facings)
def test_slope_and_tilt_are_what_was_drawn_and_incidence_is_their_sum(slope, tilt, facing):
    pelvis = hips(slope, tilt, facing)
    assert float(sacral_slope(pelvis)) == pytest.approx(slope, abs=1e-6)
    assert float(pelvic_tilt(pelvis)) == pytest.approx(tilt, abs=1e-6)
    assert float(pelvic_incidence(pelvis)) == pytest.approx(slope + tilt, abs=1e-6)


@given(slopes, leans, facings, turns)
def test_a_turned_film_has_the_same_incidence_and_trades_slope_for_tilt(slope, tilt, facing, degrees):
    pelvis = turned(hips(slope, tilt, facing), degrees)
    assert float(pelvic_incidence(pelvis)) == pytest.approx(slope + tilt, abs=1e-6)
    traded = float(sacral_slope(pelvis)) - slope
    assert abs(traded) == pytest.approx(abs(degrees), abs=1e-6)
    assert float(pelvic_tilt(pelvis)) == pytest.approx(tilt - traded, abs=1e-6)


@given(st.lists(st.floats(-40, 40), min_size=34, max_size=34), facings, turns)
def test_a_turned_film_has_the_same_kyphosis_and_lordosis(falls, facing, degrees):
    spine = drawn(falls[:17], falls[17:], facing)
    for measure in (kyphosis, lordosis):
        assert float(measure(turned(spine, degrees))) == pytest.approx(float(measure(spine)), abs=1e-6)


@pytest.mark.parametrize("measure", [sacral_slope, pelvic_tilt, pelvic_incidence])
def test_a_pelvis_of_another_shape_is_refused(measure):
    with pytest.raises(ValueError, match="4 x 2"):
        measure(np.zeros((3, 2)))


def test_an_angle_of_two_plates_has_no_sign_and_no_place():
    level, falling = [[0, 0], [0, 4]], [[7, 9], [10, 14]]
    angle = np.rad2deg(np.arctan2(3, 5))
    assert plate_angle(level, falling) == plate_angle(falling, level) == pytest.approx(angle)
    assert plate_angle(level, falling[::-1]) == pytest.approx(angle)
    assert plate_angle(level, [[0, 0], [5, 0]]) == pytest.approx(90)


@pytest.mark.parametrize("shape", [(4, 2), (17, 3, 2), (17, 4, 3)])
@pytest.mark.parametrize("measure", [tilts, cobb, kyphosis, lordosis, cobb_by_end_plates])
def test_corners_of_another_shape_are_refused(measure, shape):
    with pytest.raises(ValueError, match="vertebrae x 4 x 2"):
        measure(np.zeros(shape))
