"""The classical family: places are found, methods say what scikit-learn says, columns are read where they are told."""

import numpy as np
import pandas as pd
import pytest
import torch

import xrlearn as xr
from xrlearn.locale import text
from xrlearn.tasks.answers import AnswerError, Classes, Grades, YesNo
from xrlearn.training import calibrate, load_model, save
from xrlearn.training.networks.coarse_finder import CoarseFinder
from xrlearn.training.networks.readout import METHODS, Readout
from xrlearn.training.systems.texture import questions


@pytest.fixture(scope="module")
def two_kinds():
    rng = np.random.default_rng(0)
    yes = np.arange(120) % 3 == 0
    return rng.normal(size=(120, 4)) + np.where(yes, 1.2, -0.6)[:, None], yes


@pytest.mark.parametrize("method", METHODS)
def test_every_method_tells_two_kinds_apart_and_keeps_what_it_learned(method, two_kinds):
    x, yes = two_kinds
    net, other = Readout(method, 4, 200), Readout(method, 4, 200)
    net.settle(x, yes)
    other.load_state_dict(net.state_dict())
    with torch.inference_mode():
        said = net(torch.from_numpy(x).float())
        assert torch.equal(said, other(torch.from_numpy(x).float()))
    assert ((said.numpy() > 0) == yes).mean() > 0.85


def test_the_svm_and_bayes_say_what_scikit_learn_says(two_kinds):
    from sklearn.naive_bayes import GaussianNB
    from sklearn.svm import SVC

    x, yes = two_kinds
    svm, bayes = Readout("svm", 4, 120), Readout("bayes", 4, 120)
    for net in (svm, bayes):
        net.settle(x, yes)
    with torch.inference_mode():
        margins, odds = (net(torch.from_numpy(x).float()).numpy() for net in (svm, bayes))
    expected = SVC(C=1.0, gamma=0.5 / 4, class_weight="balanced").fit(x, yes).decision_function(x)
    assert np.allclose(margins, expected, atol=1e-3)
    told = GaussianNB(var_smoothing=1e-2).fit(x, yes).predict_log_proba(x)
    assert np.allclose(odds, told[:, 1] - told[:, 0], atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_training_films_of_one_kind_leave_its_odds(method):
    net = Readout(method, 3, 10)
    net.settle(np.zeros((10, 3)), np.ones(10, bool))
    with torch.inference_mode():
        assert (net(torch.zeros(2, 3)) > 1).all()


def test_the_finder_finds_a_bright_spot_on_either_side():
    rng = np.random.default_rng(0)
    films = np.full((90, 84, 84), 0.3) + rng.normal(0, 0.01, (90, 84, 84))
    points = np.zeros((90, 2, 2))
    rows, columns = np.indices((84, 84))
    for k in range(90):
        left = rng.uniform([30, 15], [50, 30])
        right = left + rng.uniform([-4, 28], [4, 36])
        for j, (at, wide) in enumerate(((left, 5), (right, 9))):
            films[k] += np.exp(-((rows - at[0]) ** 2 + (columns - at[1]) ** 2) / (2 * wide**2))
            points[k, j] = (at + 0.5) / 84
        if k % 2:
            films[k] = films[k, :, ::-1]
            points[k, :, 1] = 1 - points[k, :, 1]
    x, y = torch.from_numpy(films).float()[:, None], torch.from_numpy(points).float()
    net = CoarseFinder(2, (0, 1))
    net.settle(x[:70], y[:70])
    off = (net(x[70:]) - y[70:]).norm(dim=2)
    assert off.median() < 0.02  # 2 of 84 pixels


def test_questions_are_put_to_the_films_that_they_concern():
    truth = np.array([0, 1, 2])
    assert len(questions(YesNo("fracture"), truth[:2])) == 1
    first, second = questions(Grades("osteoporosis", ("a", "b", "c")), truth)
    assert first[0].tolist() == [True, True, True]
    assert second[0].tolist() == [False, True, True]
    assert second[1].tolist() == [False, False, True]
    assert [yes.tolist() for _, yes in questions(Classes("neer", ("a", "b", "c")), truth)] == np.eye(
        3, dtype=bool
    ).tolist()


@pytest.fixture(scope="module")
def hips() -> pd.DataFrame:
    cases = xr.load("hip-oa", "simulated", n=16, size=64).sort_values("future_oa", kind="stable")
    return cases.assign(split=np.resize(["train", "test", "valid", "train"], len(cases))).sort_index()


def test_what_is_not_told_beside_the_film_is_taken_as_usual_and_said(hips, tmp_path):
    learn = xr.learner("hip-oa", hips, size=64)
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    save(calibrate(learn), tmp_path)
    model = load_model("hip-oa", tmp_path)
    row = hips.iloc[0].copy()
    row["image"] = xr.read(row["image"]).confirmed(inverted=False)
    told = xr.predict(row, model=model)
    alone = xr.predict(row["image"], model=model)
    spoken = [f.key for f in alone.warnings]
    assert "records.warning.filled" in spoken
    assert "records.warning.filled" not in [f.key for f in told.warnings]
    assert text("records.column.bmi") in next(f.text for f in alone.warnings if f.key == "records.warning.filled")


def test_hips_have_grade_0_or_1_and_a_body_mass_index(hips):
    assert set(hips["kl"]) == {0, 1}
    assert hips["bmi"].astype(float).between(16, 43).all()


def test_a_method_that_is_none_is_named_with_those_there_are(hips):
    with pytest.raises(AnswerError, match="elastic, svm, neighbours, bayes, network"):
        xr.learner("hip-oa", hips, method="magic")
