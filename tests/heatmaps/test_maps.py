from dataclasses import replace

import numpy as np
import pytest
import torch

import xrlearn as xr
from xrlearn.heatmaps.maps import MAPS, centre_map, grad_cam, grad_cam_map, own_map, random_map
from xrlearn.heatmaps.report import board, with_figures
from xrlearn.heatmaps.scoreboard import score_maps, scoreboard, table
from xrlearn.heatmaps.scores import points_at
from xrlearn.progress import Stopped
from xrlearn.radiograph import Radiograph
from xrlearn.records import RecordError
from xrlearn.training.networks.evidence import EvidenceNet


def _film(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((64, 64), dtype=np.float32)


def test_grad_cam_equals_a_full_backward_pass(trained):
    """The shortcut (one gradient to the layer) must give what the paper's procedure gives."""
    net, film = trained.net, _film()
    kept = {}

    def keep(_module, _inputs, output):
        output.retain_grad()
        kept["a"] = output

    forward = net.deep.register_forward_hook(keep)
    net.zero_grad()
    with torch.enable_grad():
        logits = net(torch.from_numpy(film)[None, None])
        (logits[0, 1] - logits[0, 0]).backward()
    forward.remove()
    activation, gradient = kept["a"], kept["a"].grad
    expected = torch.relu((gradient.mean((2, 3), keepdim=True) * activation).sum(1))[0].detach()
    expected = expected / expected.max().clamp(min=1e-12)
    np.testing.assert_allclose(grad_cam(net, film), expected.numpy(), atol=1e-5)


def test_no_hook_is_left_behind(trained):
    before = len(trained.net.deep._forward_hooks)
    grad_cam(trained.net, _film())
    assert len(trained.net.deep._forward_hooks) == before


def test_a_models_own_map_is_the_one_that_predict_shows(trained):
    film = Radiograph(_film())
    heat = own_map(trained, film)
    assert heat.shape == (64, 64)
    assert heat.std() > 0
    assert np.array_equal(heat, xr.predict(film, model=trained).heatmap)


@pytest.mark.parametrize("a_map", [own_map, grad_cam_map])
def test_the_map_of_a_mirrored_film_is_mirrored(trained, a_map):
    torch.manual_seed(3)  # a network that has learned nothing finds something on any film
    trained, film = replace(trained, net=EvidenceNet().eval()), _film() * np.repeat([0.3, 1], 32).astype(np.float32)
    heat, mirrored = a_map(trained, Radiograph(film)), a_map(trained, Radiograph(film[:, ::-1].copy()))
    np.testing.assert_allclose(mirrored, heat[:, ::-1], atol=1e-4)
    assert not np.allclose(heat, heat[:, ::-1], atol=1e-4)


def test_baselines_know_nothing_of_the_network(trained):
    film = Radiograph(_film())
    assert np.array_equal(random_map(trained, film), random_map(trained, film))
    assert not np.array_equal(random_map(trained, film), random_map(trained, Radiograph(_film(1))))
    heat = centre_map(trained, Radiograph(np.zeros((65, 41), np.float32)))
    assert np.unravel_index(heat.argmax(), heat.shape) == (32, 20)
    assert np.array_equal(heat, centre_map(trained, Radiograph(np.ones((65, 41), np.float32))))


def test_a_model_that_learned_beats_the_baselines(trained, cases):
    test = cases[cases["split"] == "test"]
    scores = score_maps(trained, test)
    lesions = int((test["fracture"] == 1).sum())
    assert len(scores) == lesions * len(MAPS)
    board = scoreboard(scores)
    ours, noise = board.loc["heatmaps.map.evidence"], board.loc["heatmaps.map.random"]
    assert ours["n"] == lesions
    assert ours["hit"] > noise["hit"]
    assert ours["energy"] > noise["energy"]
    assert ours["hit_low"] <= ours["hit"] <= ours["hit_high"]
    assert "%" in table(board).iloc[0, 0]


def test_explain_tells_whether_it_hit(trained, cases):
    case = cases[(cases["split"] == "test") & (cases["fracture"] == 1)].iloc[0]
    found = xr.explain(trained, case)
    assert found.hit == points_at(found.heatmap, case["boxes"])
    assert found.heatmap.shape == found.film.pixels.shape
    row, column = np.unravel_index(found.heatmap.argmax(), found.heatmap.shape)
    for down, hit in ((0, True), (20 if row < 40 else -20, False)):
        box = (row + down - 4.0, column - 4.0, row + down + 4.0, column + 4.0)
        assert xr.explain(trained, {"image": case["image"], "boxes": [box]}).hit == hit
    png = found._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert xr.explain(trained, case["image"]).hit is None


@pytest.mark.parametrize("method", ["grad_cam", "centre", "random"])
def test_explain_shows_the_map_that_is_asked_for(method, trained, cases):
    case = cases[cases["fracture"] == 1].iloc[0]
    found = xr.explain(trained, case, method)
    assert np.array_equal(found.heatmap, MAPS[f"heatmaps.map.{method}"](trained, found.film))
    assert found.hit == points_at(found.heatmap, case["boxes"])
    assert not np.array_equal(found.heatmap, xr.explain(trained, case).heatmap)


def test_another_method_is_refused_by_the_names_of_those_there_are(trained):
    with pytest.raises(ValueError, match=r"lime.*evidence, grad_cam"):
        xr.explain(trained, Radiograph(_film()), "lime")


def test_a_learner_is_explained_like_the_model_it_holds(trained, cases):
    learn = xr.learner("fracture", cases, size=64, batch_size=8)
    learn.model.load_state_dict(trained.net.state_dict())
    case = cases.iloc[-1]
    np.testing.assert_allclose(xr.explain(learn, case).heatmap, xr.explain(trained, case).heatmap, atol=1e-5)


def test_a_family_without_a_map_shows_the_points_that_its_answer_rests_on():
    found = xr.explain("cobb-angle", Radiograph(np.random.default_rng(0).random((160, 80), np.float32)))
    assert found.heatmap is found.hit is None
    assert len(found.points) == 68
    plain, marked = found.plot().axes
    assert len(plain.lines) == 0
    assert len(marked.lines) == 68


def test_what_reads_no_film_has_no_map():
    with pytest.raises(RecordError, match="fracture-report"):
        xr.explain("fracture-report", {"report": "No fracture."})


def test_figures_of_several_sources_stand_beside_each_other_and_the_first_is_the_cards(trained, cases):
    test = cases[cases["split"] == "test"]
    model = with_figures(trained, {"here": test, "there": test[test["fracture"] >= 0].iloc[:-2]})
    figures = model.card.figures
    assert list(figures["by_source"]) == ["here", "there"]
    assert figures["n"] == figures["by_source"]["here"]["n"] == figures["by_source"]["there"]["n"] + 2
    assert figures["source"] == "here"
    assert figures["command"] == "xrlearn evaluate fracture --source here"


def test_a_board_is_kept_for_films_with_lesions_of_what_is_asked(trained, cases):
    result = xr.evaluate(trained, cases[cases["split"] == "test"])
    assert board(trained, result).loc["heatmaps.map.evidence", "n"] > 0
    bare = result.cases.drop(columns="boxes")
    assert board(trained, replace(result, cases=bare)) is None
    assert board(trained, replace(result, cases=bare.assign(boxes=[[] for _ in range(len(bare))]))) is None


def test_scoring_stops_when_it_is_asked_to(trained, cases):
    told = []
    with pytest.raises(Stopped):
        score_maps(trained, cases, progress=lambda done, total: told.append((done, total)) or True)
    assert told == [(1, int((cases["fracture"] == 1).sum()))]
