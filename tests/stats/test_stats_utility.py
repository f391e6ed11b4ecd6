"""Net benefit, reclassification and CUSUM: identities, and figures of R's Hmisc."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from xrlearn import stats

TRUTH = [0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0]
OLD = [0.1, 0.3, 0.2, 0.4, 0.6, 0.7, 0.5, 0.9, 0.8, 0.35, 0.55, 0.15, 0.25, 0.65, 0.45, 0.75, 0.05, 0.62, 0.85, 0.33]
NEW = [0.2, 0.35, 0.1, 0.3, 0.7, 0.65, 0.4, 0.95, 0.7, 0.45, 0.6, 0.2, 0.3, 0.5, 0.55, 0.8, 0.1, 0.5, 0.9, 0.4]

forecasts = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=40)
thresholds = st.floats(0.01, 0.99)


@given(forecasts, thresholds)
def test_net_benefit_is_its_definition_and_at_most_the_prevalence(pairs, t):
    y, p = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    tp, fp = np.sum(y & (p >= t)), np.sum(~y & (p >= t))
    value = stats.net_benefit(y, p, t)
    assert value == pytest.approx((tp - fp * t / (1 - t)) / len(y))
    assert value <= y.mean() + 1e-12


@given(forecasts, thresholds)
def test_acting_on_all_or_none_are_the_reference_strategies(pairs, t):
    y = np.array([a for a, _ in pairs])
    row = stats.decision_curve(y, np.array([b for _, b in pairs]), [t]).iloc[0]
    assert stats.net_benefit(y, np.ones(len(y)), t) == pytest.approx(row["all"])
    assert stats.net_benefit(y, np.zeros(len(y)), t) == row["none"] == 0
    assert row["avoided"] == pytest.approx(100 * (row["model"] - row["all"]) * (1 - t) / t)


def test_the_truth_itself_is_the_best_model():
    curve = stats.decision_curve(TRUTH, TRUTH)
    assert len(curve) == 99
    assert curve["model"].to_numpy() == pytest.approx(0.5)


@pytest.mark.parametrize("t", [1, 1.5, -0.1, float("nan")])
def test_a_threshold_lies_below_one(t):
    with pytest.raises(stats.StatsError, match="threshold"):
        stats.net_benefit([0, 1], [0.2, 0.8], t)


def test_reclassification_is_that_of_hmisc():
    """Of Hmisc::improveProb (R): indices, standard errors and p as printed, and the IDI."""
    result = stats.nri(TRUTH, OLD, NEW)
    for change, value, se, p in (
        (result.events, 0.4, 0.290, 0.168),
        (result.nonevents, -0.2, 0.310, 0.519),
        (result.total, 0.2, 0.424, 0.637),
    ):
        assert change.value == pytest.approx(value)
        assert change.se == pytest.approx(se, abs=5e-4)
        assert change.p == pytest.approx(p, abs=5e-4)
    change = stats.idi(TRUTH, OLD, NEW)
    assert (change.value, change.se, change.z, change.p) == pytest.approx((0.0150, 0.0397, 0.3776, 0.7058), abs=5e-5)
    assert (change.low, change.high) == pytest.approx((-0.0629, 0.0929), abs=5e-5)


@given(forecasts, st.randoms(use_true_random=False))
def test_reclassification_turns_its_sign_with_time(pairs, random):
    y, old = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    assume(0 < y.sum() < len(y))
    new = np.array([random.random() for _ in pairs])
    there, back = stats.nri(y, old, new, [0.3, 0.6]), stats.nri(y, new, old, [0.3, 0.6])
    assert there.total.value == pytest.approx(-back.total.value)
    assert there.total.se == pytest.approx(back.total.se)
    assert -2 <= there.total.value <= 2
    if 2 <= y.sum() <= len(y) - 2:
        assert stats.idi(y, old, new).value == pytest.approx(-stats.idi(y, new, old).value)


def test_categories_ignore_changes_within_them():
    result = stats.nri([1, 1, 0, 0], [0.1, 0.4, 0.1, 0.4], [0.2, 0.45, 0.2, 0.45], [0.3])
    assert (result.total.value, result.total.z, result.total.p) == (0, 0, 1)


def test_an_edge_belongs_to_the_category_above_it_and_edges_may_stand_in_any_order():
    up = stats.nri([1, 1, 1, 0, 0], [0.2, 0.3, 0.5, 0.2, 0.3], [0.3, 0.4, 0.6, 0.2, 0.29], [0.6, 0.3])
    assert (up.events.value, up.nonevents.value) == (pytest.approx(2 / 3), 0.5)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_intervals_are_of_the_level_asked_for(level):
    result = stats.nri(TRUTH, OLD, NEW, level=level)
    for change in (result.events, result.nonevents, result.total, stats.idi(TRUTH, OLD, NEW, level)):
        half = norm.ppf((1 + level) / 2) * change.se
        assert (change.low, change.high) == pytest.approx((change.value - half, change.value + half))


@pytest.mark.parametrize(
    "compute",
    [
        lambda: stats.net_benefit([0, 1, 1], [0.1, 0.2], 0.5),
        lambda: stats.decision_curve([0, 1, 1], [0.1, 0.2]),
        lambda: stats.nri([0, 1, 1], [0.1, 0.2], [0.1, 0.2]),
        lambda: stats.idi([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2]),
    ],
)
def test_as_many_probabilities_as_cases(compute):
    with pytest.raises(stats.StatsError, match="same length"):
        compute()


def test_where_no_false_alarm_costs_anything_none_is_avoided():
    row = stats.decision_curve(TRUTH, OLD, [0]).iloc[0]
    assert row["model"] == row["all"] == 0.5
    assert np.isnan(row["avoided"])


def test_where_all_move_alike_there_is_no_error_to_weigh_the_move_by():
    moved = stats.nri([1, 1, 0, 0], [0.2, 0.3, 0.2, 0.3], [0.6, 0.7, 0.2, 0.3]).events
    assert (moved.value, moved.se) == (1, 0)
    assert np.isnan([moved.z, moved.p]).all()


@pytest.mark.parametrize("truth", [[1, 1], [0, 0]])
def test_reclassification_needs_both_classes(truth):
    with pytest.raises(stats.StatsError, match="diseased and"):
        stats.nri(truth, [0.1, 0.2], [0.2, 0.3])


def test_idi_needs_two_cases_of_each_class():
    with pytest.raises(stats.StatsError, match="At least 2"):
        stats.idi([1, 0, 0], [0.1, 0.2, 0.3], [0.2, 0.2, 0.3])


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_cusum_never_falls_below_nought_and_signals_at_its_limit(failures):
    chart = stats.cusum(failures, 0.1, 0.3, limit=2.5)
    assert (chart.values >= 0).all()
    assert chart.signals == tuple(np.flatnonzero(chart.values >= 2.5))


def test_cusum_signals_when_it_just_reaches_its_limit_and_starts_again():
    up = np.log(0.3 / 0.1)
    chart = stats.cusum([1, 1, 0], 0.1, 0.3, limit=up)
    assert (chart.values.tolist(), chart.signals) == ([up, up, 0], (0, 1))


def test_cusum_finds_a_reader_who_gets_worse():
    rng = np.random.default_rng(0)
    failures = np.concatenate([rng.random(100) < 0.05, rng.random(100) < 0.35])
    chart = stats.cusum(failures, 0.05, 0.2, limit=5)
    assert chart.signals
    assert 100 <= chart.signals[0] < 130


@pytest.mark.parametrize(("rates", "limit"), [((0.3, 0.1), 2), ((0, 0.1), 2), ((0.1, 1), 2), ((0.1, 0.3), 0)])
def test_cusum_refuses(rates, limit):
    with pytest.raises(stats.StatsError):
        stats.cusum([0, 1], *rates, limit)
