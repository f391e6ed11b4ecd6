"""No interval leaves what is possible, and where the textbook's stays inside it is the textbook's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from xrlearn import stats
from xrlearn.stats import bounded, roe_metz

shares = st.floats(0.001, 0.999)
differences = st.floats(-0.999, 0.999)
errors = st.floats(1e-6, 1.0)
dfs = st.one_of(st.floats(0.5, 1000), st.just(np.inf))


@given(shares, errors, dfs)
def test_a_share_stays_a_share(value, se, df):
    found = bounded.share_bounds(value, se, df)
    assert 0 <= found.low <= value <= found.high <= 1
    half = stdtrit(df, 0.975) * se
    assert found.method == ("t" if half <= value <= 1 - half else "logit")


@given(differences, errors, dfs)
def test_a_difference_stays_a_difference_and_turns_round(value, se, df):
    found, turned = bounded.difference_bounds(value, se, df), bounded.difference_bounds(-value, se, df)
    assert -1 <= found.low <= value <= found.high <= 1
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    half = stdtrit(df, 0.975) * se
    assert found.method == ("t" if abs(value) + half <= 1 else "arctanh")
    if found.method == "t":
        assert (found.low, found.high) == pytest.approx((value - half, value + half))


@given(shares, errors)
def test_more_error_never_narrows_a_share(value, se):
    narrow, wide = (bounded.share_bounds(value, x) for x in (se, 1.5 * se))
    if narrow.method == wide.method:
        assert wide.high - wide.low >= narrow.high - narrow.low - 1e-12


def test_at_an_end_the_interval_is_cut_there():
    half = stdtrit(5, 0.95) * 0.1
    assert bounded.share_bounds(1.0, 0.1, 5, 0.9) == (pytest.approx(1 - half), 1, "t")
    assert bounded.share_bounds(0.0, 0.1, 5, 0.9) == (0, pytest.approx(half), "t")
    assert bounded.difference_bounds(1.0, 0.1, 5, 0.9) == (pytest.approx(1 - half), 1, "t")
    assert bounded.difference_bounds(-1.0, 0.1, 5, 0.9) == (-1, pytest.approx(half - 1), "t")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("metric", ["auc", "sensitivity", "specificity"])
def test_two_readers_and_six_films_leave_no_range(seed, metric):
    study = roe_metz(readers=2, normal=3, diseased=3, seed=seed)
    result = stats.mrmc(study, metric=metric, threshold=None if metric == "auc" else 0.0)
    for analysis in (result.rrrc, result.frrc, result.rrfc):
        assert analysis.pairs[["low", "high"]].abs().to_numpy().max() <= 1
        assert analysis.means["low"].min() >= 0
        assert analysis.means["high"].max() <= 1
        assert analysis.low <= analysis.difference <= analysis.high


def test_nothing_seen_in_few_films_is_not_nothing():
    for level in (0.8, 0.95):
        high = stats.proportion_ci(0, 20, "clopper-pearson", level)[1]
        assert bounded.unseen_share(20, level) == pytest.approx(high)


def test_the_number_of_readers_that_a_ratio_takes_keeps_its_word():
    for spread in (0.1, 0.5, 1.0):
        n = bounded.readers_for_ratio(spread)
        half = [stdtrit(k - 1, 0.975) * spread / np.sqrt(k) for k in (n - 1, n)]
        assert half[1] <= np.log(2)
        assert n == bounded.MIN_READERS or half[0] > np.log(2)
        assert bounded.readers_for_ratio(spread, most=n) == n
    assert bounded.readers_for_ratio(50, most=20) == 20


def test_kappa_lroc_and_binormal_near_an_end_have_room_above_and_below():
    """An interval that is cut says that an end is possible; on a scale without ends none is reached."""
    rng = np.random.default_rng(0)
    a = np.arange(30) % 2
    kappa = stats.cohen_kappa(a, np.where(np.arange(30) == 3, 1 - a, a))
    truth = np.repeat([0, 1], 12)
    merit = stats.lroc(truth, truth * 3 + rng.random(24), np.where(np.arange(24) == 20, 0, truth))
    fit = stats.binormal([0] * 20 + [1] * 20, [1] * 17 + [2] * 2 + [3] + [1] + [2] + [3] * 18)
    for low, value, high in (
        (kappa.low, kappa.value, kappa.high), (merit.low, merit.value, merit.high), (fit.auc_low, fit.auc, fit.auc_high)
    ):  # fmt: skip
        assert low < value < high < 1
