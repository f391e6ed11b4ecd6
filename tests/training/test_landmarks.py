"""The family that finds points: cuts keep points on what they mark, and a network learns to find them."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import xrlearn as xr
from xrlearn.radiograph import Radiograph
from xrlearn.radiograph.spine import CORNERS, cobb
from xrlearn.tasks import find
from xrlearn.tasks.answers import AnswerError, Points
from xrlearn.training import calibrate, load_model, save, shipped
from xrlearn.training.films import Room
from xrlearn.training.learners.hospitals import exposed
from xrlearn.training.learners.points import Cut, PointLoss, Vary
from xrlearn.training.systems import system_of
from xrlearn.training.systems.landmarks import around, fitted, lines

SPINE = find("cobb-angle")
SMALL = {"size": 64, "widths": (8, 16, 16, 16, 16)}


def painted(points: torch.Tensor, side: int = 320) -> torch.Tensor:
    """A square film that is black but for a white spot at each point (columns and rows from -1 to 1)."""
    film = torch.zeros(1, 1, side, side)
    for column, row in ((points + 1) / 2 * side).long().tolist():
        film[0, 0, row - 2 : row + 3, column - 2 : column + 3] = 1
    return film


@pytest.mark.parametrize("transform", [Cut((256, 128)), Vary((256, 128), [1, 0, 2])])
def test_points_stay_on_what_they_mark(transform, monkeypatch):
    """Wherever a film is moved to, the white spots lie under the points, and black beside them."""
    monkeypatch.setattr("xrlearn.training.learners.hospitals.exposed", lambda film: film)
    points = torch.tensor([[-0.12, -0.5], [0.1, -0.4], [0.02, 0.5]])
    torch.manual_seed(0)
    for _ in range(8):
        film, moved = transform.encodes((painted(points), points[None]))
        assert film.shape == (1, 1, 256, 128)
        pixels = (moved[0] + 1) / 2 * torch.tensor([128, 256])
        inside = ((pixels > 1) & (pixels < torch.tensor([127, 255]))).all(1)
        assert inside.sum() >= 2
        for column, row in pixels[inside].long().tolist():
            assert film[0, 0, row, column] > 0.5
            assert film[0, 0, row, column - 14 : column - 9].sum() + film[0, 0, row, column + 9 : column + 14].sum() < 1


def test_a_mirrored_film_has_its_points_under_other_names():
    """Two films in one: the spot called left is on the image's right half before and after."""
    points = torch.tensor([[-0.2, -0.5], [0.2, -0.5], [-0.2, 0.5], [0.2, 0.5]])
    torch.manual_seed(1)
    vary = Vary((64, 32), [1, 0, 3, 2])
    for _ in range(8):
        _, moved = vary.encodes((painted(points), points[None]))
        assert moved[0, 0, 0] < moved[0, 1, 0]
        assert moved[0, 2, 0] < moved[0, 3, 0]


def test_a_point_that_a_film_lacks_is_missed_by_nobody():
    points = torch.tensor([[[-0.1, -0.5], [np.nan, np.nan], [0.1, 0.5]]])
    _, moved = Cut((64, 32)).encodes((torch.zeros(1, 1, 320, 320), points))
    assert torch.isfinite(moved[0, [0, 2]]).all()
    assert torch.isnan(moved[0, 1]).all()
    loss = PointLoss((64, 32), lines(("a", "b", "c"), [(("a",), ("b",))]))
    there = (moved.flip(-1) + 1) / 2
    found = torch.where(torch.isnan(there), torch.tensor(0.3), there).requires_grad_()
    value = loss(found, moved)
    value.backward()
    assert value == 0
    assert torch.isfinite(found.grad).all()


def test_another_hospital_changes_grey_values_and_nothing_else():
    torch.manual_seed(0)
    film = torch.rand(6, 1, 64, 32)
    other = exposed(film)
    assert other.shape == film.shape
    assert 0 <= other.min() <= other.max() <= 1
    assert ((other - film).abs().mean((1, 2, 3)) > 0.01).sum() >= 4


def test_the_loss_is_nought_where_everything_is_found_and_grows_with_tilt():
    loss = PointLoss((256, 128), lines(("a", "b"), [(("a",), ("b",))]))
    truth = torch.tensor([[[-0.5, 0.0], [0.5, 0.0]]])
    found = (truth.flip(-1) + 1) / 2
    assert loss(found, truth) == 0
    lower, both = found.clone(), found.clone()
    lower[0, 1, 0] += 0.02
    both[0, :, 0] += 0.01  # as far off on the mean, but level
    assert loss(lower, truth) > 1.5 * loss(both, truth)
    assert loss.distance(both, truth).item() == pytest.approx(1)


def test_a_second_look_shows_the_points_with_some_room():
    points = np.array([[100.0, 60], [300, 80]])
    left, top, right, bottom = around(points, (0.0, 0.0, 400.0, 900.0), Room(), 0.5)
    assert 0 < left < 60 < 80 < right < 400
    assert 0 < top < 100 < 300 < bottom < 400
    assert around(points, (50.0, 95.0, 90.0, 305.0), Room(), 0.5) == (50.0, 95.0, 90.0, 305.0)  # never beyond the film


def test_fitting_keeps_shares_and_forgets_the_window():
    ramp = Image.fromarray((np.linspace(50, 200, 500)[:, None] * np.ones((1, 300))).astype(np.uint8))
    out = fitted(ramp, (0, 0, 300, 500), (256, 128))
    assert np.abs(out[:, 0] - np.clip((np.linspace(0, 1, 256) - 0.01) / 0.98, 0, 1)).max() < 0.02


