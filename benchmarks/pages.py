"""How long every page takes to open: to its first paint, and to its first useful act.

    python benchmarks/pages.py --write          # docs/opening-times.md
    python benchmarks/pages.py overfit index    # some pages

Each page is opened twice on a fresh folder (XRLEARN_HOME) without real films: as on a machine on which nothing was made
before, and as on one that is prepared, where the first opening has left what it made. A page can be worked with once
nothing on it is being made, one of its controls may be moved and, where it shows a film, the film is there. Goals: 3 s
prepared, 15 s unprepared.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import TimeoutError as TooLong

from xrlearn import doctor, paths

HEAD = """# How long a page takes to open

Seconds from the click to the first paint and to the first useful act: nothing is being made any more, a control may be
moved and, where there is a film, it is there. *Empty*: nothing was made on this machine before; *prepared*: the page
was opened once, or `xrlearn prepare` was given. No real films; pages in English, in a window of 1280 by 900 pixels of a
headless Chromium, one at a time, each on a server just started. Goals: 15 s empty, 3 s prepared. Written by
`python benchmarks/pages.py --write` ({machine}).

"""
ROOT = Path(__file__).resolve().parents[1]
LIMIT = 180  # seconds after which a page is given up
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()"
#: true once a reader can do something with the page
USEFUL = """() => {
    const body = document.querySelector(".xr-page .xr-body");
    const seen = (selector) => [...document.querySelectorAll(selector)].some((node) => node.checkVisibility());
    const useful = "button:enabled, select:enabled, input:enabled, .noUi-target:not([disabled]), a[href]";
    const controls = [...(body?.querySelectorAll(useful) ?? [])].filter(
        (node) => node.checkVisibility() && !node.closest(".xr-bar, .xr-quiz, .xr-question, .xr-prose, .xr-drop"));
    const now = performance.now(), waiting = [".xr-progress", ".xr-busy", ".xr-stage .xr-empty"].some(seen);
    window.xrUseful = controls.length && !waiting ? window.xrUseful ?? now : undefined;
    return now - window.xrUseful > 1500; // and stays so: what is to be made begins a moment after the page stands
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


def opening(browser: Browser, address: str) -> tuple[str, float, float | None]:
    """Return title, seconds to first paint and to the first useful act of one page; None where that took too long."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto(address, wait_until="commit", timeout=LIMIT * 1000)
        useful: float | None = None
        with suppress(TooLong):
            page.wait_for_function(USEFUL, timeout=LIMIT * 1000, polling=50)
            useful = page.evaluate("window.xrUseful") / 1000
        return page.title() if useful is None else page.locator("h1").inner_text(), page.evaluate(PAINT) / 1000, useful
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
    wanted = parser.parse_args()
    names = wanted.pages or sorted(file.stem for file in paths.NOTEBOOKS.glob("*.ipynb"))
    if wanted.write and wanted.pages:
        parser.error("a table of some pages is not written")
    rows = [
        "| page | first paint, empty | useful, empty | first paint, prepared | useful, prepared |",
        "|---|---|---|---|---|",
    ]
    say("\n".join(rows))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=doctor.chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as fresh, served(Path(fresh)) as (address, _):
                cells: list[str] = []
                for _ in ("empty", "prepared"):
                    title, paint, useful = opening(browser, f"{address}voila/render/{name}.ipynb?lang=en")
                    cells = cells or [f"{title} (`{name}`)"]
                    cells += [f"{paint:.1f} s", f"more than {LIMIT} s" if useful is None else f"{useful:.1f} s"]
                rows.append(f"| {' | '.join(cells)} |")
                say(rows[-1])
        browser.close()
    if wanted.write:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end"
        (ROOT / "docs" / "opening-times.md").write_text(
            HEAD.format(machine=machine) + "\n".join(rows) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
