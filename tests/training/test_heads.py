"""Several answers of one network: unknown ones teach nothing, each head has a map, a mirrored film is another side."""

import numpy as np
import pandas as pd
import pytest
import torch

import xrlearn as xr
from xrlearn.tasks import find
from xrlearn.tasks.trauma_attributes import attributes
from xrlearn.training.films import square
from xrlearn.training.learners.several import SeveralLoss
from xrlearn.training.networks.several_heads import HeadsNet

TASK = find("trauma-attributes")


@pytest.fixture(scope="module")
def learn():
    torch.manual_seed(0)
    cases = xr.load("trauma-attributes", n=12, size=64).sort_values("fracture")
    cases = cases.assign(split=np.resize(["train", "valid"], len(cases)))
    return xr.learner("trauma-attributes", cases, size=64, pretrained=False, boxes=True)


def test_every_region_sends_its_share_of_films():
    cases = xr.load("trauma-attributes", n=12, size=64)
    assert cases["body_part"].value_counts().to_dict() == dict.fromkeys(range(6), 2)
    assert set(zip(cases["side"], cases["left_side"], strict=True)) <= {("L", 1), ("R", 0)}
    assert cases["film_view"].isin([0, 1, 2]).all()


def test_what_a_film_does_not_tell_is_not_known():
    fracatlas = pd.DataFrame({"region": ["hand", "hip", "hand+leg"], "view": ["frontal", "lateral", "frontal+lateral"],
                              "hand": 1, "leg": 0})  # fmt: skip
    told = attributes(fracatlas)
    assert told["body_part"].isna().tolist() == [True, False, True]
    assert told["film_view"].isna().tolist() == [False, False, True]
    assert told["left_side"].isna().all()


def test_unknown_answers_teach_nothing():
    loss = SeveralLoss(TASK.answer)
    said = torch.randn(3, TASK.answer.outputs, requires_grad=True)
    truth = torch.tensor([[1.0, float("nan"), 2, float("nan")]] * 3)
    loss(said, truth).backward()
    taught = said.grad.abs().sum(0) > 0
    assert taught.tolist() == [True, False, *[True] * 6, *[False] * 3]


def test_figures_are_of_the_films_that_tell():
    answer = TASK.answer
    rng = np.random.default_rng(0)
    truth = np.stack([rng.integers(0, top, 40) for top in (2, 2, 6, 3)], 1).astype(float)
    output = rng.normal(size=(40, answer.outputs))
    calibration = answer.calibrate(truth, output)
    whole = answer.figures(truth, output, calibration, np.arange(40))
    gaps = truth.copy()
    gaps[:20, 3], gaps[:, 1] = np.nan, np.nan
    some = answer.figures(gaps, output, calibration, np.arange(40))
    assert some["fracture.auc"] == whole["fracture.auc"]
    assert not any(name.startswith("left_side") for name in some)
    half = answer.parts[3].figures(truth[20:, 3].astype(int), output[20:, 8:], {}, np.arange(20))
    assert some["film_view.accuracy"] == half["accuracy"]
    assert "body_part.auc" not in whole  # no part of the body is a disease


def test_each_head_has_a_map_and_an_unknown_one_is_refused(learn):
    case = learn.cases.iloc[0].copy()
    case["image"] = xr.read(case["image"]).confirmed(inverted=False)
    first = xr.explain(learn, case)
    maps = {part.column: xr.explain(learn, case, head=part.column).heatmap for part in TASK.answer.parts}
    assert np.array_equal(maps["fracture"], first.heatmap)
    assert not np.allclose(maps["body_part"], maps["fracture"])
    with pytest.raises(ValueError, match="left_side, body_part"):
        xr.explain(learn, case, head="age")


def test_a_film_is_neither_mirrored_for_learning_nor_for_reading(learn):
    assert not any("Flip" in type(t).__name__ for t in learn.dls.train.after_batch.fs)
    net = HeadsNet([part.outputs for part in TASK.answer.parts], pretrained=False).eval()
    film = xr.read(learn.cases["image"].iloc[0])
    torch.nn.init.normal_(net.vote.weight)
    read = learn.system.look(net, [film], learn.cases.iloc[:1], {"size": 64})
    with torch.inference_mode():
        alone = net(torch.from_numpy(square(film, 64))[None, None]).numpy()
    np.testing.assert_allclose(read.output, alone, atol=1e-5)


def test_all_answers_are_said_in_one_sentence():
    answer = TASK.answer
    calibration = {f"{c}.{k}": v for c in ("fracture", "left_side")
                   for k, v in {"slope": 1.0, "offset": 0.0, "threshold": 0.5}.items()}  # fmt: skip
    said = answer.say(np.array([-3.0, 3, 0, 0, 9, 0, 0, 0, 0, 9, 0]), calibration)
    assert said.label == "fracture: no fracture; side: left; part of the body: forearm; view: lateral"
    assert said.answers["left_side.probability"] > 0.9
