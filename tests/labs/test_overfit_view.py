"""The overfitting lab's view without a browser."""

import pytest
from lesson_films import made_up

from xrlearn.labs import wrists
from xrlearn.labs.overfit import OverfitLab
from xrlearn.locale import text


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(wrists, "load_behind", lambda page, **wishes: made_up())
    lab = OverfitLab()
    lab.epochs.value = 4
    lab.begin()
    assert lab.training.wait(60)
    return lab


def test_controls_move_the_state_and_the_page_shows_it(lab):
    assert lab.patients.max == lab.bench.patients
    lab.patients.value, lab.noise.value, lab.network.value, lab.augment.value = 30, 20, "small", True
    assert lab.training.wait(60)
    settings = lab.run.settings
    assert (settings.patients, settings.noise, settings.network, settings.augment) == (30, 0.2, "small", True)
    assert f"{lab.run.valid.auc:.2f}" in lab.figures.value
    assert len(lab.run.epochs) == 4
    assert "<polyline" in lab.plots.loss.value
    assert "<polygon" in lab.curve.value  # the interval
    assert f"{len(lab.known)} of 30" in lab.heart.value


def test_films_known_by_heart_are_shown_one_by_one_with_what_is_true_of_them(lab):
    lab.noise.value, lab.epochs.value, lab.network.value = 40, 20, "large"
    assert lab.training.wait(60)
    memories = lab._memories()
    assert len(memories) > 1
    for memory in memories[:2]:
        assert lab.stage.filming.wait(60)
        assert lab.stage.number == memory.film
        assert text(f"overfit.heart.is_{'broken' if memory.truth else 'whole'}") in lab.remembered.value
        lab.other.click()
    lab.known = []
    lab._turn_to(0)
    assert lab.stage.layout.display == "none"
    assert lab.other.disabled


def test_other_patients_are_others(lab):
    before = lab.run
    lab.again.click()
    assert lab.training.wait(60)
    assert set(lab.run.own) != set(before.own)


def test_the_language_switch_reaches_everything(lab):
    lab.page.language.value = "zh"
    for widget in (lab.learn, lab.try_, lab.figures, lab.plots.loss, lab.curve, lab.adams, lab.heart, lab.gallery):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in widget.value)
    assert lab.patients.description == text("overfit.control.patients", "zh")
    assert lab.network.value == "medium"


def test_stopped_films_can_be_made_again(monkeypatch):
    monkeypatch.setattr(wrists, "load_behind", lambda page, **wishes: None)
    lab = OverfitLab()
    lab.begin()
    assert lab._again.layout.display is None
    assert lab.patients.disabled
