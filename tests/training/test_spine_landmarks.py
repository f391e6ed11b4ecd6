"""The landmark network of the spine: films with corners that fit, and a network that learns to find them."""

import numpy as np
import pytest
import torch

from xrlearn.radiograph.spine import cobb, tilts
from xrlearn.training import points, spine_landmarks
from xrlearn.training.spine_films import SHAPE, fitted, simulated, varied


@pytest.fixture(scope="module")
def pair():
    return simulated(3)


def test_a_film_is_fitted_and_its_corners_are_shares_of_it(pair):
    film, corners = pair
    assert film.shape == SHAPE
    assert (film.min(), film.max()) == (0, 1)
    assert corners.shape == (17, 4, 2)
    assert 0 < corners.min() < corners.max() < 1
    assert (np.diff(corners.mean(axis=1)[:, 0]) > 0).all()  # T1 on top
    assert (corners[:, 1, 1] > corners[:, 0, 1]).all()  # left before right


def test_the_same_number_is_the_same_film(pair):
    again = simulated(3)
    assert np.array_equal(pair[0], again[0])
    assert np.array_equal(pair[1], again[1])


def test_a_varied_film_keeps_its_corners_on_the_spine(pair):
    """Corners are painted white on black; wherever the film is moved to, they are found under the moved corners."""
    corners = pair[1]
    rng = np.random.default_rng(0)
    for _ in range(6):
        moved, there = varied(pair[0], corners, rng)
        assert moved.shape == SHAPE
        assert 0 <= moved.min() <= moved.max() <= 1
        assert (there[:, 1, 1] > there[:, 0, 1]).all()
        assert abs(float(cobb(there * SHAPE)) - float(cobb(corners * SHAPE))) < 15  # turned and stretched a little


def test_fitting_keeps_shares():
    ramp = np.linspace(0, 1, 500)[:, None] * np.ones((1, 300))
    out = fitted(ramp)
    assert np.abs(out[:, 0] - np.clip((np.linspace(0, 1, 256) - 0.01) / 0.98, 0, 1)).max() < 0.01


def test_evened_films_do_not_know_their_exposure(pair):
    film = torch.from_numpy(pair[0])[None, None]
    a, b = points.locally_normalised(film), points.locally_normalised(0.5 * film + 0.2)
    assert float((a - b).abs().mean()) < 0.15
    assert float(a.abs().max()) <= 3


def test_the_loss_is_nought_where_everything_is_found_and_grows_with_tilt(pair):
    truth = torch.from_numpy(pair[1])[None]
    assert float(spine_landmarks.loss(truth, truth)) == 0
    turned = truth.clone()
    turned[:, :, [1, 3], 0] += 0.01
    assert float(spine_landmarks.loss(turned, truth)) > 1


def test_a_short_training_gets_nearer(pair):
    films = np.repeat(np.rint(255 * pair[0]).astype(np.uint8)[None], 24, axis=0)
    corners = np.repeat(pair[1][None], 24, axis=0)
    told = []
    net = spine_landmarks.train(films, corners, epochs=4, batch=6, progress=lambda _, value: told.append(value))
    assert told[-1] < told[0]
    found = spine_landmarks.locate(net, pair[0])
    assert found.shape == (17, 4, 2)


def test_saved_weights_come_back(pair, tmp_path, monkeypatch):
    torch.manual_seed(1)
    net = spine_landmarks.SpineNet().eval()
    points.save(net, "spine-landmarks", {"task": "spine-landmarks"}, tmp_path)
    monkeypatch.setattr(spine_landmarks, "load", lambda it, name: points.load(it, name, tmp_path))
    spine_landmarks.shipped.cache_clear()
    try:
        ours, theirs = spine_landmarks.locate(net, pair[0]), spine_landmarks.locate(spine_landmarks.shipped(), pair[0])
    finally:
        spine_landmarks.shipped.cache_clear()
    assert np.abs(ours - theirs).max() < 0.5
    assert np.isfinite(tilts(theirs)).all()
