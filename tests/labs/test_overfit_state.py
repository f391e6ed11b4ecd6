"""What the overfitting lab teaches, tested on its state: made-up films, no browser."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from lesson_films import made_up

from xrlearn.labs.course_state import running_mean, turning_round, turns
from xrlearn.labs.overfit_state import Settings, Workbench

QUICK = Settings(patients=24, epochs=10)


@pytest.fixture(scope="module")
def bench():
    return Workbench(made_up())


@pytest.fixture(scope="module")
def noisy(bench):
    return bench.train(replace(QUICK, patients=60, noise=0.3, epochs=20))


def test_fewer_patients_widen_the_gap(bench):
    few, all_ = bench.train(QUICK), bench.train(replace(QUICK, patients=bench.patients))
    assert few.valid.auc < all_.valid.auc - 0.05
    assert few.gap > all_.gap + 0.05
    assert len(few.epochs) == QUICK.epochs


def test_a_network_of_a_few_numbers_cannot_learn_by_heart(bench):
    small, large = (bench.train(replace(QUICK, patients=96, network=n, noise=0.4)) for n in ("tiny", "medium"))
    assert small.train.auc < large.train.auc - 0.1


def test_a_smaller_draw_is_part_of_a_larger_one_and_holds_both_answers(bench):
    (small, taught), (large, _) = bench.training(replace(QUICK, patients=10)), bench.training(QUICK)
    assert set(small) < set(large)
    assert taught.sum() == 5
    assert set(large) <= set(bench.wrists.among("train"))
    assert set(bench.training(replace(QUICK, draw=1))[0]) != set(large)


def test_more_noise_keeps_the_wrong_answers_and_adds_some(bench):
    truth = bench.wrists.truth
    wrong = []
    for noise in (0.0, 0.2, 0.4):
        own, taught = bench.training(replace(QUICK, patients=60, noise=noise))
        wrong.append(set(own[taught != truth[own]]))
    assert wrong[0] == set()
    assert wrong[0] < wrong[1] < wrong[2]


def test_wrong_answers_are_among_what_it_knows_by_heart(bench, noisy):
    known = bench.by_heart(noisy)
    assert known
    assert all(memory.seen > 0.5 > memory.unseen for memory in known)
    gaps = [memory.seen - memory.unseen for memory in known]
    assert gaps == sorted(gaps, reverse=True)
    flipped = np.mean([memory.taught != memory.truth for memory in known])
    assert flipped > np.mean(noisy.taught != bench.wrists.truth[noisy.own])  # more often than among all


def test_everything_long_can_be_stopped(bench, noisy):
    told = []
    assert bench.train(QUICK, lambda epochs: told.append(len(epochs)) or len(epochs) == 2) is None
    assert told == [1, 2]
    assert list(bench.learning_curve(QUICK, stop=lambda: True)) == []
    assert bench.by_heart(noisy, stop=lambda: True) == []


def test_the_learning_curve_rises_within_its_interval(bench):
    steps = list(bench.learning_curve(replace(QUICK, epochs=8)))
    assert [step.patients for step in steps] == [15, 30, 60]
    assert all(step.low <= step.valid <= step.high for step in steps)
    assert steps[-1].valid > steps[0].valid


def test_the_best_round_is_where_validation_loss_was_lowest(noisy):
    losses = running_mean([epoch.valid_loss for epoch in noisy.epochs])
    assert losses[noisy.best_epoch - 1] == min(losses)
    assert noisy.verdict == "heart"


def test_with_wrong_answers_the_loss_is_a_curve_on_which_the_turn_can_be_read(bench):
    """It falls, turns well before the end, rises for good, and never falls back by much of what it has risen."""
    run = bench.train(replace(QUICK, patients=60, noise=0.3, epochs=40))
    losses = np.array([epoch.valid_loss for epoch in run.epochs])
    assert turns(run.epochs)
    assert run.best_epoch < 25
    assert (-np.diff(losses)).max() < 0.4 * (losses[-3:].mean() - losses.min())


def test_a_turn_needs_a_rise_that_stays():
    def course(losses):
        return [SimpleNamespace(valid_loss=loss) for loss in losses]

    risen = course([0.7, 0.6, 0.5, 0.45, 0.4, 0.45, 0.5, 0.7, 0.9, 1.0])
    assert turning_round(risen) == 5
    assert turns(risen)
    assert not turns(course([0.7, 0.6, 0.5, 0.9, 0.5, 0.45, 0.44]))
    assert not turns(course([0.7, 0.9]))
