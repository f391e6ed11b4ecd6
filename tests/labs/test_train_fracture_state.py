"""What the training lab teaches, tested on its state alone: made-up features, no films, no browser."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrlearn.labs.films import balanced
from xrlearn.labs.train_fracture_state import Settings, Workbench, expected_best
from xrlearn.stats import auc


def made_up(patients: int = 240, films: int = 4, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Films whose first features carry the answer weakly; the other features are noise a model can learn by heart."""
    rng = np.random.default_rng(seed)
    n = patients * films
    truth = rng.integers(0, 2, n)
    features = rng.normal(size=(n, 120)).astype(np.float32)
    features[:, :5] += 0.7 * truth[:, None]
    patient = np.repeat([f"p{i}" for i in range(patients)], films)
    split = np.repeat(rng.choice(["train", "valid", "test"], patients, p=[0.6, 0.2, 0.2]), films)
    return pd.DataFrame({"image": patient, "patient": patient, "split": split, "fracture": truth}), features


@pytest.fixture(scope="module")
def films():
    return made_up()


@pytest.fixture
def bench(films):
    return Workbench(*films, prevalence=0.2)


def test_fewer_patients_lower_validation_and_a_larger_gap(bench):
    few, all_ = bench.train(Settings(10)), bench.train(Settings(bench.patients))
    assert few.valid.auc < all_.valid.auc - 0.1
    assert few.gap > all_.gap + 0.05
    assert few.train.auc > 0.99  # a handful of films is learned by heart


def test_a_simpler_model_is_less_sure_of_its_training_films_and_better_on_others(bench):
    bold, simple = (bench.train(Settings(bench.patients, penalty=p)) for p in (1e-3, 10.0))
    assert simple.train.auc < bold.train.auc
    assert simple.valid.auc > bold.valid.auc


def test_wrong_answers_in_training_harm(bench):
    clean, noisy = (bench.train(Settings(bench.patients, penalty=10.0, noise=n)) for n in (0.0, 0.4))
    assert noisy.valid.auc < clean.valid.auc - 0.05


def test_training_uses_the_patients_asked_for_and_nobody_else(bench, films):
    cases, _ = films
    run = bench.train(Settings(20))
    assert run.films == 20 * 4
    assert len(run.truth) == (cases["split"] == "valid").sum()
    # what validation and test films look like must not change the model
    cases, features = films[0], films[1].copy()
    features[cases["split"] != "train"] += 100
    other = Workbench(cases, features, 0.2).train(Settings(20))
    assert np.array_equal(other.head.weights, run.head.weights)


def test_a_smaller_draw_is_part_of_a_larger_one(bench):
    small, large = bench._training(Settings(10)), bench._training(Settings(40))
    assert large[small].all()
    assert not np.array_equal(small, bench._training(Settings(10, draw=1)))


def test_one_patient_with_one_kind_of_film_is_helped_out():
    cases, features = made_up(patients=60, films=3)
    cases["fracture"] = cases["patient"].str[1:].astype(int) % 2  # each patient is all broken or all whole
    run = Workbench(cases, features, 0.5).train(Settings(1))
    assert run.films >= 6


def test_interval_and_curve_belong_to_the_figure(bench):
    figure = bench.train(Settings(30)).valid
    assert figure.low < figure.auc < figure.high
    assert np.trapezoid(figure.found, figure.false_alarms) == pytest.approx(figure.auc)


def test_the_ends_of_the_threshold(bench):
    run = bench.train(Settings(30))
    everything, nothing = run.at(0.0), run.at(1.01)
    assert (everything.missed, everything.alarms) == (0, 100)
    assert (nothing.missed, nothing.alarms) == (100, 0)


@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_a_higher_threshold_misses_more_and_alarms_less(a, b):
    low, high = (_RUN.at(threshold) for threshold in sorted((a, b)))
    assert low.sensitivity >= high.sensitivity
    assert low.specificity <= high.specificity


_RUN = Workbench(*made_up(60), prevalence=0.2).train(Settings(20))


def test_learning_curve_rises_and_stops(bench):
    points = list(bench.learning_curve(Settings(1)))
    assert [p.patients for p in points] == sorted(p.patients for p in points)
    assert points[-1].patients == bench.patients
    assert points[-1].valid > points[0].valid + 0.1
    assert list(bench.learning_curve(Settings(1), stop=lambda: True)) == []


def test_looking_again_costs_nothing_but_another_model_does(bench, films):
    run, other = bench.train(Settings(20)), bench.train(Settings(40))
    assert bench.looks == {}  # training did not open the test films
    first = bench.open_test(run)
    assert bench.price == pytest.approx(0, abs=1e-6)
    assert bench.open_test(bench.train(Settings(20))) is first
    assert len(bench.looks) == 1
    second = bench.open_test(other)
    assert len(bench.looks) == 2
    assert bench.best_look.auc == max(first.auc, second.auc)
    assert 0 < bench.price < 0.1
    cases, features = films
    test = (cases["split"] == "test").to_numpy()
    assert first.auc == auc(cases["fracture"][test], run.head.score(features[test]))


def test_expected_best_agrees_with_chance():
    draws = np.random.default_rng(0).normal(size=(20_000, 7)).max(1)
    assert expected_best(7) == pytest.approx(draws.mean(), abs=0.02)


def test_balanced_takes_as_many_of_each_class_from_each_set(films):
    few = balanced(films[0], "fracture", {"train": 30, "valid": 10})
    counts = few.groupby(["split", "fracture"]).size()
    assert counts.to_dict() == {("train", 0): 30, ("train", 1): 30, ("valid", 0): 10, ("valid", 1): 10}
    assert (
        balanced(films[0], "fracture", {"train": 10**6})["split"].eq("train").sum()
        == (films[0]["split"] == "train").sum()
    )
