"""The region of the distal radius: where it lies, and how far two squares cover each other."""

import numpy as np
import pytest

from xrlearn.radiograph.wrist import distal_radius, overlap


def test_the_region_turns_and_grows_with_the_bone():
    points = np.array([[[10.0, 0.0], [10.0, 20.0], [50.0, 10.0], [12.0, 30.0]]])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    middle, half = distal_radius(points)
    turned, other = distal_radius(3 * points @ turn.T)
    assert turned == pytest.approx(3 * middle @ turn.T)
    assert other == pytest.approx(3 * half)


def test_the_region_lies_between_both_corners_of_the_joint():
    middle, half = distal_radius(np.array([[[8.0, 0.0], [12.0, 20.0], [50.0, 10.0], [0.0, 0.0]]]))
    assert middle == pytest.approx(np.array([[20.0, 10.0]]))
    assert half == pytest.approx([18.0])


@pytest.mark.parametrize(
    ("centre", "half", "other_centre", "other_half", "share"),
    [
        ((0, 0), 2, (0, 0), 3, 4 / 9),  # one within the other
        ((5, 1), 3, (5, 1), 3, 1),
        ((0, 0), 2, (0, 3), 2, 4 / 28),
        ((0, 0), 2, (3, 3), 3, 4 / 48),
        ((0, 0), 2, (2, 9), 2, 0),  # apart along one side
        ((0, 0), 2, (9, 9), 2, 0),  # apart along both
        ((0, 0), 2, (4, 0), 2, 0),  # they touch
    ],
)
def test_overlap_is_the_shared_part_of_both(centre, half, other_centre, other_half, share):
    here = np.array([centre], float), np.array([half], float)
    there = np.array([other_centre], float), np.array([other_half], float)
    assert overlap(*here, *there) == pytest.approx([share])
    assert overlap(*there, *here) == pytest.approx([share])


def test_every_film_has_an_overlap_of_its_own():
    here = np.zeros((2, 2)), np.array([2.0, 2.0])
    there = np.array([[0.0, 3.0], [0.0, 0.0]]), np.array([2.0, 3.0])
    assert overlap(*here, *there) == pytest.approx([4 / 28, 4 / 9])
