"""What the machine sees: levels of grey, features that last or not, what is found without answers, and by reward."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.labs.machine_sees import SeesLab
from xrlearn.labs.machine_sees_state import (
    FAR,
    FEATURES,
    Agent,
    changed,
    coarser,
    features,
    goals,
    load,
    recognised,
    with_labels,
    without_labels,
)


@pytest.fixture(scope="module")
def shelf():
    return load()


@settings(max_examples=30, deadline=None)
@given(bits=st.integers(1, 12), seed=st.integers(0, 99))
def test_bits_bound_the_levels_and_the_error(bits, seed):
    pixels = np.random.default_rng(seed).random((20, 20))
    seen = coarser(pixels, bits)
    assert len(np.unique(seen)) <= 2**bits
    assert np.abs(seen - pixels).max() <= 0.5 / (2**bits - 1) + 1e-12


def test_a_window_cuts_off_what_lies_outside():
    assert coarser(np.array([0.1, 0.3, 0.6, 0.9]), 8, (0.2, 0.5)).tolist() == [0, pytest.approx(85 / 255), 1, 1]


@pytest.mark.parametrize("kind", FEATURES)
def test_unchanged_films_are_recognised_by_any_description(shelf, kind):
    assert np.linalg.norm(features(shelf.films, kind), axis=1) == pytest.approx(1)
    assert recognised(shelf.films, kind, "noise", 0.0) == 1
    assert np.array_equal(changed(shelf.films[:2], "turn", 0.0), shelf.films[:2])


def test_each_description_survives_something_else(shelf):
    share = {(k, c): recognised(shelf.films, k, c, 1.0) for k in FEATURES for c in ("noise", "brightness", "turn")}
    assert share["pixels", "noise"] > 0.9 > 0.3 > share["histogram", "noise"]
    assert share["histogram", "turn"] > 0.5 > 0.2 > share["pixels", "turn"]
    assert share["edges", "brightness"] > 0.9 > 0.3 > share["histogram", "brightness"]


def test_without_answers_hospital_or_view_is_found_and_never_the_fracture(shelf):
    by_grey, by_edge = without_labels(shelf, "histogram").agrees, without_labels(shelf, "edges").agrees
    assert max(by_grey, key=by_grey.get) == "site"
    assert max(by_edge, key=by_edge.get) == "view"
    assert by_grey["fracture"] < 0.1 > by_edge["fracture"]
    assert with_labels(shelf, "edges", "view") > 0.95 > with_labels(shelf, "edges", "fracture")


def test_the_agent_learns_where_and_not_what(shelf):
    places = goals(shelf)
    for seed in range(3):
        agent = Agent(places, seed)
        agent.learn(300)
        assert np.mean(agent.steps[-100:]) < 0.7 * np.mean(agent.steps[:20])
        assert max(agent.steps) <= FAR
    worth = Agent(places).worth
    assert not worth.any()


def test_the_lab_follows_its_controls(monkeypatch, shelf):
    monkeypatch.setattr("xrlearn.labs.machine_sees.load", lambda progress: shelf)
    lab = SeesLab()
    lab.begin()
    many = lab.grey.value
    lab.bits.value = 1
    assert "2 different grey values" in lab.grey.value
    assert lab.grey.value != many
    assert "PatientName" in lab.header.value
    lab.change.value = "turn"
    assert lab.lasting.value.count("<meter") == 3
    lab.feature.value = "histogram"
    assert "it found: Hospital" in lab.map.value
    lab.colour.value = "fracture"
    assert "broken" in lab.map.value
    for _ in range(3):
        lab.look.click()
    assert len(lab.agent.steps) == 150
    assert "after 150 films" in lab.course.value
    lab.page.words.use("zh")
    assert "医院" in lab.map.value
    assert "浏览 150 张" in lab.course.value
    assert not lab.page.message


def test_a_stopped_reader_can_go_on(monkeypatch):
    from xrlearn.progress import Stopped

    def stopped(progress):
        raise Stopped

    monkeypatch.setattr("xrlearn.labs.machine_sees.load", stopped)
    lab = SeesLab()
    lab.begin()
    assert "Stopped" in lab.page.message
    assert lab.look.disabled


def test_the_page_says_that_it_has_learned_only_when_it_has():
    lab = SeesLab()
    lab.agent = SimpleNamespace(steps=[40] * 100)
    lab._draw_course()
    assert "learned nothing yet" in lab.course.value
    lab.agent = SimpleNamespace(steps=[40] * 20 + [10] * 80)
    lab._draw_course()
    assert "has learned where fractures" in lab.course.value
