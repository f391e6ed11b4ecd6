"""Agreement: bounds, symmetries, and standard errors against resampling."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as reference_fleiss

from xrlearn import stats

readings = st.integers(4, 40).flatmap(lambda n: st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=n))


def two(pairs):
    a, b = np.array(pairs).T
    assume(len(set(a) | set(b)) > 1)
    return a, b


@given(readings, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_is_scikit_learns_within_bounds_and_symmetric(pairs, weights):
    a, b = two(pairs)
    kappa = stats.cohen_kappa(a, b, weights)
    assert kappa.value == pytest.approx(cohen_kappa_score(a, b, weights=weights))
    assert -1 <= kappa.low <= kappa.value <= kappa.high <= 1
    swapped = stats.cohen_kappa(b, a, weights)
    assert (swapped.value, swapped.se**2) == pytest.approx((kappa.value, kappa.se**2), abs=1e-12)  # the variance rounds


@given(readings)
def test_standard_errors_are_those_of_statsmodels(pairs):
    a, b = two(pairs)
    # else statsmodels divides by a null variance of 0
    assume(len(set(a)) > 1 and len(set(b)) > 1 and set(a) & set(b))
    k = 4
    table = np.zeros((k, k))
    np.add.at(table, (a, b), 1)
    reference = cohens_kappa(table)
    kappa = stats.cohen_kappa(a, b, categories=range(k))
    assert kappa.se**2 == pytest.approx(max(reference.var_kappa, 0), abs=1e-9)
    assert kappa.se_null**2 == pytest.approx(reference.var_kappa0, abs=1e-9)
    assert kappa.p == pytest.approx(reference.pvalue_two_sided, abs=1e-6)
    weighted = cohens_kappa(table, wt="quadratic")
    ours = stats.cohen_kappa(a, b, "quadratic", categories=range(k))
    assert ours.se**2 == pytest.approx(max(weighted.var_kappa, 0), abs=1e-9)


@given(readings)
def test_full_agreement_is_one(pairs):
    a, _ = np.array(pairs).T
    assume(len(set(a)) > 1)
    kappa = stats.cohen_kappa(a, a, "linear")
    assert kappa.value == pytest.approx(1)
    assert kappa.se == pytest.approx(0, abs=1e-7)


def test_words_work_and_weights_need_the_whole_scale():
    a, b = ["low", "high", "low", "high"], ["low", "high", "high", "high"]
    assert stats.cohen_kappa(a, b).value == pytest.approx(0.5)
    grades, other = [0, 1, 2, 4, 4, 0], [0, 1, 4, 4, 2, 1]
    whole = stats.cohen_kappa(grades, other, "quadratic", categories=range(5))
    assert whole.value == pytest.approx(cohen_kappa_score(grades, other, weights="quadratic", labels=range(5)))
    assert whole.value != pytest.approx(stats.cohen_kappa(grades, other, "quadratic").value)


@pytest.mark.parametrize(
    ("a", "b", "key"),
    [
        ([1, 1, 1], [1, 1, 1], "one_category"),
        ([1, 2], [1, 2, 3], "lengths"),
        ([1, None], [1, 2], "missing"),
        ([], [], "empty"),
    ],
)
def test_kappa_refuses(a, b, key):
    with pytest.raises(stats.StatsError) as caught:
        stats.cohen_kappa(a, b)
    assert caught.value.key == f"stats.error.{key}"


def test_a_category_off_the_scale_is_refused():
    with pytest.raises(stats.StatsError, match="none of the categories"):
        stats.cohen_kappa([1, 2], [1, 3], categories=[1, 2])


@st.composite
def votes(draw):
    n, readers = draw(st.integers(3, 25)), draw(st.integers(2, 6))
    rows = [draw(st.lists(st.integers(0, 2), min_size=readers, max_size=readers)) for _ in range(n)]
    table = np.array([[row.count(c) for c in range(3)] for row in rows])
    assume((table.sum(axis=0) > 0).sum() > 1)
    return table


@given(votes())
def test_fleiss_is_that_of_statsmodels_and_categories_may_be_exchanged(table):
    kappa = stats.fleiss_kappa(table)
    assert kappa.value == pytest.approx(reference_fleiss(table))
    assert kappa.value <= 1 + 1e-12
    exchanged = stats.fleiss_kappa(table[:, ::-1])
    assert (exchanged.value, exchanged.se, exchanged.z) == pytest.approx((kappa.value, kappa.se, kappa.z), nan_ok=True)


def test_fleiss_standard_error_is_made_of_how_far_each_case_moves_kappa(published):
    """The infinitesimal jackknife, of kappa written down afresh for cases that count more or less."""
    table = published("fleiss1971").to_numpy(float)
    n, readers = len(table), table[0].sum()
    agree = (table * (table - 1)).sum(axis=1) / (readers * (readers - 1))

    def weighed(weights):
        share = weights @ table / readers / weights.sum()
        return 1 - (1 - weights @ agree / weights.sum()) / (1 - share @ share)

    kappa, little = stats.fleiss_kappa(table), 1e-5
    moves = [n * (weighed(1 + little * one) - weighed(1 - little * one)) / (2 * little) for one in np.eye(n)]
    assert kappa.se == pytest.approx(np.sqrt(np.sum(np.square(moves)) / (n * (n - 1))), rel=1e-6)
    assert kappa.se_null < kappa.se / 2


@pytest.mark.parametrize(
    ("counts", "key"),
    [
        ([[2, 1], [1, 1]], "unequal_readers"),
        ([[1, 0], [0, 1]], "too_few"),
        ([[2, 0]], "too_few"),
        ([[2, 0], [2, 0]], "one_category"),
        ([[1.5, 0.5], [1, 1]], "counts"),
        ([[2, 0], [float("nan"), 2]], "missing"),
    ],
)
def test_fleiss_refuses(counts, key):
    with pytest.raises(stats.StatsError) as caught:
        stats.fleiss_kappa(counts)
    assert caught.value.key == f"stats.error.{key}"


@st.composite
def measurements(draw):
    n, k = draw(st.integers(3, 12)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return (
        rng.normal(size=(n, 1)) * draw(st.floats(0, 3)) + rng.normal(size=(n, k)) + draw(st.floats(0, 2)) * np.arange(k)
    )


@given(measurements())
def test_icc_intervals_hold_the_value_and_averages_follow_spearman_and_brown(scores):
    k = scores.shape[1]
    found = stats.icc(scores)
    for form in "123":
        one, mean = found[f"ICC({form},1)"], found[f"ICC({form},k)"]
        assert one.value <= 1
        assert one.low <= one.high <= 1
        assert mean.value <= 1
        if mean.value > -np.inf:
            assert mean.value == pytest.approx(k * one.value / (1 + (k - 1) * one.value))
    for name in ("ICC(1,1)", "ICC(3,1)"):
        assert found[name].low < found[name].value < found[name].high


@given(measurements(), st.floats(-50, 50), st.floats(0.1, 10))
def test_icc_does_not_know_the_units_and_consistency_not_the_raters_bias(scores, shift, scale):
    found, moved = stats.icc(scores), stats.icc(scores * scale + shift)
    for name, value in found.items():
        assert (moved[name].value, moved[name].low) == pytest.approx((value.value, value.low), abs=1e-6)
    biased = stats.icc(scores + np.arange(scores.shape[1]) * 5)
    assert biased["ICC(3,1)"].value == pytest.approx(found["ICC(3,1)"].value, abs=1e-6)


def test_icc_is_tested_as_psych_does():
    """Shrout and Fleiss' six targets; F, df and p as psych::ICC (R) prints them."""
    found = stats.icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    for name, f, df2, p in (("1", 1.8, 18, 0.16477), ("2", 11.0, 15, 0.00013), ("3", 11.0, 15, 0.00013)):
        for test in (found[f"ICC({name},1)"], found[f"ICC({name},k)"]):
            assert (test.df1, test.df2) == (5, df2)
            assert pytest.approx(f, abs=0.05) == test.F
            assert test.p == pytest.approx(p, abs=5e-6)


