"""The black-box lab as a page: the randomised network's maps no longer hit the fracture."""

import os
import re

import pytest
from browser import lesson, slide, texts, turns_to_every_language
from serving import run

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(chromium, longer):
    """The page with all its films: of fewer its network learns too little to be worth asking."""
    with run(8955, os.environ | longer) as lessons, lesson(lessons, chromium, "black-box") as opened:
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
    page.locator(".xr-goal [data-xr=done]").wait_for()
    turns_to_every_language(page, "black-box", "black_box.page.title", "black_box.agree.title")


def test_an_answer_is_explained(page):
    page.get_by_label(text("black_box.quiz.hit.c", "en")).check()
    page.get_by_text(text("black_box.quiz.hit.why_c", "en")).wait_for()
