"""What a screen reader is told. Every page is judged in every language where it is opened: serve/test_dashboards.py."""

import pytest
from axe import faults
from browser import tab


@pytest.mark.browser
def test_a_slider_says_what_it_shows(lessons, chromium):
    with tab(chromium) as page:
        page.goto(lessons.page("make-an-x-ray"))
        dose = page.get_by_role("slider", name="Dose")
        dose.press("Home")
        page.wait_for_function("document.querySelector('[aria-valuemin=\"-6.0\"]').ariaValueText === '0.016'")
        assert page.get_by_role("group", name="Language").count() == 1


@pytest.mark.browser
def test_axe_would_find_a_fault(voila, page):
    page.goto(voila("from ipywidgets import HTML\nHTML('<input id=nameless>')"))
    page.locator("#nameless").wait_for()
    assert any(fault.startswith("label (critical)") for fault in faults(page))
