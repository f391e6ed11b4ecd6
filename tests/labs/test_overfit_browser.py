"""The overfitting lab as a page: the gap grows with fewer films, and a false answer is known by heart."""

import re

import pytest
from browser import slide, tab
from serving import ROOT

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with tab(chromium) as opened:
        opened.set_default_timeout(200_000)
        opened.goto(lessons.page("overfit", "lang=en"), wait_until="commit")
        opened.locator(".xr-verdict").wait_for()
        yield opened


def gap(page, patients: int) -> float:
    """The gap, once the network has learned from so many patients and said what it knows by heart."""
    page.get_by_text(re.compile(f"\\d+ of {patients} training films")).wait_for()
    return float(page.locator(".xr-figures dd").nth(2).inner_text())


def test_fewer_films_widen_the_gap_and_the_page_is_bilingual(page):
    slide(page, 0, "End")
    many = gap(page, 80)
    slide(page, 0, "Home")
    few = gap(page, 10)
    assert few > many + 0.05
    for lang, name in (("zh", "中文"), ("en", "English")):
        page.get_by_role("button", name=name).click()
        page.get_by_role("heading", name=text("overfit.page.title", lang)).wait_for()
        page.get_by_role("heading", name=text("overfit.heart.title", lang)).wait_for()
        page.wait_for_timeout(300)
        (ROOT / "artefacts").mkdir(exist_ok=True)
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.screenshot(path=ROOT / "artefacts" / f"overfit-{lang}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_wrong_answers_are_learned_by_heart(page):
    slide(page, 0, "End")
    gap(page, 80)
    slide(page, 3, "End")
    page.locator(".xr-false").first.wait_for()
    assert page.locator(".xr-gallery img").count() > 0


def test_an_answer_is_explained(page):
    page.get_by_label(text("overfit.quiz.wrong.b", "en")).check()
    page.get_by_text(text("overfit.quiz.wrong.why_b", "en")).wait_for()
