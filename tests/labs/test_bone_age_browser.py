"""The bone-age lab as a page: the answer moves with the age, and with the sex that the machine is told."""

import re

import pytest
from browser import expect, lesson, slide, texts, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with lesson(lessons, chromium, "bone-age") as opened:
        opened.locator("polygon.xr-outline").first.wait_for()
        opened.get_by_text("The same film,", exact=False).wait_for()
        yield opened


def figures(page) -> list[str]:
    """The machine's answer and the truth, as the page says them."""
    return texts(page, ".xr-lab .xr-figures dd")


def months(page) -> int:
    """The machine's answer."""
    years, left = re.fullmatch(r"(\d+) y (\d+) m", figures(page)[0]).groups()
    return 12 * int(years) + int(left)


def test_the_answer_moves_with_the_age(page):
    assert figures(page)[1] == "10 y 0 m"
    before = months(page)
    slide(page, 0, *["ArrowRight"] * 4)
    page.wait_for_function("document.querySelectorAll('.xr-figures dd')[1]?.textContent === '14 y 0 m'")
    assert before + 24 < months(page) < before + 72


def test_told_the_other_sex_it_reads_the_same_film_older(page):
    girl = months(page)
    page.get_by_role("button", name=text("bone_age.told.other", "en")).click()
    page.get_by_text(text("bone_age.result.lied", "en"), exact=False).wait_for()
    assert months(page) > girl


def test_places_left_out_are_gone_from_the_film(page):
    before = page.locator("polygon.xr-outline").count()
    page.get_by_label(text("bone_age.group.carpus", "en"), exact=True).uncheck()
    page.locator(".xr-ages .xr-out").first.wait_for()
    expect(page.locator("polygon.xr-outline")).to_have_count(before - 1)
    page.get_by_role("button", name=text("bone_age.control.go", "en")).click()
    page.locator(".xr-years tbody tr").last.wait_for()


def test_both_languages_fit_every_screen(page):
    turns_to_every_language(page, "bone-age", "bone_age.page.title", "bone_age.worth.title")


def test_an_answer_is_explained(page):
    page.get_by_label(text("bone_age.quiz.sex.c", "en")).check()
    page.get_by_text(text("bone_age.quiz.sex.why_c", "en")).wait_for()
