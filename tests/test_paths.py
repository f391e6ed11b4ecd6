"""One variable moves everything that a user keeps, and the doctor names where it lies."""

from pathlib import Path

import pytest

from xrlearn import doctor, paths


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XRLEARN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XRLEARN_DATA", raising=False)
    monkeypatch.delenv("XRLEARN_DATABASE_URL", raising=False)
    return tmp_path / "home"


def test_one_variable_moves_all_that_is_kept(home):
    from xrlearn.data.sources import home as collections
    from xrlearn.phantom.cohort import Cohort, kept
    from xrlearn.readers.database import default_url
    from xrlearn.tasks.reading import ReadingFilms

    made = [kept(Cohort("wrist", 1, size=32)), ReadingFilms("fracture", 1, rows=64).make(0)["image"], collections()]
    assert all(folder.is_relative_to(home) for folder in (*paths.kept().values(), *made))
    assert default_url() == f"sqlite:///{home / 'studies' / 'studies.sqlite'}"


def test_studies_are_not_in_the_cache_that_may_be_emptied(home):
    assert not paths.studies().is_relative_to(paths.cache())


def test_the_doctor_names_every_folder(home):
    said = " ".join(finding.text for finding in doctor.examine() if finding.check.startswith("folder"))
    assert all(str(folder) in said for folder in paths.kept().values())


def test_collections_can_be_moved_alone(home, tmp_path, monkeypatch):
    monkeypatch.setenv("XRLEARN_DATA", str(tmp_path / "films"))
    assert paths.kept()["datasets"] == tmp_path / "films"
