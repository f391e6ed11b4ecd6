"""The overfitting lab as a page: the gap grows with fewer films, and a false answer is known by heart."""

import re

import pytest
from browser import lesson, slide, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with lesson(lessons, chromium, "overfit") as opened:
        opened.locator(".xr-verdict").wait_for()
        yield opened


def gap(page, patients: int) -> float:
    """The gap, once the network has learned from so many patients and said what it knows by heart."""
    page.get_by_text(re.compile(f"\\d+ of {patients} training films")).wait_for()
    return float(page.locator(".xr-figures dd").nth(2).inner_text())


def test_fewer_films_widen_the_gap_and_the_page_is_bilingual(page):
    """In one draw of patients it is luck, so the page's own means over several draws are read; all know their films."""
    slide(page, 0, "End")
    many = gap(page, 80)
    slide(page, 0, "Home")
    few = gap(page, 10)
    assert min(few, many) > 0.1
    said = page.get_by_text(re.compile("from 15 patients, .* from 60"))
    said.wait_for()
    low, high = map(float, re.findall(r"0\.\d+", said.inner_text()))
    assert high > low + 0.05
    turns_to_every_language(page, "overfit", "overfit.page.title", "overfit.heart.title")


def test_wrong_answers_are_learned_by_heart(page):
    slide(page, 0, "End")
    gap(page, 80)
    slide(page, 3, "End")
    page.locator(".xr-false").first.wait_for()
    page.locator(".xr-goal [data-xr=done]").wait_for()
    page.locator(".xr-gallery img").first.wait_for()


def test_an_answer_is_explained(page):
    page.get_by_label(text("overfit.quiz.wrong.b", "en")).check()
    page.get_by_text(text("overfit.quiz.wrong.why_b", "en")).wait_for()
