"""What the shortcuts lab teaches, on its state and its layers alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shortcut_films import made_up

from xrlearn.labs.shortcut_layers import PLACES, lay, without_marker
from xrlearn.labs.shortcuts_state import Settings, carried, evidence, look


@pytest.fixture(scope="module")
def bench():
    return made_up()


@pytest.fixture(scope="module")
def run(bench):
    return bench.train(Settings("stamp", 1.0))


def test_the_auc_falls_where_the_link_is_broken_and_below_chance_where_it_is_reversed(run):
    here, none, reversed_ = run.curve(np.array([1.0, 0.5, 0.0]))
    assert here > 0.95
    assert none < here - 0.1
    assert reversed_ < 0.45
    assert run.verdict == "thing"
    assert run.jump > 0.3


def test_without_a_link_the_thing_does_not_matter(bench):
    fair = bench.train(Settings("stamp", 0.5))
    assert abs(fair.jump) < 0.15
    here, reversed_ = fair.curve(np.array([0.95, 0.05]))
    assert abs(here - reversed_) < 0.1
    assert fair.on_it < 0.5


def test_taken_off_the_film_it_is_gone(bench, run):
    film = int(bench.held[bench.truth[bench.held] == 0][0])
    on, off, bare = (
        look(run.net, bench.film(film, "stamp", spot)) for spot in (bench.place(film, "stamp"), (2.0, 0.5), None)
    )
    assert on > bare + 0.3
    assert off == bare


def test_the_map_is_what_the_score_is_made_of(bench, run):
    film = bench.laid("stamp")[0]
    score = float(np.mean(evidence(run.net, film)))
    assert look(run.net, film) == pytest.approx(1 / (1 + np.exp(-score)), abs=1e-5)
    assert run.on_it > 0.3
    assert bench.train(Settings("curve", 1.0)).on_it is None


def test_the_same_wish_is_not_trained_again_and_a_stopped_one_is_not_kept(bench, run):
    assert bench.train(Settings("stamp", 1.0)) is run
    other = Settings("stamp", 0.9)
    assert bench.train(other, stop=lambda: True) is None
    assert other not in bench.runs


@given(st.lists(st.integers(0, 1), min_size=2, max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_a_stronger_link_adds_broken_films_and_takes_whole_ones_away(answers, a, b):
    truth, luck = np.array(answers), np.random.default_rng(0).random(len(answers))
    weak, strong = (carried(truth, link, luck) for link in sorted((a, b)))
    assert (weak <= strong)[truth == 1].all()
    assert (weak >= strong)[truth == 0].all()
    assert carried(truth, 1.0, luck).tolist() == (truth == 1).tolist()


@pytest.mark.parametrize("kind", PLACES)
def test_a_layer_changes_its_own_pixels_and_no_others(kind):
    film = np.random.default_rng(1).random((64, 64)).astype(np.float32) * 0.8
    kept = film.copy()
    changed = lay(kind, film) != film
    assert np.array_equal(film, kept)
    assert changed.any()
    if PLACES[kind] is None:
        assert changed.mean() > 0.5
        return
    assert changed.mean() < 0.25
    rows, columns = np.nonzero(changed)
    row, column = PLACES[kind]
    assert np.hypot(rows.mean() / 64 - row, columns.mean() / 64 - column) < 0.06
    moved = lay(kind, film, (0.5, 0.5)) != film
    assert moved.any()
    assert not np.array_equal(moved, changed)
    for spot in ((-1.0, 0.5), (0.5, 3.0)):
        assert np.array_equal(lay(kind, film, spot), film)


def test_a_marker_taken_off_leaves_no_letter():
    film = np.full((64, 64), 0.3, np.float32)
    marked = lay("marker", film)
    bare = without_marker(marked, marked != film)
    assert np.allclose(bare, 0.3, atol=1e-4)
    assert without_marker(film, np.zeros_like(film, bool)) is film


def test_an_unknown_layer_is_refused():
    with pytest.raises(KeyError):
        lay("halo", np.zeros((64, 64), np.float32), (0.5, 0.5))
