"""Tiny networks: they learn what is there, obey their seed and recipe, and their map is exact."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xrlearn.training.miniature.augment import CHANGES, augment
from xrlearn.training.miniature.tiny import ACTIVATIONS, Recipe, TinyNet, fit, pixels, scores, tensor


def made_up(n: int = 120, size: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Films of noise; those with a finding have a bright square somewhere."""
    rng = np.random.default_rng(seed)
    films, truth = rng.integers(0, 60, (n, size, size)).astype(np.uint8), np.arange(n) % 2
    for film in films[1::2]:
        r, c = rng.integers(2, size - 10, 2)
        film[r : r + 8, c : c + 8] += 120
    return films, truth


@pytest.fixture(scope="module")
def learned():
    return fit(*made_up(), Recipe(epochs=8), valid=made_up(40, seed=1))


def test_learns_what_holds_for_films_it_never_saw(learned):
    assert len(learned.epochs) == 8
    assert learned.epochs[-1].valid_auc > 0.9
    assert learned.epochs[-1].loss < learned.epochs[0].loss


def test_what_it_says_of_itself_is_what_one_measures(learned):
    from xrlearn.stats import auc

    films, truth = made_up(40, seed=1)
    score = scores(learned.net, films)
    assert score.dtype == np.float64
    assert auc(truth, score) == pytest.approx(learned.epochs[-1].valid_auc)
    p = 1 / (1 + np.exp(-score))
    loss = -np.log(np.where(truth == 1, p, 1 - p)).mean()
    assert loss == pytest.approx(learned.epochs[-1].valid_loss, rel=1e-4)


def test_the_map_is_exact_and_lies_on_the_finding(learned):
    films, truth = made_up(40, seed=1)
    with torch.inference_mode():
        score = learned.net(tensor(films))
    evidence = learned.net.evidence
    assert torch.allclose(evidence.mean((1, 2)), score)
    small = torch.nn.functional.adaptive_avg_pool2d(tensor(films), evidence.shape[1:])[:, 0]
    hits = [small[i].flatten()[evidence[i].argmax()] > small[i].mean() for i in np.flatnonzero(truth)]
    assert np.mean(hits) > 0.8


def test_the_same_recipe_gives_the_same_network_and_leaves_the_dice_alone():
    recipe = Recipe(epochs=2, dropout=0.3, augment=("rotate", "noise"))
    before = torch.random.get_rng_state()
    first, again, other = (fit(*made_up(), r) for r in (recipe, recipe, Recipe(epochs=2, seed=1)))
    assert torch.equal(torch.random.get_rng_state(), before)
    films, _ = made_up(8, seed=2)
    assert np.array_equal(scores(first.net, films), scores(again.net, films))
    assert not np.array_equal(scores(first.net, films), scores(other.net, films))


def test_training_ends_when_the_page_says_so():
    assert len(fit(*made_up(), Recipe(epochs=9), on_epoch=lambda epoch: epoch.auc >= 0).epochs) == 1


def test_a_wider_and_a_deeper_network_have_more_to_learn():
    counts = [TinyNet(r).parameter_count for r in (Recipe(width=2), Recipe(), Recipe(width=16), Recipe(depth=5))]
    assert counts[0] < counts[1] < min(counts[2:])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 6])
def test_every_shape_of_network_takes_a_film(activation, depth):
    net = TinyNet(Recipe(width=2, depth=depth, activation=activation))
    assert net(torch.rand(2, 1, 48, 48)).shape == (2,)
    assert net.evidence.shape[0] == 2


@pytest.mark.parametrize(
    "wrong", [{"activation": "magic"}, {"depth": 0}, {"dropout": 1.0}, {"weight_decay": -1.0}, {"rate": 0.0}]
)
def test_a_wrong_recipe_is_refused(wrong):
    with pytest.raises(ValueError, match=r"activation|magic|must be|dropout"):
        Recipe(**wrong)


def test_one_answer_alone_cannot_be_learned():
    with pytest.raises(ValueError, match="both answers"):
        fit(np.zeros((4, 16, 16)), np.ones(4), Recipe())


def test_pixels_keep_the_shape_of_the_film(tmp_path):
    Image.fromarray(np.full((40, 20), 200, np.uint8)).save(tmp_path / "film.png")
    square = pixels([tmp_path / "film.png"], 32)
    assert square.shape == (1, 32, 32)
    assert square.dtype == np.uint8
    assert (square[0] == 200).sum() == 32 * 16
    assert pixels([], 32).shape == (0, 32, 32)


@given(dose=st.floats(0, 2), names=st.sets(st.sampled_from(sorted(CHANGES))), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_a_changed_film_is_still_a_film(dose, names, seed):
    torch.manual_seed(seed)
    films = torch.rand(3, 1, 24, 24)
    changed = augment(films, sorted(names), dose)
    assert changed.shape == films.shape
    assert 0 <= changed.min() <= changed.max() <= 1
    if not names or dose == 0:
        assert torch.equal(changed, films)


@pytest.mark.parametrize("name", CHANGES)
def test_a_higher_dose_changes_more(name):
    films = tensor(made_up(64)[0])
    films = torch.nn.functional.avg_pool2d(films, 3, 1, 1)
    moved = []
    for dose in (0.3, 1.0):
        torch.manual_seed(0)
        moved.append(float((augment(films, [name], dose) - films).abs().mean()))
    assert 0 < moved[0] < moved[1]


def test_an_unknown_change_is_refused():
    with pytest.raises(ValueError, match="blur"):
        augment(torch.rand(1, 1, 8, 8), ["blur"])
