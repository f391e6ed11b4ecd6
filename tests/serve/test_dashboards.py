"""Every page of this repository opens, shuts nobody out in any language, and a longer one fits.

Pictures are kept in artefacts/.
"""

import pytest
from axe import faults
from browser import keep, tab
from pseudo import CODE, OWN, accented, cut_off

from xrlearn import locale, paths
from xrlearn.labs.plan import COURSE

pytestmark = pytest.mark.browser

PAGES = sorted(file.stem for file in paths.NOTEBOOKS.glob("*.ipynb"))
#: opened in the last of them, and turned to each of the others
FIRST, *OTHERS = reversed(locale.LANGUAGES)


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_and_turns_to_every_language(dashboards, chromium, name):
    with tab(chromium) as page:
        errors: list[str] = []
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.goto(dashboards.page(name, f"lang={FIRST}"))
        page.wait_for_function("performance.getEntriesByName('xr-shown').length", timeout=120_000)
        page.locator("h1").filter(visible=True).first.wait_for()
        page.wait_for_load_state("networkidle")
        if f"{name}.ipynb" in COURSE.values():  # a lesson is on its page: what to read first, and what it showed
            page.locator(".xr-prose img").wait_for()
            assert page.locator(".xr-prose").filter(visible=True).count() == 2
            assert not page.get_by_text("Shift + Enter").count()
        for lang in (FIRST, *OTHERS):
            if lang != FIRST:
                page.get_by_role("button", name=locale.LANGUAGES[lang], exact=True).click()
            says(page, locale.text("common.not_for_diagnosis", lang))
            keep(page, f"{name}-{lang}")
            shuts_nobody_out(page)
        page.get_by_role("button", name=OWN, exact=True).click()
        says(page, accented(locale.text("common.not_for_diagnosis", "en")))
        keep(page, f"{name}-{CODE}")
        assert cut_off(page) == []
        assert page.locator(".xr-failed").count() == 0
        assert errors == []


def shuts_nobody_out(page) -> None:
    """As axe-core judges the page: nothing serious, nothing critical, one main landmark, and no name left out."""
    helps = page.locator(".xr-bar button[data-name=help]:visible").all()
    for press in helps:
        press.click()  # the keys of a viewer stand on black
    assert faults(page) == []
    assert page.locator("[aria-label=null], [aria-label=undefined]").count() == 0
    for press in helps:
        press.click()


def says(page, sentence: str) -> None:
    """Wait until the page says so; it may be making films meanwhile."""
    page.get_by_text(sentence).filter(visible=True).first.wait_for(timeout=120_000)
