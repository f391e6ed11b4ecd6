"""Bone age in two stages: films and landmarks that fit, places that are cut where they lie, networks that learn."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.data.labels import males
from xrlearn.phantom.film import make
from xrlearn.radiograph import Radiograph, RadiographError
from xrlearn.radiograph.hand import FINGERS, PLACES, POINTS, squares
from xrlearn.tasks import find
from xrlearn.training import load_model, save
from xrlearn.training.calibration import calibrate
from xrlearn.training.learners.places import PlaceLoss, covered, exposed, moved
from xrlearn.training.networks.find_and_read import cut, together
from xrlearn.training.prediction import PredictionError
from xrlearn.training.systems import system_of

TASK = find("bone-age")


def child(months: float, sex: str = "M", side: str = "L", seed: int = 3, size: int = 256):
    return make(
        "hand", size=size, seed=seed, bone_age_months=months, sex=sex, side=side, cast=False, metal="none", ring=False
    )


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Sixteen children, 3 to 17 years, half of them right hands, in every split."""
    rows, folder = [], tmp_path_factory.mktemp("hands")
    for k, age in enumerate(np.linspace(36, 204, 8)):
        for side in "LR":
            film, truth = child(float(age), side=side, seed=k, size=128)
            file = folder / f"{k}{side}.png"
            Image.fromarray(np.round(film.pixels * 255).astype(np.uint8)).save(file)
            rows.append({
                "image": str(file), "patient": f"{side}{k}", "split": ("train", "valid", "test", "train")[k % 4],
                "bone_age": age, "sex": "M", "landmarks": truth.landmarks,
            })  # fmt: skip
    return pd.DataFrame(rows)


def fitted(learn, epochs: int):
    """Losses of the batches and the validation error before and after."""
    learn.remove_cbs([cb for cb in learn.cbs if type(cb).__name__ == "AverageWeights"])  # too slow for so few steps
    with learn.no_bar(), learn.no_logging():
        learn.fit(epochs, 3e-3)
    return [float(value) for value in learn.recorder.losses], [row[-1] for row in learn.recorder.values]


def test_points_move_with_their_film():
    """A bright spot lies under its point wherever the film is moved to."""
    torch.manual_seed(0)
    film, at = torch.zeros(6, 1, 96, 96), torch.tensor([0.45, 0.6])
    film[:, :, 41:46, 55:60] = 1
    there, points = moved(film, at.expand(6, 1, 2))
    for one, (row, column) in zip(there[:, 0], points[:, 0] * 96, strict=True):
        assert one[int(row), int(column)] > 0.5
    assert points.std(0).min() > 0.01


def test_exposure_and_covers_change_films_but_not_their_size():
    torch.manual_seed(0)
    film = torch.rand(4, 1, 64, 64)
    other = exposed(film)
    assert other.shape == film.shape
    assert bool((other != film).any())
    laid = covered(film.clone())
    assert 0 < float((laid != film).float().mean()) < 0.9


def test_places_are_cut_where_they_lie():
    """Whatever is painted at the centre of a place is found in the middle of what is cut."""
    _, truth = child(120.0, size=320)
    at = np.array([truth.landmarks[name] for name in POINTS])
    centre, down = squares(at[None] / 320)
    painted = torch.zeros(1, 1, 320, 320)
    for row, column in centre[0] * 320:
        painted[0, 0, int(row) - 2 : int(row) + 3, int(column) - 2 : int(column) + 3] = 1
    small, large = cut(painted, centre, down, 2)
    assert small.shape == (15, 1, 44, 44)
    assert large.shape == (2, 1, 72, 72)
    assert float(small[:, 0, 20:24, 20:24].mean((1, 2)).min()) > 0.8
    assert float(large[:, 0, 34:38, 34:38].mean((1, 2)).min()) > 0.8


def test_the_surest_place_counts_most():
    number, log_error = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, -3.0]])
    assert float(together(number, log_error)) > 0.9
    assert float(together(number, torch.zeros(1, 2))) == 0.5


def test_the_loss_rewards_truth_and_honest_doubt():
    loss = PlaceLoss(0, 1).of_places
    truth, sure, unsure = torch.tensor([0.0]), torch.full((1, 17), -2.0), torch.zeros(1, 17)
    right, wrong = torch.zeros(1, 17), torch.ones(1, 17)
    assert loss(right, sure, truth) < loss(right, unsure, truth)
    assert loss(wrong, sure, truth) > loss(wrong, unsure, truth)


def test_points_that_a_film_lacks_count_for_nothing():
    loss = PlaceLoss(0, 1)
    found, number, doubt, truth = torch.zeros(1, 2, 2), torch.zeros(1, 17), torch.zeros(1, 17), torch.zeros(1)
    lacking = torch.tensor([[[0.1, 0.1], [torch.nan, torch.nan]]])
    assert float(loss((found, number, doubt), lacking, truth)) == pytest.approx(10)
    assert float(loss((found, number, doubt), torch.full((1, 2, 2), torch.nan), truth)) == 0


