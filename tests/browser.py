"""Fixtures for tests in a real headless Chromium against a real Voila: nothing leaves this machine."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from textwrap import dedent
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from axe import faults
from pseudo import CODE, OWN, accented, cut_off

from xrlearn import doctor, locale

#: Chromium without what only a person at its window needs: a page costs a second of processor less
HEADLESS = shutil.which("chromium-headless-shell")
CHROMIUM = os.environ.get("CHROMIUM") or HEADLESS or doctor.chromium() or "chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # this machine only; forbidding addresses page by page would cost the browser's memory of what it has loaded before
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
#: how long a tab waits for what is to come, in milliseconds
PATIENCE = 60_000
ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts"


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """A headless Chromium (Debian's; another through the environment variable CHROMIUM)."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def tab(browser) -> Iterator:
    """A tab; it fails the test if a script broke or a callback of ours raised."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
        failed = page.locator("[data-xr=failure]").all_inner_texts()
    finally:
        page.goto("about:blank")  # as a reader leaves it: its kernel ends, and does not work on beside the next test
        page.close()
    assert not errors, errors
    assert not failed, f"a callback raised: {failed}"


@pytest.fixture
def page(chromium) -> Iterator:
    with tab(chromium) as opened:
        yield opened


def expect(what):
    """Playwright's assertions that wait until they hold, as long as a tab waits for anything."""
    from playwright.sync_api import expect as waiting

    waiting.set_options(timeout=PATIENCE)
    return waiting(what)


def slide(page, number: int, *keys: str, within: str = ".xr-page") -> None:
    """Move slider `number` by keyboard, once it can be moved."""
    slider = page.locator(f"{within} .noUi-target").nth(number)
    slider.and_(page.locator(":not([disabled])")).wait_for()
    for key in keys:
        slider.locator(".noUi-handle").press(key)


def texts(page, selector: str) -> list[str]:
    """Return what is shown there, read in one go: a redrawing page may take a node away between two steps."""
    return page.evaluate("selector => [...document.querySelectorAll(selector)].map(node => node.innerText)", selector)


def drawn(page) -> None:
    """Wait until all that has been asked to be drawn is drawn: a script draws in a frame that it asks for."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def settled(page) -> None:
    """Wait until nothing on the page has moved or changed its words, but for a clock, for ten frames."""
    look = """() => document.fonts.ready.then(() => new Promise(done => {
        let before = "", still = 0;
        const look = () => {
            const clock = document.querySelector("[role=timer]")?.innerText ?? "";
            const now = document.documentElement.scrollHeight + document.body.innerText.replace(clock, "");
            still = now === before ? still + 1 : 0;
            before = now;
            still < 10 ? requestAnimationFrame(look) : done();
        };
        look();
    }))"""
    page.evaluate(look)


def keep(page, name: str) -> None:
    """Keep a picture of the whole page in artefacts/, once it stands still."""
    settled(page)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


@contextmanager
def lesson(served, browser, name: str) -> Iterator:
    """A lesson's page in English, asked for; it fails the test if the browser's console names an error."""
    with tab(browser) as page:
        errors: list[str] = []
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.set_default_timeout(200_000)
        page.goto(served.page(name, "lang=en"), wait_until="commit")
        yield page
        assert errors == []


def turns_to_every_language(page, name: str, *titles: str) -> None:
    """Turn a lesson's page to every language, and to a longer one that is made up; English comes last.

    Each time the page says its part (`titles`: its headings), shuts nobody out, and nothing is cut off.
    """
    page.locator(".xr-prose img").wait_for()
    prose = page.locator(".xr-prose").filter(visible=True)
    prose.nth(1).wait_for()  # what to read first, and what it showed
    assert prose.count() == 2
    assert not page.get_by_text("Shift + Enter").count()
    turns_to_a_longer_language(page, name)
    for lang, own in reversed(locale.LANGUAGES.items()):
        page.get_by_role("button", name=own, exact=True).click()
        says(page, locale.text("common.not_for_diagnosis", lang))
        for title in titles:
            page.get_by_role("heading", name=locale.text(title, lang), exact=True).wait_for()
        if lang == "en":  # every part of the page has turned: none but the button that names it is Chinese still
            own = locale.LANGUAGES["zh"]
            page.wait_for_function(
                "own => !/[\\u4e00-\\u9fff]/.test(document.body.innerText.replaceAll(own, ''))", arg=own
            )
        for width in (820, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            settled(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        keep(page, f"{name}-{lang}")
        shuts_nobody_out(page)


def turns_to_a_longer_language(page, name: str) -> None:
    """Turn a page to the language that is made up: nothing is cut off there."""
    page.get_by_role("button", name=OWN, exact=True).click()
    says(page, accented(locale.text("common.not_for_diagnosis", "en")))
    keep(page, f"{name}-{CODE}")
    assert not (cut := cut_off(page)), cut
    assert page.locator(".xr-failed").count() == 0


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


def _free_port() -> int:
    with closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def voila(tmp_path_factory) -> Iterator[Callable[[str], str]]:
    """A standalone Voila on loopback: call it with the code of a one-cell notebook, get the address of its page."""
    folder = tmp_path_factory.mktemp("notebooks")
    port = _free_port()
    quickly = "import xrlearn.serve; from voila.app import main; main()"  # see there what it leaves out
    command = [sys.executable, "-c", quickly, str(folder), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    root = Path(__file__).resolve().parents[1]
    env = {**os.environ, "PYTHONPATH": str(root), "XRLEARN_LANG": "en"}
    with (folder / "voila.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=env)

    def serve(code: str) -> str:
        name = f"page{len(list(folder.glob('*.ipynb')))}.ipynb"
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(dedent(code))])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(book, folder / name)
        return f"http://127.0.0.1:{port}/voila/render/{name}"

    try:
        _answering(f"http://127.0.0.1:{port}/", server)
        yield serve
    finally:
        server.terminate()
        server.wait(20)


def _answering(address: str, server: subprocess.Popen) -> None:
    """Wait until the server answers; a refused connection is asked again, a dead server is not."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "voila died"
        try:
            with urlopen(address, timeout=5):
                return
        except URLError:
            time.sleep(0.1)  # there is nothing to listen to before the socket is open
    raise AssertionError("voila does not answer")
