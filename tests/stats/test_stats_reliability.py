"""Calibration: against R's glm and statsmodels, and by the identities of the Brier score."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.metrics import brier_score_loss

from xrlearn import stats

TRUTH = [0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0]
OLD = [0.1, 0.3, 0.2, 0.4, 0.6, 0.7, 0.5, 0.9, 0.8, 0.35, 0.55, 0.15, 0.25, 0.65, 0.45, 0.75, 0.05, 0.62, 0.85, 0.33]

forecasts = st.lists(st.tuples(st.booleans(), st.integers(0, 20).map(lambda k: k / 20)), min_size=3, max_size=60)


def test_slope_intercept_and_citl_are_those_of_r():
    """Of glm(y ~ qlogis(p)) and glm(y ~ 1 + offset(qlogis(p))), family binomial, R 4.2."""
    fit = stats.calibration(TRUTH, OLD)
    assert fit.slope == pytest.approx(2.229504689811, abs=1e-9)
    assert fit.slope_se == pytest.approx(0.983933, abs=1e-5)
    assert fit.intercept == pytest.approx(0.251760682126, abs=1e-9)
    assert fit.citl == pytest.approx(0.133844226517, abs=1e-9)
    assert fit.citl_se == pytest.approx(0.517464, abs=1e-5)


def test_slope_is_that_of_statsmodels_on_many_cases():
    rng = np.random.default_rng(0)
    p = rng.random(500)
    y = (rng.random(500) < expit(0.3 + 0.6 * logit(p))).astype(int)
    reference = sm.Logit(y, sm.add_constant(logit(p))).fit(disp=0)
    fit = stats.calibration(y, p)
    assert (fit.intercept, fit.slope) == pytest.approx(tuple(reference.params), abs=1e-6)
    assert (fit.intercept_se, fit.slope_se) == pytest.approx(tuple(reference.bse), abs=1e-6)
    np.testing.assert_allclose([fit.intercept_ci, fit.slope_ci], reference.conf_int(), atol=1e-5)
    offset = sm.GLM(y, np.ones(500), family=sm.families.Binomial(), offset=logit(p)).fit()
    assert fit.citl == pytest.approx(float(offset.params[0]), abs=1e-6)
    assert fit.citl_ci == pytest.approx(offset.conf_int()[0], abs=1e-5)


def test_a_calibrated_model_has_slope_one_and_a_stretched_one_less():
    rng = np.random.default_rng(1)
    p = rng.random(20000)
    y = rng.random(20000) < p
    fit = stats.calibration(y, p)
    assert fit.slope_ci[0] < 1 < fit.slope_ci[1]
    assert fit.intercept_ci[0] < 0 < fit.intercept_ci[1]
    stretched = stats.calibration(y, expit(2 * logit(p)))
    assert stretched.slope == pytest.approx(fit.slope / 2, abs=1e-3)


def test_certain_probabilities_are_moved_off_the_edge():
    fit = stats.calibration([0, 1, 0, 1, 1, 0], [0, 1, 0.3, 0.2, 1, 1])
    assert np.isfinite([fit.slope, fit.intercept, fit.citl]).all()


def test_a_model_that_is_sure_and_wrong_is_fitted_too():
    """From where Newton's first step leads away from the answer."""
    y, p = np.arange(40) % 2, np.linspace(0.99, 0.9999, 40)
    fit = stats.calibration(y, p)
    assert expit(logit(p) + fit.citl).mean() == pytest.approx(0.5)
    assert expit(fit.intercept + fit.slope * logit(p)).mean() == pytest.approx(0.5)


