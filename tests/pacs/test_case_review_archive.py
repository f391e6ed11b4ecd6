"""Case review on films of an archive: offered where the environment names one, read in memory, answered back."""

from types import SimpleNamespace

import pytest

pytest.importorskip("highdicom", reason="the extra `pacs` is not installed")

from archived import answer
from handmade import only_these_films

from xrlearn import locale, training
from xrlearn.labs import case_review_behind
from xrlearn.labs.case_review import CaseReviewPage
from xrlearn.labs.case_review_archive import SendBack
from xrlearn.labs.case_review_behind import AHEAD
from xrlearn.labs.case_review_films import ARCHIVE


@pytest.fixture
def view(tmp_path, monkeypatch):
    """The page as the browser shows it, beside a model that says what a test wants."""
    for name, value in only_these_films(tmp_path).items():
        monkeypatch.setenv(name, value)
    model = SimpleNamespace(
        card=SimpleNamespace(task="fracture", threshold=0.4, version="1", figures={}, limits={}, data={"name": "x"}),
        knows=lambda film: False,
    )
    monkeypatch.setattr(case_review_behind, "examples", lambda task, classes: iter(()))  # simulated, and slow
    monkeypatch.setitem(vars(training), "shipped", lambda task: model)
    monkeypatch.setitem(vars(training), "predict", lambda film, task, model: answer())
    page = CaseReviewPage()
    page.viewer._handle_custom_msg({"type": "ready"}, [])
    settle(page)
    yield page
    page.behind.making.shutdown()
    page.behind.asking.shutdown()


def settle(page) -> None:
    """Wait until the threads behind have nothing left to do."""
    for _ in range(AHEAD + 4):
        page.behind.making.submit(lambda: None).result(60)
        page.behind.asking.submit(lambda: None).result(60)


def take(page, number: str) -> None:
    page.choose.source.value = ARCHIVE
    page.choose.folder.value = number
    page.choose.take.click()
    settle(page)


def buttons(page) -> list[SendBack]:
    return [one for one in page.page.body.children if isinstance(one, SendBack)]


def test_without_an_archive_nothing_of_it_is_offered(monkeypatch, view):
    assert ARCHIVE not in [source for _, source in view.choose.source.options]
    assert buttons(view) == []


def test_films_of_a_patient_are_read_from_memory(small, view):
    names = dict(view.choose.source.options)
    assert names["from the archive"] == ARCHIVE
    take(view, "4711")
    assert view.choose.folder.description == "Patient or accession number"
    assert "2 films of the archive" in view.choose.about.value
    assert view.state.film.source == ARCHIVE
    assert view.viewer.shape == (96, 80)
    view.choose.next.click()
    settle(view)
    assert view.choose.case.value == 1
    fetched = [line for line in small.asked if "/instances/" in line and "metadata" not in line]
    assert len(fetched) == len(set(fetched)) == 2  # each once
    locale.use("zh")
    view.page.language.value = "zh"
    assert view.choose.folder.description == "患者编号或检查号"


def test_a_number_that_the_archive_does_not_know_leaves_the_page_as_it_was(small, view):
    before = view.state.film
    for number in ("4712", ""):
        take(view, number)
        assert "no films under this number" in view.page.message
        assert view.state.film is before
        view.page.hush()


def test_the_answer_goes_back_only_after_the_reader_has_given_hers(small, view):
    (button,) = buttons(view)
    assert button.layout.display == "none"
    take(view, "4711")
    assert button.layout.display is None
    button.click()
    assert "Answer first." in view.page.message
    held = len(small.films)
    assert held == 3
    view.input.answer.value = True
    view.input.sure.value = 80
    view.commit.click()
    settle(view)
    button.click()
    settle(view)
    assert "marked as research" in view.page.message
    assert len(small.films) == held + 2
    assert not button.disabled
    small.full = True
    button.click()
    settle(view)
    assert "did not take" in view.page.message
