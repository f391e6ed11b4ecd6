"""Every task that is registered: its films load, its learner takes a step, its evaluation tells what was promised."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.torch_core import default_device

import xrlearn as xr
from xrlearn.data.labels import LABELS
from xrlearn.phantom.region import region
from xrlearn.tasks import SIMULATED, find
from xrlearn.tasks.registry import known
from xrlearn.training import calibrate, load_model, save

TASKS = [task.name for task in known() if task.films]


def divided(cases: pd.DataFrame, label: str) -> pd.DataFrame:
    """The same films with every answer in every set, as far as they go."""
    turn = cases.sort_values(label, kind="stable")
    return turn.assign(split=np.resize(["train", "test", "valid", "test"], len(turn))).sort_index()


@pytest.fixture(params=TASKS)
def learned(request) -> tuple:
    """A task, a few of its films, and a learner that has taken a step on them."""
    task = find(request.param)
    cases = xr.load(task.name, n=16, size=64)
    assert len(cases) == 16
    assert cases["image"].map(lambda film: xr.read(film).pixels.shape[0]).eq(64).all()
    for column in task.answer.columns:
        assert cases[column].between(LABELS[column].low, LABELS[column].high).all()
    cases = divided(cases, task.label)
    torch.manual_seed(0)
    learn = xr.learner(
        task.name,
        cases,
        **({"size": 64, "pretrained": False} if task.system in ("classifier", "pair", "heads", "region") else {}),
    )
    assert learn.dls.device == default_device()  # where there is a graphics card, it learns there
    before = [p.clone() for p in learn.model.parameters() if p.requires_grad]
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    assert any((a != b).any() for a, b in zip(before, learn.model.parameters(), strict=False))
    assert np.isfinite(learn.recorder.values[-1]).all()
    return task, cases, learn


def test_five_verbs_hold_for_every_task(learned, tmp_path):
    """Load, learn, measure, read and explain; and what is saved reads as what was learned."""
    task, cases, learn = learned
    result = xr.evaluate(learn)
    found = json.loads(json.dumps(result.to_json()))
    assert (found["task"], found["n"]) == (task.name, 8)
    assert found["metrics"]
    for figure in found["metrics"].values():
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["method"]
    assert len(result.table()) == len(found["metrics"])

    save(calibrate(learn), tmp_path)
    model = load_model(task.name, tmp_path)
    film = cases.iloc[0].copy()
    if task.films:  # of so small a film the guard may ask whether it is a negative
        film["image"] = xr.read(film["image"]).confirmed(inverted=False)
    said = xr.predict(film, model=model)
    assert said.task == task.name
    assert json.loads(json.dumps(said.to_json(), allow_nan=False))["label"] == said.label
    shape = xr.read(cases["image"].iloc[0]).pixels.shape
    shown = xr.explain(model, film)
    left_out = any(finding.key.startswith("training.warning.map_") for finding in said.warnings)  # said, not drawn
    assert (shown.heatmap is None) == (said.heatmap is None) or left_out
    if left_out:
        assert shown.heatmap.shape == shape
    elif shown.heatmap is not None:
        assert shown.heatmap.shape == shape
        assert np.array_equal(shown.heatmap, said.heatmap)  # one map, wherever it is shown
    else:
        assert said.points
        assert shown.points.keys() == said.points.keys()


@pytest.mark.parametrize("name", TASKS)
def test_its_recipe_names_what_the_region_has(name):
    task = find(name)
    assert SIMULATED in task.sources
    place = region(task.simulated["region"])
    assert set(task.simulated.get("views", ())) <= set(place.views)
    assert set(task.simulated.get("mix", {})) <= {"none", *place.lesions}
    assert sum(task.simulated.get("mix", {"none": 1.0}).values()) == pytest.approx(1)


def test_a_task_without_weights_says_how_to_get_them(tmp_path):
    with pytest.raises(ValueError, match="xrlearn train knee-oa"):
        load_model("knee-oa", tmp_path)


def test_a_real_pack_is_found_by_its_data_sets_name(realdata):
    knees = xr.load("knee-oa", source="knee-oa")
    assert knees["kl"].between(0, 4).all()
    assert knees.groupby("patient")["split"].nunique().max() == 1
