"""The view in which a network is chosen, without a browser."""

from dataclasses import replace

import numpy as np
import pytest
from lesson_films import made_up

from xrlearn.labs import wrists
from xrlearn.labs.choose_network import ChoiceLab
from xrlearn.labs.train_fracture_state import RocCurve
from xrlearn.locale import text


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(wrists, "load_behind", lambda page, **wishes: made_up())
    lab = ChoiceLab()
    lab.epochs.value = 2
    lab.begin()
    assert lab.training.wait(60)
    return lab


def test_every_control_reaches_the_network(lab):
    lab.width.value, lab.depth.value, lab.activation.value, lab.augment.value = 4, 2, "tanh", True
    lab.decay.value, lab.dropout.value = 1.0, 0.3
    lab.again.click()
    assert lab.training.wait(60)
    recipe = lab.trial.recipe
    assert (recipe.width, recipe.depth, recipe.activation, recipe.dropout) == (4, 2, "tanh", 0.3)
    assert (recipe.weight_decay, recipe.epochs, recipe.seed, len(recipe.augment)) == (1.0, 2, 1, 3)
    assert f"{lab.trial.valid.auc:.2f}" in lab.figures.value
    assert "2 layers from 4, tanh, 2 rounds" in lab.tried.value


def test_the_test_set_is_opened_by_its_button_alone_and_looks_are_counted(lab):
    lab.depth.value = 2
    assert lab.training.wait(60)
    assert lab.test.value == ""
    lab.open.click()
    lab.open.click()
    assert "looked once" in lab.test.value
    lab.depth.value = 1
    assert lab.training.wait(60)
    assert text("choose_network.test.closed") in lab.test.value
    lab.open.click()
    assert "looked 2 times" in lab.test.value


def test_the_five_families_stand_side_by_side(lab):
    assert lab.families.value.count("–</td>") == 15
    lab._compare()
    assert lab.families.value.count("<tr>") == 6
    assert "–</td>" not in lab.families.value
    assert not lab.compare.disabled
    assert "ResNet-50: 25.6" in lab.families.value
    assert lab.tried.value.count("<tr") == 2  # families are not among the networks one built


def test_the_language_switch_reaches_everything(lab):
    lab.open.click()
    lab.page.language.value = "zh"
    for widget in (lab.learn, lab.sets, lab.tried, lab.test, lab.family_lead, lab.families, lab.plots.auc):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in widget.value)
    assert lab.width.description == text("choose_network.control.width", "zh")
    assert lab.activation.value == "relu"


def test_the_films_are_shown_with_their_answers_and_none_of_them_is_a_test_film(lab):
    numbers = [number for number, _ in lab.bench.shown()]
    assert set(numbers) <= set(lab.bench.wrists.among("valid"))
    assert [answer for _, answer in lab.bench.shown()] == [0] * 4 + [1] * 4
    assert lab.gallery.value.count("<img") == 8


def test_a_perfect_figure_never_stands_without_the_sentence_that_explains_its_interval(lab):
    perfect = RocCurve.of(np.repeat([0, 1], 20), np.arange(40.0))
    for trial, explained in (
        (lab.trial, f"{lab.trial.valid.auc:.2f}" == "1.00"),
        (replace(lab.trial, valid=perfect), True),
    ):
        lab.bench.trials = {("", trial.recipe): trial}
        lab._draw_tried()
        assert (text("choose_network.tried.perfect") in lab.tried.value) == explained


def test_a_validation_film_is_read_before_its_answer_is_shown(lab):
    assert lab.stage.filming.wait(60)
    numbers = lab.bench.mixed()
    truth = lab.bench.wrists.truth[numbers]
    assert set(numbers) <= set(lab.bench.wrists.among("valid"))
    assert 0 < truth.sum() < len(truth)
    for place in (0, 1):
        assert text("choose_network.film.asked") in lab.film_lead.value
        lab.told.value = True
        assert text(f"choose_network.film.{'broken' if truth[place] else 'whole'}") in lab.film_lead.value
        lab.told.value = False
        shown = lab.seen.value
        lab.other.click()
        assert lab.stage.filming.wait(60)
        assert lab.seen.value != shown
        assert not lab.stage.viewer.outdated