class Seer(torch.nn.Module):
    """A network that finds the middle of what is bright; the lower half of the points it says to be below that."""

    def __init__(self) -> None:
        super().__init__()
        self.none = torch.nn.Parameter(torch.zeros(1))

    def forward(self, film: torch.Tensor) -> torch.Tensor:
        at = []
        for bright in (film.sum((1, 3)), film.sum((1, 2))):
            where = (torch.arange(bright.shape[1]) + 0.5) / bright.shape[1]
            at.append((bright * where).sum(1) / bright.sum(1))
        below = torch.stack([torch.arange(len(CORNERS)) >= 34, torch.zeros(len(CORNERS))], -1) * 0.1
        return torch.stack(at, -1)[:, None] + below


def test_points_are_told_in_the_films_own_pixels():
    """The film is looked at twice and mirrored; a spot is found where it was painted, however large the film is."""
    pixels = np.zeros((900, 400), np.float32)
    pixels[630:640, 260:266] = 1
    reading = system_of(SPINE).look(Seer(), [Radiograph(pixels)], pd.DataFrame(index=[0]), {"shape": (256, 128)})
    assert list(reading.points[0]) == list(CORNERS)
    assert reading.points[0]["T1 top right"] == pytest.approx((634.5, 262.5), abs=1)
    assert reading.heat is None
    assert reading.output.shape == (1,)


def test_simulated_corners_give_the_angle_that_the_table_tells():
    """But for what the turning of a film adds to slope and takes from tilt: no patient stands quite straight."""
    for name in ("cobb-angle", "spine-alignment"):
        task, cases = find(name), xr.load(name, n=8, size=256)
        truth = Points(names=task.settings["points"]).truth(cases)
        off = task.settings["measure"](truth) - task.answer.truth(cases)
        if name == "spine-alignment":
            assert list(task.answer.columns[2:4]) == ["sacral_slope", "pelvic_tilt"]
            assert np.abs(off[:, 2] + off[:, 3]).max() < 0.5
            assert np.abs(off[:, 2:4]).max() < 2
            off = off[:, [0, 1, 4]]
        assert np.abs(off).max() < 1


@pytest.fixture(scope="module")
def learned():
    """A small network that has seen a dozen spines many times."""
    cases = xr.load("cobb-angle", n=12, size=128)
    cases = cases.assign(split=["train", "train", "train", "test", "train", "valid"] * 2)
    torch.manual_seed(0)
    learn = xr.learner("cobb-angle", cases, batch_size=4, **SMALL)
    before = learn.validate()
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(60, lr_max=0.02)
    return cases, learn, before


def test_a_short_training_gets_nearer(learned):
    _, learn, (before, far) = learned
    after, near = learn.validate()
    assert after < 0.7 * before
    assert near < 0.7 * far


def test_saved_weights_find_the_same_points(learned, tmp_path):
    cases, learn, _ = learned
    model = calibrate(learn)
    save(model, tmp_path)
    again = load_model("cobb-angle", tmp_path)
    film = xr.read(cases["image"][0])
    ours, theirs = (np.array(list(m.read(film).points[0].values())) for m in (model, again))
    assert np.abs(ours - theirs).max() < 2
    said = xr.predict(film, model=again)
    assert said.points.keys() == set(CORNERS)
    assert said.answers == {} or said.answers["value"] == pytest.approx(float(cobb(theirs.reshape(17, 4, 2))), abs=1)


def test_films_without_points_teach_nothing():
    cases = xr.load("cobb-angle", n=12, size=128).assign(split=["train", "test", "valid"] * 4)
    cases["landmarks"] = [{} for _ in range(12)]
    with pytest.raises(AnswerError):
        xr.learner("cobb-angle", cases, **SMALL)


def test_fastai_shows_what_was_found(learned):
    from matplotlib import pyplot as plt

    learned[1].show_results(max_n=2)
    figure = plt.gcf()
    offsets = [c.get_offsets() for axes in figure.axes for c in axes.collections]
    plt.close("all")
    assert len(offsets) == 4  # two films: truth and answer
    assert all(0 <= o[:, 0].min() <= o[:, 0].max() <= 32 and 0 <= o[:, 1].min() <= o[:, 1].max() <= 64 for o in offsets)


def test_the_shipped_network_reads_films_cut_as_archives_keep_them():
    """Four simulated spines from T1 to L5 and little more: the corners are found, and the angle follows."""
    names, angles, far = find("cobb-angle").settings["points"], [], []
    for film, landmarks in xr.load("cobb-angle", n=4, seed=7)[["image", "landmarks"]].itertuples(index=False):
        pixels, truth = xr.read(film).pixels, np.array([landmarks[name] for name in names])
        (top, left), (bottom, right) = truth.min(axis=0), truth.max(axis=0)
        tall = bottom - top
        row, column = int(top - 0.05 * tall), int(max(0, (left + right - 0.45 * tall) / 2))
        cut = pixels[row : int(bottom + 0.1 * tall), column : int((left + right + 0.45 * tall) / 2)]
        said = shipped("cobb-angle").read(Radiograph(np.ascontiguousarray(cut)))
        found = np.add([said.points[0][name] for name in names], (row, column))
        far.append(np.linalg.norm(found - truth, axis=1).mean() / tall)
        angles.append(abs(float(said.output[0]) - float(cobb(truth.reshape(17, 4, 2)))))
    assert np.median(far) < 0.04
    assert np.median(angles) < 8
