"""What is measured on the outlines of a knee: the same on both sides of a body, more where there is more disease."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from xrlearn.phantom import make
from xrlearn.radiograph.knee import FIBULA, MIRRORED, OUTLINES, SIGNS, signs


def outlines(seed: int, **patient) -> tuple[np.ndarray, object]:
    """The true points of a simulated knee, and its truth."""
    _, truth = make("knee", "PA", seed=seed, size=224, metal="none", **patient)
    return np.array([truth.landmarks.get(name, (np.nan, np.nan)) for name in OUTLINES]), truth


@pytest.fixture(scope="module")
def knees() -> list:
    return [outlines(700 + k, kl=k % 5) for k in range(25)]


def test_outlines_lie_where_the_shadow_of_the_bone_ends(knees):
    """One step outwards along its line there is no more bone; one step inwards there is."""
    points, truth = knees[0]
    checked = 0
    for name, (row, column) in zip(OUTLINES, points, strict=True):
        if name == FIBULA or "at" not in name.split():
            continue
        bone = truth.mask(name.split()[1])
        into = -1 if "femur" in name else 1
        inside, outside = bone[int(row + 0.5 * into), int(column)], bone[int(row - 0.5 * into), int(column)]
        assert (inside, outside) == (True, False), name
        checked += 1
    assert checked == 36


def test_a_mirrored_film_measures_the_same(knees):
    """Left and right knees are each other's mirror image; which side is lateral the fibula tells."""
    points = np.stack([p for p, _ in knees])
    swapped = points[:, [OUTLINES.index(name) for name in MIRRORED]] * [1, -1] + [0, 224]
    np.testing.assert_allclose(signs(swapped), signs(points), atol=1e-9)


def test_signs_are_shares_that_neither_scale_nor_place_nor_a_small_turn_changes(knees):
    points = np.stack([p for p, _ in knees])
    turn = np.deg2rad(4)
    turned = (points - 100) @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    np.testing.assert_allclose(signs(3 * points + 50), signs(points), atol=1e-9)
    np.testing.assert_allclose(signs(turned), signs(points), atol=1e-6)


def test_more_disease_measures_more(knees):
    grade = [truth.labels["kl"] for _, truth in knees]
    measured = signs(np.stack([p for p, _ in knees]))
    assert measured.shape == (25, len(SIGNS))
    assert spearmanr(grade, measured[:, 0]).statistic > 0.6


def test_the_lateral_view_has_no_outlines():
    _, truth = make("knee", "lateral", seed=1, size=128)
    assert not set(OUTLINES[:-1]) & set(truth.landmarks)
