"""What tells real films from simulated ones: alike is 0.5, unlike is 1, and each distance answers to what it is for."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from xrlearn.training.realism import as_stored, edge_profile, grey_levels, likeness, patches, power_spectrum


def bones(seed, blur=1.0, grain=6.0, soft=90):
    """A film that is none: two bright bars with grain on a grey body."""
    rng = np.random.default_rng(seed)
    film = np.full((220, 160), 20.0)
    film[:, 30:130] = soft
    for left in (45 + seed % 7, 90 + seed % 5):
        film[:, left : left + 24] = 180 + rng.normal(0, 8)
    film = gaussian_filter(film, blur) + gaussian_filter(rng.normal(0, 1, film.shape), 0.8) * grain * 2
    return np.clip(film, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def films():
    return [bones(seed) for seed in range(12)]


def test_films_of_one_kind_are_not_told_apart_and_blurred_ones_are(films):
    alike = likeness(films, [bones(seed) for seed in range(12, 24)])
    assert 0.3 < alike.discriminator["value"] < 0.7
    unlike = likeness(films, [bones(seed, blur=3.0, grain=0.5) for seed in range(12, 24)])
    assert unlike.discriminator["value"] > 0.95
    assert unlike.discriminator["low"] <= unlike.discriminator["value"] <= unlike.discriminator["high"]
    for name in ("edge", "spectrum"):
        assert unlike.distances[name]["value"] > 2 * alike.distances[name]["value"]


def test_grey_levels_answer_to_the_tone_of_soft_tissue_alone(films):
    darker = likeness(films, [bones(seed, soft=55) for seed in range(12, 24)]).distances
    assert darker["soft tissue"]["value"] > 0.08 > 3 * darker["bone"]["value"] / 2


def test_an_edge_runs_from_dark_to_bright_and_blur_makes_it_flat():
    sharp, soft = edge_profile(bones(0)), edge_profile(bones(0, blur=4.0))
    assert sharp[:6].mean() < 0.35 < 0.65 < sharp[10:].mean()
    assert np.diff(sharp).max() > 1.5 * np.diff(soft).max()


def test_the_spectrum_falls_less_where_there_is_grain():
    assert power_spectrum(bones(0, grain=12))[-1] > power_spectrum(bones(0, grain=1))[-1] + 0.2


def test_levels_are_those_of_three_tissues():
    low, middle, high = grey_levels(bones(0)).reshape(3, 7)[:, 3]
    assert low < 0.15 < 0.3 < middle < 0.6 < 0.8 < high


def test_patches_lie_on_bone_and_never_on_lead():
    film = bones(0)
    film[10:80, 10:70] = 255
    found = patches(film)
    assert len(found) == 6
    assert max(patch.max() for patch in found) <= 1
    assert patches(film[:60]) == []


def test_a_film_is_stored_as_the_pack_stores_its_own():
    stored = as_stored(bones(0), 110, 50)
    assert stored.shape == (110, 80)
    assert stored.dtype == np.uint8
