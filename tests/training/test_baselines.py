"""What a model has to beat, and the table that says whether it does."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xrlearn.stats import auc
from xrlearn.tasks import find
from xrlearn.tasks.answers import Grades, Several, YesNo
from xrlearn.training import model_card
from xrlearn.training.baselines import always_the_same, outputs

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def table(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame(columns | {"patient": [f"p{k}" for k in range(n)]})


def test_the_commonest_answer_is_right_as_often_as_it_is_common():
    found = always_the_same(YesNo("fracture"), table(fracture=[0, 0, 0, 1]), table(fracture=[0] * 82 + [1] * 18))
    assert found["accuracy"]["value"] == pytest.approx(0.82)


def test_of_numbers_it_is_the_median_of_the_training_films():
    answer = find("bone-age").answer
    found = always_the_same(answer, table(bone_age=[90.0, 100.0, 200.0]), table(bone_age=[100.0, 110.0, 80.0, 100.0]))
    assert found["mae"]["value"] == pytest.approx(7.5)


def test_several_answers_are_measured_by_the_first():
    answer = Several(parts=(find("cobb-angle").answer, YesNo("fracture")))
    rows = table(cobb=[40.0, 50.0, 60.0], fracture=[0, 1, 1])
    assert list(always_the_same(answer, rows, rows)) == ["cobb.mae"]


def test_a_linear_model_orders_grades_and_never_says_the_impossible():
    rng = np.random.default_rng(0)
    grade = np.resize([0, 1, 2, 3, 4], 200)
    x = grade[:, None] + rng.normal(0, 0.7, (200, 3))
    answer = find("knee-oa").answer
    assert isinstance(answer, Grades)
    chances = answer.chances(outputs(answer, x[:100], grade[:100], x[100:]))
    assert chances.min() >= 0
    assert chances.sum(1) == pytest.approx(1.0)
    assert auc(grade[100:] >= 2, chances[:, 2:].sum(1)) > 0.9


def test_the_table_shows_every_figure_where_it_belongs(monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    spec = importlib.util.spec_from_file_location("headline", TOOLS / "headline.py")
    headline = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "headline", headline)
    spec.loader.exec_module(headline)
    figures = model_card("fracture").figures["by_source"]
    half = {"value": 0.5, "low": 0.45, "high": 0.55, "method": "Wilson"}
    row = {"task": "fracture", "commonest": {"accuracy": half}, "linear": {}, "seconds": 40, "mb": 900}
    cells = headline.page([row]).splitlines()[-1].strip("| ").split(" | ")
    assert cells[0] == "`fracture`"
    for cell, source in zip(cells[2:4], ("simulated", "fracatlas"), strict=True):
        value = figures[source]["metrics"]["auc"]["value"]
        assert f"{figures[source]['n']}: AUC {value:.3f}" in cell
    assert "0.500" in cells[4]
    assert cells[5] == "-"
    assert cells[6].endswith(", 40")
    assert cells[7] == "900"
