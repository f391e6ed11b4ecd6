"""What a lesson shows of figures: curves of every kind of answer, and comparisons that say which films they are of."""

from types import SimpleNamespace

import pandas as pd
import pytest

from xrlearn import training
from xrlearn.labs.lesson import compare
from xrlearn.labs.parts.live import LivePlots
from xrlearn.tasks import find
from xrlearn.training.live import Curves
from xrlearn.training.weights import WeightsError


def figure(value, **more):
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "method": "bootstrap"} | more


MEASURED = {
    "fracture": {"auc": figure(0.8), "accuracy": figure(0.7)},
    "knee-oa": {"accuracy": figure(0.5), "kappa": figure(0.6)},
    "proximal-humerus-fracture": {"accuracy": figure(0.5), "auc_2": figure(0.7)},
    "bone-age": {"mae": figure(9.0, unit="months"), "within_12": figure(0.7)},
}


def result(task, source="simulated"):
    return SimpleNamespace(task=task, metrics=MEASURED[task], cases=pd.DataFrame({"source": [source] * 5}))


@pytest.fixture
def ships(monkeypatch):
    """Call it with the figures on the card of the model that ships; without, there is none."""

    def put(figures=None):
        def card(task):
            if figures is None:
                raise WeightsError("no_weights", task=task)
            return SimpleNamespace(figures=figures, data={"name": "FracAtlas films"})

        monkeypatch.setitem(vars(training), "model_card", card)

    return put


@pytest.mark.parametrize("task", MEASURED)
def test_any_answer_is_compared_by_what_both_sides_were_measured_by(ships, task):
    first, second = MEASURED[task]
    ships({"source": "simulated", "n": 70, "metrics": {second: MEASURED[task][second], "other": figure(0.2)}})
    shown = compare(result(task)).data
    assert shown.count("<td>") == 2  # one figure of each side
    assert f"<th>{find(task).answer.title(second)}</th>" in shown
    assert f"<th>{find(task).answer.title(first)}</th>" not in shown
    ships()
    assert compare(result(task)).data.count("<td>") == 2  # both of one's own


def test_the_shipped_model_is_shown_on_films_of_the_same_source(ships):
    on = {name: {"n": n, "metrics": {"auc": figure(auc)}} for name, n, auc in (("simulated", 60, 0.91), ("x", 40, 0.7))}
    ships({"source": "x", **on["x"], "by_source": on})
    shown = compare(result("fracture")).data
    assert "0.91 (0.81 – 1.01)" in shown
    assert "on 60 test films (simulated films)" in shown
    assert "not measured" not in shown


@pytest.mark.parametrize("source", ["simulated", "our films"])
def test_figures_of_other_films_do_not_stand_beside_one_s_own(ships, source):
    ships({"source": "fracatlas", "n": 493, "metrics": {"auc": figure(0.92)}})
    shown = compare(result("fracture", source)).data
    assert "0.92" not in shown
    assert "FracAtlas (" not in shown
    assert "was not measured on films like these" in shown
    assert "yours, on 5 test films" in shown


@pytest.mark.parametrize(
    ("metrics", "axis", "drawn"),
    [
        ({"roc_auc_score": 0.7, "accuracy": 0.6}, "AUC", 0.7),
        ({"grade_accuracy": 0.4}, "share of right answers", 0.4),
        ({"mean_absolute_error": 11.5}, "mean error", 11.5),
        ({"radial_error": 3.0}, "figure on validation films", 3.0),
    ],
)
def test_live_curves_draw_the_metric_that_the_learner_has(metrics, axis, drawn):
    plots = LivePlots()
    course = Curves(batches=[(0.5, 1.0)])
    assert plots.draw(course) is False
    assert plots.children == (plots.loss,)
    course.epochs.append({"epoch": 1, "train": 1.0, "valid": 0.9, **metrics})
    plots.draw(course)
    assert plots.metric.series == {"valid": ([1], [drawn])}
    assert axis in plots.metric.value
    assert plots.loss.series["valid"] == ([1], [0.9])


def test_live_curves_of_a_learner_without_metrics_are_its_losses():
    plots = LivePlots()
    plots.draw(Curves(batches=[(0.5, 1.0)], epochs=[{"epoch": 1, "train": 1.0, "valid": 0.9}]))
    assert plots.children == (plots.loss,)
