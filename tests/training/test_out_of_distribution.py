"""Films that a model must call strange, and those that it must not."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import xrlearn as xr
from xrlearn import locale
from xrlearn.cli import main
from xrlearn.phantom import Cohort
from xrlearn.radiograph import Radiograph
from xrlearn.training import Model, save, shipped, weights
from xrlearn.training.frozen_features import early_features_of, features
from xrlearn.training.out_of_distribution import FALSE_ALARMS, learn_distribution
from xrlearn.training.prediction import heat_finding

#: a task of each of three regions; films are shown to the score in 160 pixels, so that no larger ones are needed
TASKS = ("wrist-fracture", "knee-oa", "osteoporosis")
RNG = np.random.default_rng(0)
HOME = RNG.normal(size=(300, 6)) @ RNG.normal(size=(6, 20)) + 0.1 * RNG.normal(size=(300, 20))
KNOWN = learn_distribution(HOME[:200], HOME[200:], components=6)


@pytest.fixture(scope="module")
def learned():
    """What three tasks' training films look like."""
    seen = {task: features(xr.load(task, n=60, seed=100, size=160)["image"].tolist(), early=True) for task in TASKS}
    return {task: learn_distribution(rows[:40], rows[40:]) for task, rows in seen.items()}


@pytest.fixture(scope="module")
def fresh():
    """Films of patients that nobody has learned from."""
    return {task: [xr.read(path) for path in xr.load(task, n=20, seed=0, size=160)["image"]] for task in TASKS}


@pytest.fixture(scope="module")
def own(fresh):
    """What the score sees in them."""
    return {task: early_features_of(films) for task, films in fresh.items()}


def strange(known, rows):
    """Return the share of films that are called strange."""
    return float(np.mean(known.distance(rows) > known.limit))


def photographs():
    from sklearn.datasets import load_sample_images

    grey = [picture.mean(2).astype(np.float32) / 255 for picture in load_sample_images().images]
    return [Radiograph(g[r : r + 300, c : c + 300].copy()) for g in grey for r in (0, 120) for c in (0, 150, 300)]


def greys():
    return [Radiograph(np.full((160, 130), level, np.float32)) for level in np.linspace(0, 1, 10)]


@pytest.mark.parametrize("task", TASKS)
def test_own_films_are_not_strange(task, learned, own):
    assert strange(learned[task], own[task]) <= 0.05


@pytest.mark.parametrize("task", TASKS)
def test_films_of_other_regions_and_negatives_are_strange(task, learned, fresh, own):
    others = np.concatenate([own[other] for other in TASKS if other != task])
    negatives = early_features_of([Radiograph(1 - film.pixels) for film in fresh[task]])
    assert strange(learned[task], others) >= 0.8
    assert strange(learned[task], negatives) >= 0.8


@pytest.mark.parametrize("make", [photographs, greys])
def test_what_is_no_film_is_strange(make, learned):
    rows = early_features_of(make())
    assert all(strange(known, rows) >= 0.8 for known in learned.values())


def test_a_limit_from_forty_films_gives_few_false_alarms():
    rng = np.random.default_rng(1)
    alarms = []
    for _ in range(100):
        home = rng.normal(size=(160, 5))
        known = learn_distribution(home[:60], home[60:100], components=3)
        alarms.append((known.distance(home[100:]) > known.limit).mean())
    assert np.mean(alarms) <= FALSE_ALARMS + 0.02


def test_a_few_odd_films_among_many_do_not_move_the_limit_to_another_region():
    """As in a set of all limbs: one film in fifty lies far out, and widens a normal distribution fitted to all."""
    rng = np.random.default_rng(2)
    home = rng.normal(size=(800, 5))
    home[::50] *= 6
    known = learn_distribution(home[:400], home[400:], components=3)
    assert FALSE_ALARMS / 2 <= strange(known, home[400:]) <= 1.5 * FALSE_ALARMS
    elsewhere = rng.normal(size=(100, 5)) + 4 * home[:400].std(0)
    assert strange(known, elsewhere) >= 0.8


def test_films_of_the_rarer_source_are_no_strangers():
    """A model that has learned from many films of one hospital and a few of another answers both."""
    rng = np.random.default_rng(3)
    often, seldom = rng.normal(size=(900, 5)), 1.5 * rng.normal(size=(100, 5)) + 2
    both = np.concatenate([often[:400], seldom[:50]])
    apart = learn_distribution(both, often[400:800], seldom[50:90], components=3)
    together = learn_distribution(both, np.concatenate([often[400:800], seldom[50:90]]), components=3)
    again = 1.5 * rng.normal(size=(1000, 5)) + 2
    assert strange(apart, again) <= 2 * FALSE_ALARMS < strange(together, again)
    assert strange(apart, again + 8) >= 0.8


