"""The command line as engineers script it: what it writes, and what it says when something is wrong."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps

from xrlearn.cli import main
from xrlearn.training import save


@pytest.fixture(scope="module")
def folder(cases: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up films as a folder of one's own: pictures, labels.csv, and boxes as annotations.json."""
    out = tmp_path_factory.mktemp("own")
    films = Path(cases["image"].iloc[0]).parent
    (out / "images").symlink_to(films)
    names = cases["image"].map(lambda p: Path(p).name)
    pd.DataFrame({"filename": "images/" + names, "patient": cases["patient"], "fracture": cases["fracture"]}).to_csv(
        out / "labels.csv", index=False
    )
    boxes = {
        n: {"bbox_xywh": [[c0, r0, c1 - c0, r1 - r0] for r0, c0, r1, c1 in b]}
        for n, b in zip(names, cases["boxes"], strict=True)
        if b
    }
    (out / "annotations.json").write_text(json.dumps(boxes))
    return out


@pytest.fixture(scope="module")
def weights(trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    save(trained, out)
    return out


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(w) for w in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_evaluate_writes_what_it_promises(folder, weights, tmp_path):
    file = tmp_path / "figures.json"
    code, said = run("evaluate", "fracture", "--source", folder, "--weights", weights, "--json", file)
    assert code == 0, said
    found = json.loads(file.read_text())
    assert found["task"] == "fracture"
    assert set(found["metrics"]) == {"auc", "accuracy", "sensitivity", "specificity", "ece"}
    for figure in found["metrics"].values():
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    assert found["n"] + found["left_out"] == 60
    assert found["left_out"] > 0  # it knows the films it was trained on
    assert found["heatmaps"]["evidence"]["n"] > 0
    assert f"{found['metrics']['auc']['value']:.3f}" in said


def test_predict_writes_what_it_promises(cases, weights, tmp_path):
    file = tmp_path / "film.json"
    broken = cases[cases["fracture"] == 1]["image"].iloc[0]
    code, said = run("predict", broken, "--weights", weights, "--json", file)
    assert code == 0, said
    found = json.loads(file.read_text())
    assert {"task", "label", "probability", "heatmap_peak", "warnings"} <= set(found)
    assert found["label"] in ("fracture", "no fracture")
    row, column = found["heatmap_peak"]
    assert 0 <= row < 80
    assert 0 <= column < 64
    assert "Not for diagnosis" in said


def test_predict_takes_the_readers_answer_about_the_grey_scale(cases, weights, tmp_path):
    """A film that lies the wrong way round, and the word that it does: the answer of the film the right way round."""
    film = cases[cases["fracture"] == 1]["image"].iloc[0]
    with Image.open(film) as upright:
        ImageOps.invert(upright.convert("L")).save(tmp_path / "turned.png")
    found = {}
    for name, words in {
        "upright": [film],
        "settled": [film, "--grey", "as-is"],
        "turned": [tmp_path / "turned.png", "--grey", "inverted"],
    }.items():
        code, said = run("predict", *words, "--weights", weights, "--json", tmp_path / f"{name}.json")
        assert code == 0, said
        found[name] = json.loads((tmp_path / f"{name}.json").read_text())
    assert found["turned"]["probability"] == found["settled"]["probability"] == found["upright"]["probability"]
    assert run("predict", film, "--grey", "sideways")[0] == 2


def test_predict_says_what_of_a_folder_it_passed_over(cases, weights, tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.png", "b.PNG"):
        (folder / name).write_bytes(Path(cases["image"].iloc[0]).read_bytes())
    (folder / "._a.png").write_bytes(b"Mac")
    (folder / "notes.xlsx").write_bytes(b"notes")
    code, said = run("predict", folder, "--weights", weights, "--json", tmp_path / "all.json")
    assert code == 0, said
    assert "2 files are no films by their names and were passed over: ._a.png, notes.xlsx" in said
    told = json.loads((tmp_path / "all.json").read_text())
    assert [row["film"] for row in told] == ["a.png", "b.PNG", "._a.png", "notes.xlsx"]
    assert [row.get("skipped", False) for row in told] == [False, False, True, True]


def test_a_training_whose_validation_films_are_of_one_kind_ends_before_the_first_epoch(cases):
    from xrlearn.training import train

    one = cases[(cases["split"] != "valid") | (cases["fracture"] == 1)]
    with pytest.raises(ValueError, match="validation films are all of one kind"):
        train("fracture", one, epochs=1, size=64, batch_size=8)


@pytest.mark.parametrize(("spoil", "sentence"), [("label", "is no number: film"), ("film", "cannot be read: gone.png")])
def test_films_and_labels_are_looked_at_before_the_first_epoch(spoil, sentence, cases):
    import xrlearn as xr

    spoiled = cases.copy()
    at = spoiled.index[spoiled["split"] == "train"][0]
    if spoil == "label":
        spoiled["fracture"] = spoiled["fracture"].astype(float)
        spoiled.loc[at, "fracture"] = float("nan")
        sentence = f"is no number: {Path(spoiled.loc[at, 'image']).name}"
    else:
        spoiled.loc[at, "image"] = str(Path(spoiled.loc[at, "image"]).with_name("gone.png"))
    with pytest.raises(ValueError, match=sentence):
        xr.learner("fracture", spoiled, size=64, batch_size=8)


def test_train_leaves_a_model_that_evaluate_takes(folder, tmp_path):
    code, said = run("train", "fracture", "--source", folder, "--epochs", 1, "--size", 64, "--out", tmp_path / "m")
    assert code == 0, said
    card = json.loads((tmp_path / "m" / "fracture.json").read_text())
    assert card["figures"]["n"] > 0
    assert card["figures"]["n"] + card["figures"]["left_out"] == 60
    assert len(card["figures"]["operating"]) == 101
    assert card["limits"]["zh"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["predict", "nowhere.dcm"], "no such file"),
        (["evaluate", "knee-replacement"], "no task called knee-replacement"),
        (["evaluate", "fracture", "--source", "."], "labels.csv"),
        (["evaluate", "fracture", "--weights", "."], "xrlearn train fracture"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = run(*words)
    assert code == 1
    assert sentence in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1
