"""Every kind of answer: what it settles, says and is measured by."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from xrlearn.locale import use
from xrlearn.stats import ece
from xrlearn.tasks import find
from xrlearn.tasks.answers import Aided, AnswerError, Grades, MeasuredGrades, Number, Points, Several, YesNo
from xrlearn.tasks.registry import known

logits = st.lists(st.lists(st.floats(-8, 8), min_size=4, max_size=4), min_size=1, max_size=6)
ALONE = np.arange(300)


@given(logits)
@settings(max_examples=50, deadline=None)
def test_grades_have_probabilities(rows):
    p = Grades("kl", tuple("abcde")).chances(np.array(rows))
    assert p.shape == (len(rows), 5)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(1), 1)


def made_up(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Five grades, and logits of them that know something."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, 300)
    return truth, rng.normal(0, 1.5, (300, 4)) + 2 * (truth[:, None] > np.arange(4)) - 1


def test_figures_of_grades_are_what_their_names_say():
    truth, output = made_up()
    answer = find("knee-oa").answer
    chances = answer.chances(output)
    found = answer.figures(truth, output, {}, ALONE)
    assert found["accuracy"]["value"] == pytest.approx((chances.argmax(1) == truth).mean())
    assert found["kappa"]["value"] == pytest.approx(cohen_kappa_score(truth, chances.argmax(1), weights="quadratic"))
    assert found["auc"]["value"] == pytest.approx(roc_auc_score(truth >= 2, chances[:, 2:].sum(1)))
    several = answer.figures(truth, output, {}, ALONE // 2)
    assert several["kappa"]["value"] == found["kappa"]["value"]
    assert several["kappa"]["low"] == pytest.approx(found["kappa"]["low"], abs=0.04)
    assert "patients" in several["auc"]["method"]


def test_figures_of_classes_are_what_their_names_say():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 300)
    output = rng.normal(0, 1, (300, 5)) + 1.5 * np.eye(5)[truth]
    answer = find("proximal-humerus-fracture").answer
    found = answer.figures(truth, output, {}, ALONE)
    chances = answer.chances(output)
    assert found["auc_3"]["value"] == pytest.approx(roc_auc_score(truth == 3, chances[:, 3]))
    assert found["sensitivity_3"]["value"] == pytest.approx((chances.argmax(1) == 3)[truth == 3].mean())
    assert answer.title("auc_3").endswith(answer.names[3])


def test_figures_of_numbers_are_what_their_names_say():
    rng = np.random.default_rng(0)
    truth, error = rng.uniform(10, 220, 200), rng.normal(3, 15, 200)
    found = find("bone-age").answer.figures(truth, truth + error, {}, np.arange(200))
    assert found["mae"]["value"] == pytest.approx(np.abs(error).mean())
    assert found["rmse"]["value"] == pytest.approx(np.sqrt((error**2).mean()))
    assert found["within_12"]["value"] == pytest.approx((np.abs(error) <= 12).mean())
    assert found["standard_error"]["value"] == pytest.approx(error.std(ddof=1))
    assert found["bias"]["value"] == pytest.approx(error.mean())
    assert found["limit_high"]["value"] == pytest.approx(error.mean() + 1.96 * error.std(ddof=1))
    assert found["mae"]["unit"] == "months"


def test_figures_of_yes_and_no_are_what_their_names_say():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    output = rng.normal(0, 1.5, 300) + 2 * truth
    answer = YesNo("fracture")
    settled = answer.calibrate(truth, output)
    p = answer.probability(output, settled)
    yes = p >= settled["threshold"]
    found = answer.figures(truth, output, settled, ALONE)
    assert found["auc"]["value"] == pytest.approx(roc_auc_score(truth, output))
    assert found["sensitivity"]["value"] == pytest.approx(yes[truth == 1].mean())
    assert found["specificity"]["value"] == pytest.approx(1 - yes[truth == 0].mean())
    assert found["accuracy"]["value"] == pytest.approx((yes == truth).mean())
    assert found["ece"]["value"] < 0.03  # it was calibrated on these very films


def test_intervals_know_that_films_of_one_patient_are_not_many_patients():
    """Every film three times over, as views of one patient: the figures stay, and so do their intervals."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 100)
    output = rng.normal(0, 1.5, 100) + 2 * truth
    answer = YesNo("fracture")
    settled = answer.calibrate(truth, output)
    once = answer.figures(truth, output, settled, np.arange(100))
    thrice = answer.figures(np.repeat(truth, 3), np.repeat(output, 3), settled, np.repeat(np.arange(100), 3))
    for name in ("auc", "accuracy", "sensitivity", "specificity", "ece"):
        width, again = (f[name]["high"] - f[name]["low"] for f in (once, thrice))
        assert again > 0.75 * width, name


def test_the_interval_of_the_calibration_error_holds_it():
    """What is perfectly calibrated: the plain estimate of 250 films is far from nought, ours half as far."""
    plain, ours = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        p = rng.beta(0.6, 2.0, 250)
        truth = (rng.random(250) < p).astype(int)
        settled = {"slope": 1.0, "offset": 0.0, "threshold": 0.5}
        found = YesNo("fracture").figures(truth, np.log(p / (1 - p)), settled, np.arange(250))["ece"]
        assert found["low"] <= found["value"] <= found["high"]
        plain.append(ece(truth, p))
        ours.append(found["value"])
    assert np.mean(ours) < 0.6 * np.mean(plain)


