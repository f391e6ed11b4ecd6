"""The X-ray maker in a real browser through the real server: the dose slider drowns the fracture, the truth stays."""

import pytest
from browser import keep, lesson, slide, texts, turns_to_every_language

from xrlearn.locale import text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: whether the film stands at the top of the window
IN_SIGHT = """() => {
    const { y } = document.querySelector(".xr-make .xr-viewer").getBoundingClientRect();
    return 0 <= y && y < 20;
}"""


def test_the_dose_drowns_the_fracture_and_the_truth_stays(lessons, chromium):
    with lesson(lessons, chromium, "make-an-x-ray") as page:
        page.get_by_text("neighbouring pixels differ", exact=False).wait_for()  # the last that is said of a film

        def truth() -> list[str]:
            return texts(page, ".xr-make .xr-facts dd")

        # the film stays in sight while the last control is moved, on a wide window as on a narrow one
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            page.locator(".xr-make .noUi-target").last.evaluate("node => node.scrollIntoView({block: 'center'})")
            page.wait_for_function(IN_SIGHT)
        page.set_viewport_size({"width": 1280, "height": 900})
        before = truth()
        slide(page, 1, "Home", within=".xr-make")
        page.get_by_text("Much noise", exact=False).wait_for()
        assert truth() == before
        page.get_by_role("button", name=text("make_xray.overlay.lesion", "en"), exact=True).click()
        page.locator(".xr-box").first.wait_for()
        page.get_by_label(text("make_xray.control.view", "en"), exact=True).select_option(
            label=text("phantom.view.lateral", "en")
        )
        page.get_by_text(before[1], exact=True).wait_for(state="detached")  # another share of the film
        assert truth()[2:] == before[2:]  # the same patient from another side
        page.get_by_text("中文").click()
        page.get_by_text(text("phantom.measure.volar_tilt", "zh"), exact=True).wait_for()
        page.get_by_text("噪声很大", exact=False).wait_for()
        keep(page, "make-an-x-ray-lab")
        turns_to_every_language(page, "make-an-x-ray", "make_xray.page.title")
