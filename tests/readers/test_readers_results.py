"""What a study amounts to, against brute force, by law, and on simulated readers whose skill is known."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from xrlearn import stats
from xrlearn.readers import Protocol, StudyError
from xrlearn.readers import results as r
from xrlearn.readers.bias import automation_bias, skill
from xrlearn.readers.ratings import RATINGS
from xrlearn.readers.simulate import SimulatedReader, department, imagine
from xrlearn.readers.together import deferral, together
from xrlearn.stats import bounded


def study(films: int = 60, mode: str = "concurrent", planted: int = 0, **changes) -> Protocol:
    raw = Protocol.example().model_dump() | {"practice": 0, "cases": {"number": films}} | changes
    raw["planted"] = {"commission": planted, "omission": planted}
    raw["arms"] = [{"name": "unaided"}, {"name": "aided", "ai": mode, "shows": ["probability"]}]
    return Protocol.model_validate(raw)


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    return imagine(study(planted=2), 4)


def table(rows: list[dict]) -> pd.DataFrame:
    """Ratings made by hand: what a row does not say is empty."""
    plain = dict.fromkeys(RATINGS, np.nan) | {"planted": "", "session": 1, "seconds": 1.0, "threshold": 0.5}
    made = pd.DataFrame([plain | row for row in rows])
    return made.assign(modality=pd.Categorical(made["modality"], ["unaided", "aided"]))


# ------------------------------------------------------------------------------------------------ curves
def test_the_area_under_the_mean_curve_is_the_mean_area(ratings):
    curves = r.curves(ratings)
    for arm in ("unaided", "aided"):
        mean = next(c for c in curves if c.modality == arm and c.reader is None)
        areas = [c.auc for c in curves if c.modality == arm and c.reader is not None]
        assert len(areas) == 4
        assert mean.auc == pytest.approx(np.mean(areas))
        assert np.trapezoid(mean.true_positive, mean.false_positive) == pytest.approx(mean.auc)
        assert (np.diff(mean.true_positive) >= -1e-12).all()
        assert (mean.false_positive[0], mean.true_positive[-1]) == (0, 1)


def test_readers_who_have_not_finished_are_left_out(ratings):
    short = ratings.drop(index=ratings.index[ratings["reader"] == "R02"][-1])
    assert set(r.complete(short)["reader"]) == {"R01", "R03", "R04"}
    assert r.compare(short).readers == ("R01", "R03", "R04")
    with pytest.raises(StudyError, match="No reader has read every film"):
        r.complete(ratings[ratings["modality"] == "aided"])
    with pytest.raises(StudyError, match="No reader"):
        r.complete(ratings[:0])


# ------------------------------------------------------------------------------------------------ change with AI
def test_change_against_counting(ratings):
    found = r.change(ratings, "unaided", "aided")
    for arm, name in (("unaided", "before"), ("aided", "after")):
        part = ratings[ratings["modality"] == arm]
        yes, sick = part["score"] >= 50, part["truth"] == 1
        assert getattr(found.sensitivity, name) == pytest.approx(yes[sick].mean())
        assert getattr(found.specificity, name) == pytest.approx((~yes[~sick]).mean())
        assert getattr(found.misreads, name) == pytest.approx((yes != sick).mean())
    assert found.reduction.value == pytest.approx(1 - found.misreads.after / found.misreads.before)
    for shift in (found.sensitivity, found.specificity, found.misreads):
        assert shift.change.value == pytest.approx(shift.after - shift.before)
        assert shift.change.low <= shift.change.value <= shift.change.high
    assert (found.readers, found.cases) == (4, 60)


@pytest.mark.parametrize("seed", range(10))
def test_no_change_leaves_what_is_possible(seed):
    few = imagine(study(films=4, planted=1), 2, seed)
    found = r.change(few, "unaided", "aided")
    for shift in (found.sensitivity, found.specificity, found.misreads):
        assert -1 <= shift.change.low <= shift.change.value <= shift.change.high <= 1
    (bias,) = automation_bias(few, study(films=4, planted=1))
    assert bias.films == 2
    assert bias.change.value == pytest.approx(bias.excess)
    assert -1 <= bias.change.low <= bias.change.high <= 1
    months = imagine(Protocol.example("bone_age"), 2, seed)
    off = r.rmse_change(months, "unaided", "aided")
    assert off.change.low >= -off.before
    ratio = r.time_ratio(few, "unaided", "aided")
    assert 0 < ratio.low <= ratio.value <= ratio.high
    assert r.readers_for_time(few, "unaided", "aided") >= bounded.MIN_READERS


def test_change_has_the_intervals_of_the_multi_reader_analysis(ratings):
    found = r.change(ratings, "unaided", "aided")
    for metric in ("sensitivity", "specificity"):
        analysis, own = r.compare(ratings, metric).rrrc, getattr(found, metric).change
        assert (own.value, own.low, own.high) == pytest.approx((-analysis.difference, -analysis.high, -analysis.low))


def test_change_turns_round_with_the_arms(ratings):
    there, back = (r.change(ratings, *arms) for arms in (("unaided", "aided"), ("aided", "unaided")))
    for name in ("sensitivity", "misreads"):
        a, b = getattr(there, name).change, getattr(back, name).change
        assert (b.value, b.low, b.high) == pytest.approx((-a.value, -a.high, -a.low))
    ratio = [1 - x for x in (there.reduction.value, there.reduction.low, there.reduction.high)]
    turned = [1 / (1 - x) for x in (back.reduction.value, back.reduction.low, back.reduction.high)]
    assert sorted(ratio) == pytest.approx(sorted(turned))


def test_change_without_errors_has_no_reduction():
    rows = [
        {"reader": reader, "modality": arm, "case": case, "truth": truth, "score": 100.0 * truth}
        for reader in "AB" for arm in ("unaided", "aided") for case, truth in (("a", 0), ("b", 1), ("c", 0), ("d", 1))
    ]  # fmt: skip
    found = r.change(table(rows), "unaided", "aided")
    assert math.isnan(found.reduction.value)
    change = found.sensitivity.change
    assert (change.value, change.method) == (0, "exact")
    assert (change.low, change.high) == pytest.approx((-bounded.unseen_share(2), bounded.unseen_share(2)))


def test_errors_and_pooled_readers_against_counting():
    protocol = Protocol.example("bone_age")
    ratings = imagine(protocol, 3)
    found = r.errors(ratings).set_index(["modality", "reader"])
    for arm in ("unaided", "aided"):
        part = ratings[ratings["modality"] == arm]
        one = part[part["reader"] == "R02"]
        assert found.loc[(arm, "R02"), "rmse"] == pytest.approx(math.sqrt(((one["score"] - one["truth"]) ** 2).mean()))
        mean = part.pivot(index="case", columns="reader", values="score").mean(axis=1)
        truth = part.groupby("case")["truth"].first()
        assert found.loc[(arm, ""), "rmse"] == pytest.approx(math.sqrt(((mean - truth) ** 2).mean()))
        assert found.loc[(arm, ""), "rmse"] <= found.loc[arm].drop("")["rmse"].mean()
    shift = r.rmse_change(ratings, "unaided", "aided")
    assert shift.before == pytest.approx(found.loc["unaided"].drop("")["rmse"].mean())
    assert shift.change.low <= shift.change.value <= shift.change.high
    wide = ratings[ratings["modality"] == "aided"].pivot(index="case", columns="reader", values="score")
    assert r.agreement(ratings).set_index("modality").loc["aided", "icc"] == stats.icc(wide)["ICC(2,1)"].value


def test_a_second_opinion_takes_the_time_of_both_answers():
    seconds = {"unaided": 10.0, "aided": 20.0}
    rows = [
        {"reader": reader, "modality": arm, "case": case, "truth": 0, "score": 1.0, "seconds": seconds[arm]}
        for reader in "AB" for arm in ("unaided", "aided") for case in "xy"
    ]  # fmt: skip
    plain = table(rows)
    ratio = r.time_ratio(plain, "unaided", "aided")
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2, 2, 2))
    second = plain.assign(first_seconds=np.where(plain["modality"] == "aided", 5.0, np.nan))
    assert r.time_ratio(second, "unaided", "aided").value == pytest.approx(2.5)
    assert r.times(second).set_index(["modality", "reader"]).loc[("aided", ""), "median"] == 25


def test_marks_are_counted_on_outlined_lesions_only():
    rows = [
        {"reader": "A", "modality": "unaided", "case": case, "truth": truth, "score": score, "hit": hit}
        for case, truth, score, hit in [
            ("a", 1, 90, 1.0), ("b", 1, 80, 0.0), ("c", 1, 95, np.nan), ("d", 0, 70, np.nan), ("e", 0, 10, np.nan),
        ]
    ]  # fmt: skip
    found = r.localisation(table(rows)).iloc[0]
    assert (found["hits"], found["n"]) == (1, 2)
    assert found["lroc"] == stats.lroc([1, 1, 0, 0], [90, 80, 70, 10], [1, 0, 0, 0]).value


def test_confidence_is_calibrated_against_the_truth(ratings):
    found = {c.modality: c for c in r.confidence(ratings)}
    part = ratings[ratings["modality"] == "unaided"]
    assert found["unaided"].brier == pytest.approx(((part["score"] / 100 - part["truth"]) ** 2).mean())
    assert found["unaided"].count.sum() == len(part)


# ------------------------------------------------------------------------------------------------ automation bias
def bias_table() -> pd.DataFrame:
    """AI wrong on c1 (says yes, truth no) and o1 (says no, truth yes), right on the rest; one reader."""
    films = {"c1": (0, 0.9, "commission"), "o1": (1, 0.1, "omission"), "y": (1, 0.8, ""), "n": (0, 0.2, "")}
    alone = {"c1": 10, "o1": 90, "y": 20, "n": 20}
    aided = {"c1": 80, "o1": 60, "y": 70, "n": 60}
    return table(
        [
            {"reader": "A", "modality": arm, "case": case, "truth": truth, "score": said[case], "ai": ai,
             "planted": planted, "first_score": alone[case] if arm == "aided" else np.nan,
             "trust": 50.0 if arm == "aided" else np.nan}
            for arm, said in (("unaided", alone), ("aided", aided)) for case, (truth, ai, planted) in films.items()
        ]
    )  # fmt: skip


def test_automation_bias_by_hand():
    (found,) = automation_bias(bias_table(), study(mode="second"))
    assert (found.commission.k, found.commission.n) == (1, 1)
    assert (found.omission.k, found.omission.n) == (0, 1)
    assert (found.commission_alone.k, found.omission_alone.k) == (0, 0)
    assert (found.correct_rejected.k, found.correct_rejected.n) == (1, 2)  # the film "n"
    assert (found.helped.k, found.helped.n) == (1, 1)  # "y"
    assert (found.harmed.k, found.harmed.n) == (2, 3)  # "c1" and "n", of "c1", "o1" and "n"
    assert (found.excess, found.trust, found.planted) == (0.5, 50, True)


def test_without_planted_errors_the_ais_own_count():
    natural = bias_table().assign(planted="")
    (found,) = automation_bias(natural, study(mode="second"))
    assert (found.commission.k, found.commission.n, found.planted) == (1, 1, False)


def test_who_trusts_blindly_repeats_every_error_and_who_does_not_none_of_them():
    protocol = study(planted=6)
    blind, deaf = (SimulatedReader(skill=4, trust=trust) for trust in (1.0, 0.0))
    (with_,) = automation_bias(imagine(protocol, [blind] * 2), protocol)
    assert (with_.commission.value, with_.omission.value, with_.correct_rejected.value) == (1, 1, 0)
    assert with_.excess > 0.8
    (without,) = automation_bias(imagine(protocol, [deaf] * 2), protocol)
    assert abs(without.excess) < 0.15


def test_ai_first_binds_more_than_ai_second():
    person = [SimulatedReader(skill=1.5, trust=0.4, anchoring=0.5)] * 4
    rates = {}
    for mode in ("first", "second"):
        protocol = study(films=80, mode=mode, planted=10)
        rates[mode] = automation_bias(imagine(protocol, person), protocol)[0]
    assert rates["first"].excess > rates["second"].excess
    assert rates["first"].helped is None
    assert rates["second"].helped.n > 0


def test_skill_alone_before_and_after_sessions_with_ai():
    rows = []
    for number, reader in enumerate("ABCD"):
        order = ("unaided", "aided") if number % 2 == 0 else ("aided", "unaided")
        for session, arm in enumerate(order, start=1):
            right = 4 if arm == "unaided" and session == 1 else 3
            rows += [
                {"reader": reader, "modality": arm, "case": f"c{i}", "session": session, "truth": i % 2,
                 "score": 100 * (i % 2 if i < right else 1 - i % 2)}
                for i in range(4)
            ]  # fmt: skip
    found = skill(table(rows), study())
    assert found.sessions.set_index("reader")["after_ai"].to_dict() == {"A": False, "B": True, "C": False, "D": True}
    assert found.change.value == pytest.approx(-0.25)


# ------------------------------------------------------------------------------------------------ together
def test_together_against_counting(ratings):
    protocol = study(planted=2)
    found = together(ratings, protocol, resamples=50).set_index("method")
    alone, aided = (ratings[ratings["modality"] == arm] for arm in ("unaided", "aided"))
    films = alone.groupby("case")[["truth", "ai"]].first()
    assert found.loc["reader", "value"] == pytest.approx(((alone["score"] >= 50) == (alone["truth"] == 1)).mean())
    assert found.loc["aided:aided", "value"] == pytest.approx(((aided["score"] >= 50) == (aided["truth"] == 1)).mean())
    assert found.loc["ai", "value"] == pytest.approx(((films["ai"] >= 0.5) == (films["truth"] == 1)).mean())
    assert found.loc["ai", "auc"] == pytest.approx(stats.auc(films["truth"], films["ai"]))
    votes = (alone.pivot(index="case", columns="reader", values="score") >= 50).sum(axis=1)
    credit = np.where(votes == 2, 0.5, (votes > 2) == (films["truth"] == 1))
    assert found.loc["majority", "value"] == pytest.approx(credit.mean())
    five = votes + (films["ai"] >= 0.5)
    assert found.loc["majority_ai", "value"] == pytest.approx(((five > 2) == (films["truth"] == 1)).mean())
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] <= found["high"]).all()


def test_deferral_goes_from_the_ai_alone_to_the_readers_alone(ratings):
    protocol = study(planted=2)
    curve, pairs = deferral(ratings, protocol), together(ratings, protocol, resamples=20).set_index("method")
    for name, place in (("ai", 0), ("reader", -1)):
        assert curve.accuracy[place] == pytest.approx(pairs.loc[name, "value"])
        assert curve.sensitivity[place] == pytest.approx(pairs.loc[name, "sensitivity"])
        assert curve.specificity[place] == pytest.approx(pairs.loc[name, "specificity"])
    assert curve.accuracy.max() >= max(curve.accuracy[0], curve.accuracy[-1])
    assert curve.accuracy[np.searchsorted(curve.share, curve.best)] == curve.accuracy.max()


def test_what_needs_both_says_so():
    raw = study().model_dump()
    only = Protocol.model_validate(raw | {"arms": [{"name": "ai", "ai": "first", "shows": ["heatmap"]}]})
    with pytest.raises(StudyError, match="needs an arm without AI"):
        together(imagine(only, 2), only)


# ------------------------------------------------------------------------------------------------ simulated departments
def test_readers_who_ignore_the_ai_are_no_better_with_it():
    ratings = imagine(study(films=120), [SimulatedReader(skill=s, trust=0) for s in (1.2, 1.5, 1.8, 2.1)])
    analysis = r.compare(ratings).rrrc
    assert abs(analysis.difference) < 0.04
    assert analysis.low <= 0 <= analysis.high
    change = r.change(ratings, "unaided", "aided")
    assert change.misreads.change.low <= 0 <= change.misreads.change.high


def test_readers_who_repeat_the_ai_read_like_it():
    ratings = imagine(study(), [SimulatedReader(trust=1.0)] * 2)
    part = ratings[ratings["modality"] == "aided"]
    assert ((part["score"] >= 50) == (part["ai"] >= 0.5)).all()


@pytest.mark.parametrize("skill_", [1.0, 2.5])
def test_skill_is_recovered(skill_):
    """A separation of d' standard deviations is an area of Phi(d' / sqrt 2)."""
    ratings = imagine(study(films=200), [SimulatedReader(skill=skill_, trust=0)] * 2)
    values = r.compare(ratings).auc["auc"]
    assert values.mean() == pytest.approx(norm.cdf(skill_ / math.sqrt(2)), abs=0.06)


def test_a_tired_reader_gets_worse_and_a_bold_one_says_yes():
    films = study(films=200)
    fresh, tired = (imagine(films, [SimulatedReader(trust=0, fatigue=f)]) for f in (0.0, 0.3))
    late = [part[part["position"] > 200] for part in (fresh, tired)]
    accuracy = [((part["score"] >= 50) == (part["truth"] == 1)).mean() for part in late]
    assert accuracy[1] < accuracy[0] - 0.05
    bold = imagine(films, [SimulatedReader(trust=0, bias=0.8)])
    assert (bold["score"] >= 50).mean() > (fresh["score"] >= 50).mean() + 0.1


@pytest.mark.parametrize("mode", ["concurrent", "second"])
def test_readers_read_the_same_through_the_store_and_without(memory, mode):
    protocol = study(films=10, mode=mode, planted=1, practice=2)
    through = memory.ratings(department(memory, protocol, 3, seed=4))
    without = imagine(protocol, 3, seed=4)
    clock = ["started", "committed"]
    pd.testing.assert_frame_equal(through.drop(columns=clock), without.drop(columns=clock))


def test_a_washout_cannot_be_imagine(memory, films, protocol):
    from xrlearn.readers.simulate import run

    study_ = memory.create(protocol.model_copy(update={"washout_days": 7}), *films)
    with pytest.raises(StudyError, match="cannot wait"):
        run(memory, study_, 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_null_studies_are_told_apart_one_time_in_twenty():
    """1,000 studies whose readers, of all skills, ignore the AI: false alarms of the test and cover of the intervals.

    Bounds: 5 % and 95 % with three Monte Carlo errors, widened to the conservative side as the readers' reaction to AI
    does not vary at all here, which the model allows for. Studies where it does are among the tests of xrlearn.stats.
    """
    protocol = study()
    significant, covered = [], []
    for seed in range(1000):
        skills = np.random.default_rng(seed).uniform(1.1, 2.2, 5)
        ratings = imagine(protocol, [SimulatedReader(skill=float(skill), trust=0) for skill in skills], seed)
        significant.append(r.compare(ratings, covariance="delong").rrrc.p < 0.05)
        misreads = r.change(ratings, "unaided", "aided").misreads.change
        covered.append(misreads.low <= 0 <= misreads.high)
    assert 0.02 < np.mean(significant) < 0.071
    assert 0.929 < np.mean(covered) < 0.985
