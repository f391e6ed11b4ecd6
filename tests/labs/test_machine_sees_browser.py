"""What the machine sees, in a real browser: one description survives a change that another does not."""

from collections.abc import Iterator

import pytest
from browser import tab
from serving import ROOT, Served, serving

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def lab() -> Iterator[Served]:
    with serving("from xrlearn.cli import main; main()", "run", "--no-browser", "--port", "8958") as served:
        yield served


def test_what_survives_depends_on_the_description(lab, chromium):
    with tab(chromium) as page:
        page.set_default_timeout(120_000)
        page.goto(lab.page("what-the-machine-sees", "lang=en"), wait_until="commit")
        page.locator(".xr-scatter").wait_for()

        def press(key: str) -> None:
            page.get_by_role("button", name=text(key, "en"), exact=True).click()

        def shares() -> list[int]:
            return [int(v.split()[0]) for v in page.locator(".xr-lasting td:last-child").all_inner_texts()]

        pixels, histogram, _ = shares()
        assert pixels > 90 > 30 > histogram  # after noise
        press("machine_sees.change.turn")
        page.wait_for_function("document.querySelector('.xr-lasting td:last-child').innerText != '100 %'")
        pixels, histogram, _ = shares()
        assert histogram > 50 > 20 > pixels  # after turning
        press("machine_sees.feature.histogram")
        page.get_by_text("it found: Hospital").wait_for()
        page.locator(".noUi-handle").first.focus()
        page.keyboard.press("Home")
        page.get_by_text("2 different grey values", exact=False).wait_for()
        press("machine_sees.control.look")
        page.get_by_text("after 50 films", exact=False).wait_for()
        (ROOT / "artefacts").mkdir(exist_ok=True)
        page.screenshot(path=ROOT / "artefacts" / "machine-sees-lab.png", full_page=True)