def test_several_answers_are_settled_said_and_measured_each_for_itself():
    rng = np.random.default_rng(0)
    fracture, age = rng.integers(0, 2, 200), rng.uniform(10, 200, 200)
    cases = pd.DataFrame({"fracture": fracture, "bone_age": age})
    parts = (YesNo("fracture"), Number("bone_age", unit="tasks.unit.months", within=(12.0,)))
    answer = Several(parts=parts)
    output = np.stack([rng.normal(0, 1, 200) + 3 * fracture, age + rng.normal(0, 5, 200)], axis=1)
    truth = answer.truth(cases)
    settled = answer.calibrate(truth, output)
    assert {"fracture.threshold", "bone_age.margin"} <= set(settled)
    found = answer.figures(truth, output, settled, np.arange(200))
    assert found["fracture.auc"]["value"] == pytest.approx(roc_auc_score(fracture, output[:, 0]))
    assert found["bone_age.mae"]["value"] == pytest.approx(np.abs(output[:, 1] - age).mean())
    said = answer.say(output[0], settled)
    assert said.answers["bone_age.value"] == pytest.approx(output[0, 1])
    assert 0 <= said.answers["fracture.probability"] <= 1
    assert "months" in said.label
    assert len({answer.title(name) for name in found}) == len(found)


def test_points_are_measured_by_their_distance():
    answer = Points(names=("a", "b"))
    cases = pd.DataFrame({"landmarks": [{"a": (0.0, 0.0), "b": (10.0, 0.0)}, {"a": (0.0, 0.0)}]})
    truth = answer.truth(cases)
    assert np.isnan(truth[1, 1]).all()
    output = np.array([[[3.0, 4.0], [10.0, 0.0]], [[0.0, 1.0], [5.0, 5.0]]])
    assert answer.figures(truth, output, {}, [1, 2])["radial_error"]["value"] == pytest.approx((2.5 + 1) / 2)
    with pytest.raises(AnswerError, match="landmarks"):
        answer.check(pd.DataFrame({"landmarks": [{}, {}]}))


def test_points_are_said_by_their_number_and_told_by_their_names():
    answer = Points(names=("a", "b"))
    output = np.array([[[3.0, 4.0], [10.0, 0.0]], [[0.0, 1.0], [5.0, 5.0]]])
    assert answer.outputs == 2
    assert "2" in answer.say(output[0], {}).label
    table = answer.table(output, {})
    assert table["answer"][1] == {"a": (0.0, 1.0), "b": (5.0, 5.0)}
    known_ones = np.array([[[3.0, 4.0], [10.0, 0.0]], [[0.0, 1.0], [np.nan, np.nan]]])
    assert answer.summary(known_ones) == {"points": 3}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("task", known(), ids=lambda task: task.name)
def test_every_tasks_answer_speaks_both_languages(task, lang):
    use(lang)
    rng = np.random.default_rng(0)
    answer = task.answer
    output = rng.normal(1, 1, (40, answer.outputs))
    output = output[:, 0] if answer.outputs == 1 else output
    table = {column: rng.permutation(np.arange(40) % 2) for column in answer.columns}
    truth = answer.truth(pd.DataFrame(table))
    settled = answer.calibrate(truth, output)
    said = answer.say(output[0], settled)
    assert said.label
    json.dumps([settled, dict(said.answers), answer.summary(truth), answer.details(truth, output, settled)])
    found = answer.figures(truth, output, settled, np.arange(40))
    assert all(answer.title(name) for name in found)


def test_films_with_one_answer_are_refused():
    one = pd.DataFrame({"fracture": [1, 1], "kl": [2, 2]})
    with pytest.raises(AnswerError, match="only one kind"):
        YesNo("fracture").check(one)
    with pytest.raises(AnswerError, match="different answers"):
        find("knee-oa").answer.check(one)


@settings(deadline=None, max_examples=25)
@given(arrays(np.float64, (40, 2), elements=st.floats(-5, 5)), st.integers(0, 2**31))
def test_grades_that_follow_from_measurements(noise, seed):
    """Probabilities add up, cuts rise, and the unit of a measurement does not matter."""
    answer = MeasuredGrades("kl", find("knee-oa").answer.keys, measures=("space", "margin"))
    grade = np.random.default_rng(seed).integers(0, 5, 40)
    output = 2.0 * grade[:, None] + noise
    settled = answer.calibrate(grade, output)
    chances = answer.chances(output, settled)
    assert chances.sum(1) == pytest.approx(1)
    assert (chances >= -1e-12).all()
    assert [settled[f"cut {k}"] for k in range(1, 5)] == sorted(settled[f"cut {k}"] for k in range(1, 5))
    other = answer.calibrate(grade, 10 * output + 3)
    np.testing.assert_allclose(answer.chances(10 * output + 3, other), chances, atol=1e-3)
    assert answer.say(output[0], settled).label in answer.names


def test_readers_alone_are_as_published_and_a_model_adds_what_it_knows():
    answer = find("wrist-fracture-aid").answer
    assert isinstance(answer, Aided)
    truth = np.arange(2000) % 2
    settled = {"slope": 1.0, "offset": 0.0, "threshold": 0.5}
    nothing = answer.figures(truth, np.zeros(2000), settled, np.arange(2000))
    assert nothing["sensitivity_alone"]["value"] == pytest.approx(0.808, abs=0.01)
    assert nothing["specificity_alone"]["value"] == pytest.approx(0.875, abs=0.01)
    assert nothing["misreads_fewer"]["value"] == 0
    rng = np.random.default_rng(1)
    useful = answer.figures(truth, rng.normal(3 * truth - 1.5, 1.7), settled, np.arange(2000))
    assert useful["sensitivity_aided"]["low"] > useful["sensitivity_alone"]["high"]
    assert 0.2 < useful["misreads_fewer"]["value"] < 0.9
    wrong = answer.figures(truth, 1.5 - 3.0 * truth, settled, np.arange(2000))
    assert wrong["misreads_fewer"]["value"] < 0  # a model that is trusted and errs does harm
