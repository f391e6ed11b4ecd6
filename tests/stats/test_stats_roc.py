"""ROC curves: against brute force, against scikit-learn, and by the laws they obey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn import metrics

from xrlearn import stats
from xrlearn.stats.roc import delong_covariance, placements


@st.composite
def cases(draw, tests=1, least=2):
    """Truth with at least `least` cases of each class, and scores with many ties."""
    m, n = draw(st.integers(least, 12)), draw(st.integers(least, 12))
    truth = np.array(draw(st.permutations([1] * m + [0] * n)))
    row = st.lists(st.integers(-3, 4), min_size=m + n, max_size=m + n)
    return truth, np.array([draw(row) for _ in range(tests)], dtype=float)


def brute_force(truth, scores):
    """DeLong, DeLong & Clarke-Pearson (1988), written down as they wrote it."""
    x, y = scores[:, truth == 1], scores[:, truth == 0]
    psi = (x[:, :, None] > y[:, None, :]) + 0.5 * (x[:, :, None] == y[:, None, :])
    area, v10, v01 = psi.mean(axis=(1, 2)), psi.mean(axis=2), psi.mean(axis=1)
    m, n = x.shape[1], y.shape[1]
    s10 = (v10 - area[:, None]) @ (v10 - area[:, None]).T / (m - 1)
    s01 = (v01 - area[:, None]) @ (v01 - area[:, None]).T / (n - 1)
    return area, s10 / m + s01 / n


@given(cases(tests=3))
def test_fast_delong_is_delong(drawn):
    truth, scores = drawn
    parts = placements(truth, scores)
    area, covariance = brute_force(truth, scores)
    np.testing.assert_allclose(parts[0].mean(axis=1), area, atol=1e-12)
    np.testing.assert_allclose(parts[1].mean(axis=1), area, atol=1e-12)
    np.testing.assert_allclose(delong_covariance(*parts), covariance, atol=1e-12)


@given(cases())
def test_auc_is_scikit_learns_and_the_area_under_our_curve(drawn):
    truth, (score,) = drawn
    fpf, tpf, _ = stats.roc_curve(truth, score)
    assert stats.auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert stats.auc(truth, score) == pytest.approx(np.trapezoid(tpf, fpf))
    expected = metrics.roc_curve(truth, score, drop_intermediate=False)
    np.testing.assert_allclose(np.stack([fpf, tpf]), np.stack(expected[:2]))


@given(cases())
def test_only_the_order_of_scores_matters(drawn):
    truth, (score,) = drawn
    assert stats.auc(truth, np.exp(score) + 7) == stats.auc(truth, score)
    assert stats.auc_ci(truth, score**3) == stats.auc_ci(truth, score)


@given(cases())
def test_turning_truth_or_scores_round_mirrors_the_auc(drawn):
    truth, (score,) = drawn
    area, (low, high) = stats.auc(truth, score), stats.auc_ci(truth, score)
    assert stats.auc(truth, -score) == pytest.approx(1 - area)
    assert stats.auc(1 - truth, score) == pytest.approx(1 - area)
    assert stats.auc_ci(truth, -score) == pytest.approx((1 - high, 1 - low))


@given(cases(), st.sampled_from(["delong", "logit"]))
def test_interval_holds_the_estimate_and_widens_with_the_level(drawn, method):
    truth, (score,) = drawn
    area = stats.auc(truth, score)
    low, high = stats.auc_ci(truth, score, 0.9, method)
    wide_low, wide_high = stats.auc_ci(truth, score, 0.99, method)
    assert 0 <= wide_low <= low <= area + 1e-12
    assert area - 1e-12 <= high <= wide_high <= 1


@given(cases(tests=2))
def test_comparison_is_antisymmetric(drawn):
    truth, (a, b) = drawn
    ab, ba = stats.delong_test(truth, a, b), stats.delong_test(truth, b, a)
    assert ab.difference == pytest.approx(-ba.difference)
    assert ab.z == pytest.approx(-ba.z, nan_ok=True)
    assert ab.p == pytest.approx(ba.p, nan_ok=True)


def test_a_test_does_not_differ_from_itself():
    test = stats.delong_test([0, 0, 1, 1, 1], [1, 2, 2, 3, 1], [1, 2, 2, 3, 1])
    assert (test.z, test.p, test.difference) == (0, 1, 0)


def test_a_perfect_test_and_a_worthless_one_without_spread_cannot_be_weighed():
    test = stats.delong_test([0, 0, 1, 1], [1, 1, 2, 2], [3, 3, 3, 3])
    assert (test.difference, test.se) == (0.5, 0)
    assert np.isnan([test.z, test.p]).all()


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_intervals_of_a_difference_are_of_the_level_asked_for(level):
    truth, a, b = [0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 4, 2, 3, 4, 5], [3, 1, 2, 4, 2, 4, 1, 3]
    for test in (stats.delong_test(truth, a, b, level), stats.delong_unpaired_test(truth, a, truth, b, level)):
        half = norm.ppf((1 + level) / 2) * test.se
        assert (test.low, test.high) == pytest.approx((test.difference - half, test.difference + half))


def test_perfect_separation_has_an_honest_bound():
    truth, score = [0] * 20 + [1] * 30, [0] * 20 + [1] * 30
    low, high = stats.auc_ci(truth, score)
    assert high == 1
    assert low == pytest.approx(0.025 ** (1 / 20))
    assert stats.auc_ci(truth, [-s for s in score]) == pytest.approx((0, 1 - low))


def test_constant_scores_are_chance():
    assert stats.auc([0, 1, 0, 1], [3, 3, 3, 3]) == 0.5
    assert stats.auc_ci([0, 1, 0, 1], [3, 3, 3, 3]) == (0.5, 0.5)


def test_intervals_of_the_three_methods_agree_on_many_cases():
    rng = np.random.default_rng(0)
    truth = rng.random(800) < 0.4
    score = rng.normal(truth, 1)
    delong = stats.auc_ci(truth, score)
    assert stats.auc_ci(truth, score, method="logit") == pytest.approx(delong, abs=0.004)
    drawn, same, other = (stats.auc_ci(truth, score, method="bootstrap", resamples=500, seed=s) for s in (3, 3, 4))
    assert drawn == pytest.approx(delong, abs=0.006)
    assert drawn == same != other


def test_delong_interval_covers():
    rng = np.random.default_rng(2)
    true = 0.760250  # Phi(1 / sqrt 2)
    truth = np.repeat([0, 1], 60)
    covered = sum(low <= true <= high for low, high in (stats.auc_ci(truth, rng.normal(truth)) for _ in range(600)))
    assert 0.92 < covered / 600 < 0.98


@given(cases(), st.floats(0, 0.9))
def test_partial_areas_add_up(drawn, middle):
    truth, (score,) = drawn
    for focus in ("specificity", "sensitivity"):
        parts = stats.partial_auc(truth, score, 0, 0.95, focus) + stats.partial_auc(truth, score, 0.95, 1, focus)
        assert parts == pytest.approx(stats.auc(truth, score))
    assert stats.partial_auc(truth, score, middle, 1) <= 1 - middle + 1e-12


def test_standardised_partial_area_of_a_perfect_and_a_worthless_test():
    truth = [0, 0, 1, 1]
    assert stats.partial_auc(truth, [1, 2, 3, 4], 0.8, standardised=True) == pytest.approx(1)
    assert stats.partial_auc(truth, [1, 1, 1, 1], 0.8, standardised=True) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (([0, 1, float("nan")], [1, 2, 3]), "missing"),
        (([0, 1, 1], [1, None, 3]), "missing"),
        (([0, 1, 1], [1, np.inf, 3]), "missing"),
        (([0, 1], [1, 2, 3]), "lengths"),
        (([0, 0], [1, 2]), "one_class"),
        (([1, 1], [1, 2]), "one_class"),
        (([0, 2], [1, 2]), "not_binary"),
        ((["a", "b"], [1, 2]), "not_numbers"),
        (([], []), "empty"),
        (([[0, 1]], [1, 2]), "dimensions"),
    ],
)
def test_what_cannot_be_computed_is_refused(arguments, key):
    with pytest.raises(stats.StatsError) as caught:
        stats.auc(*arguments)
    assert caught.value.key == f"stats.error.{key}"
    assert str(caught.value)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: stats.roc_curve([0, 1, 1], [1, 2]),
        lambda: stats.delong_test([0, 0, 1, 1], [1, 2, 3, 4], [1, 2, 3]),
        lambda: stats.delong_test([0, 0, 1, 1], [1, 2, 3], [1, 2, 3]),
    ],
)
def test_as_many_scores_as_cases(compute):
    with pytest.raises(stats.StatsError, match="same length"):
        compute()


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (0.6, 0.5), (-0.1, 1), (0.5, 1.1)])
def test_a_partial_area_is_over_a_range_within_nought_and_one(low, high):
    with pytest.raises(stats.StatsError) as caught:
        stats.partial_auc([0, 0, 1, 1], [1, 2, 2, 3], low, high)
    assert caught.value.key == "stats.error.range"


def test_an_interval_needs_two_cases_of_each_class():
    with pytest.raises(stats.StatsError, match="At least 2 cases of each class"):
        stats.auc_ci([0, 0, 1], [1, 2, 3])


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_is_a_probability(level):
    with pytest.raises(stats.StatsError, match="confidence level"):
        stats.auc_ci([0, 0, 1, 1], [1, 2, 2, 3], level)
