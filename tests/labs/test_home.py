"""The home page: light, quick, honest about what is on this machine, and the way to every other page."""

import subprocess
import sys

import pytest
from handmade import addresses_beyond, dashboards, keep, wait_until_shown

from xrlearn import orthopaedics, paths
from xrlearn.labs.home import CARDS, Home, card


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


@pytest.mark.parametrize(("source", "words"), [("pack", "are here"), (None, "xrlearn data get fracatlas")])
def test_the_page_says_whether_there_are_films(monkeypatch, source, words):
    monkeypatch.setattr(orthopaedics, "source_of", lambda task: source)
    home = Home()
    assert "Looking for films" in home._here.value
    home.look()
    assert words in home._here.value


def test_the_page_says_whether_there_is_a_model(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "WEIGHTS", tmp_path)
    assert "xrlearn doctor" in Home()._here.value
    (tmp_path / "fracture.safetensors").touch()
    assert "trained model is here" in Home()._here.value


def test_everything_follows_the_language():
    home = Home()
    home.page.language.value = "zh"
    assert "病例阅片" in home._cards.value
    assert "10 分钟" in home._cards.value
    assert "本机" in home._here.value


def test_nothing_heavy_is_imported():
    code = "import sys; from xrlearn.labs.home import Home; Home(); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "torch", "PIL"} & set(out.stdout.split())


@pytest.mark.browser
def test_from_home_to_the_case_review_in_the_chosen_language(tmp_path, page):
    with dashboards(tmp_path, port=8991) as site:
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
