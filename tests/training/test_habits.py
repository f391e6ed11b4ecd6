"""What fastai's users do by habit, on a learner of every family and kind of answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import xrlearn as xr
from xrlearn.tasks import find
from xrlearn.tasks.answers import AnswerError

#: one task of every family and kind of answer -> options that make it small
LEARNERS: dict[str, dict[str, Any]] = {
    "fracture": {"size": 64, "pretrained": False},  # yes or no
    "fracture taught where": {"size": 64, "pretrained": False, "boxes": True},
    "proximal-humerus-fracture": {"size": 64, "pretrained": False},  # classes
    "knee-oa": {"size": 64, "pretrained": False},  # grades
    "hip-oa by classifier": {"size": 64, "pretrained": False, "boxes": True, "system": "classifier"},
    "hip-oa": {"size": 64},  # texture, settled at once
    "cobb-angle": {"size": 64, "widths": (8, 16, 16, 16, 16)},  # points
    "bone-age": {"size": 80},  # two stages
    "trauma-attributes": {"size": 64, "pretrained": False},  # several heads
    "wrist-fracture by resnet": {"size": 64, "network": "resnet", "width": 0.25},
    "ankle-fracture by five": {"size": 64, "system": "ensemble"},
    "distal-radius-fracture": {"size": 64, "pretrained": False, "boxes": True},  # a region found first
    "bone-age as a number": {"size": 64, "pretrained": False, "system": "classifier"},
}
CLASSES = ("fracture", "proximal-humerus-fracture", "knee-oa", "hip-oa")


def films(name: str) -> pd.DataFrame:
    """Sixteen films with every answer in every part, as far as they go."""
    task = find(name.split()[0])
    turn = xr.load(task.name, "simulated", n=16, size=64).sort_values(task.label, kind="stable")
    return turn.assign(split=np.resize(["train", "test", "valid", "train"], len(turn))).sort_index()


def small(name: str, cases: pd.DataFrame) -> Any:
    torch.manual_seed(0)
    learn = xr.learner(name.split()[0], cases, batch_size=4, **LEARNERS[name])
    if hasattr(learn, "progress"):
        learn.remove_cb(learn.progress)
    return learn


@pytest.fixture(scope="module", params=LEARNERS)
def learned(request: pytest.FixtureRequest) -> tuple[str, pd.DataFrame, Any]:
    name: str = request.param
    cases = films(name)
    learn = small(name, cases)
    with learn.no_logging():
        learn.fit(1)
    return name, cases, learn


def valid(cases: pd.DataFrame) -> int:
    return int((cases["split"] == "valid").sum())


def interpret(name: str, cases: pd.DataFrame, learn: Any) -> None:
    from fastai.interpret import ClassificationInterpretation, Interpretation

    found = Interpretation.from_learner(learn)
    losses, which = found.top_losses(2)
    assert len(losses) == len(which) == 2
    assert losses[0] >= losses[1]
    if name == "bone-age":
        with pytest.raises(AnswerError, match="explain"):
            found.plot_top_losses(2)
        return
    found.plot_top_losses(2)
    if name in CLASSES:
        table = ClassificationInterpretation.from_learner(learn).confusion_matrix()
        assert table.sum() == valid(cases)


def losses(name: str, cases: pd.DataFrame, learn: Any) -> None:
    *_, each = learn.get_preds(with_loss=True)
    assert each.shape == (valid(cases),)
    assert np.isfinite(each.numpy()).all()
    if name != "knee-oa":  # whose films are asked different numbers of questions
        assert float(each.mean()) == pytest.approx(learn.validate()[0], rel=0.05)


def show(name: str, cases: pd.DataFrame, learn: Any) -> None:
    import matplotlib.pyplot as plt

    if name == "bone-age":
        with pytest.raises(AnswerError, match="explain"):
            learn.show_results(max_n=2)
        return
    learn.show_results(max_n=2)
    assert any(axes.images for axes in plt.gcf().axes)


def find_rate(name: str, cases: pd.DataFrame, learn: Any) -> None:
    before = {k: v.clone() for k, v in learn.model.state_dict().items()}
    learn.lr_find(num_it=7, stop_div=False, show_plot=False)
    assert all(torch.equal(v, learn.model.state_dict()[k]) for k, v in before.items())


def predict(name: str, cases: pd.DataFrame, learn: Any) -> None:
    """A film by its path, as a picture, as an array, and read already: the same answer."""
    from PIL import Image

    row = cases.iloc[0]
    film = xr.read(row["image"])
    grey = np.round(film.pixels * 255).astype(np.uint8)
    if name == "bone-age":
        with pytest.raises(AnswerError, match="sex"):
            learn.predict(row["image"])
        return
    said = [learn.predict(x) for x in (row["image"], Image.fromarray(grey), grey, film)]
    assert len({str(answer) for answer, *_ in said}) == 1
    for *_, output in said:
        np.testing.assert_allclose(np.ravel(output), np.ravel(said[0][-1]), atol=1e-4)


def labelled(name: str, cases: pd.DataFrame, learn: Any) -> None:
    """Test films with their labels: measured as validation films are."""
    test = cases[cases["split"] == "test"]
    dl = learn.dls.test_dl(test, with_labels=True)
    measured = learn.validate(dl=dl)
    assert np.isfinite(measured[0])
    for loader, part in ((dl, 1), (learn.dls.test_dl(test), 0)):
        got = learn.get_preds(dl=loader)[part]
        assert len(got[0] if isinstance(got, tuple | list) else got) == len(test)


def export(name: str, cases: pd.DataFrame, learn: Any) -> None:
    from fastai.learner import load_learner

    learn.export("habit.pkl")
    again = load_learner(learn.path / "habit.pkl")
    if name == "bone-age":
        with pytest.raises(AnswerError, match="sex"):
            again.predict(cases["image"].iloc[0])
        assert torch.equal(again.get_preds(dl=again.dls.test_dl(cases[:2]))[0][1],
                           learn.get_preds(dl=learn.dls.test_dl(cases[:2]))[0][1])  # fmt: skip
        return
    film = cases["image"].iloc[0]
    assert str(again.predict(film)[0]) == str(learn.predict(film)[0])


HABITS: list[Callable[[str, pd.DataFrame, Any], None]] = [
    interpret, losses, show, find_rate, predict, labelled, export,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:load_learner")
@pytest.mark.parametrize("habit", HABITS)
def test_habits(habit, learned, tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    name, cases, learn = learned
    monkeypatch.setattr(learn, "path", tmp_path)
    with learn.no_logging():
        habit(name, cases, learn)
    plt.close("all")


@pytest.mark.parametrize("name", CLASSES)
def test_mixed_films_teach_classes(name):
    from fastai.callback.mixup import CutMix, MixUp

    learn = small(name, films(name))
    for mix in (MixUp(), CutMix()):
        with learn.no_logging():
            learn.fit(1, cbs=mix)
        assert np.isfinite(learn.recorder.values[-1][0])


@pytest.mark.parametrize("name", LEARNERS)
def test_a_validation_part_with_one_answer_is_measured_as_far_as_it_goes(name):
    cases = films(name)
    label = find(name.split()[0]).label
    first = cases.loc[cases["split"] == "valid", label].iloc[0]
    cases = cases[(cases["split"] != "valid") | (cases[label] == first)]
    learn = small(name, cases)
    with learn.no_logging():
        assert np.isfinite(learn.validate()[0])
