"""The black-box lab as a page: the randomised network's maps no longer hit the fracture."""

import re

import pytest
from browser import slide, tab, texts
from serving import ROOT

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with tab(chromium) as opened:
        opened.set_default_timeout(200_000)
        opened.goto(lessons.page("black-box", "lang=en"), wait_until="commit")
        opened.locator(".xr-verdict").wait_for()
        yield opened


def best_hit(page) -> int:
    """The best of the four maps' hits, in per cent."""
    rows = texts(page, ".xr-wide tbody tr")[:4]
    return max(int(re.search(r"(\d+) %", row)[1]) for row in rows)


def test_a_random_network_s_maps_no_longer_hit(page):
    trained = best_hit(page)
    slide(page, 0, *["ArrowRight"] * 5)
    page.get_by_text(f"Network: {text('black_box.network.all', 'en')}").wait_for()
    assert best_hit(page) < trained - 20
    page.get_by_text(text("black_box.table.lost", "en")).wait_for()
    for lang, name in (("zh", "中文"), ("en", "English")):
        page.get_by_role("button", name=name).click()
        page.get_by_role("heading", name=text("black_box.page.title", lang)).wait_for()
        page.get_by_role("heading", name=text("black_box.agree.title", lang)).wait_for()
        page.wait_for_timeout(300)
        (ROOT / "artefacts").mkdir(exist_ok=True)
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.screenshot(path=ROOT / "artefacts" / f"black-box-{lang}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_an_answer_is_explained(page):
    page.get_by_label(text("black_box.quiz.hit.c", "en")).check()
    page.get_by_text(text("black_box.quiz.hit.why_c", "en")).wait_for()
