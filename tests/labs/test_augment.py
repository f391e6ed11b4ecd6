"""The augmentation lab: copies that obey the dose, figures that are paired, angles that are turned, both languages."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from xrlearn.labs import augment_state, wrists
from xrlearn.labs.augment import CHANGES, AugmentLab
from xrlearn.labs.augment_state import SHOWN, Workbench, gain, guessing, level, turned_film, turned_spine
from xrlearn.locale import text
from xrlearn.phantom import make


@pytest.fixture(scope="module")
def bench() -> Workbench:
    return Workbench(wrists.load(48, size=SHOWN), wrists.load(16, size=SHOWN, seed=1))


@pytest.fixture
def few(monkeypatch):
    for name, value in {"DOSES": (0.0, 1.0, 2.0), "DRAWS": 2, "PATIENTS": 16, "EPOCHS": 2}.items():
        monkeypatch.setattr(augment_state, name, value)
    monkeypatch.setattr("xrlearn.labs.augment.DOSES", (0.0, 1.0, 2.0))
    monkeypatch.setattr("xrlearn.labs.augment.DRAWS", 2)


@pytest.mark.parametrize("change", CHANGES)
def test_copies_differ_from_the_original_only_with_a_dose(bench, change):
    copies = bench.copies(3, change, 0.0, n=3)
    assert (copies == bench.home.films[3]).all()
    copies = bench.copies(3, change, 1.0, n=5)
    assert (copies[0] == bench.home.films[3]).all()
    assert any((copy != copies[0]).any() for copy in copies[1:])
    assert (bench.copies(3, change, 1.0, n=5) == copies).all()


def test_what_was_measured_is_kept_and_shared_where_there_is_no_change(bench, few):
    told: list[int] = []
    first = bench.measure("broken", "rotate", lambda done: told.append(done))
    assert told == [0, 1, 2, 3, 4, 5]
    assert [p.dose for p in first] == [0.0, 1.0, 2.0]
    second = bench.measure("broken", "noise", lambda done: told.append(done))
    assert len(told) == 10  # the networks without a change are the same ones
    assert second[0] is first[0]
    assert bench.measure("broken", "crop", lambda done: done >= 3) == first[:1]


@pytest.fixture(scope="module")
def sided() -> Workbench:
    """Noise with a bright block on the left of left films, on the right of right ones, and a bar in broken ones."""
    rng, made = np.random.default_rng(0), []
    for n in (160, 60):
        films = rng.integers(60, 120, (n, SHOWN, SHOWN)).astype(np.uint8)
        left, broken = rng.random(n) < 0.5, rng.random(n) < 0.5
        films[left, 30:70, 8:28] += 90
        films[~left, 30:70, -28:-8] += 90
        films[broken, 76:84] += 60
        split = np.where(np.arange(n) < n // 2, "train", "valid")
        cases = pd.DataFrame({"side": np.where(left, "L", "R"), "fracture": broken.astype(int), "split": split})
        made.append(wrists.Wrists(cases, films, np.zeros((n, 4), np.int64)))
    return Workbench(*made)


def test_mirroring_leaves_guessing_for_the_side_and_spares_the_fracture(sided, monkeypatch):
    """The page says so where the interval of the mean AUC holds 0.5."""
    for name, value in {"DOSES": (0.0, 1.0), "DRAWS": 6, "PATIENTS": 80, "EPOCHS": 16}.items():
        monkeypatch.setattr(augment_state, name, value)
    none, all_mirrored = sided.measure("side", "flip")
    assert not guessing(level(none.home, 80))
    assert none.home.mean() > 0.95
    assert guessing(level(all_mirrored.home, 80))
    assert gain(none.home, all_mirrored.home).verdict == "harms"
    monkeypatch.setattr(augment_state, "EPOCHS", 6)
    _, broken = sided.measure("broken", "flip")
    assert not guessing(level(broken.home, 80))


def test_the_level_of_an_auc_stays_within_what_is_possible():
    assert level(np.array([1.0, 1.0, 0.9, 1.0]), 60).high == 1.0


def test_a_gain_is_paired():
    before = np.array([0.60, 0.90, 0.70])
    assert gain(before, before + 0.05).verdict == "helps"
    assert gain(before, before - 0.05).verdict == "harms"
    assert gain(before, before[::-1]).verdict == "unclear"
    after = np.array([0.70, 0.92, 0.77])
    known = ttest_rel(after, before).confidence_interval()
    assert (gain(before, after).low, gain(before, after).high) == pytest.approx((known.low, known.high))


@settings(max_examples=20, deadline=None)
@given(degrees=st.floats(-20, 20))
def test_turning_a_picture_turns_the_trunk_and_spares_the_cobb_angle(degrees):
    truth = SPINE[1]
    cobb, tilt = turned_spine(truth, 0.0)
    turned_cobb, turned_tilt = turned_spine(truth, degrees)
    assert cobb == pytest.approx(truth.measurements["cobb_deg"], abs=0.1)
    assert turned_cobb == pytest.approx(cobb, abs=1e-6)
    assert turned_tilt - tilt == pytest.approx(degrees, abs=1e-6)


SPINE = make("spine", "AP", size=64, seed=4, cobb_deg=28.0)


def test_the_trunk_is_drawn_where_it_is_on_the_turned_picture():
    film, truth = SPINE
    for degrees in (-20, 0, 20):
        picture, trunk, plumb = turned_film(film, truth, degrees)
        (row0, column0), (row1, column1) = trunk
        tilt = np.rad2deg(np.arctan2(column1 - column0, row0 - row1))
        assert tilt == pytest.approx(turned_spine(truth, degrees)[1], abs=1e-6)
        assert plumb[0].tolist() == trunk[0].tolist()
        assert plumb[1, 1] == plumb[0, 1]
        assert picture.shape == (64, film.pixels.shape[1] + 20)


def _sent(lab, place: int) -> bytes:
    """Return the pixels of a copy that the viewer sends."""
    lab.copy.value = place
    return lab.stage.viewer._film[1][0]


def test_the_lab_follows_its_controls(bench, few, monkeypatch):
    lab = AugmentLab()
    monkeypatch.setattr(lab, "take_films", lambda n=48, **wishes: wrists.load(n if n == 48 else 16, size=SHOWN))
    lab.begin()
    assert lab.stage.filming.wait(60)
    before = lab.grid.value
    assert before.count("<img") == 8
    lab.change.value = "flip"
    assert lab.grid.value != before
    viewer, upright = lab.stage.viewer, lab.spine_viewer.outlines
    viewer.zoom = 2.0
    seen = {place: _sent(lab, place) for place in (0, 1, 7)}
    assert viewer.zoom == 2.0  # it is the same film still
    assert len(set(seen.values())) == 2  # the film itself, and its mirror image
    lab.other.click()
    assert lab.stage.filming.wait(60)
    assert viewer.zoom == 1.0
    lab.turn.value = 10
    assert lab.spine_viewer.outlines != upright
    assert text("augment.spine.lines") in lab.spine.value
    lab.measure()
    assert [p.dose for p in lab.points] == [0.0, 1.0, 2.0]
    assert "Is the wrist broken?" in lab.result.value
    assert ("which holds 0.5" in lab.result.value) == any(
        guessing(level(areas, n)) for areas, n in ((lab.points[2].home, 12), (lab.points[2].away, 16))
    )
    assert "between the two hospitals" in lab.result.value or "other hospital's films are" in lab.result.value
    assert not lab.go.disabled
    lab.page.words.use("zh")
    assert "腕部有无骨折" in lab.result.value
    assert "躯干倾斜" in lab.spine.value
    assert not lab.page.message
