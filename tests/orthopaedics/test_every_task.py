"""Every task that is registered: its films load, its learner takes a step, its evaluation tells what was promised."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import xrlearn as xr
from xrlearn.data.labels import LABELS
from xrlearn.orthopaedics import SIMULATED, find
from xrlearn.phantom.region import region

TASKS = list(xr.tasks().index)

#: what each kind of answer is measured by, whatever the films
MEASURES = {
    "classes": {"accuracy", "auc"},
    "grades": {"accuracy", "auc", "kappa"},
    "number": {"mae", "median_error", "rmse", "bias", "limit_low", "limit_high"},
}


def divided(cases: pd.DataFrame, label: str) -> pd.DataFrame:
    """The same films with every answer in every set, as far as they go."""
    turn = cases.sort_values(label, kind="stable")
    return turn.assign(split=np.resize(["train", "test", "valid", "test"], len(turn))).sort_index()


@pytest.mark.parametrize("name", TASKS)
def test_its_films_load_and_its_learner_learns_and_is_measured(name):
    task = find(name)
    cases = xr.load(name, n=16, size=64)
    assert len(cases) == 16
    assert cases["image"].map(lambda film: xr.read(film).pixels.shape[0]).eq(64).all()
    assert cases[task.label].between(LABELS[task.label].low, LABELS[task.label].high).all()
    if task.kind != "number":
        assert set(cases[task.label]) <= set(range(len(task.classes)))
    cases = divided(cases, task.label)

    torch.manual_seed(0)
    learn = xr.learner(name, cases, size=64, batch_size=4, augment=False, pretrained=False)
    before = [p.clone() for p in learn.model.parameters() if p.requires_grad]
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    assert any((a != b).any() for a, b in zip(before, learn.model.parameters(), strict=False))
    assert np.isfinite(learn.recorder.values[-1]).all()

    result = xr.evaluate(learn)
    found = json.loads(json.dumps(result.to_json()))
    assert found["task"] == name
    assert found["n"] == 8
    promised = MEASURES[task.kind] | {f"within_{reach:g}" for reach in task.within}
    if task.kind != "number" and (result.cases[task.label] >= task.diseased_from).nunique() < 2:
        promised -= {"auc"}  # few films, and none of them is diseased
    assert promised <= set(found["metrics"])
    assert ("threshold" in found) == task.binary
    for measure, figure in found["metrics"].items():
        # drawing anew adds calibration error, so that of few films may lie below its own interval
        assert figure["low"] <= figure["value"] or measure == "ece"
        assert figure["value"] <= figure["high"]
        assert figure["method"]
    assert len(result.table()) == len(found["metrics"])
    assert xr.explain(learn, cases.iloc[0]).heatmap.shape == xr.read(cases["image"][0]).pixels.shape


@pytest.mark.parametrize("name", TASKS)
def test_its_recipe_names_what_the_region_has(name):
    task = find(name)
    assert SIMULATED in task.sources
    place = region(task.simulated["region"])
    assert set(task.simulated.get("views", ())) <= set(place.views)
    assert set(task.simulated.get("mix", {})) <= {"none", *place.lesions}
    assert sum(task.simulated.get("mix", {"none": 1.0}).values()) == pytest.approx(1)


def test_a_task_without_weights_says_how_to_get_them():
    with pytest.raises(ValueError, match="xrlearn train knee-oa"):
        xr.evaluate("knee-oa", xr.load("knee-oa", n=2, size=64))


def test_a_real_pack_is_found_by_its_data_sets_name(realdata):
    knees = xr.load("knee-oa", source="knee-oa")
    assert knees["kl"].between(0, 4).all()
    assert knees.groupby("patient")["split"].nunique().max() == 1


def test_the_readme_lists_every_task():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [name for name in TASKS if f"`{name}`" not in readme] == []
