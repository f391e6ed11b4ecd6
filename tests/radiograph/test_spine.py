"""Angles of a spine, on vertebrae whose end plates are drawn at angles that are known."""

import numpy as np
import pytest

from xrlearn.radiograph.spine import VERTEBRAE, cobb, cobb_by_end_plates, end_vertebrae, lordosis, plate_angle, tilts


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


def test_an_angle_of_two_plates_has_no_sign_and_no_place():
    level, falling = [[0, 0], [0, 4]], [[7, 9], [10, 14]]
    angle = np.rad2deg(np.arctan2(3, 5))
    assert plate_angle(level, falling) == plate_angle(falling, level) == pytest.approx(angle)
    assert plate_angle(level, falling[::-1]) == pytest.approx(angle)
    assert plate_angle(level, [[0, 0], [5, 0]]) == pytest.approx(90)


@pytest.mark.parametrize("shape", [(4, 2), (17, 3, 2), (17, 4, 3)])
@pytest.mark.parametrize("measure", [tilts, cobb, lordosis, cobb_by_end_plates])
def test_corners_of_another_shape_are_refused(measure, shape):
    with pytest.raises(ValueError, match="vertebrae x 4 x 2"):
        measure(np.zeros(shape))
