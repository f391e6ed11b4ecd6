"""Small networks are trained once a machine: the same course and the same network the second time, in no time."""

import numpy as np
import pytest

from xrlearn.training.miniature import remembered, tiny
from xrlearn.training.miniature.tiny import Recipe, scores

RECIPE = Recipe(width=4, depth=2, epochs=3)


@pytest.fixture
def films(monkeypatch, tmp_path):
    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path))
    rng = np.random.default_rng(0)
    films, truth = rng.integers(0, 100, (24, 24, 24), dtype=np.uint8), np.arange(24) % 2
    films[truth == 1, 8:16, 8:16] += 100
    return films, truth


def test_the_second_time_nothing_is_trained_and_all_is_told(films, monkeypatch):
    first = remembered.fit(*films, RECIPE, valid=films)
    monkeypatch.setattr(tiny, "fit", None)
    told = []
    second = remembered.fit(*films, RECIPE, valid=films, on_epoch=told.append)
    assert told == second.epochs == first.epochs
    assert len(told) == RECIPE.epochs
    np.testing.assert_allclose(scores(second.net, films[0]), scores(first.net, films[0]), rtol=1e-4)


@pytest.mark.parametrize("change", ["film", "answer", "recipe", "valid"])
def test_whatever_is_other_is_trained(films, change):
    pixels, truth = films
    remembered.fit(pixels, truth, RECIPE)
    other, recipe, valid = (pixels.copy(), truth.copy()), RECIPE, None
    if change == "film":
        other[0][0, 0, 0] ^= 1
    elif change == "answer":
        other[1][:2] = 1 - other[1][:2]
    elif change == "recipe":
        recipe = Recipe(width=4, depth=2, epochs=3, seed=1)
    else:
        valid = films
    before = len(kept())
    remembered.fit(*other, recipe, valid)
    assert len(kept()) == before + 1


def test_a_training_that_was_stopped_is_not_kept(films):
    assert len(remembered.fit(*films, RECIPE, on_epoch=lambda _: True).epochs) == 1
    assert not kept()


def test_one_that_is_told_may_be_stopped_too(films):
    remembered.fit(*films, RECIPE)
    assert len(remembered.fit(*films, RECIPE, on_epoch=lambda _: True).epochs) == 1


def test_a_file_that_is_not_whole_is_trained_again(films):
    remembered.fit(*films, RECIPE)
    kept()[0].write_bytes(kept()[0].read_bytes()[:100])
    assert len(remembered.fit(*films, RECIPE).epochs) == RECIPE.epochs


def test_the_room_is_bounded(films, monkeypatch):
    monkeypatch.setattr(remembered, "ROOM", 2)
    for seed in range(4):
        remembered.fit(*films, Recipe(width=2, depth=1, epochs=1, seed=seed))
    assert len(kept()) == 2


def kept():
    from xrlearn.paths import cache

    return sorted((cache() / "networks").rglob("*.*t*"))
