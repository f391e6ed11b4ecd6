"""Tasks that ask more than yes or no, from the command line and in a learner's pictures."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import xrlearn as xr
from xrlearn.cli import main
from xrlearn.tasks import find


def test_results_are_drawn_with_their_unit():
    import matplotlib.pyplot as plt

    learn = xr.learner("bone-age", xr.load("bone-age", n=16, size=64), system="classifier", size=64, batch_size=4)
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
    first = next(iter(again))  # weights are stored with 8 bits
    assert again[first]["value"] == pytest.approx(card["figures"]["metrics"][first]["value"], rel=0.05)
    film = next((folder / "images").glob("*.png"))
    beside = [word for name in find(task).inputs for word in ("--with", f"{name}=F")]
    said = run("predict", film, "--task", task, *beside, "--weights", tmp_path, "--json", tmp_path / "p.json")
    found = json.loads((tmp_path / "p.json").read_text())
    assert found["label"] in said
    if not found["known"]:  # of 64 pixels and a moment's training
        assert not {"answers", "probability"} & set(found)
    elif task == "knee-oa":
        assert sum(found["answers"].values()) == pytest.approx(1, abs=1e-5)
        assert found["probability"] == max(found["answers"].values())
    else:
        assert set(found["answers"]) == {"value", "margin"}
        assert "probability" not in found
