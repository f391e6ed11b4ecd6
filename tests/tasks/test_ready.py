"""Films and bones that ship: what was packed comes out again, and they are those that the simulator makes today."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xrlearn.labs import machine_sees_state, wrists
from xrlearn.labs.augment_state import ELSEWHERE, OTHER_SITE
from xrlearn.paths import cache
from xrlearn.phantom import cohort as cohorts
from xrlearn.phantom.cohort import Cohort, kept
from xrlearn.progress import Stopped
from xrlearn.tasks import find, ready
from xrlearn.tasks.loading import cohorts_of


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A machine on which nothing was made, and a package with which nothing ships."""
    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(ready, "PACKS", tmp_path / "ready")


def pixels(folder: Path) -> dict[str, np.ndarray]:
    return {path.name: np.asarray(Image.open(path)) for path in (folder / "images").iterdir()}


def test_what_was_packed_comes_out_again_without_a_film_being_made(fresh, monkeypatch, tmp_path):
    cohort = Cohort("wrist", 3, size=48)
    assert not ready.unpack(cohort)
    made = pixels(kept(cohort))
    tables = (kept(cohort) / "labels.csv").read_text()
    ready.pack(kept(cohort), ready.file_of(cohort))
    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path / "another"))
    monkeypatch.setattr(cohorts, "write", None)
    assert ready.unpack(cohort)
    found = pixels(kept(cohort))
    assert found.keys() == made.keys()
    assert all((found[name] == made[name]).all() for name in made)
    assert (kept(cohort) / "labels.csv").read_text() == tables
    assert not list((cache() / "phantom" / "cohorts").glob("*.partial"))
    assert ready.unpack(cohort)  # and again, where it is already


def test_where_a_pack_is_broken_the_films_are_made(fresh):
    cohort = Cohort("wrist", 2, size=48)
    ready.PACKS.mkdir()
    ready.file_of(cohort).write_bytes(b"no archive")
    ready.unpack(cohort)
    assert len(pixels(kept(cohort))) == 2


def test_another_wish_does_not_get_these_films(fresh):
    assert ready.file_of(Cohort("wrist", 3, seed=1)) != ready.file_of(Cohort("wrist", 3))
    assert ready.file_of(Cohort("wrist", 3, size=64)) != ready.file_of(Cohort("wrist", 3))


def test_the_bones_ship_and_are_those_that_are_prepared_today(monkeypatch, tmp_path):
    """Where this fails after a change of the bones: ``make ready-films``."""
    from xrlearn.phantom import meshes, region_names

    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path))
    ready.bones()
    (folder,) = (cache() / "phantom").glob("meshes-*")
    before = {file.name for file in folder.iterdir()}
    assert f"-{meshes._PREPARED}" in folder.name
    for name in region_names():
        next(cohorts.Cohort(name, 1, size=48).films())
    assert {file.name for file in folder.iterdir()} == before


def shipped() -> list[Cohort]:
    from xrlearn.labs.train_fracture import SIMULATED_SIZE, TASK

    full = 480  # the tests' lessons have fewer films
    return [
        wrists.cohort_of(full, subtlety=(0.0, 0.4)),
        wrists.cohort_of(ELSEWHERE, seed=1, site=OTHER_SITE, subtlety=(0.0, 0.4)),
        *machine_sees_state.cohorts(),
        *cohorts_of(find(TASK), n=full, size=SIMULATED_SIZE),
    ]


@pytest.mark.parametrize("cohort", shipped(), ids=lambda cohort: cohort.key().rsplit("-", 1)[0] + f"-{cohort.seed}")
def test_the_lessons_films_ship_and_are_those_of_this_simulator(cohort, monkeypatch, tmp_path):
    """Where this fails after a change of the simulator: ``make ready-films``."""
    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path))
    assert ready.unpack(cohort)

    def stop(*_):
        raise Stopped

    folder = kept(cohort, stop)  # nothing is made
    found = pixels(folder)
    assert len(found) == cohort.n
    for film, truth in (next(cohort.films(patient, cohort.n)) for patient in (0, 7)):
        said = found[f"{truth.patient['id']:09d}-{truth.view}.png"].astype(int)
        assert np.abs(said - film.pixels * 255).max() < 2
