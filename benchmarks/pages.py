"""How long every page takes to open: to its first paint, and to its first useful act.

    python benchmarks/pages.py --write          # docs/opening-times.md
    python benchmarks/pages.py overfit index    # some pages

Each page is opened twice on a fresh folder (XRLEARN_HOME) without real films: as on a machine on which nothing was made
before, by a server just started, and as on one that is prepared, where the first opening has left what it made and the
server has had the time to import what pages need. A page can be worked with once the first of its parts can: nothing in
it is being made, one of its controls may be moved and, where it shows a film, the film is there. Parts further down may
still be drawn then, each with its own progress; the page is *at rest* when they are. Goals: 3 s prepared, 15 s
unprepared.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import TimeoutError as TooLong

from xrlearn import doctor, paths

HEAD = """# How long a page takes to open

Seconds from the click to the first paint, to the first useful act and until the page is at rest. A reader can begin
once the first part of the page is there: nothing in it is being made, its controls may be moved and, where it has a
film, the film is there. Parts further down may still be drawn then, each with its own progress; at rest they all are.
*Empty*: nothing was made on this machine before, and the server has just started; *prepared*: the page was opened once,
or `xrlearn prepare` was given, and the server had {rest:g} s to come to rest, as when its reader comes from home.
No real films; pages in English, in a window of 1280 by 900 pixels of a headless Chromium, one at a time. Goals for the
first useful act: 15 s empty, 3 s prepared. Written by `python benchmarks/pages.py --write` ({machine}).

"""
ROOT = Path(__file__).resolve().parents[1]
LIMIT = 180  # seconds after which a page is given up
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()"
REST = 30.0  # seconds that a server has to import what its pages need
#: true once nothing on the page is being made; notes when its first part could be worked with, and when that was
USEFUL = """() => {
    const body = document.querySelector(".xr-page .xr-body");
    const seen = (within, selector) => [...(within?.querySelectorAll(selector) ?? [])].some((n) => n.checkVisibility());
    const useful = "button:enabled, select:enabled, input:enabled, .noUi-target:not([disabled]), a[href]";
    const first = body?.querySelector(".xr-columns, .xr-bench, .xr-main") ?? body;
    const controls = [...(first?.querySelectorAll(useful) ?? [])].filter(
        (node) => node.checkVisibility() && !node.closest(".xr-bar, .xr-quiz, .xr-question, .xr-prose, .xr-drop"));
    const busy = ".xr-progress, .xr-busy, .xr-stage .xr-empty", now = performance.now();
    const held = seen(document, ".xr-page > .xr-progress") || seen(first, busy) || !controls.length;
    window.xrUseful = held ? undefined : window.xrUseful ?? now;
    window.xrAtRest = held || seen(document, busy) ? undefined : window.xrAtRest ?? now;
    return now - window.xrAtRest > 1500; // and stays so: what is to be made begins a moment after the page stands
}"""


@contextmanager
def served(home: Path | None = None) -> Iterator[tuple[str, int]]:
    """Serve the pages without real films, on a machine that keeps everything in `home`; yield address and process."""
    own = {"PYTHONUNBUFFERED": "1", "XRLEARN_FILMS": "", "XRLEARN_DATA": ""}
    environment = os.environ | own | ({"XRLEARN_HOME": str(home)} if home else {})
    command = [sys.executable, "-c", "from xrlearn.cli import main; main()", "run", "--no-browser", "--port", "8700"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout is not None
        address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(30)


def opening(browser: Browser, address: str) -> tuple[str, float, float | None, float | None]:
    """Return title, seconds to first paint, first useful act and rest of one page; None where that took too long."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto(address, wait_until="commit", timeout=LIMIT * 1000)
        with suppress(TooLong):
            page.wait_for_function(USEFUL, timeout=LIMIT * 1000, polling=50)
        useful, rest = (page.evaluate(f"window.{name} / 1000 || null") for name in ("xrUseful", "xrAtRest"))
        title = page.title() if useful is None else page.locator("h1").inner_text()
        return title, page.evaluate(PAINT) / 1000, useful, rest
    finally:
        page.goto("about:blank")
        page.close()


def say(line: str) -> None:
    """Print a line at once: the next one may take minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print a table, a line a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="*", help="names of notebooks; all when left out")
    parser.add_argument("--write", action="store_true", help="write docs/opening-times.md (with all pages)")
    parser.add_argument("--rest", type=float, default=REST, help="seconds given to a server before a prepared opening")
    wanted = parser.parse_args()
    names = wanted.pages or sorted(file.stem for file in paths.NOTEBOOKS.glob("*.ipynb"))
    if wanted.write and wanted.pages:
        parser.error("a table of some pages is not written")
    rows = [
        "| page | paint, empty | useful, empty | rest, empty | paint, prepared | useful, prepared | rest, prepared |",
        "|---|---|---|---|---|---|---|",
    ]
    say("\n".join(rows))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=doctor.chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as fresh, served(Path(fresh)) as (address, _):
                cells: list[str] = []
                for state in ("empty", "prepared"):
                    if state == "prepared":
                        time.sleep(wanted.rest)
                    title, *seconds = opening(browser, f"{address}voila/render/{name}.ipynb?lang=en")
                    cells = cells or [f"{title} (`{name}`)"]
                    cells += [f"more than {LIMIT} s" if s is None else f"{s:.1f} s" for s in seconds]
                rows.append(f"| {' | '.join(cells)} |")
                say(rows[-1])
        browser.close()
    if wanted.write:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end"
        (ROOT / "docs" / "opening-times.md").write_text(
            HEAD.format(machine=machine, rest=wanted.rest) + "\n".join(rows) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
