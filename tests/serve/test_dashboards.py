"""Every page of this repository opens in both languages; a picture of each is kept in artefacts/."""

import pytest
from browser import keep, tab

from xrlearn import locale, paths
from xrlearn.labs.reading import COURSE

pytestmark = pytest.mark.browser

PAGES = sorted(file.stem for file in paths.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("lang", locale.LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_opens(dashboards, chromium, name, lang):
    with tab(chromium) as page:
        errors: list[str] = []
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.goto(dashboards.page(name, f"lang={lang}"))
        page.wait_for_function("performance.getEntriesByName('xr-shown').length", timeout=120_000)
        page.locator("h1").filter(visible=True).first.wait_for()
        page.wait_for_load_state("networkidle")
        if f"{name}.ipynb" in COURSE.values():  # a lesson is on its page: what to read first, and what it showed
            page.locator(".xr-prose img").wait_for()
            assert page.locator(".xr-prose").filter(visible=True).count() == 2
            assert not page.get_by_text("Shift + Enter").count()
        keep(page, f"{name}-{lang}")
        assert page.locator(".xr-failed").count() == 0
        assert page.get_by_text(locale.text("common.not_for_diagnosis", lang)).filter(visible=True).count() >= 1
        assert errors == []
