"""``xrlearn stats`` and the figures, in both languages."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from xrlearn import locale, stats
from xrlearn.cli import main
from xrlearn.stats.report import mrmc_report, p_text

DATA = Path(__file__).resolve().parent / "data"


def run(*arguments):
    return CliRunner().invoke(main, ["stats", *map(str, arguments)])


def test_mrmc_prints_the_analyses_and_writes_the_same_figures(tmp_path):
    done = run("mrmc", DATA / "vandyke.csv", "--json", tmp_path / "out.json", "--plot", tmp_path / "out.png")
    assert done.exit_code == 0, done.output
    for printed in ("F = 4.456", "1, 15.26", "0.0517", "χ² = 5.476", "F = 8.704", "-0.0438 (-0.0880, +0.0004)"):
        assert printed in done.output
    assert "does not show that the modalities differ" in done.output
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found["rrrc"]["df2"] == pytest.approx(15.2596746)
    assert found["frrc"]["F"] is None
    assert found["frrc"]["df2"] is None  # infinite
    assert len(found["auc"]) == 10
    assert found["components"]["cov1"] == pytest.approx(0.0003466137, abs=1e-10)
    assert (tmp_path / "out.png").stat().st_size > 5000


def test_mrmc_takes_covariance_metric_and_level():
    assert "F = 4.485" in run("mrmc", DATA / "vandyke.csv", "--covariance", "delong").output
    done = run("mrmc", DATA / "vandyke.csv", "--metric", "sensitivity", "--threshold", 3)
    assert "F = 6.689" in done.output
    assert "would be rare if the modalities were alike" in done.output
    assert "90 %" in run("mrmc", DATA / "vandyke.csv", "--level", 0.9).output


def test_the_report_speaks_chinese(published):
    locale.use("zh")
    report = mrmc_report(stats.mrmc(published("vandyke")))
    assert "阅片者随机、病例随机" in report
    assert "曲线下面积" in report
    assert "random" not in report


@pytest.mark.parametrize("lang", locale.LANGUAGES)
def test_columns_stand_below_each_other(lang, published):
    locale.use(lang)
    readers = mrmc_report(stats.mrmc(published("vandyke"))).split("\n\n")[1].splitlines()
    assert len(readers) == 7
    before = [line[: line.rindex("  ")] for line in readers]  # up to the last column
    assert len({len(text.encode("gbk")) for text in before}) == 1  # Chinese characters are two wide


def test_a_p_value_is_never_nothing():
    assert [p_text(p) for p in (0.05, 0.0001, 0.00009, 0)] == ["0.0500", "0.0001", "< 0.0001", "< 0.0001"]


def test_one_reader_and_three_modalities_are_reported(published):
    one = published("vandyke").query("reader == 1")
    assert "this reader and cases like these" in mrmc_report(stats.mrmc(one))
    many = pd.concat([published("vandyke"), published("vandyke").query("modality == 1").assign(modality=3)])
    assert "Across 3 modalities" in mrmc_report(stats.mrmc(many))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "has no rows"),
        ("reader,modality\n1,1\n", "lacks the column"),
        ("reader,modality,case,truth,score\n1,1,1,0,2\n1,2,1,0,\n", "gaps in 1 row"),
        ("reader,modality,case,truth,score\n1,1,1,0,2\n1,1,2,1,2\n1,2,2,1,3\n", "fewer than two readers"),
    ],
)
def test_a_bad_table_gets_one_sentence(tmp_path, content, sentence):
    (tmp_path / "bad.csv").write_text(content)
    done = run("mrmc", tmp_path / "bad.csv")
    assert done.exit_code == 1
    assert sentence in done.output
    assert "Traceback" not in done.output


def test_auc_prints_areas_and_tests(tmp_path):
    done = run("auc", DATA / "asah.csv", "--json", tmp_path / "out.json", "--plot", tmp_path / "out.svg")
    assert done.exit_code == 0, done.output
    assert "s100b: AUC 0.7314 (95 % interval 0.6301 to 0.8326, DeLong)" in done.output
    assert "z = 2.209, p = 0.0272" in done.output
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found["auc"]["wfns"]["value"] == pytest.approx(0.8236789)
    assert len(found["tests"]) == 3
    assert run("auc", DATA / "pefr.csv").exit_code == 1


def test_agreement_of_categories_grades_and_measurements(tmp_path):
    (tmp_path / "grades.csv").write_text("case,a,b,c\n1,0,0,1\n2,1,1,1\n3,2,1,2\n4,0,0,0\n5,2,2,2\n6,1,2,1\n")
    done = run("agreement", tmp_path / "grades.csv", "--json", tmp_path / "out.json")
    assert "Fleiss' kappa, all readers" in done.output
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found["pairs"][0]["value"] == pytest.approx(stats.cohen_kappa([0, 1, 2, 0, 2, 1], [0, 1, 1, 0, 2, 2]).value)
    assert "quadratic weighted kappa, a, b" in run("agreement", tmp_path / "grades.csv", "--kind", "grades").output
    done = run("agreement", DATA / "pefr.csv", "--kind", "measurements")
    assert "ICC(2,1)" in done.output
    assert "wright1 - mini1: mean -2.12, limits of agreement -78.1 to 73.9" in done.output


def test_figures_stand_where_the_numbers_are(published):
    outcome = published("asah")
    truth, p = outcome["truth"], np.clip(outcome["s100b"], 0, 1)
    ax = stats.plot_decision_curve(truth, {"S100B": p})
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["S100B", "treat all", "treat none"]
    assert stats.plot_calibration(truth, p, bins=4, ax=ax) is ax
    points, _, (bars,) = ax.containers[0]
    n, predicted, observed = stats.reliability_bins(truth, p, 4, "quantile")
    assert points.get_xydata() == pytest.approx(np.column_stack([predicted, observed]))
    ends = [bar[:, 1] for bar in bars.get_segments()]
    assert ends == [pytest.approx(stats.proportion_ci(round(k * m), m)) for k, m in zip(observed, n.astype(int))]
    result = stats.mrmc(published("vandyke"))
    (bars,) = stats.plot_mrmc(result).containers[0][2]
    assert [bar[:, 1] for bar in bars.get_segments()] == [
        pytest.approx(ends) for ends in result.rrrc.means[["low", "high"]].to_numpy()
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_draw_in_both_languages_without_missing_glyphs(lang, published, tmp_path):
    locale.use(lang)
    flow, outcome = published("pefr"), published("asah")
    p = np.clip(outcome["s100b"], 0, 1)
    axes = [
        stats.plot_mrmc(stats.mrmc(published("vandyke"))),
        stats.plot_roc(outcome["truth"], {"S100B": outcome["s100b"], "NDKA": outcome["ndka"]}),
        stats.plot_bland_altman(flow["wright1"], flow["mini1"]),
        stats.plot_calibration(outcome["truth"], p, bins=4),
        stats.plot_decision_curve(outcome["truth"], {"S100B": p}),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for i, ax in enumerate(axes):
            ax.get_figure().savefig(tmp_path / f"{i}.png")
    assert axes[0].get_xlabel() == {"en": "modality", "zh": "模式"}[lang]
    assert len(axes[1].lines) == 3
