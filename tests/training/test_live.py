"""The course of a training run, as a page draws it."""

import math

import pytest


@pytest.fixture
def learn(cases):
    from xrlearn.training import learner

    made = learner("fracture", cases, size=32, batch_size=8, pretrained=False)
    with made.no_bar(), made.no_logging():
        yield made


def test_curves_grow_to_the_end(learn):
    from xrlearn.training.live import LiveCurves

    shares = []
    callback = LiveCurves(lambda curves: shares.append(curves.share), every=1)
    learn.fit_one_cycle(2, cbs=[callback])
    curves = callback.curves
    steps = len(learn.dls.train)
    assert len(curves.batches) == 2 * steps
    assert [x for x, _ in curves.batches] == sorted(x for x, _ in curves.batches)
    assert curves.batches[-1][0] == pytest.approx(2)
    assert all(math.isfinite(loss) for _, loss in curves.batches)
    assert [epoch["epoch"] for epoch in curves.epochs] == [1, 2]
    assert {"train", "valid", "roc_auc_score", "accuracy"} <= set(curves.epochs[0])
    assert curves.epochs[-1]["valid"] == pytest.approx(learn.recorder.values[-1][1])
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_true_ends_the_run_and_keeps_what_was_learned(learn):
    from xrlearn.training.live import LiveCurves

    before = {name: tensor.clone() for name, tensor in learn.model.named_parameters()}
    callback = LiveCurves(lambda curves: len(curves.batches) >= 2, every=1)
    learn.fit_one_cycle(50, cbs=[callback])
    assert len(callback.curves.batches) == 2
    assert callback.curves.epochs == []
    assert any(not tensor.equal(before[name]) for name, tensor in learn.model.named_parameters())


def test_a_second_run_begins_anew_in_the_same_curves(learn):
    from xrlearn.training.live import LiveCurves

    callback = LiveCurves(lambda curves: None)
    same = callback.curves
    for _ in range(2):
        learn.fit(1, cbs=[callback])
    assert callback.curves is same
    assert len(same.epochs) == 1


# fastai's lr_find loads the model it saved with a part of numpy that is to go
@pytest.mark.filterwarnings("ignore:.*numpy.core is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
def test_a_search_for_a_learning_rate_is_not_drawn(learn, tmp_path):
    from xrlearn.training.live import LiveCurves

    callback = LiveCurves(lambda curves: pytest.fail("drawn"), every=1)
    learn.add_cb(callback)
    learn.path = tmp_path
    learn.lr_find(num_it=5, show_plot=False, suggest_funcs=None)
    assert callback.curves.batches == []
