"""Every served page in every language, as axe-core judges it: nothing serious, nothing critical, one main landmark."""

import pytest
from browser import settled, tab
from handmade import wait_until_shown

from xrlearn import locale, paths

PAGES = sorted(file.stem for file in paths.NOTEBOOKS.glob("*.ipynb"))
#: what is held against a page: its grave faults, and one mild one that leaves a screen reader without a way in
GRAVE = ("serious", "critical")
MILD = {"landmark-one-main"}


def faults(page) -> list[str]:
    """Return what axe-core finds, a line a rule, with the first place where it is broken."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [
        f"{fault['id']} ({fault['impact']}), {len(fault['nodes'])} times: {fault['nodes'][0]['html'][:200]}"
        for fault in found
        if fault["impact"] in GRAVE or fault["id"] in MILD
    ]


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