def test_icc_of_perfect_and_of_biased_raters():
    perfect = stats.icc([[1, 1], [2, 2], [3, 3]])
    assert all((x.value, x.low, x.high) == (1, 1, 1) for x in perfect.values())
    biased = stats.icc([[1, 2], [2, 3], [3, 4]])
    assert biased["ICC(3,1)"].value == 1
    assert biased["ICC(2,1)"].value == pytest.approx(2 / 3)


def test_icc_of_raters_who_oppose_each_other_has_finite_bounds():
    opposed = stats.icc([[-2.3, 6.9], [0.9, 4.4], [0.6, 5.1]])["ICC(2,1)"]
    assert opposed.value < 0
    assert -1 < opposed.low <= opposed.high < 1
    exactly = stats.icc([[-1, 1], [-2, 2], [3, -3]])  # the mean of both tells no target from another
    assert exactly["ICC(2,1)"].value == pytest.approx(-3)
    assert all(exactly[f"ICC({form},k)"].value == -np.inf for form in "123")


@pytest.mark.parametrize(
    ("scores", "key"),
    [
        ([[1, 2]], "too_few"),
        ([[1], [2]], "too_few"),
        ([[1, 2], [1, 2]], "all_alike"),
        ([[3, 3], [3, 3]], "all_alike"),
        ([[1, 2], [2, 1]], "all_alike"),
        ([[1, 2], [np.nan, 2]], "missing"),
        ([1, 2, 3], "dimensions"),
    ],
)
def test_icc_refuses(scores, key):
    with pytest.raises(stats.StatsError) as caught:
        stats.icc(scores)
    assert caught.value.key == f"stats.error.{key}"


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=2, max_size=30))
def test_bland_altman_is_antisymmetric(pairs):
    a, b = np.array(pairs).T
    ab, ba = stats.bland_altman(a, b), stats.bland_altman(b, a)
    assert ab.mean == pytest.approx(-ba.mean)
    assert (ab.low, ab.high) == pytest.approx((-ba.high, -ba.low))
    assert ab.low_ci == pytest.approx((-ba.high_ci[1], -ba.high_ci[0]))
    assert ab.low_ci[0] <= ab.low <= ab.low_ci[1]


