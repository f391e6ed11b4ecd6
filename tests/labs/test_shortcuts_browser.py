"""The shortcuts lab as a page: the AUC falls where the link breaks, and the moved marker moves the probability."""

import re

import pytest
from browser import lesson, settled, slide, texts, turns_to_every_language
from serving import ROOT

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def page(lessons, chromium):
    with lesson(lessons, chromium, "shortcuts") as opened:
        opened.locator(".xr-verdict").nth(1).wait_for()
        yield opened


def aucs(page) -> list[float]:
    return [float(shown.split()[0]) for shown in texts(page, ".xr-figures dd")]


def chance(page) -> int:
    return int(re.search(r"(\d+) %", page.get_by_text("Probability of a fracture:").inner_text())[1])


def wait_for_chance(page, low: int, high: int, bare: bool = False) -> None:
    """Wait until the probability now shown lies so, and is that of the bare film if it is to be.

    While the marker is on its way, others are shown.
    """
    page.wait_for_function(
        """([low, high, bare]) => {
            const [, shown, without] = document.body.innerText.match(/fracture: (\\d+) %\\s+Without it: (\\d+) %/);
            return low <= Number(shown) && Number(shown) <= high && (!bare || shown === without);
        }""",
        arg=[low, high, bare],
    )


def test_the_auc_falls_elsewhere_and_the_page_is_bilingual(page):
    slide(page, 0, "End")
    page.get_by_text("At home (100 %)").wait_for()
    page.get_by_text(text("shortcuts.result.thing", "en")).wait_for()
    slide(page, 1, "Home")
    page.get_by_text("The other hospital (0 %)").wait_for()
    here, there = aucs(page)
    assert there < here - 0.3
    page.locator(".xr-goal [data-xr=done]").wait_for()
    turns_to_every_language(page, "shortcuts", "shortcuts.page.title", "shortcuts.maps.title")


def test_the_moved_marker_moves_the_probability(page):
    film = page.locator(".xr-stage")
    page.locator(".xr-empty[hidden]").wait_for(state="attached")
    page.wait_for_function("!document.querySelector('.xr-busy')")  # no network is in training
    film.scroll_into_view_if_needed()
    before = chance(page)
    settled(page)  # nothing above it changes its height any more
    box = film.bounding_box()
    left, top, side = box["x"] + (box["width"] - box["height"]) / 2, box["y"], box["height"]  # of the square film
    page.mouse.move(left + 0.12 * side, top + 0.14 * side)
    page.mouse.down()
    page.mouse.move(left + 1.28 * side, top + 0.14 * side, steps=4)
    page.mouse.up()
    wait_for_chance(page, 0, before - 20, bare=True)  # the marker lies off the film
    dragged = chance(page)
    film.focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    wait_for_chance(page, dragged + 20, 100)
    page.get_by_label(text("shortcuts.control.heat", "en")).check()
    page.locator(".xr-stage .xr-heat").wait_for()
    film.screenshot(path=ROOT / "artefacts" / "shortcuts-heat.png")


def test_an_answer_is_explained(page):
    page.get_by_label(text("shortcuts.quiz.map.b", "en")).check()
    page.get_by_text(text("shortcuts.quiz.map.why_b", "en")).wait_for()
