"""Choosing a network as a page: choosing has no price, peeking at the test set has."""

import re

import pytest
from browser import lesson, slide, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with lesson(lessons, chromium, "train-validate-test") as opened:
        opened.locator(".xr-now").wait_for()
        yield opened


def test_peeking_has_a_price(page):
    open_ = page.get_by_role("button", name=text("choose_network.test.open", "en"))
    open_.click()
    page.get_by_text("You have looked once").wait_for()
    open_.click()  # the same network again is no further look
    page.get_by_text("You have looked once").wait_for()
    prices = []
    for looks, key in ((2, "Home"), (3, "End")):
        slide(page, 1, key)  # layers
        page.get_by_text(text("choose_network.test.closed", "en")).wait_for()
        open_.click()
        said = page.get_by_text(f"You have looked {looks} times")
        said.wait_for()
        prices.append(float(re.search(r"up to (\d\.\d+)", said.inner_text())[1]))
    assert 0 < prices[0] < prices[1]
    page.locator(".xr-goal [data-xr=done]").wait_for()


def test_the_page_is_whole_in_both_languages_and_widths(page):
    turns_to_every_language(page, "train-validate-test", "choose_network.page.title", "choose_network.family.title")


def test_five_families_are_trained_and_can_be_stopped(page):
    page.get_by_role("button", name=text("choose_network.family.train", "en"), exact=True).click()
    page.get_by_role("button", name=text("parts.progress.stop", "en"), exact=True).filter(visible=True).click()
    page.get_by_role("button", name=text("choose_network.family.train", "en"), exact=True, disabled=False).wait_for()


def test_an_answer_is_explained(page):
    page.get_by_label(text("choose_network.quiz.peek.b", "en")).check()
    page.get_by_text(text("choose_network.quiz.peek.why_b", "en")).wait_for()
