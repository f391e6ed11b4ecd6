import numpy as np
import torch

import xrlearn as xr
from xrlearn.heatmaps.maps import MAPS, centre_prior, evidence_map, grad_cam, random_map
from xrlearn.heatmaps.scoreboard import score_maps, scoreboard, table


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


def test_the_evidence_map_is_the_networks_own(trained):
    heat = evidence_map(trained.net, _film())
    np.testing.assert_allclose(heat, torch.sigmoid(trained.net.evidence[0, 0]).numpy(), atol=1e-6)


def test_baselines_know_nothing_of_the_network(trained):
    film = _film()
    assert np.array_equal(random_map(trained.net, film), random_map(trained.net, film))
    assert not np.array_equal(random_map(trained.net, film), random_map(trained.net, _film(1)))
    border = np.zeros((64, 64), np.float32)
    border[10:30, 20:60] = 0.5
    assert np.unravel_index(centre_prior(trained.net, border).argmax(), (64, 64)) in [(19, 39), (20, 40), (19, 40)]


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
    assert found.hit in (True, False)
    assert found.heatmap.shape == found.film.pixels.shape
    png = found._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert xr.explain(trained, case["image"]).hit is None
