"""Simulated reports and people: what is true of them is what was published, and what their truth says."""

import numpy as np
import pandas as pd
import pytest

from xrlearn import locale
from xrlearn.records import Column, RecordError, draw, hips, numbers, oa, reports
from xrlearn.records.tokens import tokens


@pytest.mark.parametrize("kind", ["reports", "oa", "hips"])
def test_a_seed_gives_the_same_records_and_another_gives_others(kind):
    first = draw(kind, 50, 3)
    pd.testing.assert_frame_equal(first, draw(kind, 50, 3))
    assert not first.drop(columns="patient").equals(draw(kind, 50, 4).drop(columns="patient"))
    assert first["patient"].is_unique


@pytest.mark.parametrize("phrases", [reports._ENGLISH, reports._CHINESE])
def test_a_report_holds_a_finding_of_its_truth_and_a_denied_fracture_is_never_called_one(phrases):
    assert phrases.keys() == {"bone", "history", "yes", "no", "hedge", "other"}
    kinds = [set(phrases[kind]) for kind in ("yes", "no", "hedge", "other")]
    assert sum(map(len, kinds)) == len(set.union(*kinds))  # no phrase means two things


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_word_fracture_alone_does_not_tell_the_answer(language):
    table = draw("reports", 3000, 1)
    own = table[(table["language"] == language) & ~table["hedged"]]
    says = own["report"].str.contains("fracture" if language == "en" else "骨折")
    right = (says == (own["reported_fracture"] == 1)).mean()
    assert 0.4 < right < 0.75


def test_without_typing_errors_the_grammar_writes_what_it_means(monkeypatch):
    monkeypatch.setattr(reports, "SLIPS", 0.0)
    table = draw("reports", 1500, 2)
    sure = table[~table["hedged"]]
    for phrases, language in ((reports._ENGLISH, "en"), (reports._CHINESE, "zh")):
        written = {
            kind: [p.format(bone=bone) for p in phrases[kind] for bone in phrases["bone"]] for kind in ("yes", "no")
        }
        for row in sure[sure["language"] == language].itertuples():
            assert any(phrase in row.report for phrase in written["yes" if row.reported_fracture else "no"])
            assert row.reported_fracture or not any(p in row.report for p in written["yes"] if len(p) > 12)


def test_a_share_of_reports_about_that_of_the_paper_tells_of_a_fracture():
    assert draw("reports", 5000, 0)["reported_fracture"].mean() == pytest.approx(reports.BROKEN, abs=0.02)


@pytest.mark.parametrize(
    ("said", "denied", "free"),
    [
        ("No fracture, but swelling.", "!fracture", "swelling"),
        ("No dislocation. Fracture.", "!dislocation", "fracture"),
        ("未见脱位。桡骨骨折。", "!脱位", "骨折"),
    ],
)
def test_a_negation_reaches_to_the_end_of_its_clause(said, denied, free):
    assert {denied, free} <= set(tokens(said))
    assert f"!{free}" not in tokens(said)


def test_hip_fractures_are_as_common_as_published_at_each_age():
    """Women without risk factors and with usual bone: 0.7, 2.3 and 7.0 % at 60, 70 and 80 (Kanis 2008, table 2)."""
    people = pd.DataFrame({"age": [60, 70, 80], "sex": "F", **dict.fromkeys(hips.RATIOS, 0)})
    chance = 1 - np.exp(-hips.hazard(people, np.zeros(3)))
    assert chance == pytest.approx([0.007, 0.023, 0.070], rel=0.15)


def test_published_ratios_are_found_again_in_who_breaks_a_hip():
    from sklearn.linear_model import LogisticRegression

    people = draw("hips", 150_000, 0)
    people = people[people["t_score"].notna()]
    usual = hips.usual_t_score(people["age"].to_numpy(), (people["sex"] == "M").to_numpy(dtype=float))
    bone = people["t_score"] - usual - 0.0
    x = pd.DataFrame({"bone": -bone, "age": (people["age"] - 70) / 10, "male": (people["sex"] == "M").astype(float)})
    x = x.join(people[list(hips.RATIOS)])
    # the complementary log-log of a chance is near its logit where chances are small
    few = people["chance"] < 0.2
    fitted = LogisticRegression(C=1e6, max_iter=500).fit(x[few], people.loc[few, "future_hip_fracture"])
    found = dict(zip(x, np.exp(fitted.coef_[0]), strict=True))
    expected = {"bone": hips.BONE, "age": hips.AGE, "male": hips.MALE, **hips.RATIOS}
    for name, ratio in expected.items():
        assert np.log(found[name]) == pytest.approx(np.log(ratio), abs=0.25), name


def test_published_odds_of_arthritis_are_found_again():
    from sklearn.linear_model import LogisticRegression

    people = draw("oa", 120_000, 0)
    x = pd.DataFrame(
        {
            "female": people["sex"] == "F",
            "knee_injury": people["knee_injury"],
            "overweight": people["bmi"].between(25, 30, inclusive="left"),
            "obese": people["bmi"] >= 30,
            "heavy_work": people["heavy_work"],
            "age": (people["age"] - 62) / 10,
        }
    ).astype(float)
    fitted = LogisticRegression(C=1e6, max_iter=500).fit(x, people["osteoarthritis"])
    found = dict(zip(x, np.exp(fitted.coef_[0]), strict=True))
    intervals = {"female": (1.37, 2.07), "knee_injury": (1.91, 4.19), "overweight": (1.57, 2.2), "obese": (2.15, 3.28)}
    for name, (low, high) in intervals.items():  # Silverwood 2015, 95 %
        assert low < found[name] < high, name


def test_a_cell_that_cannot_be_is_named_in_both_languages():
    for language, word in (("en", "age"), ("zh", "年龄")):
        locale.use(language)
        with pytest.raises(RecordError, match=word):
            Column("age", 18, 110).number("300")
    locale.use("en")
    assert np.isnan(numbers(pd.DataFrame({"age": [""]}), [Column("age", 18, 110)])).all()
    assert oa.COLUMNS[1].number("女") == 0
