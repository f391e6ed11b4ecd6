"""Answers beside a reader's, and answers in ranges."""

import numpy as np
import pytest

from xrlearn.tasks import find
from xrlearn.tasks.answers import AidedNumber


@pytest.fixture(scope="module")
def figures():
    truth, rng = np.linspace(60, 216, 800), np.random.default_rng(0)
    answer = find("bone-age-aid").answer
    assert isinstance(answer, AidedNumber)
    return answer.figures(truth, truth + rng.normal(0, 7.2, 800), {"margin": 12.0}, np.arange(800))


def test_the_simulated_readers_err_as_tajmirs_did(figures):
    reader = figures["rmse_reader"]
    assert reader["low"] < 12 * 0.661 < reader["high"]
    assert figures["rmse_model"]["value"] == pytest.approx(figures["rmse"]["value"])


def test_both_together_are_better_than_either(figures):
    both = figures["rmse_together"]["value"]
    assert both < min(figures["rmse_reader"]["low"], figures["rmse_model"]["low"])
    assert figures["rmse_gain"]["low"] > 0


def test_a_reader_errs_on_a_hand_the_same_whoever_else_is_measured():
    answer = find("bone-age-aid").answer
    truth = np.array([100.0, 120.0, 140.0])
    some = answer.figures(truth[:2], truth[:2], {"margin": 1.0}, np.array(["a", "b"]))["rmse_reader"]["value"]
    all_ = answer.figures(truth, truth, {"margin": 1.0}, np.array(["a", "b", "c"]))["rmse_reader"]["value"]
    assert all_**2 * 3 > some**2 * 2


@pytest.mark.parametrize(("ratio", "word"), [(0.7, "baja"), (1.0, "usual"), (1.4, "alta")])
def test_a_ratio_is_said_with_its_range(ratio, word):
    said = find("patella-height").answer.say(np.array(ratio), {"margin": 0.08})
    assert f"{ratio:.2f}" in said.label
    assert word in said.label
