"""The shortcuts lab's view without a browser."""

import time

import pytest
from shortcut_films import made_up

from xrlearn.labs import shortcuts_state, wrists
from xrlearn.labs.shortcuts import ShortcutsLab
from xrlearn.locale import text


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(wrists, "load_behind", lambda page, **wishes: made_up())
    monkeypatch.setattr(shortcuts_state.Workbench, "of", classmethod(lambda cls, bench: bench))
    monkeypatch.setattr(shortcuts_state, "_EPOCHS", 6)
    lab = ShortcutsLab()
    lab.begin()
    assert lab.training.wait(60)
    assert lab.stage.filming.wait(60)
    return lab


def test_controls_move_the_state_and_the_page_shows_it(lab):
    lab.kind.value, lab.here.value = "stamp", 100
    assert lab.training.wait(60)
    assert (lab.run.settings.kind, lab.run.settings.link) == ("stamp", 1.0)
    assert lab.fair.settings.link == 0.5
    for link in (0, 100):
        lab.there.value = link
        assert f"{lab.run.at(link / 100).auc:.2f}" in lab.result.value
    assert text("shortcuts.plot.fair") in lab.plot.value
    assert text("shortcuts.kind.stamp") in lab.maps.value


def test_the_task_is_not_done_before_the_reader_has_done_it(lab):
    assert lab.there.value == lab.here.value
    assert not lab.goal.reached


def test_moving_it_moves_the_probability_at_once(lab):
    lab.kind.value, lab.here.value = "stamp", 100
    assert lab.training.wait(60)
    on = lab.said
    start = time.process_time()
    lab.stage.viewer.spot = (1.3 * 64, 0.2 * 64)
    assert time.process_time() - start < 0.15
    assert (lab.row.value, lab.column.value) == (130, 20)
    off = lab.said
    assert on > off + 0.2
    assert f"{round(100 * off)} %" in lab.answer.value
    lab.row.value = 91  # the sliders move it too
    assert lab.spot[0] == pytest.approx(0.91)
    assert lab.stage.viewer.spot == pytest.approx((0.91 * 64, 0.2 * 64))
    lab.on.value = False
    assert lab.said == off
    assert lab.stage.viewer.spot is None


def test_what_lies_everywhere_cannot_be_moved(lab):
    lab.kind.value = "curve"
    assert lab.training.wait(60)
    assert "place" not in lab.stage.viewer.tools
    assert lab.stage.viewer.spot is None
    assert lab.row.layout.display == "none"
    assert text("shortcuts.maps.nowhere") in lab.maps.value


def test_films_take_turns_and_the_heat_map_is_drawn(lab):
    first, truth = lab.number, lab.bench.truth
    viewer = lab.stage.viewer
    viewer.zoom = 3.0
    assert not viewer.heated
    lab.heat.value = True
    assert viewer.heated
    assert viewer.zoom == 3.0  # the film is the same one still
    lab.other.click()
    assert lab.stage.filming.wait(60)
    assert truth[lab.number] != truth[first]
    assert viewer.zoom == 1.0


def test_the_language_switch_reaches_everything(lab):
    lab.page.language.value = "zh"
    for widget in (lab.learn, lab.lead, lab.result, lab.plot, lab.answer, lab.maps, lab.facts):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in widget.value)
    assert lab.kind.value == "marker"
