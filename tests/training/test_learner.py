import numpy as np
import pytest
import torch
from fastai.callback.core import Callback

import xrlearn as xr
from xrlearn.training.learners import loaders
from xrlearn.training.learners.average import AverageWeights


@pytest.fixture(scope="module")
def learn(cases):
    torch.manual_seed(0)
    learn = xr.learner("fracture", cases, size=64, batch_size=8)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(6, 2e-3)
    return learn


def test_it_learns(learn):
    first, last = learn.recorder.values[0][0], learn.recorder.values[-1][0]
    assert last < first / 1.5


def test_test_films_are_not_among_its_data(learn, cases):
    used = {*learn.dls.train_ds.items["image"], *learn.dls.valid_ds.items["image"]}
    assert used.isdisjoint(cases.loc[cases["split"] == "test", "image"])
    assert len(used) == (cases["split"] != "test").sum()


def test_it_predicts_a_film_by_path(learn, cases):
    train = cases[cases["split"] == "train"]
    chance = {}
    with learn.no_bar():
        for truth in (0, 1):
            said = [learn.predict(film) for film in train.loc[train["fracture"] == truth, "image"].head(5)]
            assert {answer for answer, _, _ in said} <= {"fracture", "no fracture"}
            assert all(answer == ("no fracture", "fracture")[int(index)] for answer, index, _ in said)
            assert all(p.sum().item() == pytest.approx(1, abs=1e-5) for _, _, p in said)
            chance[truth] = np.mean([p[1].item() for _, _, p in said])
    assert chance[1] > chance[0]


def test_it_shows_results_and_a_batch(learn):
    import matplotlib.pyplot as plt

    with learn.no_bar():
        learn.show_results(max_n=4)
    assert plt.gcf().axes[0].get_title()
    plt.close("all")
    learn.dls.show_batch(max_n=4)
    assert plt.gcf().axes[0].images
    plt.close("all")


def test_films_that_other_processes_open_are_the_same(cases, monkeypatch):
    batches = []
    for processes in (0, 2):
        monkeypatch.setattr(loaders, "helpers", lambda n=processes: n)
        dls = xr.learner("fracture", cases, size=64, batch_size=8, pretrained=False).dls
        assert dls.valid.fake_l.num_workers == processes
        batches.append([film for film, _ in dls.valid])
    assert all(torch.equal(a, b) for a, b in zip(*batches, strict=True))


def test_searching_a_learning_rate_leaves_the_weights_alone(learn):
    before = {k: v.clone() for k, v in learn.model.state_dict().items()}
    with learn.no_bar(), learn.no_logging():
        learn.lr_find(num_it=10, show_plot=False, suggest_funcs=None)  # ten steps may be too few for one
    after = learn.model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)


def test_boxes_teach_the_map(cases):
    """After the same few steps, a map taught with boxes has more of its heat on the lesions."""
    from xrlearn.heatmaps import explain

    lesions = cases[(cases["fracture"] == 1)]
    inside = []
    for boxes in (True, False):
        torch.manual_seed(0)
        learn = xr.learner("fracture", cases, size=64, batch_size=8, boxes=boxes, augment=False)
        with learn.no_bar(), learn.no_logging():
            learn.fit_one_cycle(4, 2e-3)
        inside.append(np.mean([explain(learn, row).energy for _, row in lesions.iterrows()]))
    assert inside[0] > 1.3 * inside[1]


def test_too_few_films_are_named(cases):
    with pytest.raises(ValueError, match=r"some validation films; here are .* 0 validation"):
        xr.learner("fracture", cases[cases["split"] == "train"])


def test_fewer_films_than_a_batch_train_too(cases):
    few = cases.groupby(["split", "fracture"]).head(2)
    learn = xr.learner("fracture", few, size=64, batch_size=24, pretrained=False)
    before = learn.model.cell.weight.clone()
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1)
    assert not learn.model.cell.weight.equal(before)


def test_the_average_is_left_in_the_network(cases):
    """After a few steps the finished weights lie between where the training began and where its last step stood."""
    learn = xr.learner("fracture", cases, size=64, batch_size=8, augment=False, pretrained=False)
    raw = {}

    class Spy(Callback):
        order = AverageWeights.order - 1

        def after_step(self):
            raw.update({k: v.clone() for k, v in self.learn.model.named_parameters()})

    learn.add_cb(Spy())
    begun = {k: v.clone() for k, v in learn.model.named_parameters() if v.requires_grad}
    with learn.no_bar(), learn.no_logging():
        learn.fit(2)
    kept = dict(learn.model.named_parameters())
    assert any(not kept[k].equal(raw[k]) for k in begun)
    nearer = [(kept[k] - begun[k]).norm() <= (raw[k] - begun[k]).norm() * 1.1 for k in begun if k.endswith("weight")]
    assert np.mean(nearer) > 0.8


def test_a_training_goes_on_where_it_was_interrupted(cases, tmp_path):
    """Interrupted after two of three epochs, it has one more to do, from the weights of the second."""
    from xrlearn.training.learning import train

    keep = tmp_path / "half.safetensors"

    class Interrupt(Callback):
        order = 90

        def after_validate(self):
            epochs.append(self.epoch)

        def before_epoch(self):
            if self.epoch == 2 and len(epochs) == 2 and not keep.with_suffix(".once").exists():
                keep.with_suffix(".once").touch()
                raise KeyboardInterrupt

    epochs: list[int] = []
    options = {"size": 64, "batch_size": 8, "pretrained": False, "cbs": [Interrupt()], "keep": keep}
    with pytest.raises(KeyboardInterrupt):
        train("fracture", cases, 3, **options)
    assert keep.is_file()
    model = train("fracture", cases, 3, **options)
    assert epochs == [0, 1, 2]
    assert not keep.exists()
    assert model.card.calibration["threshold"] > 0
