"""The augmentation lab in a real browser: mirroring destroys the answer to "left or right?", and cropping does not."""

import pytest
from browser import keep, lesson, slide, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def test_mirroring_destroys_the_side_and_nothing_else_does(lessons, chromium):
    with lesson(lessons, chromium, "augment") as page:
        page.locator(".xr-gallery li").nth(7).wait_for()

        def press(name: str) -> None:
            of_the_lab = page.locator(".jupyter-button")  # the viewer has a button of the same name
            page.get_by_role("button", name=text(name, "en"), exact=True).and_(of_the_lab).click()

        press("augment.question.side")
        press("augment.change.flip")
        press("augment.control.measure")
        page.locator(".xr-home-films").get_by_text("strength 1 harms").wait_for()
        page.get_by_text("strength 1 harms").first.wait_for()
        page.locator(".xr-goal [data-xr=done]").wait_for()
        slide(page, -1, "End")
        page.get_by_text("+19.7°").wait_for()  # the trunk has fallen over
        assert page.get_by_text("28.0°").count() == 1  # the Cobb angle has not changed
        keep(page, "augment-lab")
        press("augment.change.crop")
        press("augment.control.measure")
        page.locator(".xr-home-films").get_by_text("no difference shown").wait_for()
        turns_to_every_language(page, "augment", "augment.page.title")
