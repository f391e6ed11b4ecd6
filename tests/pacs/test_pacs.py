"""An archive is asked, and keeps an answer: one in memory always, and Orthanc where it is installed."""

import base64
import json
import math
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("highdicom", reason="the extra `pacs` is not installed")
requests = pytest.importorskip("requests")

from archived import SERIES, STUDY, answer, film  # noqa: E402
from click.testing import CliRunner  # noqa: E402
from dicomweb import Kept  # noqa: E402
from highdicom.sr import srread  # noqa: E402
from pydicom import dcmread, uid  # noqa: E402

from xrlearn import locale  # noqa: E402
from xrlearn.cli import main  # noqa: E402
from xrlearn.pacs import Archive, ArchiveError, Place, Settings, configured  # noqa: E402
from xrlearn.pacs.answers import Kept as Stored  # noqa: E402
from xrlearn.pacs.answers import keep  # noqa: E402
from xrlearn.pacs.archive import header  # noqa: E402
from xrlearn.phantom.dicom import write_dicom  # noqa: E402
from xrlearn.radiograph import RadiographError, read  # noqa: E402

ORTHANC = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


# ------------------------------------------------------------------- the environment
def test_without_an_address_there_is_no_archive(monkeypatch):
    monkeypatch.delenv("XRLEARN_PACS_URL", raising=False)
    assert not configured()
    with pytest.raises(ArchiveError, match="XRLEARN_PACS_URL"):
        Archive()


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"URL": "pacs.example"}, "address"),
        ({"URL": "ftp://pacs.example"}, "address"),
        ({"URL": "https://pacs.example/?key=1"}, "address"),
        ({"URL": "https://eve:secret@pacs.example"}, "secret"),
        ({"URL": "http://pacs.example", "USER": "eve"}, "clear"),
        ({"URL": "http://10.0.0.1", "TOKEN": "x"}, "clear"),
        ({"URL": "https://pacs.example", "CA": "/no/such/file"}, "certificates"),
    ],
)
def test_settings_that_cannot_be_or_would_give_secrets_away_are_refused(told, key):
    with pytest.raises(ArchiveError) as error:
        Settings.from_environment({f"XRLEARN_PACS_{name}": value for name, value in told.items()})
    assert error.value.key == f"pacs.error.{key}"
    assert "secret" not in str(error.value)


def test_a_name_and_a_password_open_the_door_and_are_shown_nowhere(small, monkeypatch):
    small.user = "eve:open-sesame"
    with pytest.raises(ArchiveError) as error:
        Archive().studies()
    assert error.value.key == "pacs.error.entry"
    monkeypatch.setenv("XRLEARN_PACS_USER", "eve")
    monkeypatch.setenv("XRLEARN_PACS_PASSWORD", "open-sesame")
    assert Archive().studies()
    assert "sesame" not in repr(Settings.from_environment())


# ------------------------------------------------------------------- asking
def test_studies_are_found_and_their_films_listed_and_fetched(small):
    asked = Archive()
    (study,) = asked.studies(patient="4711")
    assert (study.uid, study.patient, study.date, study.description) == (STUDY, "4711", "20260102", "Wrist")
    assert asked.studies(date="20260101-20260131")
    assert asked.studies(date="20250101-20250131") == asked.studies(patient="4712") == []
    places = asked.films(STUDY)
    assert [place.instance for place in places] == [f"{SERIES}.1", f"{SERIES}.2"]  # films, not the tomogram
    fetched = asked.fetch(places[0])
    np.testing.assert_array_equal(read(fetched).pixels, read(film(1)).pixels)


def test_a_film_that_claims_to_be_too_large_is_not_fetched(small):
    small.add(film(9, Rows=60000, Columns=60000))
    before = len(small.asked)
    with pytest.raises(RadiographError) as error:
        Archive().fetch(Place(STUDY, SERIES, f"{SERIES}.9"))
    assert error.value.key == "radiograph.error.too_large"
    assert [line for line in small.asked[before:] if "metadata" not in line] == []


@pytest.mark.parametrize(
    "name", ["", "1.2.3", "1.2/3.4", "1.2/3.4/../../etc", "a/b/c", "1.2/3.4/5.6/7.8", "1.2/3.4/5 6"]
)
def test_what_names_no_film_is_refused(name):
    with pytest.raises(ArchiveError) as error:
        Place.named(name)
    assert error.value.key == "pacs.error.place"


