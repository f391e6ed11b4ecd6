"""Studies that are not fully crossed: the definition, the fully crossed case, what is refused, and simulations."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from xrlearn import locale, stats
from xrlearn.cli import main
from xrlearn.stats.report import any_design_report


def split_plot(study: pd.DataFrame, groups: int = 2) -> pd.DataFrame:
    """Readers and cases in groups; each group of readers reads its own cases, in both modalities."""
    return study[study["case"] % groups == study["reader"] % groups]


def with_gaps(study: pd.DataFrame) -> pd.DataFrame:
    return study.sample(frac=0.8, random_state=3)


def one_modality_each(study: pd.DataFrame) -> pd.DataFrame:
    return study[study["reader"] % 2 == study["modality"] % 2]


DESIGNS = [split_plot, with_gaps, one_modality_each]


def by_definition(ratings: pd.DataFrame, a: int, b: int) -> float:
    """The covariance of two mean AUCs as it is defined, over every pair of comparisons one by one."""
    entries = []
    for modality in (a, b):
        own = []
        for reader, part in ratings[ratings["modality"] == modality].groupby("reader"):
            sick, well = part[part["truth"] == 1], part[part["truth"] == 0]
            for (i, x), (j, y) in product(zip(sick["case"], sick["score"]), zip(well["case"], well["score"])):
                own.append((reader, i, j, (np.sign(x - y) + 1) / 2))
        entries.append(own)
    total, apart = 0.0, []
    for (r, i, j, x), (s, k, m, y) in product(*entries):
        total += x * y
        if r != s and i != k and j != m:
            apart.append(x * y)
    return total / (len(entries[0]) * len(entries[1])) - float(np.mean(apart))


@pytest.mark.parametrize("design", DESIGNS)
def test_variances_are_what_they_are_defined_to_be(design):
    ratings = design(stats.roe_metz(readers=4, normal=14, diseased=12, difference=0.05, seed=2)).round({"score": 1})
    result = stats.mrmc_any_design(ratings)
    own = [by_definition(ratings, m, m) for m in (1, 2)]
    both = by_definition(ratings, 1, 2)
    assert result.means["se"].to_numpy() ** 2 == pytest.approx(own, rel=1e-9)
    assert result.pairs["se"][0] ** 2 == pytest.approx(own[0] + own[1] - 2 * both, rel=1e-9)
    assert result.pairs[["a", "b"]].to_numpy().tolist() == [[1, 2]]
    assert result.pairs["low"][0] < result.pairs["difference"][0] < result.pairs["high"][0]
    read = ratings.groupby(["reader", "modality"])["truth"].agg(lambda t: (t == 0).sum()).rename("normal").reset_index()
    counted = result.readers.sort_values(["reader", "modality"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(counted[["reader", "modality", "normal"]], read, check_dtype=False)
    assert (counted["normal"] + counted["diseased"]).sum() == len(ratings)


def test_where_readers_differ_most_the_modality_of_fewer_readers_has_the_degrees_of_freedom():
    study = stats.roe_metz(readers=12, normal=40, diseased=40, reader=0, modality_reader=1)
    result = stats.mrmc_any_design(study[(study["modality"] == 1) | (study["reader"] <= 5)])
    assert result.pairs["df"][0] == 4


def test_a_fully_crossed_study_has_the_means_of_the_other_analysis(published):
    crossed, any_design = stats.mrmc(published("vandyke")), stats.mrmc_any_design(published("vandyke"))
    assert any_design.missing == 0
    assert any_design.means["value"].to_numpy() == pytest.approx(crossed.rrrc.means["value"].to_numpy())
    assert any_design.pairs["se"][0] == pytest.approx(crossed.rrrc.se, rel=0.01)
    wide = any_design.readers.merge(crossed.auc, on=["reader", "modality"])
    assert wide["value"].to_numpy() == pytest.approx(wide["auc"].to_numpy())


def test_a_variance_below_zero_never_reaches_a_table(published):
    with pytest.raises(stats.StatsError, match="below zero"):  # four readers, and their differences hardly vary
        stats.mrmc_any_design(published("franken"))


def test_sensitivity_and_specificity_count_cases_alone():
    study = split_plot(stats.roe_metz(readers=6, normal=40, diseased=40))
    cut = float(study["score"].median())
    sensitivity = stats.mrmc_any_design(study, metric="sensitivity", threshold=cut)
    sick = study[study["truth"] == 1]
    assert sensitivity.means["value"][0] == pytest.approx((sick[sick["modality"] == 1]["score"] >= cut).mean())
    well = study[study["truth"] == 0]
    specificity = stats.mrmc_any_design(study, metric="specificity", threshold=cut)
    assert specificity.means["value"][1] == pytest.approx((well[well["modality"] == 2]["score"] < cut).mean())
    assert (sensitivity.pairs["se"] > 0).all()
    with pytest.raises(stats.StatsError, match="threshold"):
        stats.mrmc_any_design(study, metric="sensitivity")


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda t: t[t["modality"] == 1], "too_few"),
        (lambda t: t[(t["modality"] == 1) | (t["reader"] == 1)], "design"),
        (lambda t: t[(t["truth"] == 0) | (t["case"] == t["case"].max())], "design"),
        (lambda t: t.assign(score=0.0), None),
        (lambda t: t[t["truth"] == 1], "one_class"),
    ],
)
def test_a_design_without_a_variance_is_refused_in_a_sentence(spoil, key):
    ratings = spoil(stats.roe_metz(readers=4, normal=9, diseased=8))
    if key is None:  # every reader at chance, without any spread: nothing to test, and no error
        result = stats.mrmc_any_design(ratings)
        assert (result.pairs["difference"][0], result.pairs["p"][0]) == (0, 1)
        return
    with pytest.raises(stats.StatsError) as caught:
        stats.mrmc_any_design(ratings)
    assert caught.value.key == f"stats.error.{key}"


@pytest.mark.parametrize("design", DESIGNS)
def test_intervals_hold_the_truth_about_as_often_as_they_say(design):
    rng = np.random.default_rng(1)
    held, spread, said = [], [], []
    for _ in range(150):
        study = stats.roe_metz(readers=8, normal=30, diseased=30, difference=0.05, seed=rng)
        try:
            pair = stats.mrmc_any_design(design(study)).pairs.iloc[0]
        except stats.StatsError:  # a variance below zero
            continue
        held.append(pair["low"] <= -0.05 <= pair["high"])
        spread.append(pair["difference"])
        said.append(pair["se"] ** 2)
    assert len(held) >= 130  # variances below zero are refused
    assert np.mean(held) >= 0.9  # 0.95 less two standard errors of 150 studies, and a little for small samples
    assert np.mean(said) == pytest.approx(np.var(spread), rel=0.3)


def test_the_command_analyses_a_split_plot_and_says_so(tmp_path):
    split_plot(stats.roe_metz(readers=6, normal=40, diseased=40)).to_csv(tmp_path / "split.csv", index=False)
    command = ["stats", "mrmc", str(tmp_path / "split.csv")]
    done = CliRunner().invoke(main, [*command, "--json", str(tmp_path / "out.json")])
    assert done.exit_code == 0, done.output
    assert "480 rating(s) are missing" in done.output
    assert done.output.count("95 %") == 3  # of two means and their difference
    found = json.loads(Path(tmp_path / "out.json").read_text(encoding="utf-8"))
    assert "U-statistics" in found["notes"][0]
    assert f"{found['pairs'][0]['difference']:+.4f}" in done.output
    assert f"p = {found['pairs'][0]['p']:.4f}" in done.output
    first = found["readers"][0]
    columns = (first["reader"], first["modality"], first["diseased"], first["normal"], f"{first['value']:.4f}")
    assert list(map(str, columns)) in [line.split() for line in done.output.splitlines()]
    refused = CliRunner().invoke(main, [*command, "--plot", str(tmp_path / "out.png")])
    assert (refused.exit_code, "no plot" in refused.output) == (1, True)


def test_the_report_speaks_chinese():
    result = stats.mrmc_any_design(split_plot(stats.roe_metz(readers=6, normal=40, diseased=40)))
    locale.use("zh")
    assert "阅片者与病例随机" in any_design_report(result)
