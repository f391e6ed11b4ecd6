"""The family that marks a lesion: patches stay on what they show, pairs are cut alike, whole films are read."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import xrlearn as xr
from xrlearn.radiograph import Radiograph
from xrlearn.tasks import find
from xrlearn.tasks.answers import AnswerError
from xrlearn.training import calibrate, load_model, save
from xrlearn.training.films import at_scale, film_of
from xrlearn.training.learners.loaders import taught
from xrlearn.training.learners.patches import SIDE, Patches, Shown, change, exposed, patch, patch_loss
from xrlearn.training.systems import system_of

FRACTURE = find("fracture")


def bone(rng: np.random.Generator) -> np.ndarray:
    """A bright bar down a film of 160 x 112 pixels."""
    columns = np.arange(112)
    bar = 120 * np.exp(-(((columns - rng.uniform(40, 72)) / 14) ** 2))
    return 40 + bar + rng.normal(0, 4, (160, 112))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> pd.DataFrame:
    """Twelve bones filmed whole and broken: a dark line crosses those that are broken."""
    folder, rng, rows = tmp_path_factory.mktemp("bones"), np.random.default_rng(0), []
    for k in range(12):
        whole, at = bone(rng), int(rng.integers(30, 124))
        for broken in (0, 1):
            grey = whole.copy()
            grey[at : at + 5] -= 90 * broken
            path = folder / f"{k}-{broken}.png"
            Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(path)
            boxes = [(float(at), 20.0, at + 5.0, 92.0)] * broken
            rows.append({"image": str(path), "patient": f"p{k}", "pair": f"p{k}", "fracture": broken, "boxes": boxes})
    split = np.repeat(["train"] * 6 + ["valid"] * 3 + ["test"] * 3, 2)
    return pd.DataFrame(rows).assign(split=split, spacing_mm=1.4)


def test_a_mask_stays_on_what_it_marks():
    """Wherever a patch is cut, its mask is where the film is bright, and only on the film that shows the lesion."""
    films = np.zeros((2, 200, 150), np.uint8)
    mask = np.zeros((200, 150), bool)
    mask[90:110, 60:80] = True
    films[1][mask] = 255
    rng, seen = np.random.default_rng(0), 0
    for _ in range(20):
        cut, marked = patch(Shown(films, mask, np.array([False, True])), rng)
        assert cut.shape == marked.shape == (2, SIDE, SIDE)
        assert not marked[0].any()
        assert not cut[0].any()
        assert ((cut[1] > 0.6) & (marked[1] == 0)).sum() == 0
        assert ((cut[1] < 0.2) & (marked[1] == 1)).sum() == 0
        seen += int(marked[1].any())
    assert seen >= 12


def test_both_films_of_a_pair_are_exposed_alike():
    films = torch.rand(1, SIDE, SIDE).repeat(2, 1, 1)
    for seed in range(8):
        one, other = exposed(films, np.random.default_rng(seed))
        assert 0 <= one.min() <= one.max() <= 1
        assert (one - other).abs().mean() < 0.03  # their noise
    assert (one - films[0]).abs().mean() > 0.03


def test_what_a_lesion_changes_is_measured_where_it_lies():
    rng = np.random.default_rng(0)
    film, mask = bone(rng).astype(np.uint8), np.zeros((160, 112), bool)
    mask[60:66, 20:92] = True
    elsewhere, here = film.copy(), film.copy()
    elsewhere[140:150] = 0
    here[60:66] = 0
    same, far, near = (
        change(Shown(np.stack([film, f]), mask, np.array([0, 1], bool))) for f in (film, elsewhere, here)
    )
    assert same == 0
    assert far < 0.1 * near


def test_pairs_that_show_nothing_are_not_learned_from(pairs):
    train = taught(pairs, FRACTURE.answer).query("split == 'train'").reset_index(drop=True)
    whole = train.loc[train["answer"] == 0, "image"].to_numpy()
    hidden = train.assign(image=[whole[k // 2] if k < 4 else film for k, film in enumerate(train["image"])])
    kept = Patches(hidden, 320, learns=True, augment=False)
    shown = [change(kept.shown(k)) for k in kept.items]
    assert 3 <= len(shown) <= 4
    assert min(shown) > 0.1
    assert len(Patches(hidden, 320, learns=False, augment=False)) == 6


def test_broken_films_alone_teach_where_their_place_is_known(pairs):
    train = taught(pairs.drop(columns="pair"), FRACTURE.answer).query("split == 'train'").reset_index(drop=True)
    train.at[1, "boxes"] = []
    films = Patches(train, 320, learns=True, augment=True)
    assert len(films) == 11
    assert films[0][0].shape == (1, 1, SIDE, SIDE)
    nowhere = pairs.assign(boxes=[[] for _ in range(len(pairs))])
    with pytest.raises(AnswerError, match="where a lesion lies"):
        xr.learner("fracture", nowhere, system="patches", pretrained=False)


def test_the_loss_spares_the_cells_beside_a_lesion():
    masks = torch.zeros(1, 1, 96, 96)
    masks[0, 0, 40:48, 40:48] = 1
    right = torch.full((1, 1, 12, 12), -8.0)
    right[0, 0, 5, 5] = 8
    beside, astray = right.clone(), right.clone()
    beside[0, 0, 5, 6] = astray[0, 0, 1, 1] = 4
    loss = [patch_loss(said, masks).item() for said in (right, beside, astray)]
    assert loss[1] == pytest.approx(loss[0], abs=0.01)
    assert loss[2] > loss[0] + 0.03
    assert patch_loss(torch.full_like(right, -8.0), masks) > loss[2]


def test_a_film_is_read_at_its_scale():
    film = np.zeros((400, 200), np.float32)
    assert at_scale(Radiograph(film, spacing_mm=(0.7, 0.7)), 1.4, 320).size == (100, 200)
    assert at_scale(Radiograph(film, spacing_mm=(0.7, 1.4)), 1.4, 320).size == (200, 200)
    assert at_scale(Radiograph(film), 1.4, 320).size == (160, 320)
    assert at_scale(Radiograph(film, spacing_mm=(90.0, 90.0)), 1.4, 320).size == (160, 320)  # 36 m: a slip


def test_a_table_tells_the_scale_that_a_file_does_not():
    film = Radiograph(np.zeros((40, 30), np.float32))
    assert film_of({"image": film, "spacing_mm": np.float64(0.3)}).spacing_mm == (0.3, 0.3)
    assert film_of({"image": film, "spacing_mm": float("nan")}).spacing_mm is None
    assert film_of({"image": film}).spacing_mm is None
    known = Radiograph(film.pixels, spacing_mm=(0.2, 0.2))
    assert film_of({"image": known, "spacing_mm": 0.3}).spacing_mm == (0.2, 0.2)


def test_it_learns_reads_whole_films_and_shows_where(pairs, tmp_path):
    """After a few steps broken bones that it has never seen score higher than whole ones; its map is on the line."""
    torch.manual_seed(0)
    learn = xr.learner("fracture", pairs, system="patches", augment=False)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(12, slice(1e-3, 3e-3))
    assert learn.recorder.values[-1][1] < learn.recorder.values[0][1]
    result = xr.evaluate(learn)
    assert result.reading.heat.shape == (6, 40, 40)
    score = result.cases.set_index(["pair", "fracture"])["score"].unstack()
    assert (score[1] > score[0]).all()

    save(calibrate(learn), tmp_path)
    model = load_model("fracture", tmp_path)
    assert model.card.system == "patches"
    broken = result.cases[result.cases["fracture"] == 1].iloc[0]
    said, seen = xr.predict(broken, model=model), xr.explain(model, broken)
    assert json.dumps(said.to_json())
    assert said.heatmap.shape == (160, 112)
    assert np.array_equal(said.heatmap, seen.heatmap)
    assert abs(np.unravel_index(seen.heatmap.argmax(), (160, 112))[0] - broken["boxes"][0][0]) < 24
    assert xr.explain(model, broken, "grad_cam").heatmap.shape == (160, 112)


@pytest.mark.parametrize("shape", [(1, 1), (9, 700), (33, 47)])
def test_films_of_any_shape_are_read(shape):
    system = system_of(FRACTURE, "patches")
    net = system.network({"size": 64})
    film = Radiograph(np.random.default_rng(0).random(shape, np.float32))
    reading = system.read(net, pd.DataFrame({"image": [film]}), {"size": 64})
    assert np.isfinite(reading.output).all()
    assert system.on_film(reading.heat[0], film, {}).shape == shape
