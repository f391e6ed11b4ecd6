"""Binormal and localisation curves, and study planning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from xrlearn import stats

UNMARKED = -np.inf


def test_fit_is_the_maximum_of_the_likelihood(published):
    """Against a general-purpose optimiser of the likelihood written down afresh."""
    one = published("vandyke").query("reader == 2 and modality == 1")
    counts = [np.bincount(one["score"][one["truth"] == t], minlength=6)[1:] for t in (0, 1)]

    def loss(beta):
        c = np.concatenate([[-np.inf], beta[2] + np.cumsum(np.r_[0, np.exp(beta[3:])]), [np.inf]])
        cells = np.diff(norm.cdf(c)), np.diff(norm.cdf(np.exp(beta[1]) * c - beta[0]))
        return -sum(n @ np.log(np.maximum(p, 1e-12)) for n, p in zip(counts, cells))

    best = minimize(loss, [1, -0.5, -0.5, 0, 0, 0], method="BFGS")
    fit = stats.binormal(one["truth"], one["score"])
    assert fit.log_likelihood == pytest.approx(-best.fun, abs=1e-6)
    assert (fit.a, fit.b) == pytest.approx((best.x[0], np.exp(best.x[1])), abs=1e-3)

    def area(a, b):
        return norm.cdf(a / np.hypot(1, b))

    step = 1e-5
    slope = [area(fit.a + step, fit.b) - fit.auc, area(fit.a, fit.b + step) - fit.auc] / np.array(step)
    assert fit.auc_se == pytest.approx(np.sqrt(slope @ fit.covariance @ slope), rel=1e-4)


def test_a_continuous_score_gives_back_the_model_it_was_drawn_from():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], [1500, 1000])
    score = np.where(truth == 1, rng.normal(1.5, 1.25, 2500), rng.normal(0, 1, 2500))
    fit = stats.binormal(truth, np.exp(score))  # any monotone scale
    assert fit.a == pytest.approx(1.5 / 1.25, abs=0.1)
    assert fit.b == pytest.approx(1 / 1.25, abs=0.08)
    assert fit.auc_low < norm.cdf(1.5 / np.hypot(1, 1.25)) < fit.auc_high
    assert fit.auc_se == pytest.approx(np.diff(stats.auc_ci(truth, score))[0] / 3.92, rel=0.15)
    assert fit.tpf([0, 0.5, 1]) == pytest.approx([0, norm.cdf(fit.a), 1])


def test_no_more_categories_are_merged_than_there_are_too_many():
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1], 300)
    score = np.floor(rng.exponential(5, 600) + 3 * truth).clip(0, 35)
    some, all_of_them = (stats.binormal(truth, score, categories=most) for most in (50, 1000))
    assert some.thresholds == pytest.approx(all_of_them.thresholds)
    assert len(stats.binormal(truth, score, categories=10).thresholds) < 10 < len(some.thresholds) + 1


def test_neighbours_of_one_class_are_one_category():
    truth = np.random.default_rng(0).permutation(np.repeat([0, 1], 30))
    assert len(stats.binormal(truth, np.arange(60.0)).thresholds) == np.count_nonzero(np.diff(truth))


@pytest.mark.parametrize(
    ("truth", "score", "key"),
    [
        ([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], "degenerate_fit"),
        ([0, 0, 1, 1], [1, 2, 1, 2], "too_few_categories"),
        ([0, 0, 1, 1], [1, 2, 3], "lengths"),
    ],
)
def test_a_curve_that_cannot_be_fitted_is_refused(truth, score, key):
    with pytest.raises(stats.StatsError) as caught:
        stats.binormal(truth, score)
    assert caught.value.key == f"stats.error.{key}"


@st.composite
def marks(draw):
    rating = st.sampled_from([UNMARKED, 1.0, 2.0, 3.0, 4.0])
    normal = draw(st.lists(rating, min_size=2, max_size=8))
    lesions = draw(st.lists(st.lists(rating, min_size=1, max_size=3), min_size=2, max_size=8))
    return normal, lesions


def jafroc(normal, lesions, weights):
    """Pairs counted one by one, as Chakraborty and Berbaum define the figure of merit."""
    total = sum(sum(w) for w in weights) * len(normal)
    won = sum(
        w * ((x > y) + 0.5 * (x == y)) for film, ws in zip(lesions, weights) for x, w in zip(film, ws) for y in normal
    )
    return won / total


@given(marks())
def test_afroc_counts_pairs_and_its_error_is_the_jackknifes(drawn):
    normal, lesions = drawn
    for weights in ([[1.0] * len(f) for f in lesions], [[1 / len(f)] * len(f) for f in lesions]):
        given_weights = None if weights[0][0] == 1.0 and all(w[0] == 1.0 for w in weights) else weights
        merit = stats.afroc(normal, lesions, given_weights)
        assert merit.value == pytest.approx(jafroc(normal, lesions, weights))
        without = [
            jafroc(normal, lesions[:i] + lesions[i + 1 :], weights[:i] + weights[i + 1 :]) for i in range(len(lesions))
        ]
        without += [jafroc(normal[:j] + normal[j + 1 :], lesions, weights) for j in range(len(normal))]
        n = len(without)
        assert merit.se == pytest.approx(np.sqrt((n - 1) / n * np.sum((np.array(without) - np.mean(without)) ** 2)))


def test_lroc_is_the_auc_when_every_lesion_was_found_and_nothing_when_none_was(published):
    data = published("asah")
    truth, score = data["truth"], data["s100b"]
    assert stats.lroc(truth, score, np.ones(len(data))).value == pytest.approx(stats.auc(truth, score))
    assert stats.lroc(truth, score, np.zeros(len(data))).value == 0
    half = stats.lroc(truth, score, np.arange(len(data)) % 2)
    assert 0 < half.low < half.value < half.high < stats.auc(truth, score)


@pytest.mark.parametrize(
    ("normal", "lesions", "weights", "said"),
    [
        ([1, np.nan], [[1], [2]], None, "^normal has 1"),
        ([1, 2], [], None, "^lesions"),
        ([1, 2], [[1], []], None, "^lesions"),
        ([1, 2], [[1], [2]], [[0.5], [1]], "weights"),
        ([1, 2], [[1], [2]], [[1]], "weights"),
        ([1], [[1], [2]], None, "At least 2 .* there are 1"),
        ([1, 2], [[1]], None, "At least 2 .* there are 1"),
    ],
)
def test_afroc_refuses(normal, lesions, weights, said):
    with pytest.raises(stats.StatsError, match=said):
        stats.afroc(normal, lesions, weights)


def test_lroc_refuses_places_that_are_not_there():
    with pytest.raises(stats.StatsError, match="located 3"):
        stats.lroc([0, 0, 1, 1], [1, 2, 3, 4], [0, 0, 1])


@pytest.fixture(scope="module")
def pilot(published):
    return stats.mrmc(published("vandyke"))


@pytest.mark.parametrize("analysis", ["rrrc", "frrc", "rrfc"])
def test_power_grows_with_everything_that_should_help(pilot, analysis):
    def power(readers=8, cases=100, difference=0.04, alpha=0.05):
        return stats.mrmc_power(pilot, readers, cases, difference, analysis=analysis, alpha=alpha).power

    assert power(cases=200) > power() > power(cases=50)
    assert power(readers=12) > power() > power(readers=4)
    assert power(difference=0.06) > power() > power(difference=0.02)
    assert power(alpha=0.1) > power() > power(alpha=0.01)
    assert power(difference=1e-9) == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("analysis", ["rrrc", "frrc", "rrfc"])
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_sample_size_is_the_smallest_that_suffices(pilot, analysis, alpha):
    found = stats.mrmc_sample_size(pilot, readers=8, difference=0.05, power=0.9, analysis=analysis, alpha=alpha)
    assert found == stats.mrmc_power(pilot, 8, found.cases, 0.05, analysis=analysis, alpha=alpha)
    assert found.power >= 0.9
    assert stats.mrmc_power(pilot, 8, found.cases - 1, 0.05, analysis=analysis, alpha=alpha).power < 0.9


def test_components_may_be_given_instead_of_a_pilot(pilot):
    given = stats.mrmc_power(pilot.components, 8, 100, 0.05, pilot_cases=pilot.cases)
    assert given == stats.mrmc_power(pilot, 8, 100, 0.05)
    with pytest.raises(stats.StatsError, match="pilot_cases"):
        stats.mrmc_power(pilot.components, 8, 100, 0.05)


def test_components_without_error_are_refused(pilot):
    parts = {**pilot.components, "cov1": pilot.components["error"], "modality_reader": 0.0}
    with pytest.raises(stats.StatsError, match="no error to plan with"):
        stats.mrmc_power(parts, 8, 100, 0.05, pilot_cases=114)


def test_two_readers_cannot_find_a_hair(pilot):
    with pytest.raises(stats.StatsError, match="plan for more readers"):
        stats.mrmc_sample_size(pilot, readers=2, difference=0.005)
    for analysis, readers, cases in (("rrrc", 1, 100), ("rrfc", 1, 100), ("frrc", 0, 100), ("frrc", 2, 1)):
        with pytest.raises(stats.StatsError, match="too small"):
            stats.mrmc_power(pilot, readers, cases, difference=0.05, analysis=analysis)
    assert stats.mrmc_power(pilot, 1, 100, 0.05, analysis="frrc").power > 0.05  # one reader speaks for himself
