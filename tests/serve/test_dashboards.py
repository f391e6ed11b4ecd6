"""Every page of this repository opens in every language, and a longer one fits; a picture is kept in artefacts/."""

import re

import pytest
from browser import keep, settled, tab
from pseudo import OWN, cut_off

from xrlearn import locale, paths

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
        keep(page, f"{name}-{lang}")
        assert page.locator(".xr-failed").count() == 0
        assert page.get_by_text(locale.text("common.not_for_diagnosis", lang)).filter(visible=True).count() >= 1
        assert errors == []
        if lang == locale.WRITTEN[0]:
            page.get_by_role("button", name=OWN, exact=True).click()
            page.locator("h1").filter(visible=True, has_text=re.compile("[áéíóúÁÉÍÓÚ]{2}")).first.wait_for()
            settled(page)
            keep(page, f"{name}-long")
            assert cut_off(page) == []
