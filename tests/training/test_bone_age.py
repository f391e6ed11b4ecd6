"""Bone age from places: films and landmarks that fit, places that are cut where they lie, networks that learn."""

import numpy as np
import pytest
import torch

from xrlearn.phantom.film import make
from xrlearn.radiograph.hand import FINGERS, PLACES, POINTS, squares
from xrlearn.training import bone_age, hand_films, hand_landmarks
from xrlearn.training.hand_films import Hands, covered, exposed, fitted, moved


def child(months: float, sex: str = "M", side: str = "L", seed: int = 3):
    return make(
        "hand", size=256, seed=seed, bone_age_months=months, sex=sex, side=side, cast=False, metal="none", ring=False
    )


@pytest.fixture(scope="module")
def hands():
    """Eight left hands of boys, 3 to 17 years, as the networks get them."""
    films, points, months = [], [], np.linspace(36, 204, 8)
    for k, age in enumerate(months):
        film, truth = child(float(age), seed=k)
        square, scale, corner = fitted(film.pixels)
        films.append(square)
        points.append(((np.array([truth.landmarks[n] for n in POINTS]) + 0.5) * scale + corner) / len(square))
    return Hands(
        torch.from_numpy(np.stack(films))[:, None],
        torch.tensor(np.array(points), dtype=torch.float32),
        torch.tensor(months, dtype=torch.float32),
        torch.ones(8),
    )


def test_a_film_is_fitted_without_changing_its_shape():
    square, scale, (top, left) = fitted(np.linspace(0, 1, 200)[:, None] * np.ones(100), 64)
    assert square.shape == (64, 64)
    assert (scale, top, left) == (0.32, 0, 16)
    assert square[:, :16].max() == 0
    assert (square[0, 32], square[-1, 32]) == (0, 255)


def test_points_move_with_their_film():
    """A bright spot lies under its point wherever the film is moved to."""
    film, at = torch.zeros(6, 1, 96, 96), torch.tensor([0.45, 0.6])
    film[:, :, 41:46, 55:60] = 1
    there, points = moved(film, at.expand(6, 1, 2), torch.Generator().manual_seed(0))
    for one, (row, column) in zip(there[:, 0], points[:, 0] * 96, strict=True):
        assert one[int(row), int(column)] > 0.5
    assert points.std(0).min() > 0.01


def test_exposure_and_covers_change_films_but_not_their_size():
    film = torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    other = exposed(film, torch.Generator().manual_seed(1))
    assert other.shape == film.shape
    assert bool((other != film).any())
    laid = covered(film.clone(), np.random.default_rng(0))
    assert 0 < float((laid != film).float().mean()) < 0.9


def test_places_are_cut_where_they_lie(hands):
    """Whatever is painted at the centre of a place is found in the middle of what is cut."""
    painted = torch.zeros(1, 1, 320, 320)
    centre, _ = squares(hands.points[:1].numpy() * 320)
    for row, column in centre[0]:
        painted[0, 0, int(row) - 2 : int(row) + 3, int(column) - 2 : int(column) + 3] = 1
    fingers, wrist = bone_age.cut(painted, hands.points[:1])
    assert fingers.shape == (15, 1, 44, 44)
    assert wrist.shape == (2, 1, 72, 72)
    assert float(fingers[:, 0, 20:24, 20:24].mean((1, 2)).min()) > 0.8
    assert float(wrist[:, 0, 34:38, 34:38].mean((1, 2)).min()) > 0.8


def test_the_surest_place_counts_most():
    age, log_error = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, -3.0]])
    assert float(bone_age.together(age, log_error)) > 0.9
    assert float(bone_age.together(age, torch.zeros(1, 2))) == 0.5


def test_the_loss_rewards_truth_and_honest_doubt():
    truth, sure, unsure = torch.tensor([0.0]), torch.full((1, 17), -2.0), torch.zeros(1, 17)
    right, wrong = torch.zeros(1, 17), torch.ones(1, 17)
    assert bone_age.loss(right, sure, truth) < bone_age.loss(right, unsure, truth)
    assert bone_age.loss(wrong, sure, truth) > bone_age.loss(wrong, unsure, truth)


def test_short_trainings_get_nearer(hands):
    told: list[float] = []
    found = hand_landmarks.train(hands, epochs=6, progress=lambda _, value: told.append(value))
    assert told[-1] < told[0]
    assert hand_landmarks.locate(found, hands.films).shape == (8, 41, 2)
    told.clear()
    net = bone_age.train(hands, epochs=6, progress=lambda _, value: told.append(value))
    assert told[-1] < told[0]
    months, places, errors = bone_age.ages(net, hands.films, hands.points, hands.male)
    assert months.shape == (8,)
    assert places.shape == errors.shape == (8, len(PLACES))
    assert float(errors.min()) > 0


def test_simulated_hands_are_left_ones_with_their_landmarks(tmp_path, monkeypatch):
    monkeypatch.setattr("xrlearn.phantom.cohort.cache", lambda: tmp_path)
    hands = hand_films.simulated(6, seed=1)
    assert hands.films.shape[1:] == (1, 320, 320)
    assert len(hands.films) == len(hands.points) == len(hands.months) == len(hands.male)
    thumb, little = (hands.points[:, POINTS.index(f"head of metacarpal {ray}"), 1] for ray in (1, 5))
    assert bool((thumb > little).all())


@pytest.mark.parametrize(("months", "sex"), [(60.0, "M"), (132.0, "F"), (192.0, "M")])
def test_the_shipped_networks_read_children_they_never_saw(months, sex):
    film, truth = child(months, sex, seed=9001)
    found = bone_age.read_age(film.pixels, sex)
    assert abs(found.months - months) < 20
    assert set(found.places) == {place.name for place in PLACES}
    at = squares(np.array([truth.landmarks[name] for name in POINTS]))[0]
    far = np.linalg.norm(found.centre - at, axis=1) / np.linalg.norm(found.down, axis=1)
    assert np.median(far[:FINGERS]) < 0.25


def test_a_right_hand_is_as_old_as_its_mirror_image():
    film, _ = child(120.0, side="R", seed=9002)
    mirrored = film.pixels[:, ::-1]
    ours, theirs = bone_age.read_age(film.pixels, "M"), bone_age.read_age(mirrored, "M")
    assert abs(ours.months - theirs.months) < 4


def test_girls_are_ahead_of_boys():
    film, _ = child(132.0, "F", seed=9003)
    assert bone_age.read_age(film.pixels, "F").months < bone_age.read_age(film.pixels, "M").months


def test_a_sex_that_is_none_is_refused():
    with pytest.raises(ValueError, match="F or M"):
        bone_age.read_age(np.zeros((64, 64)), "x")
