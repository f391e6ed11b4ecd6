"""The augmentation lab in a real browser: mirroring destroys the answer to "left or right?", and cropping does not."""

import pytest
from browser import expect, keep, lesson, slide, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def press(page, *names: str) -> None:
    """Press buttons of the lab by their keys in the catalogue; the viewer has one of the same name."""
    of_the_lab = page.locator(".jupyter-button")
    for name in names:
        page.get_by_role("button", name=text(name, "en"), exact=True).and_(of_the_lab).click()


def test_mirroring_destroys_the_side(lessons, chromium):
    with lesson(lessons, chromium, "augment") as page:
        page.locator(".xr-gallery li").nth(7).wait_for()
        press(page, "augment.question.side", "augment.change.flip", "augment.control.measure")
        page.locator(".xr-home-films").get_by_text("strength 1 harms").wait_for()
        page.get_by_text("strength 1 harms").first.wait_for()
        page.locator(".xr-goal [data-xr=done]").wait_for()
        slide(page, -1, "End")
        page.get_by_text("+19.7°").wait_for()  # the trunk has fallen over
        expect(page.get_by_text("28.0°")).to_have_count(1)  # the Cobb angle has not changed
        keep(page, "augment-lab")
        turns_to_every_language(page, "augment", "augment.page.title")


@pytest.mark.slow
def test_cropping_does_not(lessons, chromium):
    with lesson(lessons, chromium, "augment") as page:
        page.locator(".xr-gallery li").nth(7).wait_for()
        press(page, "augment.question.side", "augment.change.crop", "augment.control.measure")
        page.locator(".xr-home-films").get_by_text("no difference shown").wait_for()
