import pytest

import xrlearn as xr


def test_films_it_was_trained_on_are_left_out(trained, cases):
    result = xr.evaluate(trained, cases)
    used = set(result.cases["image"])
    assert used == set(cases.loc[cases["split"] == "test", "image"])
    assert result.left_out == (cases["split"] != "test").sum()


def test_a_model_that_learned_is_better_than_chance(trained, cases):
    assert xr.evaluate(trained, cases).metrics["auc"]["value"] > 0.8


def test_a_learner_is_measured_on_its_test_films(cases):
    learn = xr.learner("fracture", cases, size=64, batch_size=8)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(2, 2e-3)
    result = xr.evaluate(learn)
    assert set(result.cases["image"]) == set(cases.loc[cases["split"] == "test", "image"])
    assert set(result.to_json()["metrics"]) == {"auc", "accuracy", "sensitivity", "specificity", "ece"}


def test_one_class_is_refused(trained, cases):
    broken = cases[(cases["split"] == "test") & (cases["fracture"] == 1)]
    with pytest.raises(ValueError, match="only one kind"):
        xr.evaluate(trained, broken)


def test_a_long_evaluation_can_be_stopped(trained, cases):
    from xrlearn.progress import Stopped

    with pytest.raises(Stopped):
        xr.evaluate(trained, cases, progress=lambda done, total: True)


def test_a_learner_too_leaves_out_what_it_was_trained_on(cases):
    learn = xr.learner("fracture", cases, size=64, batch_size=8, pretrained=False)
    result = xr.evaluate(learn, cases)
    assert set(result.cases["image"]) == set(cases.loc[cases["split"] == "test", "image"])
    assert result.left_out == (cases["split"] != "test").sum()


def test_a_learner_and_the_model_made_of_it_are_measured_alike(cases):
    from xrlearn.training import calibrate

    learn = xr.learner("fracture", cases, size=64, batch_size=8, pretrained=False)
    test = cases[cases["split"] == "test"]
    assert xr.evaluate(learn).metrics == xr.evaluate(calibrate(learn), test).metrics


def test_no_films_left_is_said(trained, cases):
    with pytest.raises(ValueError, match="No films are left"):
        xr.evaluate(trained, cases[cases["split"] == "train"])
