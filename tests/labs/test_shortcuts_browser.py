"""The shortcuts lab as a page: the AUC falls where the link breaks, and the moved marker moves the probability."""

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
        opened.goto(lessons.page("shortcuts", "lang=en"), wait_until="commit")
        opened.locator(".xr-verdict").nth(1).wait_for()
        yield opened


def aucs(page) -> list[float]:
    return [float(shown.split()[0]) for shown in texts(page, ".xr-figures dd")]


def chance(page) -> int:
    return int(re.search(r"(\d+) %", page.get_by_text("Probability of a fracture:").inner_text())[1])


def wait_for_chance(page, low: int, high: int) -> None:
    """Wait until the probability now shown lies so; while the marker is on its way it passes through others."""
    page.wait_for_function(
        """([low, high]) => {
            const shown = Number(document.querySelector(".xr-bedside").innerText.match(/fracture: (\\d+) %/)[1]);
            return low <= shown && shown <= high;
        }""",
        arg=[low, high],
        timeout=20_000,
    )


def settled_box(page, film) -> dict[str, float]:
    """Return where the film lies once nothing above it changes its height any more."""
    before, box = None, film.bounding_box()
    while box != before:
        page.wait_for_timeout(400)
        before, box = box, film.bounding_box()
    return box


def settled_chance(page) -> int:
    """Return the probability once it no longer changes: the marker has come to rest."""
    before, now = -1, chance(page)
    while now != before:
        page.wait_for_timeout(800)
        before, now = now, chance(page)
    return now


def test_the_auc_falls_elsewhere_and_the_page_is_bilingual(page):
    slide(page, 0, "End")
    page.get_by_text("At home (100 %)").wait_for()
    page.get_by_text(text("shortcuts.result.thing", "en")).wait_for()
    slide(page, 1, "Home")
    page.get_by_text("The other hospital (0 %)").wait_for()
    here, there = aucs(page)
    assert there < here - 0.3
    for lang, name in (("zh", "中文"), ("en", "English")):
        page.get_by_role("button", name=name).click()
        page.get_by_role("heading", name=text("shortcuts.page.title", lang), exact=True).wait_for()
        page.get_by_role("heading", name=text("shortcuts.maps.title", lang)).wait_for()
        page.wait_for_timeout(300)
        (ROOT / "artefacts").mkdir(exist_ok=True)
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.screenshot(path=ROOT / "artefacts" / f"shortcuts-{lang}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_moved_marker_moves_the_probability(page):
    film = page.locator(".xr-placed")
    film.scroll_into_view_if_needed()
    before = chance(page)
    box = settled_box(page, film)
    page.mouse.move(box["x"] + 0.12 * box["width"], box["y"] + 0.14 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 1.28 * box["width"], box["y"] + 0.14 * box["height"], steps=4)
    page.mouse.up()
    wait_for_chance(page, 0, before - 20)
    dragged = settled_chance(page)
    film.focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    wait_for_chance(page, dragged + 20, 100)
    page.get_by_label(text("shortcuts.control.heat", "en")).check()
    page.wait_for_timeout(500)
    film.screenshot(path=ROOT / "artefacts" / "shortcuts-heat.png")


def test_an_answer_is_explained(page):
    page.get_by_label(text("shortcuts.quiz.map.b", "en")).check()
    page.get_by_text(text("shortcuts.quiz.map.why_b", "en")).wait_for()
