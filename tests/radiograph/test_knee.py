"""What is measured on the outlines of a knee: the same on both sides of a body, more where there is more disease."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from xrlearn.phantom import make
from xrlearn.radiograph.knee import ABOVE_MM, FIBULA, FROM_MIDDLE, MIRRORED, OUTLINES, SIGNS, signs


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


def test_drawn_knees_measure_what_they_were_drawn_with():
    """Spaces and margins of known width, in shares of the tibia's; several films at once, turned, of both sides."""
    drawn = [
        _drawn(lateral, turn, seed) for seed, (lateral, turn) in enumerate([("left", 0), ("right", 9), ("left", -6)])
    ]
    points, expected = map(np.stack, zip(*drawn, strict=True))
    np.testing.assert_allclose(signs(points), expected, atol=1e-9)


def _drawn(lateral: str, turn: float, seed: int) -> tuple[np.ndarray, list[float]]:
    """The points of a knee on a level joint line, turned by degrees, and its signs."""
    rng = np.random.default_rng(seed)
    gap = {"medial": (3.0, 2.0, 4.0, 9.0, 2.5), "lateral": (6.0, 1.0, 8.0, 5.0, 7.0)}  # of the five outermost pairs
    gap = {side: np.array(widths) + seed for side, widths in gap.items()}
    out = {(side, bone): rng.uniform(0, 6, len(ABOVE_MM)) for side in gap for bone in ("tibia", "femur")}
    points = {FIBULA: (30.0, 5.0 if lateral == "left" else 195.0)}
    for end, sign in (("left", -1), ("right", 1)):
        side = "lateral" if end == lateral else "medial"
        for share, space in zip(FROM_MIDDLE, (*gap[side], 20.0, 20.0, 20.0, 20.0), strict=True):
            points[f"{end} femur at {share:g}"] = (100 - space / 2, 100 + sign * 80 * share)
            points[f"{end} tibia at {share:g}"] = (100 + space / 2, 100 + sign * 80 * share)
        for bone, down in (("tibia", 1), ("femur", -1)):
            for k, beyond in enumerate(out[side, bone], start=1):
                points[f"{end} {bone} side {k}"] = (100 + down * 10 * k, 100 + sign * (40 + beyond))
    c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    tibia, femur = (np.stack([out[side, bone] for side in gap]) for bone in ("tibia", "femur"))
    width = 80 + tibia[:, 2:5].mean(1).sum()
    spaces = (3.0 + seed) / 0.6, 6.0 + seed  # the middle ones; a healthy medial space is 0.6 of the lateral one
    expected = [
        0.5 * sum(spaces) / 2 - min(spaces),
        tibia[0, 1] - 1.6 * tibia[0, 3] + 0.6 * tibia[0, 4],
        femur[0, 0] - femur[0, 5],
        femur[1, 0] - femur[1, 5],
    ]
    return np.array([points[name] for name in OUTLINES]) @ [[c, -s], [s, c]], np.array(expected) / width


def test_more_disease_measures_more(knees):
    grade = [truth.labels["kl"] for _, truth in knees]
    measured = signs(np.stack([p for p, _ in knees]))
    assert measured.shape == (25, len(SIGNS))
    assert spearmanr(grade, measured[:, 0]).statistic > 0.6


def test_the_lateral_view_has_no_outlines():
    _, truth = make("knee", "lateral", seed=1, size=128)
    assert not set(OUTLINES[:-1]) & set(truth.landmarks)
