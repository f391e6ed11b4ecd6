"""Case review on a film of an archive in a real browser: asked for by number, read, answered, and the answer stored."""

import os
from io import BytesIO

import pytest

pytest.importorskip("highdicom", reason="the extra `pacs` is not installed")

from browser import keep, tab
from dicomweb import archive
from handmade import only_these_films, wait_until_shown
from pydicom import dcmread
from serving import run

from xrlearn.paths import WEIGHTS
from xrlearn.phantom import make
from xrlearn.phantom.dicom import dataset

pytestmark = pytest.mark.browser


def wrist() -> bytes:
    """A broken wrist that the model has never met."""
    film, truth = make("wrist", lesion="colles", seed=77, size=640)
    ds = dataset(film, truth)
    ds.PatientID, ds.PatientName = "4711", "Roe^Jane"
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def test_a_film_is_asked_for_by_number_read_and_the_answer_stored_beside_it(tmp_path, chromium):
    if not (WEIGHTS / "fracture.safetensors").is_file():
        pytest.skip("the trained model is not here")
    with archive() as (address, kept):
        kept.add(wrist())
        machine = {**os.environ, **only_these_films(tmp_path), "XRLEARN_PACS_URL": address}
        with run(8996, machine) as site, tab(chromium) as page:
            page.goto(site.page("case-review", "lang=en"))
            wait_until_shown(page)
            page.get_by_text("The model is ready").wait_for()
            page.get_by_label("Films", exact=True).select_option("from the archive")
            page.get_by_label("Patient or accession number").fill("4711")
            page.get_by_role("button", name="Open", exact=True).click()
            page.get_by_text("1 film of the archive").wait_for()
            page.locator(".xr-film").filter(has_text="640 ×").wait_for()  # it has come, and the film before it has gone
            send = page.get_by_role("button", name="Store the model's answer in the archive")
            send.click()  # before she has answered
            page.get_by_role("alert").filter(has_text="answer").wait_for()
            page.locator(".xr-stage").first.focus()
            page.keyboard.press("8")
            page.wait_for_function("!document.querySelector('.xr-commit').disabled")
            page.keyboard.press("Enter")
            page.locator(".xr-model .xr-verdict, .xr-model .xr-agree").first.wait_for()
            assert len(kept.films) == 1
            send.click()
            page.get_by_text("marked as research, not for diagnosis").wait_for()
            keep(page, "case-review-archive-en")
            assert "Roe" not in page.locator("body").inner_text()
        stored = [dcmread(BytesIO(one)) for one in kept.films.values()]
    assert sorted(one.Modality for one in stored) == ["DX", "OT", "SR"]
    assert {one.PatientID for one in stored} == {"4711"}
    assert len({one.StudyInstanceUID for one in stored}) == 1
