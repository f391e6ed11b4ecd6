import json
import subprocess
import sys

import numpy as np
import pytest
import torch

import xrlearn as xr
from xrlearn.training import train
from xrlearn.training.weights import WeightsError, load_model, model_card, save


def test_a_saved_model_says_the_same(trained, cases, tmp_path):
    path = save(trained, tmp_path)
    back = load_model("fracture", tmp_path)
    before, after = (m.system.read(m.net, cases.head(8), m.card.options).output for m in (trained, back))
    # weights are stored with 8 bits: no probability moves by more than three in a hundred
    np.testing.assert_allclose(1 / (1 + np.exp(-after)), 1 / (1 + np.exp(-before)), atol=0.03)
    assert back.card.calibration == trained.card.calibration
    np.testing.assert_allclose(back.distribution.basis, trained.distribution.basis, atol=1e-2)
    assert np.array_equal(back.seen, trained.seen)
    assert path.stat().st_size < 15e6


def test_loading_draws_no_numbers_for_weights_that_are_stored(trained, tmp_path):
    save(trained, tmp_path)
    before = torch.random.get_rng_state()
    load_model("fracture", tmp_path)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_loading_needs_no_fastai_and_no_pickle(trained, tmp_path):
    save(trained, tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from xrlearn.training.weights import load_model\n"
        "def refuse(event, args):\n"
        "    if event == 'pickle.find_class': raise AssertionError(args)\n"
        "sys.addaudithook(refuse)\n"
        f"load_model('fracture', Path({str(tmp_path)!r}))\n"
        "assert not any(m.split('.')[0] == 'fastai' for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("damage", ["missing", "truncated", "pickle", "other card", "no json"])
def test_damaged_files_give_one_sentence(trained, tmp_path, damage):
    path = save(trained, tmp_path)
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "pickle":
        torch.save({"a": 1}, path)
    elif damage == "other card":
        about = json.loads(path.with_suffix(".json").read_text())
        path.with_suffix(".json").write_text(json.dumps(about | {"options": "big"}))
    else:
        path.with_suffix(".json").write_text("{")
    with pytest.raises(WeightsError) as raised:
        load_model("fracture", tmp_path)
    assert str(raised.value).count(".") <= 3
    assert "xrlearn" in str(raised.value)


def test_no_model_names_the_command(tmp_path):
    with pytest.raises(WeightsError, match="xrlearn train fracture"):
        model_card("fracture", tmp_path)


def test_a_training_may_begin_with_a_model_and_knows_what_it_has_seen(trained, cases):
    others = cases.assign(
        split=["train" if part == "test" else "test" if part == "train" else part for part in cases.split]
    )
    refined = train("fracture", others, epochs=1, begin=trained, size=64, batch_size=8)
    assert refined.card.training["begun_with"] == trained.card.version
    assert max(refined.card.training["rates"]) < max(trained.card.training["rates"])
    assert all(refined.knows(xr.read(film)) for film in cases["image"])
    test = cases[cases["split"] == "test"]
    again, before = (model.system.read(model.net, test, model.card.options).output for model in (refined, trained))
    assert np.corrcoef(again, before)[0, 1] > 0.8  # one epoch from nothing knows nothing


def test_a_training_begins_with_a_model_of_its_own_kind_only(trained, cases):
    with pytest.raises(WeightsError, match="same task, family and size"):
        train("fracture", cases, epochs=1, begin=trained, size=96)
