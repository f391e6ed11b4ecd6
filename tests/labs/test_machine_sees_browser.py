"""What the machine sees, in a real browser: one description survives a change that another does not."""

import re

import pytest
from browser import expect, keep, lesson, slide, texts, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_what_survives_depends_on_the_description(lessons, chromium):
    with lesson(lessons, chromium, "what-the-machine-sees") as page:
        page.locator(".xr-scatter").wait_for()

        def press(key: str) -> None:
            page.get_by_role("button", name=text(key, "en"), exact=True).click()

        def shares() -> list[int]:
            return [int(v.split()[0]) for v in texts(page, ".xr-lasting td:last-child")]

        pixels, histogram, _ = shares()
        assert pixels > 90 > 30 > histogram  # after noise
        table = page.locator(".xr-lasting")
        noisy = table.inner_text()
        press("machine_sees.change.turn")
        expect(table).not_to_have_text(noisy, use_inner_text=True)
        pixels, histogram, _ = shares()
        assert histogram > 50 > 20 > pixels  # after turning
        press("machine_sees.feature.histogram")
        page.get_by_text("it found: Hospital").wait_for()
        slide(page, 0, "Home")
        page.get_by_text(re.compile(r"\b2 different grey values")).wait_for()
        press("machine_sees.control.look")
        page.get_by_text("after 50 films", exact=False).wait_for()
        keep(page, "machine-sees-lab")
        turns_to_every_language(page, "what-the-machine-sees", "machine_sees.page.title")
