"""Every served page in every language, as axe-core judges it: nothing serious, nothing critical, one main landmark."""

import pytest
from axe import faults
from browser import settled, tab
from handmade import wait_until_shown

from xrlearn import locale, paths

PAGES = sorted(file.stem for file in paths.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.browser
@pytest.mark.parametrize("lang", locale.LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_shuts_anybody_out(name, lang, lessons, chromium):
    with tab(chromium) as page:
        page.goto(lessons.page(name, f"lang={lang}"))
        wait_until_shown(page)
        page.locator(".xr-page").wait_for()
        settled(page)
        for helping in page.locator(".xr-bar button[data-name=help]:visible").all():
            helping.click()  # the keys of a viewer stand on black
        assert faults(page) == []
        assert page.locator("[aria-label=null], [aria-label=undefined]").count() == 0


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
