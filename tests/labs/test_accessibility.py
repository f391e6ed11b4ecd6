"""What a screen reader is told. Every page is judged where it is turned to every language (browser.py)."""

import pytest
from axe import faults
from browser import expect, tab


@pytest.mark.browser
def test_a_slider_says_what_it_shows(lessons, chromium):
    with tab(chromium) as page:
        page.goto(lessons.page("make-an-x-ray"))
        dose = page.get_by_role("slider", name="Dose")
        page.locator(".xr-make .xr-facts").wait_for()
        dose.press("Home")
        page.wait_for_function("document.querySelector('[aria-valuemin=\"-6.0\"]').ariaValueText === '0.016'")
        expect(page.get_by_role("group", name="Language")).to_have_count(1)


#: whether it is seen where the keyboard is
SEEN = """() => {
    const here = document.activeElement, style = getComputedStyle(here);
    return here.checkVisibility() && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 1;
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "there", "wanted"),
    [
        ("case-review", ".xr-film details", "button:has-text('No fracture')"),
        ("black-box", ".xr-verdict", "[aria-label='Network asked']"),
    ],
)
def test_few_tabs_lead_to_the_first_answer_and_each_is_seen(name, there, wanted, lessons, chromium):
    with tab(chromium) as page:
        page.goto(lessons.page(name, "lang=en"))
        page.locator(there).wait_for()  # what comes last: no control that has the focus goes idle any more
        first = page.locator(f".xr-page .xr-body {wanted}").first
        page.wait_for_function("node => !node.disabled && !node.closest('[disabled]')", arg=first.element_handle())
        for _ in range(20):
            page.keyboard.press("Tab")
            assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            if first.evaluate("node => node === document.activeElement"):
                break
        else:
            pytest.fail("twenty stops of the Tab key do not lead there")


@pytest.mark.browser
def test_the_viewer_s_buttons_are_one_stop_and_arrows_walk_along(lessons, chromium):
    with tab(chromium) as page:
        page.goto(lessons.page("make-an-x-ray", "lang=en"))
        bar = page.locator(".xr-bar").first
        page.locator(".xr-empty[hidden]").first.wait_for(state="attached")  # the film is there
        expect(bar.locator("[tabindex='0']")).to_have_count(1)
        bar.locator("[tabindex='0']").focus()
        for key, name in (("ArrowRight", "pan"), ("ArrowLeft", "window"), ("ArrowLeft", "help"), ("Home", "window")):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.dataset.name") == name
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        bar.locator("[data-name=pan][aria-pressed=true]").wait_for()


@pytest.mark.browser
def test_axe_would_find_a_fault(voila, page):
    page.goto(voila("from ipywidgets import HTML\nHTML('<input id=nameless>')"))
    page.locator("#nameless").wait_for()
    assert any(fault.startswith("label (critical)") for fault in faults(page))
