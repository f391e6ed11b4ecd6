import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import xrlearn as xr
from xrlearn import locale
from xrlearn.cli import main
from xrlearn.phantom import Truth
from xrlearn.tasks import TaskError, source_of


def test_the_table_speaks_both_languages():
    english = xr.tasks()
    locale.use("zh")
    chinese = xr.tasks()
    assert list(english.index) == list(chinese.index)
    assert chinese.loc["fracture"].iloc[0] == "四肢骨折"
    assert not set(english.columns) & set(chinese.columns)


def test_an_unknown_task_is_named_beside_the_known_ones():
    with pytest.raises(TaskError, match=r"no task called femur\. The tasks are: fracture, "):
        xr.load("femur")


def test_without_public_films_simulated_ones_are_made(tmp_path, monkeypatch):
    monkeypatch.setenv("XRLEARN_FILMS", str(tmp_path))
    monkeypatch.setenv("XRLEARN_DATA", str(tmp_path / "none"))
    assert source_of("fracture") == "simulated"
    cases = xr.load("wrist-fracture", n=6, size=64, subtlety=0.0, site="old_cr")
    assert set(cases["site"]) == {"old_cr"}
    truth = Truth.from_json(Path(cases["truth"][0]).read_text(encoding="utf-8"))
    assert xr.read(cases["image"][0]).pixels.shape == truth.shape
    assert cases["fracture"][0] == truth.labels["fracture"]


def test_wishes_for_simulated_films_and_another_source_contradict_each_other(tmp_path):
    with pytest.raises(TaskError, match=r"by n, site; leave"):
        xr.load("fracture", tmp_path, n=3, site="old_cr")


def test_films_without_the_label_are_refused(cases, tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    names = []
    for i, path in enumerate(cases["image"][:4]):
        (folder / f"{i}.png").write_bytes(Path(path).read_bytes())
        names.append(f"{i}.png")
    pd.DataFrame({"filename": names, "bone_age_months": [12, 24, 36, 48]}).to_csv(folder / "labels.csv", index=False)
    with pytest.raises(ValueError, match="fracture"):
        xr.load("fracture", folder)


def test_simulated_films_are_asked_for_by_name_on_the_command_line(tmp_path):
    command = ["evaluate", "fracture-report", "--source", "simulated", "--n", "300", "--json", str(tmp_path / "e.json")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "e.json").read_text())["n"] == 300
