"""Texture of spongy bone: what it tells must be of the bone, not of exposure, side or size of the film."""

import numpy as np
import pytest

from xrlearn.radiograph.fractal import REACH, fractal_signature
from xrlearn.radiograph.grey_texture import grey_texture
from xrlearn.radiograph.trabecular_places import HEEL, HIP, Places


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
