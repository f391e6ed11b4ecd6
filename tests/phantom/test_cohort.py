"""Cohorts: the same description gives the same films, whoever makes them, and they are made once."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from scipy.stats import ks_2samp

from xrlearn.phantom import Cohort, cohort, region
from xrlearn.progress import Stopped


def rows(folder):
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def films(folder):
    return {file.name: file.read_bytes() for file in (folder / "images").iterdir()}


def test_two_processes_make_what_one_makes(tmp_path):
    asked = Cohort("wrist", 5, seed=3, size=48, views=("PA", "lateral"))
    cohort.write(asked, tmp_path / "one", workers=0)
    cohort.write(asked, tmp_path / "two", workers=2)
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    assert films(tmp_path / "one") == films(tmp_path / "two")
    assert [row["view"] for row in rows(tmp_path / "one")] == ["PA", "lateral", "PA", "lateral", "PA"]
    assert len({row["patient"] for row in rows(tmp_path / "one")}) == 3


def test_a_small_cohort_is_the_beginning_of_a_large_one(tmp_path):
    cohort.write(Cohort("wrist", 2, size=48), tmp_path / "small", workers=0)
    cohort.write(Cohort("wrist", 3, size=48), tmp_path / "large", workers=0)
    assert films(tmp_path / "small").items() <= films(tmp_path / "large").items()


def test_wishes_are_kept_to(tmp_path):
    asked = Cohort(
        "wrist", 6, size=48, site="portable", subtlety=0.25, mix={"colles": 1, "torus": 0}, patient={"side": "L"}
    )
    cohort.write(asked, tmp_path, workers=0)
    for row in rows(tmp_path):
        assert (row["site"], row["subtlety"], row["lesion"], row["side"]) == ("portable", "0.25", "colles", "L")


def test_a_cohort_is_made_once_and_old_ones_make_way(tmp_path, monkeypatch):
    monkeypatch.setattr(cohort, "cache", lambda: tmp_path)
    made = []
    first = cohort.kept(Cohort("wrist", 2, size=48), lambda done, total: made.append((done, total)))
    assert made == [(1, 2), (2, 2)]
    assert cohort.kept(Cohort("wrist", 2, size=48), lambda *_: made.append("again")) == first
    assert "again" not in made
    monkeypatch.setattr(cohort, "ROOM_BYTES", 1)
    second = cohort.kept(Cohort("wrist", 2, seed=1, size=48))
    assert second.is_dir()
    assert not first.exists()


def test_stopping_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(cohort, "cache", lambda: tmp_path)
    with pytest.raises(Stopped):
        cohort.kept(Cohort("wrist", 3, size=48), lambda done, _: done == 1)
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and file.suffix != ".lock"]


def test_who_asks_for_films_that_another_is_making_waits_for_them(tmp_path, monkeypatch):
    monkeypatch.setattr(cohort, "cache", lambda: tmp_path)
    asked, waiting, made = Cohort("wrist", 3, size=48), Event(), []

    def progress(done, total):
        made.append(done)
        waiting.set()

    home = tmp_path / "phantom" / "cohorts"
    home.mkdir(parents=True)
    with ThreadPoolExecutor() as pool:
        with FileLock(home / f"{asked.key()}.lock"):  # as the other process holds it
            found = pool.submit(cohort.kept, asked, progress)
            assert waiting.wait(30)
            cohort.write(asked, home / asked.key(), workers=0)
        assert found.result(30) == home / asked.key()
    assert set(made) == {0}  # nothing was made here


def test_the_wait_for_another_can_be_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(cohort, "cache", lambda: tmp_path)
    asked = Cohort("wrist", 3, size=48)
    (tmp_path / "phantom" / "cohorts").mkdir(parents=True)
    with (
        FileLock(tmp_path / "phantom" / "cohorts" / f"{asked.key()}.lock"),
        pytest.raises(Stopped),
    ):
        cohort.kept(asked, lambda done, total: True)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"n": 0}, "at least 1"),
        ({"site": "nowhere"}, "modern_dr"),
        ({"views": ("axial",)}, "PA"),
        ({"mix": {"flu": 1}}, "colles"),
        ({"subtlety": (0, 2)}, "between 0 and 1"),
    ],
)
def test_a_wrong_wish_is_named(wrong, word):
    with pytest.raises(ValueError, match=word):
        Cohort("wrist", **{"n": 1} | wrong)


def test_a_pair_is_one_patient_whole_and_broken(tmp_path):
    asked = Cohort("wrist", 4, seed=2, size=48, mix={"none": 1, "colles": 1}, subtlety=0.0, pairs=True)
    cohort.write(asked, tmp_path, workers=0)
    table = sorted(rows(tmp_path), key=lambda row: (row["pair"], row["fracture"]))
    assert [row["fracture"] for row in table] == ["0", "1", "0", "1"]
    for whole, broken in (table[:2], table[2:]):
        for told in ("pair", "patient", "age", "sex", "side", "site", "spacing_mm", "view"):
            assert whole[told] == broken[told]
        assert json.loads(broken["boxes"])
        one, other = (np.asarray(Image.open(tmp_path / row["filename"]), float) for row in (whole, broken))
        changed = np.abs(one - other) > 40
        _, _, bottom, _ = json.loads(broken["boxes"])[0]
        assert changed[:bottom].mean() > 0.01  # the fracture, and the hand that has moved with it
        assert not changed[bottom + 4 :].any()  # the forearm below is the same, down to its noise


def test_whole_patients_are_as_old_as_those_with_a_lesion():
    """Torus fractures are children's: were whole wrists adults', age alone would give the answer away."""
    asked = Cohort("wrist", 400, mix={"none": 0.5, "torus": 0.25, "colles": 0.25})
    people = [asked._patient(region("wrist"), number) for number in range(400)]
    ages = {
        bool(lesion): [person["age_years"] for person, one, *_ in people if bool(one) == bool(lesion)]
        for lesion in (None, "any")
    }
    assert ks_2samp(ages[False], ages[True]).pvalue > 0.01
    assert min(ages[False]) < 13 < 60 < max(ages[False])
