"""The bone-age lab: what the places say, who may speak, what the machine is told; read by the shipped networks."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from xrlearn import tasks
from xrlearn.data import DataError
from xrlearn.labs.bone_age import BoneAgeLab
from xrlearn.labs.bone_age_state import GROUPS, YEARS, Films, Wish, answer, expected_errors, follow, shares
from xrlearn.labs.places_plot import COLOURS
from xrlearn.locale import text
from xrlearn.radiograph.hand import PLACES

CHILDREN = range(8101, 8105)


@pytest.fixture(scope="module")
def series():
    """Four boys at 4, 10 and 16 years: bone age -> their hands, read."""
    films = Films()
    hands = {y: [films.take(Wish(child=c, months=12 * y, sex="M")) for c in CHILDREN] for y in (4, 10, 16)}
    for hand in (h for some in hands.values() for h in some):
        hand.read("M")
    return hands


def error(hands, year, group):
    """How far off a group expects to be, the mean of the boys."""
    return np.mean([expected_errors(hand.read("M"))[group] for hand in hands[year]])


def test_groups_are_all_places_once_and_each_has_a_colour():
    places = [place for group in GROUPS.values() for place in group]
    assert sorted(places) == sorted(place.name for place in PLACES)
    assert set(COLOURS) == set(GROUPS)


def test_with_all_places_the_answer_is_the_machine_s_own(series):
    reading = series[10][0].read("M")
    assert answer(reading, GROUPS) == pytest.approx(reading.answers["value"], abs=0.01)
    share = shares(reading, GROUPS)
    assert sum(share.values()) == pytest.approx(1)
    surest = min(reading.parts, key=lambda place: reading.parts[place]["error"])
    assert share[surest] == max(share.values())


def test_places_left_out_have_nothing_to_say(series):
    reading = series[10][0].read("M")
    assert answer(reading, ["carpus"]) == pytest.approx(reading.parts["carpus"]["value"])
    assert set(shares(reading, ["middle"])) == {"pip 2", "pip 3", "pip 4", "pip 5"}
    assert answer(reading, []) is None
    assert shares(reading, []) == {}


def test_children_are_read_near_their_age(series):
    off = [abs(answer(hand.read("M")) - hand.months) for hands in series.values() for hand in hands]
    assert np.mean(off) < 12
    means = [np.mean([answer(hand.read("M")) for hand in hands]) for hands in series.values()]
    assert means == sorted(means)


def test_a_complete_carpus_says_little_and_the_forearm_stays_to_the_end(series):
    assert error(series, 16, "carpus") > error(series, 16, "forearm")
    assert error(series, 16, "carpus") > error(series, 4, "carpus")


def test_told_the_other_sex_it_reads_the_same_film_otherwise(series):
    """Girls are ahead: their bones of ten years are a boy's of more."""
    assert all(answer(hand.read("F")) < answer(hand.read("M")) for hand in series[10])


def test_a_child_is_followed_until_stopped():
    seen = [year for year, _ in follow(Films(), Wish(child=8101), stop=iter([False, False, True]).__next__)]
    assert seen == list(YEARS[:2])


def test_without_real_films_there_are_none(monkeypatch):
    def missing(*_args, **_more):
        raise DataError("unknown_set", name="rsna-bone-age", known="")

    monkeypatch.setattr(tasks, "load", missing)
    assert Films().look() == 0


@pytest.fixture
def real(tmp_path, monkeypatch):
    """Two films that stand for real ones."""
    rng = np.random.default_rng(0)
    for name in "ab":
        Image.fromarray(rng.integers(0, 255, (90, 70)).astype(np.uint8)).save(tmp_path / f"{name}.png")
    images = [str(tmp_path / f"{name}.png") for name in "ab"]
    cases = pd.DataFrame({"image": images, "bone_age": [100.0, 150.0], "sex": ["M", "F"]})
    monkeypatch.setattr(tasks, "load", lambda task, source: cases)


@pytest.mark.usefixtures("real")
def test_a_real_film_has_its_own_age_and_sex():
    films = Films()
    assert films.look() == 2
    hands = [films.take(Wish(child=c, months=60, sex="F", real=True)) for c in (0, 1, 2)]
    assert {(hand.months, hand.sex) for hand in hands} == {(100.0, "M"), (150.0, "F")}
    assert hands[0].months == hands[2].months
    assert hands[0].pixels.shape == (90, 70)


@pytest.fixture
def lab(real):
    lab = BoneAgeLab()
    lab.begin()
    assert lab.reading.wait(60)
    return lab


def test_the_page_follows_its_controls(lab):
    assert len(lab.viewer.outlines) == len(PLACES)
    young = lab.hand
    lab.viewer.zoom = 3.0
    dimmed = []
    lab.viewer.observe(lambda change: dimmed.append(change["new"]), "outdated")
    lab.age.value = 15
    assert lab.reading.wait(60)
    assert dimmed == [True, False]  # the old film is dimmed, and the stage says so, for as long as it takes
    assert lab.viewer.zoom == 3.0  # the same child: the place that was enlarged stays enlarged
    assert lab.hand.months == 180
    assert answer(lab.hand.read("F")) > answer(young.read("F")) + 24
    lab.groups["middle"].value = False
    assert len(lab.viewer.outlines) == len(PLACES) - len(GROUPS["middle"])
    assert lab.plot.value.count("xr-out") == len(GROUPS["middle"])
    for box in lab.groups.values():
        box.value = False
    assert text("bone_age.result.none") in lab.said.value
    assert "xr-line-machine" not in lab.plot.value
    assert not lab.page.message


def test_a_wrong_word_is_told_and_said(lab):
    before = lab.said.value
    lab.told.value = True
    assert text("bone_age.result.lied") in lab.said.value
    assert lab.said.value != before
    assert set(lab.hand.readings) == {"F", "M"}
    assert "months apart" in lab.told_said.value


def test_another_child_is_another_hand(lab):
    before = lab.hand
    lab.viewer.zoom = 3.0
    lab.other.click()
    assert lab.reading.wait(60)
    assert lab.viewer.zoom == 1.0
    assert lab.hand.months == before.months
    assert not np.array_equal(lab.hand.pixels, before.pixels)


def test_real_hands_take_the_child_s_controls_away(lab):
    assert lab.source.layout.display is None
    lab.source.value = True
    assert lab.reading.wait(60)
    assert lab.hand.months in (100, 150)
    assert "reviewers" in lab.said.value
    assert lab.age.layout.display == lab.sex.layout.display == "none"
    assert lab.go.disabled
    lab.source.value = False
    assert lab.reading.wait(60)
    assert lab.hand.months == 120
    assert lab.age.layout.display is None


def test_the_table_of_a_child_that_is_followed(lab, monkeypatch):
    monkeypatch.setattr("xrlearn.labs.bone_age_state.YEARS", (4, 16))
    lab.follow()
    assert list(lab.followed) == [4, 16]
    assert lab.table.value.count("<tr") == 2 + len(GROUPS)
    assert not lab.go.disabled


def test_the_language_switch_reaches_everything(lab):
    lab.page.language.value = "zh"
    assert any("\u4e00" <= letter <= "\u9fff" for outline in lab.viewer.outlines for letter in outline["name"])
    for widget in (lab.said, lab.plot, lab.try_, lab.told_said, lab.years, lab.worth):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in widget.value)
    assert lab.age.description == text("bone_age.control.age", "zh")
