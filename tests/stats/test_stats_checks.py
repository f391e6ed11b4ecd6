"""What every statistic asks of its input: refused in one sentence that says what is wrong, and of what."""

import numpy as np
import pytest

from xrlearn.stats import StatsError
from xrlearn.stats.checks import choice, confidence, labels, numbers, probabilities, same_length

REFUSED = [
    (lambda: numbers("score", ["a"]), "not_numbers", {"name": "score"}),
    (lambda: numbers("score", [[1, 2]]), "dimensions", {"name": "score", "wanted": 1, "found": 2}),
    (lambda: numbers("score", [], ndim=1), "empty", {"name": "score"}),
    (lambda: numbers("score", [1, np.nan, np.inf]), "missing", {"name": "score", "count": 2}),
    (lambda: same_length(truth=np.ones(2), score=np.ones(3)), "lengths", {"found": "truth 2, score 3"}),
    (lambda: labels([0, 1, 2]), "not_binary", {"name": "truth"}),
    (lambda: labels([], both=True), "empty", {"name": "truth"}),
    (lambda: labels([0, 0, 0], both=True), "one_class", {"positives": 0, "negatives": 3}),
    (lambda: labels([1, 1], both=True), "one_class", {"positives": 2, "negatives": 0}),
    (lambda: probabilities([0.5, 1.5]), "not_probability", {"low": 0.5, "high": 1.5}),
    (lambda: probabilities([-0.5, 0.5]), "not_probability", {"low": -0.5, "high": 0.5}),
    (lambda: probabilities([np.nan]), "missing", {"name": "probability", "count": 1}),
    (lambda: confidence(0), "level", {"level": 0}),
    (lambda: confidence(1), "level", {"level": 1}),
    (lambda: confidence(95), "level", {"level": 95}),
    (lambda: choice("method", "x", ("a", "b")), "choice", {"name": "method", "value": "x", "allowed": "a, b"}),
]


@pytest.mark.parametrize(("ask", "key", "values"), REFUSED)
def test_what_cannot_be_computed_with_is_refused(ask, key, values):
    with pytest.raises(StatsError) as refused:
        ask()
    assert refused.value.key == f"stats.error.{key}"
    assert refused.value.values == values
    assert all(str(value) in str(refused.value) for value in values.values() if isinstance(value, str))


def test_numbers_become_floats_of_the_dimensions_asked_for():
    assert numbers("score", [1, 2]).dtype == np.float64
    assert numbers("score", [[1, 2]], ndim=2).shape == (1, 2)


def test_labels_are_booleans_and_one_class_will_do_unless_both_are_asked_for():
    assert labels([0, 1, 1]).tolist() == [False, True, True]
    assert labels([1, 1]).tolist() == [True, True]
    assert labels([0, 1], both=True).tolist() == [False, True]


def test_the_ends_are_probabilities():
    assert probabilities([0, 1]).tolist() == [0, 1]


def test_what_is_right_is_taken():
    same_length(truth=np.ones((2, 3)), score=np.ones(3))  # cases lie along the last axis
    choice("method", "b", ("a", "b"))
    assert isinstance(confidence(np.float32(0.5)), float)
