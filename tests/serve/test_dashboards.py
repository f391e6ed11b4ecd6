"""Every page of this repository opens, shuts nobody out in any language, and a longer one fits.

Pictures are kept in artefacts/. Lessons are turned where they are tried: each has a browser test of its own.
"""

import pytest
from browser import keep, says, shuts_nobody_out, tab, turns_to_a_longer_language
from serving import ROOT

from xrlearn import locale, paths
from xrlearn.labs.plan import COURSE

#: a test of every lesson ends with this, and the name of its page
TURNS = 'turns_to_every_language(page, "{name}"'
LESSONS = {name.removesuffix(".ipynb") for name in COURSE.values()}
PAGES = sorted({file.stem for file in paths.NOTEBOOKS.glob("*.ipynb")} - LESSONS)
#: opened in the last of them, and turned to each of the others
FIRST, *OTHERS = reversed(locale.LANGUAGES)


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_page_opens_and_turns_to_every_language(dashboards, chromium, name):
    with tab(chromium) as page:
        errors: list[str] = []
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.goto(dashboards.page(name, f"lang={FIRST}"))
        page.wait_for_function("performance.getEntriesByName('xr-shown').length", timeout=120_000)
        page.locator("h1").filter(visible=True).first.wait_for()
        page.wait_for_load_state("networkidle")
        for lang in (FIRST, *OTHERS):
            if lang != FIRST:
                page.get_by_role("button", name=locale.LANGUAGES[lang], exact=True).click()
            says(page, locale.text("common.not_for_diagnosis", lang))
            keep(page, f"{name}-{lang}")
            shuts_nobody_out(page)
        turns_to_a_longer_language(page, name)
        assert errors == []


def test_every_lesson_is_turned_to_every_language_in_a_test_of_its_own():
    files = (ROOT / "tests" / "labs").glob("test_*_browser.py")
    tests = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in sorted(LESSONS) if TURNS.format(name=name) not in tests] == []
