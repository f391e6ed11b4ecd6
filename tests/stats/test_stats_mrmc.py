"""Multi-reader multi-case analysis: its equivalents, its laws, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sp

from xrlearn import stats


@pytest.fixture(scope="module")
def three_modalities() -> pd.DataFrame:
    """Two studies of the same cases side by side: four modalities, of which three are kept."""
    first, second = (
        stats.roe_metz(readers=4, normal=25, diseased=20, seed=1),
        stats.roe_metz(readers=4, normal=25, diseased=20, difference=0.08, seed=2),
    )
    second["modality"] += 2
    return pd.concat([first, second[second["modality"] == 4]])


def dbm(ratings):
    """Dorfman, Berbaum & Metz: three-way analysis of variance of jackknife pseudovalues, refitting every AUC."""
    wide = ratings.pivot(index=["modality", "reader"], columns="case", values="score")
    truth = ratings.groupby("case")["truth"].first().to_numpy()
    t, r, n = ratings["modality"].nunique(), ratings["reader"].nunique(), len(truth)
    y = np.empty((t * r, n))
    for i, score in enumerate(wide.to_numpy()):
        whole = stats.auc(truth, score)
        y[i] = [n * whole - (n - 1) * stats.auc(np.delete(truth, k), np.delete(score, k)) for k in range(n)]
    y += (np.array([stats.auc(truth, s) for s in wide.to_numpy()]) - y.mean(axis=1))[:, None]  # normalised
    y = y.reshape(t, r, n)
    m, mt, mr, mc = y.mean(), y.mean((1, 2)), y.mean((0, 2)), y.mean((0, 1))
    mtr, mtc, mrc = y.mean(2), y.mean(1), y.mean(0)
    ms_t = r * n * np.sum((mt - m) ** 2) / (t - 1)
    ms_tr = n * np.sum((mtr - mt[:, None] - mr + m) ** 2) / ((t - 1) * (r - 1))
    ms_tc = r * np.sum((mtc - mt[:, None] - mc + m) ** 2) / ((t - 1) * (n - 1))
    rest = y - mtr[:, :, None] - mtc[:, None, :] - mrc + mt[:, None, None] + mr[:, None] + mc - m
    ms_trc = np.sum(rest**2) / ((t - 1) * (r - 1) * (n - 1))
    noise = ms_tr + max(ms_tc - ms_trc, 0)
    return ms_t / noise, (t - 1) * (r - 1) * (noise / ms_tr) ** 2


@pytest.mark.parametrize("name", ["vandyke", "franken", "three"])
def test_dorfman_berbaum_metz_is_the_same_test(name, published, three_modalities):
    ratings = three_modalities if name == "three" else published(name)
    f, df2 = dbm(ratings)
    analysis = stats.mrmc(ratings).rrrc
    assert pytest.approx((f, df2), rel=1e-9) == (analysis.F, analysis.df2)
    assert analysis.df1 == ratings["modality"].nunique() - 1
    assert analysis.p == pytest.approx(sp.f.sf(f, analysis.df1, df2))


def test_with_two_modalities_f_is_the_square_of_t_and_fixed_cases_are_a_paired_t_test(published):
    result = stats.mrmc(published("vandyke"))
    for analysis in (result.rrrc, result.rrfc):
        assert (analysis.difference / analysis.se) ** 2 == pytest.approx(analysis.F)
        assert analysis.pairs["p"][0] == pytest.approx(analysis.p)
    assert result.frrc.chi2 == pytest.approx((result.frrc.difference / result.frrc.se) ** 2)
    wide = result.auc.pivot(index="reader", columns="modality", values="auc")
    paired = sp.ttest_rel(wide[1], wide[2])
    assert result.rrfc.p == pytest.approx(paired.pvalue)


def test_one_reader_is_delongs_test(published):
    ratings = published("vandyke").query("reader == 3")
    result = stats.mrmc(ratings, "delong")
    a, b = (ratings[ratings["modality"] == m].sort_values("case") for m in (1, 2))
    test = stats.delong_test(a["truth"], a["score"], b["score"])
    assert result.rrrc is None
    assert result.rrfc is None
    assert result.frrc.p == pytest.approx(test.p)
    assert (result.frrc.low, result.frrc.high) == pytest.approx((test.low, test.high))


def test_order_of_rows_and_further_columns_do_not_matter(published):
    ratings = published("franken")
    mixed = ratings.sample(frac=1, random_state=0).assign(seconds=3.0)
    assert stats.mrmc(mixed).rrrc.p == stats.mrmc(ratings).rrrc.p


def test_a_monotone_change_of_one_readers_scale_does_not_matter(published):
    ratings = published("franken")
    changed = ratings.assign(score=np.where(ratings["reader"] == 2, ratings["score"] ** 3 - 40.0, ratings["score"]))
    pd.testing.assert_frame_equal(stats.mrmc(changed).auc, stats.mrmc(ratings).auc)
    assert stats.mrmc(changed).rrrc.p == pytest.approx(stats.mrmc(ratings).rrrc.p)


def test_names_may_be_words_and_a_category_sets_their_order(published):
    ratings = published("vandyke")
    ratings["modality"] = pd.Categorical(
        ratings["modality"].map({1: "unaided", 2: "aided"}), ["unaided", "aided", "never used"]
    )
    result = stats.mrmc(ratings)
    assert result.modalities == ("unaided", "aided")
    assert result.rrrc.difference == pytest.approx(-0.04380032, abs=1e-8)
    result = stats.mrmc(ratings.assign(modality=ratings["modality"].astype(str)))
    assert result.modalities == ("aided", "unaided")
    assert result.rrrc.difference == pytest.approx(0.04380032, abs=1e-8)


def test_more_than_two_modalities_have_pairs_and_no_single_difference(three_modalities):
    result = stats.mrmc(three_modalities)
    assert result.rrrc.difference is None
    assert result.rrrc.pairs[["a", "b"]].to_numpy().tolist() == [[1, 2], [1, 4], [2, 4]]
    first = result.rrrc.pairs.iloc[0]
    assert first["low"] < first["difference"] < first["high"]
    assert result.rrrc.pairs["difference"][0] == pytest.approx(
        result.rrrc.means["value"][0] - result.rrrc.means["value"][1]
    )


def test_bootstrap_comes_close_to_the_jackknife_and_repeats(published):
    ratings = published("vandyke")
    result, jackknife = stats.mrmc(ratings, "bootstrap", seed=5), stats.mrmc(ratings)
    for name in ("error", "cov1", "cov2", "cov3"):
        assert result.components[name] == pytest.approx(jackknife.components[name], rel=0.25)
    assert result.components == stats.mrmc(ratings, "bootstrap", seed=5).components
    assert result.components != stats.mrmc(ratings, "bootstrap", seed=6).components


def test_specificity_is_sensitivity_with_the_classes_and_the_scale_turned_round(published):
    ratings = published("vandyke")
    turned = ratings.assign(truth=1 - ratings["truth"], score=-ratings["score"])
    one = stats.mrmc(ratings, metric="specificity", threshold=3)
    other = stats.mrmc(turned, metric="sensitivity", threshold=-2)
    assert one.rrrc.p == pytest.approx(other.rrrc.p)
    assert "specificity" in one.auc


def test_modalities_that_are_the_same_do_not_differ(published):
    one = published("franken").query("modality == 1")
    result = stats.mrmc(pd.concat([one, one.assign(modality=2)]))
    for analysis in (result.rrrc, result.frrc, result.rrfc):
        assert analysis.p == 1
        assert analysis.difference == 0


def test_readers_who_are_the_same_leave_only_the_cases(published):
    one = published("vandyke").query("reader == 1")
    result = stats.mrmc(pd.concat([one.assign(reader=r) for r in range(4)]))
    assert result.rrrc.df2 == np.inf
    assert result.rrrc.p == pytest.approx(result.frrc.p, rel=1e-6)


def test_higher_level_gives_wider_intervals(published):
    ratings = published("vandyke")
    narrow, wide = stats.mrmc(ratings, level=0.8).rrrc, stats.mrmc(ratings, level=0.99).rrrc
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.p == narrow.p
    assert (stats.mrmc(ratings, level=0.8).auc["low"] > stats.mrmc(ratings, level=0.99).auc["low"]).all()


@pytest.mark.parametrize("readers", [2, 4])
def test_mean_squares_are_those_of_the_table_of_areas(readers, published):
    result = stats.mrmc(published("franken").query(f"reader <= {readers}"))
    table = result.auc.pivot(index="reader", columns="modality", values="auc").to_numpy()
    assert table.shape == (readers, 2)
    for name, axis, each in (("reader", 1, 2), ("modality", 0, readers)):
        assert result.mean_squares[name] == pytest.approx(each * table.mean(axis).var(ddof=1))
    assert result.components["dbm_reader"] == result.components["reader"]


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda t: t.drop(columns="truth"), "columns"),
        (lambda t: t.iloc[:-1], "not_crossed"),
        (lambda t: t[(t["reader"] != 2) | (t["modality"] != 1)], "not_crossed"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "doubled"),
        (lambda t: t.assign(truth=[1 - x if i == 0 else x for i, x in enumerate(t["truth"])]), "two_truths"),
        (lambda t: t.assign(score=[None if i == 4 else x for i, x in enumerate(t["score"])]), "missing"),
        (lambda t: t.assign(case=[None if i == 4 else x for i, x in enumerate(t["case"])]), "missing"),
        (lambda t: t.assign(score="high"), "not_numbers"),
        (lambda t: t[t["modality"] == 1], "too_few"),
        (lambda t: t[t["truth"] == 1], "one_class"),
        (lambda t: t.assign(truth=3), "not_binary"),
        (lambda t: t.iloc[:0], "empty"),
        (lambda t: t[(t["truth"] == 0) | (t["case"] == t["case"].max())], "too_few"),
    ],
)
def test_what_cannot_be_analysed_is_refused_with_a_sentence(spoil, key, published):
    with pytest.raises(stats.StatsError) as caught:
        stats.mrmc(spoil(published("franken")))
    assert caught.value.key == f"stats.error.{key}"
    assert str(caught.value)


def test_the_first_gap_is_named(published):
    with pytest.raises(stats.StatsError, match=r"1 rating\(s\) are missing, .* reader 4, modality 2, case 100"):
        stats.mrmc(published("franken").iloc[:-1])


def test_the_column_with_a_gap_is_named(published):
    ratings = published("franken")
    ratings.loc[4, "score"] = None
    with pytest.raises(stats.StatsError) as caught:
        stats.mrmc(ratings)
    assert caught.value.values == {"name": "score", "count": 1}


def test_sensitivity_needs_a_threshold(published):
    with pytest.raises(stats.StatsError, match="threshold"):
        stats.mrmc(published("franken"), metric="sensitivity")


def test_two_hundred_thousand_ratings_are_analysed_in_seconds():
    import time

    ratings = stats.roe_metz(readers=10, normal=8000, diseased=2000)
    start = time.perf_counter()
    result = stats.mrmc(ratings, "delong")
    assert result.cases == 10000
    assert time.perf_counter() - start < 20


@pytest.mark.slow
@pytest.mark.parametrize("covariance", ["jackknife", "delong"])
def test_null_studies_are_called_different_one_time_in_twenty(covariance):
    rng = np.random.default_rng(20)
    results = [stats.mrmc(stats.roe_metz(seed=rng), covariance).rrrc for _ in range(1000)]
    rejected = np.mean([analysis.p < 0.05 for analysis in results])
    covered = np.mean([analysis.low <= 0 <= analysis.high for analysis in results])
    assert 0.03 < rejected < 0.065
    assert covered == pytest.approx(1 - rejected, abs=0.002)


_ERROR_ALONE = {"case": 0, "modality_case": 0, "reader_case": 0, "error": 1}


def test_simulated_studies_have_the_auc_they_were_asked_for():
    """However much readers differ; many of them, of four cases each."""
    parts = {"reader": 0.4, "modality_reader": 0.4} | _ERROR_ALONE
    ratings = stats.roe_metz(readers=4000, normal=2, diseased=2, auc=0.8, difference=0.1, seed=4, **parts)
    score = ratings.sort_values(["modality", "reader", "case"])["score"].to_numpy().reshape(2, 4000, 4)
    assert (score[..., 2:, None] > score[..., None, :2]).mean(axis=(1, 2, 3)) == pytest.approx([0.8, 0.9], abs=0.02)


def test_simulated_ratings_vary_together_as_the_model_says():
    ratings = stats.roe_metz(
        readers=2, normal=20000, diseased=1, seed=1, reader=0, modality_reader=0,
        case=0.35, modality_case=0.15, reader_case=0.1, error=0.4,
    )  # fmt: skip
    score = ratings[ratings["truth"] == 0].pivot(index="case", columns=["modality", "reader"], values="score")
    other_reader, other_modality = 0.35 + 0.15, 0.35 + 0.1
    assert score.cov().loc[(1, 1)].to_numpy() == pytest.approx([1, other_reader, other_modality, 0.35], abs=0.03)


def test_simulated_cases_are_those_that_their_truth_says():
    ratings = stats.roe_metz(readers=2, normal=3, diseased=4, auc=1 - 1e-15)
    assert ratings.groupby("truth")["case"].unique().map(list).tolist() == [[1, 2, 3], [4, 5, 6, 7]]
    assert ratings.query("truth == 1")["score"].min() > ratings.query("truth == 0")["score"].max()
    with pytest.raises(stats.StatsError, match="sum to 1"):
        stats.roe_metz(case=0.4)
