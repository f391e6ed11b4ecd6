"""Texture of spongy bone: what it tells must be of the bone, not of exposure, side or size of the film."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from xrlearn.radiograph.fractal import REACH, SIGNATURE, fractal_signature
from xrlearn.radiograph.grey_texture import grey_texture
from xrlearn.radiograph.trabecular_places import (
    HEEL,
    HIP,
    SIGNATURE_AND_STATISTICS,
    Places,
    signature_and_statistics,
)


@pytest.fixture
def patch():
    return np.random.default_rng(0).uniform(0.3, 0.6, (48, 48))


def test_a_rod_along_the_lines_meets_less_than_one_across(patch):
    lines = np.repeat(patch[:1], 48, axis=0)  # every column of one grey
    down, across = np.split(fractal_signature(lines + 1e-4 * patch), 2)
    assert down.mean() > 2.4  # only the faint noise is met, which is rough
    assert across.mean() > 2.4
    flat = fractal_signature(np.repeat(np.linspace(0, 1, 48)[None], 48, axis=0) + 1e-4 * patch)
    assert flat[len(REACH) - 1 :].mean() < 2.05


def test_neither_exposure_nor_window_changes_the_signature(patch):
    assert np.allclose(fractal_signature(patch), fractal_signature(0.2 + 0.5 * patch))


def test_exposure_changes_the_mean_and_the_variance_alone(patch):
    one, other = grey_texture(patch), grey_texture(0.4 + 0.5 * patch)
    assert np.allclose(one[2:], other[2:], rtol=0.02)
    assert other[0] > one[0]
    assert other[1] == pytest.approx(one[1] / 4)


def test_coarser_bone_has_less_contrast_between_neighbours(patch):
    coarse = np.kron(patch[:12, :12], np.ones((4, 4)))
    assert grey_texture(coarse)[3] < grey_texture(patch)[3]


@pytest.mark.parametrize("places", [HIP, HEEL])
def test_places_lie_alike_on_mirror_images_and_larger_films(places):
    rng = np.random.default_rng(1)
    film, points = rng.random((200, 160)), rng.uniform(60, 110, (len(places.points), 2))
    points[1] = points[0] + [30, 40]
    mirrored = points * [1, -1] + [0, film.shape[1] - 1]
    for cut, other in zip(places.cut(film, points), places.cut(film[:, ::-1], mirrored), strict=True):
        assert np.allclose(cut, other[:, ::-1])
    middle, down = places.at(points)
    larger, further = places.at(2 * points)
    assert np.allclose(larger, 2 * middle)
    assert np.allclose(further, 2 * down)


def test_a_place_beyond_the_film_is_cut_all_the_same():
    places = Places(("a", "b"), ("a", "b"), {"off": (3.0, 0.0, 0.5)}, side=16)
    (cut,) = places.cut(np.full((20, 20), 0.25), [[5, 5], [5, 15]])
    assert cut.shape == (16, 16)
    assert np.allclose(cut, 0.25)


def test_a_chessboard_is_as_rough_as_can_be_and_a_ramp_is_smooth():
    """The rod meets both greys whatever its length, so the area falls as its length grows: dimension 3."""
    board = np.indices((40, 44)).sum(0) % 2
    assert fractal_signature(board) == pytest.approx(np.full(len(SIGNATURE), 3.0))
    assert fractal_signature(np.zeros((40, 44)) + np.arange(44.0))[len(REACH) - 1 :] == pytest.approx(2.0)


def test_lengths_and_directions_stand_in_their_order():
    """Steps five pixels apart: a rod that reaches two to both sides misses some of them, a longer one none."""
    steps = np.repeat(np.arange(14) % 2, 5)[:66, None] + np.zeros(50)  # whole periods away from the edges
    told = dict(zip(SIGNATURE, fractal_signature(steps), strict=True))
    assert [told[f"fractal dimension down {reach}"] for reach in (3, 4, 6)] == pytest.approx([3.0, 3.0, 3.0])
    assert told["fractal dimension down 1"] == pytest.approx(2.0)  # twice the reach meets twice the steps
    assert told["fractal dimension down 2"] == pytest.approx(3 - np.log(5 / 4) / np.log(3 / 2))


def test_what_shipped_models_have_learned_from_stays_what_it_was():
    """Weights are worth nothing once the numbers mean something else."""
    rows, columns = np.indices((40, 36))
    patch = (7 * rows**2 + 11 * columns + 3 * rows * columns) % 17 / 17
    told = dict(zip(SIGNATURE_AND_STATISTICS, signature_and_statistics(patch), strict=True))
    assert told == pytest.approx(
        {
            "fractal dimension down 1": 2.574867,
            "fractal dimension down 2": 2.763329,
            "fractal dimension down 3": 2.800999,
            "fractal dimension down 4": 2.865656,
            "fractal dimension down 6": 2.90536,
            "fractal dimension across 1": 2.613288,
            "fractal dimension across 2": 2.726733,
            "fractal dimension across 3": 2.789306,
            "fractal dimension across 4": 2.813233,
            "fractal dimension across 6": 2.870799,
            "mean": 0.486683,
            "variance": 0.07782451,
            "entropy": 3.951523,
            "contrast": 40.19221,
            "homogeneity": 0.1711415,
            "energy": 0.08520456,
        },
        rel=1e-5,
    )


@pytest.mark.parametrize(
    ("places", "landmarks", "middles", "edges"),
    [
        (
            HIP,
            [[100, 100], [180, 160], [210, 230]],
            [[100, 100], [144, 133], [190, 155], [6.4, 104.8]],
            [[16.2, -21.6], [12, -16], [15, -20], [10.8, -14.4]],
        ),
        (HEEL, [[90, 80], [70, 160], [100, 20]], [[127, 136]], [[40, 10]]),
    ],
)
def test_places_that_shipped_models_have_learned_from_stay_where_they_were(places, landmarks, middles, edges):
    assert places.at(landmarks) == (pytest.approx(np.array(middles)), pytest.approx(np.array(edges)))


def test_what_varies_slowly_is_taken_out(patch):
    slope = np.add.outer(np.linspace(0, 0.3, 48), np.linspace(0, 0.3, 48))
    inner = slice(8, -8)
    one, other = grey_texture(patch[inner, inner]), grey_texture((patch + slope)[inner, inner])
    assert other[1:] == pytest.approx(one[1:], rel=0.1)


def test_a_place_is_cut_pixel_by_pixel():
    """On a ramp every pixel of a place tells where it lay."""
    places = Places(("a", "b"), ("a", "b"), {"on": (0.5, 0.5, 0.25)}, side=8)
    points = [[40.0, 20.0], [40.0, 36.0]]  # the axis is 16 long: half a side is 4, a pixel stays a pixel
    rows, columns = np.indices((100, 90)).astype(float)
    (row,), (column,) = places.cut(rows, points), places.cut(columns, points)
    assert row == pytest.approx(np.repeat(48 + np.arange(-3.5, 4)[:, None], 8, axis=1))
    assert column == pytest.approx(np.repeat(28 + np.arange(-3.5, 4)[None], 8, axis=0))


@pytest.mark.parametrize(("length", "blur"), [(16.0, 0), (24.0, 0), (25.6, 0.3), (64.0, 1.5)])
def test_a_film_is_blurred_only_where_a_place_has_fewer_pixels(length, blur):
    places = Places(("a", "b"), ("a", "b"), {"on": (0.0, 0.0, 0.5)}, side=16)
    film = np.indices((120, 120))[1] % 2 + 0.0
    (cut,) = places.cut(film, [[60.0, 60.0], [60.0, 60.0 + length]])
    assert cut == pytest.approx(sampled(gaussian_filter(film, blur) if blur else film, 60, length, 16))


def sampled(film, middle, width, side):
    """A square of a film around (middle, middle), at so many points along each side."""
    at = middle + ((np.arange(side) + 0.5) / side - 0.5) * width
    return map_coordinates(film, np.meshgrid(at, at, indexing="ij"), order=1, mode="nearest")


@pytest.mark.parametrize(
    ("way", "down"), [((0, 10), (5, 0)), ((0, -10), (5, 0)), ((-10, 0), (0, 5)), ((10, 0), (0, -5))]
)
def test_across_the_axis_is_down_whichever_way_the_patient_lies(way, down):
    places = Places(("a", "b"), ("a", "b"), {"at": (0.0, 1.0, 0.5)})
    (middle,), (edge,) = places.at([[50, 50], [50 + way[0], 50 + way[1]]])
    assert edge == pytest.approx(down)
    assert middle == pytest.approx(np.array([50, 50]) + 2 * np.array(down))


def test_signature_comes_before_statistics(patch):
    both = dict(zip(SIGNATURE_AND_STATISTICS, signature_and_statistics(patch), strict=True))
    assert both["mean"] == pytest.approx(patch.mean())
    assert both[SIGNATURE[0]] == fractal_signature(patch)[0]
