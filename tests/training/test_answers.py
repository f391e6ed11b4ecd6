"""Networks, losses and figures of tasks that ask more than yes or no."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, roc_auc_score
from xrlearn.training.answers import GradeLoss, NumberLoss, VoteNet, grade_probabilities
from xrlearn.training.measures import bootstrap, class_figures, number_figures

import xrlearn as xr
from xrlearn.cli import main
from xrlearn.tasks import find

logits = st.lists(st.lists(st.floats(-8, 8), min_size=4, max_size=4), min_size=1, max_size=6)


@given(logits)
@settings(max_examples=50, deadline=None)
def test_grades_have_probabilities(rows):
    p = grade_probabilities(torch.tensor(rows))
    assert p.shape == (len(rows), 5)
    assert (p >= 0).all()
    assert torch.allclose(p.sum(1), torch.ones(len(rows)), atol=1e-5)


def test_a_grade_asks_only_the_questions_that_its_film_can_answer():
    """A film of grade 0 says nothing on "higher than 1 among those that have at least grade 1"."""
    loss, grade = GradeLoss(), torch.tensor([0])
    a, b = loss(torch.tensor([[-1.0, 5.0, 5.0]]), grade), loss(torch.tensor([[-1.0, -5.0, 0.0]]), grade)
    assert a == b == pytest.approx(np.log1p(np.exp(-1)))
    sure = torch.tensor([[20.0, 20.0, -20.0]])
    assert loss(sure, torch.tensor([2])) < 1e-6 < loss(sure, torch.tensor([1]))


def test_grades_are_learned_in_their_order():
    """With one number that rises with the grade, the grades come out of it."""
    x = torch.linspace(-1, 1, 60)[:, None]
    grade = (torch.arange(60) // 20).long()
    layer = torch.nn.Linear(1, 2)
    step = torch.optim.Adam(layer.parameters(), 0.3)
    for _ in range(200):
        step.zero_grad()
        GradeLoss()(layer(x), grade).backward()
        step.step()
    assert (grade_probabilities(layer(x)).argmax(1) == grade).float().mean() > 0.9


def test_a_number_is_lost_on_its_own_scale():
    far, scaled = (NumberLoss(s)(torch.tensor([[110.0]]), torch.tensor([100.0])) for s in (1.0, 100.0))
    assert far == pytest.approx(9.5)
    assert scaled == pytest.approx(0.5 * 0.1**2)


def test_the_answer_is_the_mean_of_the_votes():
    net = VoteNet("number", 1, pretrained=False, centre=100, spread=20).eval()
    torch.nn.init.normal_(net.vote.weight)
    film = torch.rand(2, 1, 96, 64)
    with torch.no_grad():
        said = net(film)
    assert torch.allclose(said[:, 0], 100 + 20 * net.evidence.mean((1, 2, 3)), atol=1e-4)


def test_class_figures_are_what_their_names_say():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 300)
    chances = rng.dirichlet(np.ones(5), 300) + 0.3 * np.eye(5)[truth]
    chances /= chances.sum(1, keepdims=True)
    alone = np.arange(300)
    knee = class_figures(find("knee-oa"), truth, chances, alone)
    assert knee["accuracy"]["value"] == pytest.approx((chances.argmax(1) == truth).mean())
    assert knee["kappa"]["value"] == pytest.approx(cohen_kappa_score(truth, chances.argmax(1), weights="quadratic"))
    assert knee["auc"]["value"] == pytest.approx(roc_auc_score(truth >= 2, chances[:, 2:].sum(1)))
    several = class_figures(find("knee-oa"), truth, chances, alone // 2)
    assert several["kappa"]["value"] == knee["kappa"]["value"]
    assert several["kappa"]["low"] == pytest.approx(knee["kappa"]["low"], abs=0.04)
    assert "patients" in several["auc"]["method"]
    types = class_figures(find("proximal-humerus-fracture"), truth, chances, alone)
    assert types["auc_3"]["value"] == pytest.approx(roc_auc_score(truth == 3, chances[:, 3]))
    assert types["sensitivity_3"]["value"] == pytest.approx((chances.argmax(1) == 3)[truth == 3].mean())


def test_number_figures_are_what_their_names_say():
    rng = np.random.default_rng(0)
    truth = rng.uniform(10, 220, 200)
    error = rng.normal(3, 15, 200)
    found = number_figures(find("bone-age"), truth, truth + error, np.arange(200))
    assert found["mae"]["value"] == pytest.approx(np.abs(error).mean())
    assert found["rmse"]["value"] == pytest.approx(np.sqrt((error**2).mean()))
    assert found["within_12"]["value"] == pytest.approx((np.abs(error) <= 12).mean())
    assert found["bias"]["value"] == pytest.approx(error.mean())
    assert found["limit_high"]["value"] == pytest.approx(error.mean() + 1.96 * error.std(ddof=1))
    assert found["mae"]["unit"] == "months"


def test_films_of_one_patient_do_not_count_as_many():
    """The same films ten times over: their number makes the interval of films narrower, not that of patients."""
    x = np.random.default_rng(0).normal(size=40)
    once = bootstrap(lambda films: x[films].mean(), np.arange(40))
    many = np.tile(x, 10)
    again = bootstrap(lambda films: many[films].mean(), np.tile(np.arange(40), 10))
    assert again == pytest.approx(once)


def test_films_with_one_answer_are_refused():
    cases = xr.load("knee-oa", n=16, size=64)
    with pytest.raises(ValueError, match="different answers and some validation films"):
        xr.learner("knee-oa", cases.assign(kl=2))
    learn = xr.learner("knee-oa", cases.assign(split=["train", "valid", "test", "test"] * 4), size=64)
    with pytest.raises(ValueError, match="films with different answers"):
        xr.evaluate(learn, cases.assign(kl=2))


def test_results_are_drawn_with_their_unit():
    import matplotlib.pyplot as plt

    learn = xr.learner("bone-age", xr.load("bone-age", n=16, size=64), size=64, batch_size=4)
    with learn.no_bar():
        learn.show_results(max_n=2)
        said, *_ = learn.predict(xr.load("bone-age", n=16, size=64)["image"][0])
    assert plt.gcf().axes[0].get_title().count("months") == 2
    assert said.endswith("months")
    plt.close("all")


@pytest.mark.parametrize("task", ["bone-age", "knee-oa"])
def test_the_command_line_trains_measures_and_predicts(task, tmp_path):
    folder = Path(xr.load(task, n=40, size=64)["image"][0]).parents[1]

    def run(*words: object) -> str:
        result = CliRunner().invoke(main, [str(w) for w in words])
        assert result.exit_code == 0, result.output
        return result.output

    run("train", task, "--source", folder, "--epochs", 1, "--size", 64, "--out", tmp_path)
    card = json.loads((tmp_path / f"{task}.json").read_text())
    assert card["figures"]["n"] > 0
    assert "simulated" in card["data"]["name"]
    run("evaluate", task, "--source", folder, "--weights", tmp_path, "--json", tmp_path / "e.json")
    again = json.loads((tmp_path / "e.json").read_text())["metrics"]
    assert again.keys() == card["figures"]["metrics"].keys()
    first = next(iter(again))  # weights are stored with 16 bits
    assert again[first]["value"] == pytest.approx(card["figures"]["metrics"][first]["value"], rel=0.02)
    film = next((folder / "images").glob("*.png"))
    said = run("predict", film, "--task", task, "--weights", tmp_path, "--json", tmp_path / "p.json")
    found = json.loads((tmp_path / "p.json").read_text())
    assert found["label"] in said
    if task == "knee-oa":
        assert sum(found["answers"].values()) == pytest.approx(1, abs=1e-5)
        assert found["probability"] == max(found["answers"].values())
    else:
        assert set(found["answers"]) == {"value", "margin"}
        assert "probability" not in found
