"""The home page: light, quick, honest about what is on this machine, and the way to every other page."""

import subprocess
import sys

import pytest
from browser import keep
from handmade import addresses_beyond, dashboards, wait_until_shown

from xrlearn import paths, tasks
from xrlearn.labs import prepare
from xrlearn.labs.home import LESSONS, TRACKS, Home, card
from xrlearn.labs.plan import CARDS
from xrlearn.labs.prepare import Piece
from xrlearn.locale import text
from xrlearn.progress import Stopped


def test_a_card_leads_to_a_page_that_exists(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    assert "Ready soon" in card("review")
    assert "href" not in card("review")
    (tmp_path / CARDS["review"]).touch()
    assert "href='case-review.ipynb?lang=en'" in card("review")
    assert "notebook" not in card("review").replace(".ipynb", "").lower()


def test_in_jupyterlab_a_card_opens_the_notebook(monkeypatch):
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    assert "Open the notebook" in card("review")
    assert "?lang" not in card("review")


@pytest.mark.parametrize(("source", "words"), [("pack", "training are here"), ("simulated", "simulated ones are used")])
def test_the_page_says_whether_there_are_films(monkeypatch, source, words):
    monkeypatch.setattr(tasks, "source_of", lambda task: source)
    home = Home()
    assert "Looking for films" in home._here.value
    home.look()
    assert words in home._here.value


def test_the_page_says_whether_there_is_a_model(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "WEIGHTS", tmp_path)
    assert "xrlearn doctor" in Home()._here.value
    (tmp_path / "fracture.safetensors").touch()
    assert "trained models are here" in Home()._here.value


def test_the_machine_is_prepared_for_a_class_with_progress_until_it_is_stopped(monkeypatch):
    made = []
    home = Home()

    def whole(progress):
        assert not progress(1, 2)
        made.append(home.progress.done)

    def endless(progress):
        home.progress.stop()
        if progress(1, 4):
            raise Stopped

    monkeypatch.setattr(prepare, "pieces", lambda: (Piece("bones", whole), Piece("wrists", whole)))
    home.prepare()
    assert made == [50, 50]
    assert text("home.here.prepared") in home.page.message
    monkeypatch.setattr(prepare, "pieces", lambda: (Piece("bones", endless), Piece("wrists", whole)))
    home.prepare()
    assert made == [50, 50]  # nothing more was made
    assert text("home.here.stopped") in home.page.message
    assert not home.ready.disabled
    assert home.progress.layout.display == "none"


def test_the_first_card_of_every_way_says_so():
    home = Home()
    for track, names in TRACKS.items():
        home.track.value = track
        assert home._cards.value.count(text("home.card.first")) == bool(names)


def test_everything_follows_the_language():
    home = Home()
    home.page.language.value = "zh"
    assert "病例阅片" in home._cards.value
    assert "10 分钟" in home._cards.value
    home.track.value = "teachers"
    assert "三十名" in home._cards.value
    assert "本机" in home._here.value


@pytest.mark.parametrize("track", TRACKS)
def test_a_track_shows_its_cards_in_order(track):
    home = Home()
    home.track.value = track
    shown = [name for name in CARDS if text(f"home.{name}.what") in home._cards.value]
    assert set(shown) == set(TRACKS[track])
    places = [home._cards.value.index(text(f"home.{name}.what")) for name in TRACKS[track]]
    assert places == sorted(places)


def test_teachers_find_a_class_and_a_note_on_every_lesson():
    home = Home()
    home.track.value = "teachers"
    assert "90 minutes" in home._cards.value
    for name in LESSONS:
        assert text(f"home.note.{name}") in home._cards.value


def test_a_lesson_notes_how_many_answers_were_right():
    from xrlearn.labs.parts.journey import noted
    from xrlearn.labs.parts.quiz import Question
    from xrlearn.labs.parts.words import Words

    questions = [Question("overfit", name, right, Words()) for name, right in (("stop", "a"), ("wrong", "b"))]
    journey = noted("overfit", questions)
    assert (journey.lesson, journey.right, journey.of) == ("overfit", 0, 2)
    questions[0].choice.value = "a"
    questions[1].choice.value = "a"
    assert journey.right == 1
    questions[1].choice.value = "b"
    assert journey.right == 2


def test_nothing_heavy_is_imported():
    code = "import sys; from xrlearn.labs.home import Home; Home(); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "torch", "PIL"} & set(out.stdout.split())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with dashboards(tmp_path_factory.mktemp("machine"), port=8991) as running:
        yield running


@pytest.mark.browser
def test_from_home_to_the_case_review_in_the_chosen_language(site, page):
    beyond = addresses_beyond(page)
    page.goto(site.address)
    wait_until_shown(page)
    page.get_by_text("Films for reading and training are here").wait_for()
    keep(page, "home-en")
    page.get_by_role("button", name="中文").click()
    page.get_by_role("heading", name="病例阅片").wait_for()
    keep(page, "home-zh")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="病例阅片").click()
    wait_until_shown(page)
    page.get_by_role("heading", level=1, name="病例阅片").wait_for()
    page.get_by_role("link", name="返回首页").wait_for()
    assert beyond == []


@pytest.mark.browser
def test_progress_stays_in_the_browser_and_travels_as_a_file(tmp_path, site, page):
    page.goto(site.page("make-an-x-ray", "lang=en"))
    page.get_by_label(text("make_xray.quiz.dose.b", "en")).check()
    page.wait_for_function("JSON.parse(localStorage['xrlearn.progress'] ?? '{}').make_xray?.right === 1")
    page.goto(site.page("index", "lang=en"))
    page.get_by_text("1 of 3 questions", exact=True).wait_for()
    page.get_by_text("Lessons opened: 1. Questions answered rightly: 1 of 3").wait_for()
    keep(page, "home-progress")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save progress").click()
    saved.value.save_as(tmp_path / "progress.json")
    page.get_by_role("button", name="Forget it").click()
    page.get_by_text("opened no lesson").wait_for()
    (tmp_path / "other.json").write_text("[1, 2]")
    page.set_input_files(".xr-journey input", tmp_path / "other.json")
    page.get_by_text("holds no progress").wait_for()
    page.set_input_files(".xr-journey input", tmp_path / "progress.json")
    page.get_by_text("1 of 3 questions", exact=True).wait_for()
    page.get_by_role("button", name="For teachers").click()
    page.get_by_role("heading", name="Thirty clinicians, 90 minutes").wait_for()
    page.get_by_text("Lessons opened: 1").wait_for()
    keep(page, "home-teachers")