def test_whatever_goes_wrong_is_one_sentence_without_the_patient(small, monkeypatch, caplog):
    asked, keys = Archive(), []

    def fails(work) -> None:
        with pytest.raises(ArchiveError) as error:
            work()
        assert "4711" not in str(error.value)
        assert error.value.__cause__ is None
        keys.append(error.value.key.rpartition(".")[2])

    fails(lambda: asked.fetch(Place(STUDY, SERIES, f"{SERIES}.8")))
    small.status = 500
    fails(lambda: asked.studies(patient="4711"))
    small.status, small.garbled = 0, True
    fails(lambda: asked.studies(patient="4711"))
    small.garbled, small.full = False, True
    fails(lambda: keep(asked, film(1), answer()))
    fails(lambda: keep(asked, film(1), answer(known=False)))
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("XRLEARN_PACS_URL", f"http://127.0.0.1:{free.getsockname()[1]}/dicom-web")
        fails(lambda: Archive().studies(patient="4711"))
    assert keys == ["missing", "status", "garbled", "kept", "unknown", "silent"]
    assert "4711" not in caplog.text


# ------------------------------------------------------------------- an answer beside the film
def stored(kept: Kept, where: Stored) -> tuple:
    return tuple(kept.films[place.instance] for place in (where.report, where.capture))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_is_kept_as_report_and_picture_marked_as_research(small, lang):
    locale.use(lang)
    label = {"en": "fracture: 0.83", "zh": "骨折：0.83"}[lang]
    before = dict(small.films)
    where = keep(Archive(), film(1), answer(label))
    assert before.items() <= small.films.items()  # nothing that was there has changed
    written, shown = stored(small, where)
    report = srread(BytesIO(written))
    assert report.SOPClassUID == uid.ComprehensiveSRStorage
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    for document in (report, dcmread(BytesIO(shown))):
        assert (document.PatientID, str(document.PatientName)) == ("4711", "Roe^Jané")
        assert document.StudyInstanceUID == STUDY
        assert document.SeriesInstanceUID != SERIES
        assert document.SeriesDescription == "Research, not for diagnosis: fracture"
    assert (report.VerificationFlag, report.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")
    (group,) = report.content.get_image_measurement_groups()
    assert {m.name.value: float(m.value) for m in group.get_measurements()} == {"probability": 0.83, "threshold": 0.4}
    said = {e.name.value: e.value.meaning for e in group.get_qualitative_evaluations()}
    assert said == {"fracture": label, "purpose": "Research, not for diagnosis"}
    assert [image.referenced_sop_instance_uid for image in group.source_images] == [f"{SERIES}.1"]


def test_the_picture_shows_film_map_and_words_and_says_what_it_is(small):
    _, shown = stored(small, keep(Archive(), film(1), answer()))
    picture = dcmread(BytesIO(shown))
    assert picture.SOPClassUID == uid.SecondaryCaptureImageStorage
    assert (picture.BurnedInAnnotation, picture.ContentQualification) == ("YES", "RESEARCH")
    assert picture.ImageComments == "Research, not for diagnosis"
    assert not picture.get("PatientOrientation")  # the film says none
    pixels = picture.pixel_array
    words = pixels[: picture.Rows - 96]
    assert words.shape[0] > 20
    assert (words == 255).any()
    film_part = pixels[-96:].astype(int)
    assert (film_part[30:40, 20:30, 0] > film_part[30:40, 20:30, 2]).all()  # where the model looked it is orange
    np.testing.assert_array_equal(film_part[60:, :, 0], film_part[60:, :, 2])


def test_a_number_keeps_its_unit(small):

    said = replace(
        answer(probability=math.nan, threshold=math.nan, answers={"value": 121.0, "margin": 12.5}), task="bone-age"
    )
    report = srread(BytesIO(stored(small, keep(Archive(), film(1), said))[0]))
    (group,) = report.content.get_image_measurement_groups()
    assert {m.name.value: (float(m.value), m.unit.value) for m in group.get_measurements()} == {
        "value": (121.0, "mo"), "margin": (12.5, "mo"),
    }  # fmt: skip


# ------------------------------------------------------------------- the command
def told(*words: str, ends: int = 0) -> str:
    run = CliRunner().invoke(main, ["pacs", *words])
    assert run.exit_code == ends, run.output
    return run.output


def test_the_command_finds_fetches_and_answers(small, tmp_path):
    assert STUDY in told("find", "--patient", "4711")
    assert "Jan" not in told("find")
    places = told("find", "--study", STUDY)
    assert f"{STUDY}/{SERIES}/{SERIES}.1" in places
    assert "96" in told("fetch", f"{STUDY}/{SERIES}/{SERIES}.1")
    assert "STUDY/SERIES/INSTANCE" in told("fetch", "1.2", ends=1)
    wrist = small.add(_wrist())
    file = tmp_path / "said.json"
    said = told(
        "answer", f"{wrist.StudyInstanceUID}/{wrist.SeriesInstanceUID}/{wrist.SOPInstanceUID}", "--json", str(file)
    )
    kept = json.loads(file.read_text())
    assert Place.named(kept["report"]).instance in small.films
    assert kept["capture"] in said
    assert "Not for diagnosis" in said


def test_the_command_says_that_there_is_no_archive(monkeypatch):
    monkeypatch.delenv("XRLEARN_PACS_URL", raising=False)
    assert "No archive is set up" in told("find", ends=1)


def _wrist() -> bytes:
    """A simulated wrist, as the model knows them."""
    from xrlearn.phantom.cohort import Cohort

    return write_dicom(*next(iter(Cohort(region="wrist", n=1, seed=0, size=384).films())))


# ------------------------------------------------------------------- a real archive
@pytest.fixture
def orthanc(tmp_path, monkeypatch) -> Iterator[str]:
    """Orthanc with its DICOMweb plugin, which asks for a name and a password."""
    if ORTHANC is None:
        pytest.skip("Orthanc is not installed (Debian: orthanc, orthanc-dicomweb)")
    plugin = next(Path("/usr/share/orthanc/plugins").glob("libOrthancDicomWeb.so*"), None)
    if plugin is None:
        pytest.skip("Orthanc's DICOMweb plugin is not installed (Debian: orthanc-dicomweb)")
    with closing(socket.socket()) as one, closing(socket.socket()) as two:
        ports = []
        for free in (one, two):
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    settings = {
        "StorageDirectory": str(tmp_path / "kept"), "IndexDirectory": str(tmp_path / "kept"), "HttpPort": ports[0],
        "DicomPort": ports[1], "RemoteAccessAllowed": False, "AuthenticationEnabled": True,
        "RegisteredUsers": {"eve": "sesame"}, "Plugins": [str(plugin)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    address = f"http://127.0.0.1:{ports[0]}/dicom-web"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([ORTHANC, str(tmp_path / "orthanc.json")], stdout=log, stderr=log)
    try:
        until = time.monotonic() + 30
        while True:
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until, "Orthanc does not answer"
            try:
                requests.get(f"{address}/studies", auth=("eve", "sesame"), timeout=2).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.1)
        monkeypatch.setenv("XRLEARN_PACS_URL", address)
        monkeypatch.setenv("XRLEARN_PACS_USER", "eve")
        monkeypatch.setenv("XRLEARN_PACS_PASSWORD", "sesame")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def test_orthanc_gives_films_and_keeps_answers(orthanc):
    asked = Archive()
    asked.store([dcmread(BytesIO(film(instance))) for instance in (1, 2)])
    (study,) = asked.studies(patient="4711")
    assert study.uid == STUDY
    assert asked.studies(patient="4712") == []
    place, _ = sorted(asked.films(STUDY), key=str)
    fetched = asked.fetch(place)
    np.testing.assert_array_equal(read(fetched).pixels, read(film(1)).pixels)
    where = keep(asked, fetched, answer())
    report = srread(BytesIO(asked.fetch(where.report)))
    assert report.SOPClassUID == uid.ComprehensiveSRStorage
    shown = dcmread(BytesIO(asked.fetch(where.capture)))
    assert shown.ContentQualification == "RESEARCH"
    assert {header(asked.fetch(place)).StudyInstanceUID for place in (place, where.report, where.capture)} == {STUDY}
    assert len(asked.films(STUDY)) == 2  # what was stored is no film
    with pytest.raises(ArchiveError) as error:
        Archive(Settings(orthanc, "eve", base64.b64encode(b"guess").decode())).studies()
    assert error.value.key == "pacs.error.entry"
