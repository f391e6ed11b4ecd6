"""What a learner may choose: a network of the review, which layers learn, several networks that vote, a leak."""

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import xrlearn as xr
from xrlearn.cli import main
from xrlearn.tasks import find
from xrlearn.tasks.answers import AnswerError
from xrlearn.training import calibrate, load_model, save
from xrlearn.training.networks.review import REVIEW
from xrlearn.training.systems import Reading, system_of


def few(task: str, n: int = 12, **wishes):
    cases = xr.load(task, n=n, size=64, **wishes).sort_values(find(task).label, kind="stable")
    return cases.assign(split=np.resize(["train", "test", "valid"], len(cases)))


def quiet(learn):
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    return learn


@pytest.mark.parametrize("network", REVIEW)
def test_a_network_of_the_review_learns_from_its_first_layer_on_and_is_found_again(network, tmp_path):
    cases = few("wrist-fracture")
    torch.manual_seed(0)
    learn = xr.learner("wrist-fracture", cases, size=64, network=network, width=0.25)
    before = [p.clone() for p in learn.model.middle.parameters()]
    quiet(learn)
    changed = [bool((a != b).any()) for a, b in zip(before, learn.model.middle.parameters(), strict=True)]
    assert changed[0]  # nothing is pretrained, so nothing stays as it was
    save(calibrate(learn), tmp_path)
    assert load_model("wrist-fracture", tmp_path).card.options == {"size": 64, "network": network, "width": 0.25}


def test_grades_and_classes_take_them_too():
    for task in ("knee-oa", "proximal-humerus-fracture"):
        quiet(xr.learner(task, few(task, 15), size=64, network="resnet", width=0.25))


def test_an_unknown_network_or_family_is_named():
    cases = few("wrist-fracture")
    with pytest.raises(AnswerError, match="no network called mobilenet"):
        xr.learner("wrist-fracture", cases, network="mobilenet")
    with pytest.raises(AnswerError, match="no family of systems called forest"):
        xr.learner("wrist-fracture", cases, system="forest")
    with pytest.raises(AnswerError, match="yes or no only"):
        xr.learner("knee-oa", cases, system="ensemble")


def test_where_the_last_layers_learn_the_trunk_stays_as_it_was():
    learn = xr.learner("wrist-fracture", few("wrist-fracture"), size=64, train="last")
    state = {name: tensor.clone() for name, tensor in learn.model.state_dict().items()}
    quiet(learn)
    moved = {name.split(".")[0] for name, t in learn.model.state_dict().items() if not torch.equal(t, state[name])}
    assert moved
    assert not moved & {"stem", "middle", "deep"}  # neither weights nor what batch normalisation remembers
    assert learn.options["train"] == "last"


def test_copies_teach_and_a_leak_is_seen():
    cases = few("wrist-fracture")
    copied = xr.load("wrist-fracture", n=12, size=64, copies=3)
    for part in ("valid", "test"):
        assert copied[copied["split"] == part]["image"].is_unique
    assert copied.groupby("patient")["split"].nunique().max() == 1
    assert len(copied) == 12 + 3 * (xr.load("wrist-fracture", n=12, size=64)["split"] == "train").sum()
    leaked = xr.load("wrist-fracture", n=12, size=64, copies=3, leak=True)
    assert len(leaked) == 48
    assert leaked.groupby("patient")["split"].nunique().max() > 1
    assert leaked["image"].is_unique
    one = xr.read(leaked["image"].iloc[-1]).pixels
    assert one.shape == xr.read(cases["image"].iloc[0]).pixels.shape


def test_five_networks_vote_over_networks_and_views():
    """Members that are right on different films: each alone is wrong on one in three, together they are right."""
    task = find("ankle-fracture")
    system = system_of(task, "ensemble")
    patients = np.repeat(np.arange(60), 3)
    sick = patients % 2
    said = np.where(sick[:, None] == 1, 2.0, -2.0) * np.ones((180, 3))
    said[np.arange(180), np.arange(180) % 3] *= -0.9  # member k errs on every third film
    parts = [{f"m{k}": {"log_odds": v} for k, v in enumerate(film)} for film in said]
    import pandas as pd

    cases = pd.DataFrame({"fracture": sick, "patient": patients})
    own = {f"m{k}.{name}": value for k in range(3)
           for name, value in {"slope": 1.0, "offset": 0.0, "threshold": 0.5}.items()}  # fmt: skip
    reading = Reading(said.mean(1), parts=parts)
    found = system.figures(cases, reading, own)
    assert found["accuracy_one"]["value"] == pytest.approx(2 / 3)
    assert found["accuracy_one_together"]["value"] == 1  # three views of one network: two are right
    answer = task.answer.figures(sick, reading.output, {"slope": 1.0, "offset": 0.0, "threshold": 0.5}, patients)
    assert answer["accuracy"]["value"] == 1


def test_an_ensemble_is_evaluated_and_explained(tmp_path):
    torch.manual_seed(0)
    cases = few("ankle-fracture", 18)
    learn = quiet(xr.learner("ankle-fracture", cases, system="ensemble", size=64, boxes=True, width=0.125))
    found = xr.evaluate(learn).metrics
    assert {"accuracy", "accuracy_one", "accuracy_together", "accuracy_one_together"} <= set(found)
    save(calibrate(learn), tmp_path)
    model = load_model("ankle-fracture", tmp_path)
    film = cases.iloc[0].copy()
    film["image"] = xr.read(film["image"]).confirmed(inverted=False)
    shown = xr.explain(model, film)
    assert shown.heatmap is not None
    assert shown.heatmap.shape == shown.film.pixels.shape
    assert set(model.read(film["image"]).parts[0]) == set(REVIEW)


def test_the_command_says_what_a_system_does_not_offer(tmp_path):
    run = CliRunner().invoke(
        main, ["train", "cobb-angle", "--n", "4", "--network", "vgg", "--out", str(tmp_path / "model")]
    )
    assert run.exit_code == 2
    assert "network" in run.output
