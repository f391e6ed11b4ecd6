"""What choosing a network teaches, tested on its state: made-up films, no browser."""

import numpy as np
import pytest
from lesson_films import made_up

from xrlearn.labs.choose_network_state import Workbench
from xrlearn.training.miniature.tiny import Recipe, scores

QUICK = Recipe(epochs=4)


@pytest.fixture
def bench():
    return Workbench(made_up())


def test_a_network_is_trained_once_and_measured_on_validation_films(bench):
    trial = bench.train(QUICK)
    assert bench.train(QUICK) is trial
    assert len(trial.epochs) == 4
    assert trial.valid.auc == pytest.approx(trial.epochs[-1].valid_auc)
    assert trial.parameters > 1000
    assert bench.looks == {}  # the test set stays closed


def test_the_choice_is_made_by_validation(bench):
    for width in (2, 8):
        bench.train(Recipe(width=width, epochs=4))
    assert bench.best.valid.auc == max(trial.valid.auc for trial in bench.trials.values())


def test_test_films_take_no_part_in_training(bench):
    trial = bench.train(QUICK)
    other = made_up()
    other.films[other.among("test")] = 255
    again = Workbench(other).train(QUICK)
    assert np.array_equal(scores(again.net, bench.wrists.films), scores(trial.net, bench.wrists.films))


def test_looks_are_counted_once_a_network_and_cost_more_and_more(bench):
    trials = [bench.train(Recipe(epochs=2, seed=seed)) for seed in range(3)]
    for trial in (trials[0], trials[0]):
        bench.open_test(trial)
    assert len(bench.looks) == 1
    assert bench.price() == pytest.approx(0, abs=1e-6)
    for trial in trials:
        bench.open_test(trial)
    assert len(bench.looks) == 3
    prices = [bench.price(k) for k in (1, 2, 3, 10, 30)]
    assert prices == sorted(prices)
    assert bench.price() == prices[2] > 0
    assert bench.best_look.auc == max(figure.auc for figure in bench.looks.values())


def test_five_families_are_compared_and_can_be_stopped(bench):
    trials = list(bench.families(Recipe(epochs=1)))
    assert [trial.family for trial in trials] == ["AlexNet", "VGG", "GoogLeNet", "ResNet", "DenseNet"]
    assert len({trial.parameters for trial in trials}) == 5
    assert all(trial.seconds > 0 for trial in trials)
    assert list(bench.families(Recipe(epochs=2), stop=lambda: True)) == []
    assert bench.train(Recipe(epochs=5), lambda epochs: len(epochs) == 2) is None
