"""The black-box lab: maps hit what a trained network knows, and not what a random one does not."""

import numpy as np
import pytest

from xrlearn.heatmaps.tiny_maps import TINY_MAPS, activation_map, randomised
from xrlearn.labs import black_box_state, wrists
from xrlearn.labs.black_box import BlackBoxLab
from xrlearn.labs.black_box_state import CELL, METHODS, NETWORKS, SIZE, Disagreement, Scored, Workbench, judged
from xrlearn.locale import text
from xrlearn.training.miniature.tiny import scores


def made_up(n: int = 160, size: int = 64) -> Workbench:
    """Noise; a broken film has a bright bar somewhere, and a box around it."""
    rng = np.random.default_rng(0)
    films, truth = rng.integers(60, 140, (n, size, size)).astype(np.uint8), np.arange(n) % 2
    boxes = []
    for film, broken in zip(films, truth, strict=True):
        r, c = (int(v) for v in rng.integers(4, size - 20, 2))
        if broken:
            film[r : r + 6, c : c + 14] += 60
        boxes.append([(r - 3, c - 3, r + 9, c + 17)] if broken else [])
    return Workbench(films, truth, boxes)


@pytest.fixture(scope="module")
def bench():
    made = made_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(black_box_state, "_SCORED", 12)
        assert made.train()
        made.board("trained"), made.board("all"), made.board("shuffled")
    return made


def test_a_trained_network_s_maps_hit_and_a_random_one_s_do_not(bench):
    trained, random = bench.board("trained"), bench.board("all")
    assert max(trained[name].hit for name in METHODS) > 0.7
    assert trained["occlusion"].hit > random["occlusion"].hit + 0.3
    assert trained["occlusion"].hit > trained["chance"].high
    for name in METHODS:
        assert trained[name].alike == pytest.approx(1)
        assert random[name].alike < 0.9
        assert trained[name].low <= trained[name].hit <= trained[name].high


def test_the_page_names_the_maps_that_find_the_fracture_and_those_that_do_not(bench):
    board = bench.board("trained")
    better, others = judged(board)
    assert sorted((*better, *others)) == sorted(METHODS)
    assert better  # a bar at a random place: the centre is a poor guess
    for name in better:
        assert board[name].low > board["centre"].hit
    poor = {name: Scored(30, 0.1, 0.03, 0.26, 0.5, 0.1, 0.1, 1.0) for name in METHODS}
    poor["centre"] = Scored(30, 0.4, 0.25, 0.58, 0.6, 0.1, 0.1, 1.0)
    assert judged(poor) == ([], list(METHODS))
    lab = BlackBoxLab()
    said = " ".join(lab._verdict(poor | {"occlusion": Scored(30, 0.9, 0.74, 0.97, 0.9, 0.1, 0.1, 1.0)}))
    assert "more often than the film's centre does (40 %): occlusion." in said
    assert "centre, where the joint lies: class activation map (exact), Grad-CAM, integrated gradients." in said
    assert "Hit less often than the centre: class activation map (exact), Grad-CAM, integrated gradients." in said
    assert "Grad-CAM is coarse, too: one value for 8 of 64 pixels" in said
    assert "in 10 %, in it or within one such cell of it in 50 %" in said
    assert "integrated gradients is coarse" not in said
    assert "Not one of these maps" in lab._verdict(poor)[0]


def test_near_misses_are_hits_and_more(bench):
    assert all(scored.near >= scored.hit for scored in bench.board("trained").values())


def test_a_cell_is_a_step_of_the_last_layer(bench):
    net = bench.nets["trained"]
    scores(net, bench.films[:1])
    assert net.evidence.shape[-1] * CELL == SIZE


def test_the_activation_map_is_what_the_score_is_made_of(bench):
    film, net = bench.films[0], bench.nets["trained"]
    score = scores(net, film[None])[0]
    assert float(net.evidence.mean()) == pytest.approx(score, rel=1e-4)
    assert activation_map(net, film).min() >= 0


@pytest.mark.parametrize("name", TINY_MAPS)
def test_maps_lie_on_the_film_and_are_not_negative(bench, name):
    heat = TINY_MAPS[name](bench.nets["trained"], bench.films[1])
    assert heat.shape == bench.films[1].shape
    assert heat.min() >= 0
    assert np.array_equal(heat, TINY_MAPS[name](bench.nets["trained"], bench.films[1]))


def test_layers_are_forgotten_from_the_end(bench):
    net = bench.nets["trained"]
    first, cell = next(net.trunk.children()).weight, net.cell.weight
    for layers in range(6):
        other = randomised(net, layers)
        assert bool((other.cell.weight == cell).all()) == (layers == 0)
        assert bool((next(other.trunk.children()).weight == first).all()) == (layers < 5)


@pytest.mark.parametrize(("prevalence", "right"), [(0.02, False), (0.5, False), (0.6, True)])
def test_disagreements_are_those_of_two_readers_who_err_independently(prevalence, right):
    both = Disagreement(prevalence, (0.88, 0.95), (0.9, 0.88))
    rng, n = np.random.default_rng(0), 400_000
    broken = rng.random(n) < prevalence
    doctor, model = (rng.random(n) < np.where(broken, a, 1 - b) for a, b in (both.doctor, both.model))
    for says, (on_broken, on_whole) in ((model & ~doctor, both.only_model), (doctor & ~model, both.only_doctor)):
        assert on_broken == pytest.approx(1000 * (says & broken).mean(), abs=2)
        assert on_whole == pytest.approx(1000 * (says & ~broken).mean(), abs=2)
    broken_alone, whole_alone = both.only_model
    assert (broken_alone > whole_alone) == right  # whether the model is more often right than wrong against the doctor


def test_the_view_follows_the_slider_and_the_language(bench, monkeypatch):
    monkeypatch.setattr(wrists, "load_behind", lambda page, **wishes: None)
    lab = BlackBoxLab()
    lab.begin()
    assert lab.bench is None  # stopped: a button goes on
    monkeypatch.setattr(wrists, "load_behind", lambda page, **wishes: bench)
    monkeypatch.setattr(Workbench, "of", classmethod(lambda cls, made: made))
    monkeypatch.setattr(Workbench, "train", lambda self, told: True)
    lab.begin()
    for name in ("trained", "all", "shuffled"):
        lab.network.value = name
        assert lab.scoring.wait(60)
        assert text(f"black_box.network.{name}") in lab.table.value
    assert set(bench.nets) == set(NETWORKS)
    assert lab.stage.filming.wait(60)
    before, first = lab.maps.value, lab.film
    assert lab.stage.viewer.heated
    assert lab.stage.viewer.boxes == bench.boxes[first]
    lab.laid.value = ""
    assert not lab.stage.viewer.heated
    lab.laid.value = "occlusion"
    lab.other.click()
    assert lab.stage.filming.wait(60)
    assert lab.maps.value != before
    assert lab.stage.viewer.boxes == bench.boxes[lab.film] != bench.boxes[first]
    assert lab.stage.viewer.heated
    assert not lab.stage.viewer.outdated
    lab.shares["prevalence"].value = 50
    assert "54" in lab.cost.value
    lab.page.language.value = "zh"
    for widget in (lab.lead, lab.says, lab.maps, lab.table, lab.agree, lab.cost):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in widget.value)
    assert lab.network.value == "shuffled"
