"""A film read with what else is known: each voice alone, all together, and what is missing left out."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

import xrlearn as xr
from xrlearn.phantom import Cohort
from xrlearn.records.requests import LABORATORY, beside
from xrlearn.stats import auc
from xrlearn.training import calibrate, load_model, save
from xrlearn.training.networks.in_context import VOICES, ContextNet


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    found = xr.load("fracture-in-context", n=16, size=64)
    turn = found.sort_values("fracture", kind="stable")
    return turn.assign(split=np.resize(["train", "test", "valid", "train"], len(turn))).sort_index()


@pytest.fixture(scope="module")
def model(cases):
    torch.manual_seed(0)
    learn = xr.learner("fracture-in-context", cases, size=64, batch_size=4, pretrained=False)
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    return calibrate(learn)


def test_the_earlier_film_is_of_the_same_wrist_on_another_day(cases):
    row = cases[cases["fracture"] == 1].iloc[0]
    now, before = xr.read(row["image"]).pixels, xr.read(row["earlier"]).pixels
    assert now.shape[0] == before.shape[0] == 64
    assert not np.array_equal(now, before)
    assert cases["earlier"].is_unique
    assert not set(cases["earlier"]) & set(cases["image"])


def test_the_earlier_film_has_no_lesion():
    made = list(Cohort("wrist", 4, earlier=True, size=48, mix={"colles": 1.0}).films())
    assert [truth.labels["fracture"] for _, truth in made] == [0, 1] * 4
    assert len({truth.patient["id"] for _, truth in made}) == 4
    with pytest.raises(ValueError, match="both"):
        Cohort("wrist", 4, earlier=True, pairs=True)


def test_request_and_laboratory_tell_as_much_as_their_docstring_says():
    """The laboratory by one sum, the words by how often each is said with and without a fracture."""
    people = pd.DataFrame({"patient": [f"p{i}" for i in range(6000)], "fracture": np.arange(6000) % 2})
    told = beside(people)
    blood = told.dropna(subset=["crp"])
    score = 0.01 * -blood["urate"] - np.log(blood["crp"]) - 0.02 * blood["vitamin_d"]
    assert 0.6 < auc(blood["fracture"].to_numpy(), score.to_numpy()) < 0.72
    half = told.index < 3000
    words = told["request"].str.findall(r"[^.。?？]+")
    counts = words[half].explode().str.strip().groupby(told["fracture"]).value_counts().unstack(0).fillna(0) + 1
    weight = np.log(counts[1] / counts[0])
    said = words[~half].map(lambda phrases: sum(weight.get(p.strip(), 0.0) for p in phrases))
    assert 0.75 < auc(told["fracture"][~half].to_numpy(), said.to_numpy()) < 0.86


def test_voices_add_up_and_what_is_missing_is_left_out(model, cases):
    row = cases.iloc[[0]].assign(crp=3.0, urate=300.0, vitamin_d=50.0)
    whole = model.system.read(model.net, row, model.card.options)
    assert tuple(whole.parts[0]) == VOICES
    total = sum(part["log_odds"] for part in whole.parts[0].values())
    assert whole.output[0] == pytest.approx(total + model.net.common.item(), abs=1e-4)
    bare = model.system.read(model.net, row[["image"]], model.card.options)
    assert tuple(bare.parts[0]) == ("film",)
    assert bare.parts[0]["film"]["log_odds"] == pytest.approx(whole.parts[0]["film"]["log_odds"], abs=1e-4)


def test_a_prediction_hears_what_it_is_told(model, cases):
    film = xr.read(cases["image"].iloc[0]).confirmed(inverted=False)
    alone = xr.predict(film, model=model)
    told = xr.predict({"image": film, "request": "Fall. Deformed.", "crp": "4"}, model=model)
    assert [*alone.parts] == ["film"]
    assert [*told.parts] == ["film", "request", "laboratory"]
    with pytest.raises(ValueError, match="C-reactive"):
        xr.predict({"image": film, "crp": "-4"}, model=model)


def test_its_figures_set_each_voice_beside_all(model, cases):
    found = xr.evaluate(model, cases[cases["split"] == "test"]).metrics
    assert {f"auc_{name}" for name in VOICES} < set(found)


def test_what_is_saved_reads_the_same(model, cases, tmp_path):
    save(model, tmp_path)
    assert any(name.startswith("net.laboratory") for name in load_file(tmp_path / "fracture-in-context.safetensors"))
    again = load_model("fracture-in-context", tmp_path)
    first, second = (m.system.read(m.net, cases.iloc[:4], m.card.options).output for m in (model, again))
    np.testing.assert_allclose(first, second, atol=0.05)


def test_in_training_a_voice_is_sometimes_silent():
    torch.manual_seed(0)
    net = ContextNet(len(LABORATORY), (), 64, pretrained=False).train()
    net(
        torch.rand(8, 1, 64, 64),
        torch.rand(8, 1, 64, 64),
        torch.ones(8, 3, dtype=torch.long),
        torch.rand(8, 6),
        torch.ones(8, 3),
    )
    silent = (net.voices == 0)[:, [0, 3]].float().mean()
    assert 0 < silent < 1


def test_fastais_habits_get_an_answer_or_a_sentence(cases):
    learn = xr.learner("fracture-in-context", cases, size=64, batch_size=4, pretrained=False)
    with learn.no_bar():
        chances, truth = learn.get_preds(dl=learn.dls.test_dl(cases[cases["split"] == "test"]))
    assert len(chances) == len(truth) == (cases["split"] == "test").sum()
    for habit in (lambda: learn.predict(cases["image"].iloc[0]), lambda: learn.show_results()):
        with pytest.raises(ValueError, match=r"xr\.(predict|explain)"):
            habit()
