import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import xrlearn as xr
from xrlearn.training.evaluation import figures


def test_films_it_was_trained_on_are_left_out(trained, cases):
    result = xr.evaluate(trained, cases)
    used = set(result.cases["image"])
    assert used == set(cases.loc[cases["split"] == "test", "image"])
    assert result.left_out == (cases["split"] != "test").sum()


def test_a_model_that_learned_is_better_than_chance(trained, cases):
    assert xr.evaluate(trained, cases).metrics["auc"]["value"] > 0.8


def test_the_figures_are_what_their_names_say():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    p = np.clip(0.3 * truth + rng.random(200) * 0.7, 0, 1)
    found = figures(truth, p, 0.5)
    yes = p >= 0.5
    assert found["auc"]["value"] == pytest.approx(roc_auc_score(truth, p))
    assert found["sensitivity"]["value"] == pytest.approx(yes[truth == 1].mean())
    assert found["specificity"]["value"] == pytest.approx(1 - yes[truth == 0].mean())
    assert found["accuracy"]["value"] == pytest.approx((yes == truth).mean())
    for figure in found.values():
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["method"]


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
    from xrlearn.training import Stopped

    with pytest.raises(Stopped):
        xr.evaluate(trained, cases, progress=lambda done, total: True)
