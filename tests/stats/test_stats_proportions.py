"""Proportions and McNemar's test: against statsmodels and by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sp
from statsmodels.stats.contingency_tables import mcnemar as reference
from statsmodels.stats.proportion import proportion_confint

from xrlearn import stats

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_are_those_of_statsmodels(drawn, level):
    k, n = drawn
    for ours, theirs in (("wilson", "wilson"), ("clopper-pearson", "beta")):
        expected = proportion_confint(k, n, 1 - level, theirs)
        assert stats.proportion_ci(k, n, ours, level) == pytest.approx(expected, abs=1e-9)


@given(counts)
def test_intervals_hold_the_proportion_and_mirror(drawn):
    k, n = drawn
    for method in ("wilson", "clopper-pearson"):
        low, high = stats.proportion_ci(k, n, method)
        assert 0 <= low <= k / n <= high <= 1
        assert stats.proportion_ci(n - k, n, method) == pytest.approx((1 - high, 1 - low))


def test_clopper_pearson_always_covers():
    n = 25
    bounds = [stats.proportion_ci(k, n, "clopper-pearson") for k in range(n + 1)]
    for true in np.linspace(0.01, 0.99, 50):
        covered = sum(sp.binom.pmf(k, n, true) for k, (low, high) in enumerate(bounds) if low <= true <= high)
        assert covered >= 0.95 - 1e-12


@pytest.mark.parametrize(("k", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5), (1.5, 5)])
def test_what_is_no_proportion_is_refused(k, n):
    with pytest.raises(stats.StatsError, match="not a proportion"):
        stats.proportion_ci(k, n)


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(lambda c: c[1] + c[2] > 0))
def test_mcnemar_is_that_of_statsmodels(cells):
    table = np.reshape(cells, (2, 2))
    b, c = cells[1], cells[2]
    asymptotic = reference(table, exact=False, correction=False)
    assert stats.mcnemar(table).statistic == pytest.approx(asymptotic.statistic)
    assert stats.mcnemar(table).p == pytest.approx(asymptotic.pvalue)
    exact = reference(table, exact=True)
    assert stats.mcnemar(table, "exact").p == pytest.approx(exact.pvalue)
    assert stats.mcnemar(table, "exact").statistic == min(b, c)
    if b != c:  # statsmodels subtracts the correction even from no difference
        corrected = reference(table, exact=False, correction=True)
        assert stats.mcnemar(table, "corrected").p == pytest.approx(corrected.pvalue)


def test_mcnemar_without_disagreement_shows_none():
    for method in ("asymptotic", "corrected", "exact"):
        assert stats.mcnemar([[5, 0], [0, 7]], method) == stats.mcnemar([[0, 0], [0, 0]], method)
        assert stats.mcnemar([[5, 0], [0, 7]], method).p == 1
    assert stats.mcnemar([[5, 4], [4, 7]], "corrected").p == 1


@pytest.mark.parametrize("table", [[[1, 2, 3], [4, 5, 6]], [[1, -1], [2, 3]], [[1, 0.5], [2, 3]]])
def test_mcnemar_takes_a_table_of_counts(table):
    with pytest.raises(stats.StatsError, match="whole numbers"):
        stats.mcnemar(table)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_diagnostic_figures_are_their_definitions(pairs):
    truth, call = np.array(pairs).T
    d = stats.diagnostic(truth, call)
    assert d.tp + d.fp + d.fn + d.tn == len(pairs)
    if truth.any():
        assert d.sensitivity.value == pytest.approx(call[truth].mean())
    else:
        assert np.isnan(d.sensitivity.value)
    if call.any():
        assert d.ppv.value == pytest.approx(truth[call].mean())
    if truth.any() and not truth.all() and d.fp:
        assert d.lr_positive.value == pytest.approx(d.sensitivity.value / (1 - d.specificity.value))
        assert d.lr_positive.low <= d.lr_positive.high


@pytest.mark.parametrize(("method", "level"), [("wilson", 0.8), ("clopper-pearson", 0.99)])
def test_diagnostic_intervals_are_made_and_as_wide_as_asked_for(method, level):
    d = stats.diagnostic([1] * 9 + [0] * 11, [1] * 7 + [0] * 9 + [1] * 4, method, level)
    counts = {"sensitivity": (7, 9), "specificity": (7, 11), "ppv": (7, 11), "npv": (7, 9), "accuracy": (14, 20)}
    for name, (k, n) in {**counts, "prevalence": (9, 20)}.items():
        found = getattr(d, name)
        assert (found.value, found.low, found.high) == (k / n, *stats.proportion_ci(k, n, method, level))
    for ratio, value in ((d.lr_positive, (7 / 9) / (4 / 11)), (d.lr_negative, (2 / 9) / (7 / 11))):
        assert ratio.value == pytest.approx(value)
        assert ratio.low * ratio.high == pytest.approx(value**2)
    wider = np.log(d.lr_positive.high / d.lr_positive.value) / sp.norm.ppf((1 + level) / 2)
    assert wider == pytest.approx(np.sqrt(1 / 7 - 1 / 9 + 1 / 4 - 1 / 11))  # Simel, Samsa & Matchar (1991)


def test_every_case_has_a_truth_and_a_call():
    with pytest.raises(stats.StatsError, match="same length"):
        stats.diagnostic([0, 1, 1], [1, 1])


def test_a_likelihood_ratio_without_false_positives_is_infinite_with_a_finite_lower_bound():
    ratio = stats.diagnostic([1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0]).lr_positive
    assert ratio.value == np.inf
    assert 0 < ratio.low < ratio.high < np.inf


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.integers(5, 200), st.integers(5, 200))
def test_predictive_values_at_the_studys_own_prevalence_are_the_studys(sensitivity, specificity, m, n):
    tp, tn = round(sensitivity * m), round(specificity * n)
    truth = np.repeat([1, 1, 0, 0], [tp, m - tp, n - tn, tn])
    call = np.repeat([1, 0, 1, 0], [tp, m - tp, n - tn, tn])
    d = stats.diagnostic(truth, call)
    ours = stats.predictive_values(d.sensitivity.value, d.specificity.value, d.prevalence.value)
    assert ours == pytest.approx((d.ppv.value, d.npv.value), nan_ok=True)


@pytest.mark.parametrize("name", ["sensitivity", "specificity", "prevalence"])
@pytest.mark.parametrize("value", [-0.1, 1.2])
def test_predictive_values_of_what_is_no_share_are_refused_by_name(name, value):
    shares = {"sensitivity": 0.9, "specificity": 0.8, "prevalence": 0.1} | {name: value}
    with pytest.raises(stats.StatsError, match=f"{name} must lie between 0 and 1, not {value}"):
        stats.predictive_values(**shares)


def test_a_predictive_value_of_a_call_that_is_never_made_is_undefined():
    ppv, npv = stats.predictive_values(0, 1, 0.3)
    assert np.isnan(ppv)
    assert npv == pytest.approx(0.7)
    ppv, npv = stats.predictive_values(1, 0, 0.3)
    assert ppv == pytest.approx(0.3)
    assert np.isnan(npv)
