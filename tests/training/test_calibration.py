import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrlearn.tasks.answers.calibration import Calibration, calibrate, youden_threshold
from xrlearn.training.out_of_distribution import learn_distribution


@given(st.floats(0.3, 3), st.floats(-2, 2))
@settings(max_examples=20, deadline=None)
def test_calibration_finds_the_truth_behind_the_scores(slope, offset):
    rng = np.random.default_rng(1)
    score = rng.normal(0, 2, 20_000)
    truth = rng.random(20_000) < Calibration(slope, offset).probability(score)
    found = calibrate(truth, score)
    assert found.slope == pytest.approx(slope, rel=0.12, abs=0.05)
    assert found.offset == pytest.approx(offset, abs=0.15)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=4, max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_threshold_beats_youdens(pairs):
    truth = np.array([t for t, _ in pairs])
    p = np.array([q for _, q in pairs])
    if truth.all() or not truth.any():
        return

    def sum_of_rates(threshold):
        return (p[truth] >= threshold).mean() + (p[~truth] < threshold).mean()

    best = max(sum_of_rates(t) for t in [*p, 2.0])
    assert sum_of_rates(youden_threshold(truth, p)) >= best - 1e-9


def test_films_from_elsewhere_are_unfamiliar():
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(8, 100))
    home = rng.normal(size=(500, 8)) @ mix + 0.1 * rng.normal(size=(500, 100))
    known = learn_distribution(home[:400].astype(np.float32), home[400:].astype(np.float32), components=8)
    more = rng.normal(size=(2000, 8)) @ mix + 0.1 * rng.normal(size=(2000, 100))
    far = 3 * rng.normal(size=(2000, 8)) @ mix + 0.1 * rng.normal(size=(2000, 100))
    aside = more + rng.normal(size=(2000, 100))  # off the plane in which training films lie
    assert (known.distance(more) > known.limit).mean() < 0.05
    assert (known.distance(far) > known.limit).mean() > 0.9
    assert (known.distance(aside) > known.limit).mean() > 0.99