def test_a_model_s_idea_of_its_films_holds_as_many_of_each_source(monkeypatch):
    cases = pd.DataFrame({
        "split": ["train"] * 300 + ["valid"] * 40,
        "source": ["often"] * 280 + ["seldom"] * 20 + ["often"] * 30 + ["seldom"] * 10,
    })  # fmt: skip
    asked = []
    looks = SimpleNamespace(looks=lambda net, films, options: asked.append(films) or RNG.normal(size=(len(films), 4)))
    monkeypatch.setattr(weights, "KNOWN", 60)
    model = Model(None, SimpleNamespace(options={}), cases)
    model.__dict__["system"] = looks
    assert model.distribution.limit > 0
    assert [films["source"].value_counts().to_dict() for films in asked] == [
        {"often": 40, "seldom": 20}, {"often": 30}, {"seldom": 10},
    ]  # fmt: skip


@pytest.mark.parametrize("view", ["AP", "lateral"])
def test_the_model_of_all_limbs_gives_no_answer_for_a_spine(view):
    """FracAtlas, from which it has learned, holds arms, legs, hips and shoulders, and no spine."""
    films = [film for film, _ in Cohort("spine", 6, 3, 224, (view,), mix={"none": 1.0}).films()]
    rows = early_features_of(films)
    assert strange(shipped("fracture").distribution, rows) >= {"AP": 0.8, "lateral": 0.5}[view]


@settings(deadline=None)
@given(arrays(np.float32, (3, 20), elements=st.floats(-1e6, 1e6, width=32)))
def test_a_distance_is_a_number_whatever_the_film(rows):
    far = KNOWN.distance(rows)
    assert np.isfinite(far).all()
    assert (far >= 0).all()


@settings(deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_a_distance_does_not_depend_on_the_unit_of_the_features(scale, shift):
    other = learn_distribution(HOME[:200] * scale + shift, HOME[200:] * scale + shift, components=6)
    np.testing.assert_allclose(other.distance(HOME * scale + shift), KNOWN.distance(HOME), rtol=1e-2)


@settings(deadline=None)
@given(arrays(np.float64, 20, elements=st.floats(-5, 5)), st.floats(1, 10))
def test_further_from_the_middle_is_further(step, factor):
    near, far = KNOWN.distance(np.stack([KNOWN.mean + step, KNOWN.mean + factor * step]))
    assert far == pytest.approx(factor * near, rel=1e-3, abs=1e-4)


def test_a_film_is_as_strange_alone_as_among_others(cases):
    films = [xr.read(path) for path in cases["image"][:4]]
    together = early_features_of(films)
    alone = np.concatenate([early_features_of([film]) for film in films])
    np.testing.assert_allclose(alone, together, atol=1e-4)
    assert together.shape == (4, 272)
    np.testing.assert_allclose(features(cases["image"][:4].tolist(), early=True), together, rtol=2e-3, atol=2e-3)


def test_a_model_of_another_edition_says_so_in_one_sentence(trained):
    import torch

    stored = {"distribution.mean": torch.zeros(1280), "distribution.basis": torch.zeros(1280, 48)}
    old = Model(trained.net, trained.card.model_copy(update={"distribution": {"rest": 1, "limit": 1}}), stored=stored)
    with pytest.raises(ValueError, match="of another version"):
        xr.predict(greys()[5], model=old)


@pytest.mark.parametrize(("language", "sentence"), [("en", "gives no answer"), ("zh", "因此不给出判断")])
def test_no_probability_leaves_the_command_line_for_a_strange_film(trained, tmp_path, language, sentence):
    from PIL import Image

    save(trained, tmp_path)
    film = tmp_path / "chessboard.png"
    chessboard = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((20, 20)))
    Image.fromarray((chessboard * 255).astype(np.uint8)).save(film)
    locale.use(language)
    words = ["predict", str(film), "--weights", str(tmp_path), "--json", str(tmp_path / "said.json")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert sentence in result.output
    assert result.output.count(sentence) == 1
    assert "probability" not in result.output
    assert "概率" not in result.output
    said = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    assert said["known"] is False
    assert sentence in said["label"]
    assert not {"probability", "answers"} & set(said)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("at", "key"), [(None, "map_empty"), (0, "map_border"), (1, None), (6, "map_border")])
def test_maps_that_show_nothing_are_said_and_not_drawn(trained, cases, monkeypatch, language, at, key):
    from dataclasses import replace

    read = Model.read

    def made_up(self, film, **inputs):
        reading = read(self, film, **inputs)
        heat = np.zeros((1, 7, 7), np.float32)
        if at is not None:
            heat[0, at, 3] = 1
        return replace(reading, heat=heat)

    monkeypatch.setattr(Model, "read", made_up)
    locale.use(language)
    found = xr.predict(cases["image"][0], model=trained)
    said = [finding.key for finding in found.warnings if ".map_" in finding.key]
    assert said == ([] if key is None else [f"training.warning.{key}"])
    assert (found.heatmap is None) == (found.heatmap_peak is None) == (key is not None)
    assert all(finding.text in found.to_json()["warnings"] for finding in found.warnings)


@settings(deadline=None)
@given(st.integers(20, 80), st.integers(20, 80), st.floats(0.01, 1000))
def test_what_is_said_of_a_map_does_not_depend_on_its_unit_or_way_up(rows, columns, unit):
    heat = np.random.default_rng(rows).random((rows, columns)) ** 8
    first = heat_finding(heat)
    for other in (heat * unit, heat[::-1], heat[:, ::-1], heat.T):
        assert heat_finding(other) == first