def test_limits_hold_nineteen_differences_of_twenty_and_their_interval_covers():
    rng = np.random.default_rng(1)
    results = [stats.bland_altman(rng.normal(2, 3, 40), np.zeros(40)) for _ in range(500)]
    true = 2 - 1.96 * 3
    covered = np.mean([r.low_ci[0] <= true <= r.low_ci[1] for r in results])
    assert 0.92 < covered < 0.98


@pytest.mark.parametrize("level", [0.5, 0.99])
def test_intervals_of_limits_are_of_the_level_asked_for(level):
    found = stats.bland_altman([10, 12, 14, 16, 19], [11, 12, 12, 17, 15], level)
    reach = t.ppf((1 + level) / 2, 4)
    for value, interval, se in (
        (found.mean, found.mean_ci, found.mean_se),
        (found.low, found.low_ci, found.limit_se),
        (found.high, found.high_ci, found.limit_se),
    ):
        assert interval == pytest.approx((value - reach * se, value + reach * se))
    assert (found.mean_se, found.n) == (pytest.approx(found.sd / np.sqrt(5)), 5)


def test_the_error_of_a_limit_is_that_of_bland_and_altman():
    """1.71 s / sqrt(n) in their paper of 1999, sqrt(3) s / sqrt(n) in that of 1986."""
    a = np.random.default_rng(0).normal(size=85)
    for paper, times, within in (({}, 1.71, 0.01), ({"simple": True}, np.sqrt(3), 1e-9)):
        found = stats.bland_altman(a, np.zeros(85), **paper)
        assert found.limit_se * np.sqrt(85) / found.sd == pytest.approx(times, abs=within)


def test_bland_altman_needs_as_many_of_one_as_of_the_other():
    with pytest.raises(stats.StatsError, match="same length"):
        stats.bland_altman([1, 2, 3], [1, 2])


def test_bland_altman_needs_two_pairs():
    with pytest.raises(stats.StatsError, match="At least 2 pairs"):
        stats.bland_altman([1], [2])