@pytest.mark.parametrize(("truth", "probability"), [([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), ([0, 1, 1, 0], [0.5] * 4)])
def test_no_finite_fit_is_refused(truth, probability):
    with pytest.raises(stats.StatsError, match="no finite answer"):
        stats.calibration(truth, probability)


@given(forecasts)
def test_brier_is_scikit_learns_and_the_sum_of_its_parts(pairs):
    y, p = np.array(pairs).T
    score = stats.brier(y, p)
    assert score == pytest.approx(brier_score_loss(y, p, labels=[0, 1]))
    parts = stats.brier_decomposition(y, p)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(score)
    assert parts.within == 0
    binned = stats.brier_decomposition(y, p, bins=5)
    total = binned.reliability - binned.resolution + binned.uncertainty + binned.within
    assert total == pytest.approx(score)
    assert parts.resolution <= parts.uncertainty + 1e-12


@given(forecasts, st.integers(1, 15), st.sampled_from(["uniform", "quantile"]))
def test_ece_lies_between_the_overall_gap_and_the_mean_distance(pairs, bins, strategy):
    y, p = np.array(pairs).T
    value = stats.ece(y, p, bins, strategy)
    assert abs(y.mean() - p.mean()) - 1e-12 <= value <= np.abs(y - p).mean() + 1e-12
    n, _, _ = stats.reliability_bins(y, p, bins, strategy)
    assert n.sum() == len(y)
    assert len(n) <= bins


@pytest.mark.parametrize(("bins", "strategy"), [(0, "uniform"), (5, "equal")])
def test_bins_are_some_and_of_a_kind_that_there_is(bins, strategy):
    with pytest.raises(stats.StatsError):
        stats.ece([0, 1], [0.2, 0.8], bins, strategy)


def test_ece_by_hand():
    assert stats.ece([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8], bins=1) == pytest.approx(0.05)
    edges = stats.reliability_bins([0, 1, 0, 1], [0, 0.5, 0.500001, 1], bins=2)[0]
    assert edges.tolist() == [2, 2]


def test_debiased_takes_off_what_errors_of_the_observed_shares_add():
    p, shares, n = [0.25, 0.65, 0.95], np.array([0.15, 0.75, 1]), 20
    truth = np.concatenate([np.arange(n) < round(share * n) for share in shares])
    normal = norm.ppf((np.arange(20000) + 0.5) / 20000)
    errors = np.sqrt(shares * (1 - shares) / n)
    added = np.mean([np.abs(0.1 * (x < 0.9) + 0.05 * (x > 0.9) + e * normal).mean() for x, e in zip(p, errors)])
    assert stats.ece(truth, np.repeat(p, n), debiased=True) == pytest.approx(2 * (0.25 / 3) - added, abs=1e-5)


def test_quantile_bins_hold_equally_many_cases():
    rng = np.random.default_rng(0)
    n, _, _ = stats.reliability_bins(rng.random(200) < 0.3, rng.random(200) ** 3, 10, "quantile")
    assert n.tolist() == [20] * 10


def test_ece_interval_repeats_by_seed_and_holds_the_estimate():
    rng = np.random.default_rng(0)
    p = rng.random(400)
    y = rng.random(400) < p**2
    low, high = stats.ece_ci(y, p, resamples=300, seed=1)
    assert low < stats.ece(y, p, debiased=True) < high
    assert (low, high) == stats.ece_ci(y, p, resamples=300, seed=1)
    assert (low, high) != stats.ece_ci(y, p, resamples=300, seed=2)


@pytest.mark.parametrize("cases", [60, 200])
def test_the_ece_interval_holds_the_true_error_and_is_not_all_above_it(cases):
    """Percentiles of the plain figure lay above it in 60 of 60 samples of sixty cases, and in 48 of 200 cases."""
    true, held = 0.05, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.2, 0.9, cases)
        low, high = stats.ece_ci(rng.random(cases) < p - true, p, resamples=100, seed=seed)
        held += low <= true <= high
    assert held >= 48


def test_hosmer_lemeshow_is_that_of_r():
    """Of cut(p, quantile(p, 0:5 / 5)) and sum((o - e)^2 / e) over both classes, R 4.2."""
    test = stats.hosmer_lemeshow(TRUTH, OLD, groups=5)
    assert test.statistic == pytest.approx(1.693290310168, abs=1e-10)
    assert test.p == pytest.approx(0.638426542283, abs=1e-10)
    assert stats.hosmer_lemeshow(TRUTH, OLD, groups=5, external=True).df == 5


def test_hosmer_lemeshow_rejects_one_time_in_twenty_on_new_cases():
    rng = np.random.default_rng(3)
    ps = rng.uniform(0.1, 0.9, (400, 500))
    rejected = np.mean([stats.hosmer_lemeshow(rng.random(500) < p, p, external=True).p < 0.05 for p in ps])
    assert 0.02 < rejected < 0.085


@pytest.mark.parametrize(
    ("probability", "key"),
    [
        ([0.5] * 6, "too_few"),
        ([0, 0, 0.4, 0.4, 0.6, 0.6], "certain_group"),
        ([0.4, 0.4, 0.6, 0.6, 1, 1], "certain_group"),
    ],
)
def test_hosmer_lemeshow_refuses(probability, key):
    with pytest.raises(stats.StatsError) as caught:
        stats.hosmer_lemeshow([0, 1, 0, 1, 0, 1], probability, groups=3)
    assert caught.value.key == f"stats.error.{key}"


@pytest.mark.parametrize("probability", [[0.1, 1.2], [-0.1, 0.5]])
def test_a_probability_lies_between_nought_and_one(probability):
    with pytest.raises(stats.StatsError, match="between 0 and 1"):
        stats.brier([0, 1], probability)
