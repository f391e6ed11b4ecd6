"""The fracture detector as a page, in a real browser through the real server: what it teaches must be seen there."""

import re

import pytest
from browser import expect, lesson, slide, texts, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with lesson(lessons, chromium, "train-a-fracture-detector") as opened:
        opened.locator(".xr-verdict").wait_for(timeout=300_000)  # films are read first, once
        yield opened


def figures(page, patients: str) -> tuple[float, float, float]:
    """AUC on training and on validation films, and the gap, once the model has learned from so many patients."""
    page.get_by_text(re.compile(f"films of {patients} patients")).wait_for()
    train, valid, gap = (float(number.split()[0]) for number in texts(page, ".xr-figures dd"))
    return train, valid, gap


def test_fewer_patients_do_worse_on_strangers_and_better_on_their_own(page):
    slide(page, 0, "Home")
    _, few, gap_few = figures(page, "5")
    slide(page, 0, "End")
    _, many, gap_many = figures(page, r"\d{2,}")
    assert few < many - 0.05
    assert gap_few > gap_many + 0.05


def test_the_prose_stays_in_the_notebook_and_the_language_switches(page):
    assert page.locator(".jp-MarkdownCell").filter(visible=True).count() == 0
    for lang, other in (("zh", "en"), ("en", "zh")):
        page.get_by_role("button", name={"zh": "中文", "en": "English"}[lang]).click()
        page.get_by_role("heading", name=text("train_fracture.page.title", lang)).wait_for()
        for key in ("learn.title", "threshold.title", "quiz.title", "roc.title"):
            page.get_by_role("heading", name=text(f"train_fracture.{key}", lang), exact=True).wait_for()
            expect(page.get_by_role("heading", name=text(f"train_fracture.{key}", other), exact=True)).to_have_count(0)
        expect(page.get_by_role("img", name=text("train_fracture.curve.x", lang))).to_have_count(1)  # plots too
    turns_to_every_language(page, "train-a-fracture-detector", "train_fracture.page.title")


def test_a_higher_threshold_misses_more(page):
    def missed() -> int:
        return int(re.search(r"miss (\d+)", page.get_by_text("The model would miss").inner_text())[1])

    slide(page, 3, "Home")
    page.get_by_text("would miss 0 of them").wait_for()
    slide(page, 3, "End")
    page.get_by_text("raise 0 false alarms").wait_for()
    assert missed() > 0


def test_looks_at_the_test_set_are_counted_and_have_their_price(page):
    open_ = page.get_by_role("button", name=text("train_fracture.test.open", "en"))
    open_.click()
    page.get_by_text("You have looked once").wait_for()
    open_.click()  # the same model again is no further look
    page.get_by_text("You have looked once").wait_for()
    slide(page, 0, "Home")
    figures(page, "5")
    open_.click()
    page.get_by_text("You have looked 2 times").wait_for()
    price = re.search(r"up to (\d\.\d+)", page.get_by_text("You have looked 2 times").inner_text())
    assert float(price[1]) > 0


def test_an_answer_is_explained(page):
    page.get_by_label(text("train_fracture.quiz.split.a", "en")).check()
    page.get_by_text(text("train_fracture.quiz.split.why_a", "en")).wait_for()
    page.get_by_label(text("train_fracture.quiz.split.b", "en")).check()
    page.get_by_text(text("train_fracture.quiz.split.why_b", "en")).wait_for()
    expect(page.get_by_text(text("lesson.quiz.right", "en"))).to_have_count(1)


def test_a_whole_network_trains_and_can_be_stopped(page):
    page.get_by_role("button", name=text("train_fracture.network.train", "en"), exact=True).click()
    stop = page.get_by_role("button", name=text("parts.progress.stop", "en"), exact=True)
    stop.filter(visible=True).click()
    page.get_by_text(text("train_fracture.network.stopped", "en")).wait_for()
    expect(page.locator(".xr-live")).to_be_visible()
