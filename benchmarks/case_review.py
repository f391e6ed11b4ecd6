"""What the case review takes, question by question, in a real browser: first paint, film to screen, answer, memory.

    python benchmarks/case_review.py            # every question
    python benchmarks/case_review.py knee-oa    # one
    python benchmarks/case_review.py --write    # docs/case-review.md

Each question is put to a page of its own, in a kernel of its own, on simulated films that are made before the clock
runs, as the page makes them before the reader asks.
"""

import argparse
import os
import platform
import time
from pathlib import Path
from statistics import median

import psutil
from common import say
from pages import PAINT, served
from playwright.sync_api import Browser, Page, sync_playwright

from xrlearn import doctor
from xrlearn.labs.case_review_films import films_of
from xrlearn.labs.case_review_models import read
from xrlearn.labs.case_review_state import CaseReview
from xrlearn.locale import text
from xrlearn.paths import WEIGHTS
from xrlearn.tasks import SIMULATED, find
from xrlearn.tasks.registry import known
from xrlearn.training import shipped

FILMS, LOOK = 4, 2  # films, and the seconds that a reader looks at one
HEAD = """# What the case review takes

Goals: first paint 1 s, film to screen 150 ms, model 1 s, memory 700 MB. *First paint*: from the address to the first
words in the browser. *Film*: from the click on \u201cNext film\u201d until the canvas shows another picture, the median
of {films} films of 1024 rows that were made before and that were looked at for two seconds each; *leafing*: where the
click comes as soon as the last film stands. Questions without films have neither. *Model*: the model's answer to
a film or record, all views of it together, the median of {films}. *Memory*: of the page's kernel once film and model
are there, shared pages counted by their share (PSS). Written by `python benchmarks/case_review.py --write` ({machine}).

"""
NEXT = """() => new Promise(done => {
    const canvas = document.querySelector(".xr-stage canvas");
    const small = Object.assign(document.createElement("canvas"), { width: 48, height: 48 });
    const pen = small.getContext("2d", { willReadFrequently: true });
    const look = () => { pen.drawImage(canvas, 0, 0, 48, 48); return pen.getImageData(0, 0, 48, 48).data.join(); };
    const before = look(), start = performance.now();
    document.querySelectorAll(".xr-steps button")[1].click();
    const wait = () => look() === before ? requestAnimationFrame(wait) : done(performance.now() - start);
    wait();
})"""
#: true once a film or a record is there
THERE = """() => !document.querySelector(".xr-controls select[disabled], .xr-stage[aria-busy=true]")
    && (document.querySelector(".xr-film dl") || document.querySelector(".xr-record .xr-fields > *"))"""


def model(name: str) -> float:
    """Make the first films of a question; return the median of its model's answers to them, in milliseconds."""
    task, review = find(name), CaseReview(name)
    films = films_of(task, SIMULATED)
    review.offer(films.cases, films.make)
    taken = []
    for place in range(2 * FILMS + 1):
        film, _ = review.fetch(place)
        start = time.perf_counter()
        read(film, task, shipped(name))
        taken.append(1000 * (time.perf_counter() - start))
    return median(taken[1:])  # the first loads the model


def put(page: Page, name: str) -> None:
    """Put a question, and wait for its first film or record."""
    page.locator(".xr-asked select").first.select_option(text(f"tasks.{name}.title", "en"))
    page.locator(".xr-ask p").get_by_text(text(f"tasks.{name}.title", "en"), exact=True).wait_for()
    page.wait_for_function(THERE)


def question(browser: Browser, address: str, server: int, name: str) -> tuple[float, list[float], float]:
    """Return the seconds to first paint, the milliseconds from film to film, read and leafed, and the kernel's size."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(180_000)
    try:
        page.goto(f"{address}voila/render/case-review.ipynb?lang=en", wait_until="commit")
        page.wait_for_function("performance.getEntriesByName('xr-shown').length")
        paint = page.evaluate(PAINT) / 1000
        put(page, name)
        page.locator(".xr-model").filter(has_text=text("review.model.ready", "en")).wait_for()
        medians = []
        for seconds in (LOOK, 0) if find(name).films else ():
            taken = []
            for _ in range(FILMS):
                page.wait_for_timeout(1000 * seconds)
                taken.append(page.evaluate(NEXT))
                page.wait_for_function(THERE)
            medians.append(median(taken))
        # Kernels that wait for the next page are smaller.
        memory = max(one.memory_full_info().pss for one in psutil.Process(server).children(recursive=True))
        return paint, medians, memory / 2**20
    finally:
        page.goto("about:blank")
        page.close()


def main() -> None:
    """Print a table, a line a question."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tasks", nargs="*", help="names of tasks; all when left out")
    parser.add_argument("--write", action="store_true", help="write docs/case-review.md (with all tasks)")
    wanted = parser.parse_args()
    if wanted.write and wanted.tasks:
        parser.error("a table of some questions is not written")
    there = [t.name for t in known() if (WEIGHTS / f"{t.tensors}.safetensors").is_file()]
    rows = ["| question | first paint | film | leafing | model | memory |", "|---|---|---|---|---|---|"]
    say("\n".join(rows))
    with sync_playwright() as play, served() as (address, server):
        browser = play.chromium.launch(executable_path=doctor.chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name in wanted.tasks or there:
            answer = model(name)
            paint, film, memory = question(browser, address, server, name)
            shown = " | ".join(f"{ms:.0f} ms" for ms in film) or "\u2013 | \u2013"
            rows.append(f"| `{name}` | {paint:.1f} s | {shown} | {answer:.0f} ms | {memory:.0f} MB |")
            say(rows[-1])
        browser.close()
    if wanted.write:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end"
        head = HEAD.format(machine=machine, films=FILMS)
        file = Path(__file__).resolve().parents[1] / "docs" / "case-review.md"
        file.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