def test_both_stages_learn_and_read_as_saved(cases, tmp_path):
    """Also from a newborn's film without a capitate, and a film whose landmarks nobody knows."""
    some = cases.copy()
    del_one = {name: at for name, at in some["landmarks"][0].items() if name != "centre of capitate"}
    some["landmarks"] = [del_one, None, *some["landmarks"][2:]]
    torch.manual_seed(0)
    learn = xr.learner("bone-age", some, size=128)
    losses, _ = fitted(learn, 16)
    assert np.isfinite(losses).all()
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])
    save(calibrate(learn), tmp_path)
    model = load_model("bone-age", tmp_path)
    film = xr.read(some["image"][0])
    for name, learned in learn.model.state_dict().items():  # kept in 16 bits
        torch.testing.assert_close(model.net.state_dict()[name], learned, rtol=1e-2, atol=2e-3, check_dtype=False)
    learn.model.load_state_dict(model.net.state_dict())
    said, same = model.read(film, sex="M"), learn.system.read(learn.model, some[:1], learn.options)
    assert said.output[0] == pytest.approx(same.output[0], abs=0.01)
    assert tuple(said.points[0]) == POINTS


def test_films_without_landmarks_teach_the_second_stage_alone(cases):
    torch.manual_seed(0)
    learn = xr.learner("bone-age", cases.drop(columns="landmarks"))
    before = {name: value.clone() for name, value in learn.model.named_parameters()}
    fitted(learn, 1)
    changed = {name.split(".")[0] for name, value in learn.model.named_parameters() if (value != before[name]).any()}
    assert changed == {"read"}


@pytest.mark.parametrize(("months", "sex", "side"), [(60.0, "M", "L"), (132.0, "F", "R"), (192.0, "M", "L")])
def test_the_shipped_model_reads_children_it_never_saw(months, sex, side):
    film, truth = child(months, sex, side, seed=9001, size=320)
    found = xr.predict({"image": film, "sex": sex}, "bone-age")
    assert found.answers["value"] == pytest.approx(months, abs=20)
    assert found.heatmap is None
    assert tuple(found.parts) == tuple(place.name for place in PLACES)
    centre, down = squares(np.array([truth.landmarks[name] for name in POINTS]))
    at = np.array([[part["row"], part["column"]] for part in found.parts.values()])
    assert np.median((np.linalg.norm(at - centre, axis=1) / np.linalg.norm(down, axis=1))[:FINGERS]) < 0.25
    near = [np.linalg.norm(np.subtract(found.points[name], truth.landmarks[name])) for name in POINTS]
    assert np.median(near) < 4


def test_a_right_hand_is_as_old_as_its_mirror_image_and_girls_are_ahead():
    film, _ = child(120.0, side="R", seed=9002)
    mirror = Radiograph(pixels=film.pixels[:, ::-1].copy())
    rows = pd.DataFrame({"image": [film, mirror, film], "sex": ["M", "M", "F"]})
    model = load_model("bone-age")
    ours, theirs, girl = model.system.read(model.net, rows, model.card.options).output
    assert abs(ours - theirs) < 4
    assert girl < ours


def test_a_sex_is_understood_however_it_is_written():
    told = pd.DataFrame({"sex": ["M", "male", "男", 1, 1.0, "F", "Female", "女", 0, "0"]})
    assert males(told) == [1.0] * 5 + [0.0] * 5
    for wrong in (pd.DataFrame({"sex": ["x"]}), pd.DataFrame({"sex": [float("nan")]}), pd.DataFrame({"age": [3]})):
        with pytest.raises(DataError, match="F or M"):
            males(wrong)


def test_what_is_missing_or_damaged_is_said_in_one_sentence(tmp_path):
    film, _ = child(120.0, size=128)
    with pytest.raises(PredictionError, match="sex"):
        xr.predict(film, "bone-age")
    with pytest.raises(DataError, match="F or M"):
        xr.predict({"image": film, "sex": "x"}, "bone-age")
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    with pytest.raises(RadiographError):
        xr.predict({"image": tmp_path / "torn.png", "sex": "F"}, "bone-age")


def test_both_stages_are_one_module():
    net = system_of(TASK).network({"size": 320})
    assert {name.split(".")[0] for name in net.state_dict()} == {"find", "read"}


def test_small_films_leave_no_map_of_one_pixel():
    """There the gradient of a 16-bit convolution holds whatever lay in memory: now and then a training was lost."""
    learn = xr.learner("bone-age", xr.load("bone-age", n=16, size=64), size=32)
    deepest = 2 ** (len(learn.model.find.down) - 1)
    assert learn.system.side(learn.options) > deepest


def test_a_small_network_learns_from_nothing():
    cases = xr.load("bone-age", n=16, size=80)
    cases = cases.assign(split=np.resize(["train", "train", "valid", "test"], len(cases)))
    learn = xr.learner("bone-age", cases, system="scratch", size=80, batch_size=4)
    with learn.no_bar(), learn.no_logging():
        learn.fit(1)
    found = xr.evaluate(learn)
    assert found.reading.heat is not None
    assert found.metrics["mae"]["low"] <= found.metrics["mae"]["value"] <= found.metrics["mae"]["high"]
