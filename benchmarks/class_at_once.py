"""A class opens one page at once: our kernels (copies of one warmed process) beside plain Voila's, in the same run.

    python benchmarks/class_at_once.py            # ten visitors
    python benchmarks/class_at_once.py 30 --ours  # thirty, our kernels alone
    python benchmarks/class_at_once.py --write    # and how large a machine a class needs, into docs/class.md

Visitors are HTTP clients that fetch the case review, as a browser does, until its last cell has run: the widgets are
then in the answer. They load no script and draw nothing, so the figures are those of server and kernels, not of ten
browsers on the same machine. *Model*: a further cell has read a film with the model for wrists. Memory is the
proportional share (PSS) of the server and everything below it, once all are ready. *One more*: another page when the
class is there. *Sliders*: all move one at once, whose page counts the film's pixels above a grey value, each as often
as it is answered: what the slowest of them gets.
"""

import argparse
import asyncio
import html
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from common import say
from page import Page, kernel_of
from tornado.httpclient import AsyncHTTPClient

from xrlearn import paths

ROOT = Path(__file__).resolve().parents[1]
WIDGETS, READY = "widget-view+json", "model is ready"
MODEL = f"""
import sys, traceback
try:
    import ipywidgets
    import xrlearn as xr
    from xrlearn.labs.case_review_films import films_of
    from xrlearn.radiograph import read
    from xrlearn.tasks import SIMULATED, find
    film = films_of(find("wrist-fracture"), SIMULATED).make(0)
    pixels = read(film["image"]).pixels
    _ = xr.predict(film, "wrist-fracture")
    grey, share = ipywidgets.IntSlider(description="class"), ipywidgets.Label()
    grey.observe(lambda change: setattr(share, "value", f"{{(pixels > change['new']).mean():.4f}}"), "value")
    print({READY!r})
except BaseException:
    traceback.print_exc(file=sys.stdout)
"""
SERVER = """
import sys
from pathlib import Path
from xrlearn.serve import app
if sys.argv[3] == "plain":
    app.forked.NAME, app.POSSIBLE, app.POOL = "local-provisioner", False, 0
app.serve(int(sys.argv[1]), notebooks=Path(sys.argv[2]), ready=print)
"""
SLIDE = 5.0  # seconds for which sliders are moved


@dataclass(frozen=True)
class Figures:
    """What a class of one kind came to."""

    widgets: float
    last_widgets: float
    model: float
    last_model: float
    memory: float  # MB, of all
    empty: float  # MB, before the first visitor
    more: float
    sliders: float  # answers a second, of the slowest
    opening: float  # processor seconds a page
    moving: float  # processor seconds an answer


#: what is said, in which unit, and the goal: for ten visitors or for thirty, on two cores
LINES: list[tuple[str, str, Callable[[int], tuple[str, float] | None]]] = [
    ("widgets", "first widgets, median, s", lambda _: None),
    ("last_widgets", "first widgets, the last, s", lambda n: ("<=", 6.0) if n <= 10 else None),
    ("model", "model ready, median, s", lambda _: None),
    ("last_model", "model ready, the last, s", lambda n: ("<=", 10.0) if n <= 10 else None),
    ("memory", "memory of all, MB", lambda n: ("<=", 1500.0 if n <= 10 else 8000.0)),
    ("empty", "of it before the first, MB", lambda _: None),
    ("more", "one more, s", lambda _: ("<=", 1.0)),
    ("sliders", "slowest slider, answers/s", lambda _: (">=", 5.0)),
    ("opening", "processor to open a page, s", lambda _: None),
    ("moving", "processor a slider's answer, ms", lambda _: None),
]


def notebook(folder: Path) -> None:
    """Write the case review with a cell behind it that asks its model, and has a slider."""
    book = json.loads((paths.NOTEBOOKS / "case-review.ipynb").read_text(encoding="utf-8"))
    last = {"cell_type": "code", "id": "model", "execution_count": None, "metadata": {}, "outputs": [], "source": MODEL}
    book["cells"].append(last)
    (folder / "class.ipynb").write_text(json.dumps(book), encoding="utf-8")


def last_words(page: str) -> str:
    """Return what a reader sees of a page's last cell: the error of that cell, if it failed."""
    cell = page.rpartition("<div cell-index=")[2].partition("<script>")[0]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", f"<{cell}")).split())


async def visit(base: str) -> tuple[float, float, str]:
    """Return the seconds until the widgets were there, until the model was, and the page's kernel."""
    start, seen, heard = time.perf_counter(), {}, ""

    def more(chunk: bytes) -> None:
        nonlocal heard
        heard += chunk.decode(errors="replace")
        for mark in (WIDGETS, READY):
            if mark in heard:
                seen.setdefault(mark, time.perf_counter() - start)

    address = f"{base}voila/render/class.ipynb"
    await AsyncHTTPClient().fetch(address, streaming_callback=more, request_timeout=600)
    kernel = kernel_of(heard)
    if missing := [mark for mark in (WIDGETS, READY) if mark not in seen]:
        standing = await AsyncHTTPClient().fetch(f"{base}xrlearn/standing/{kernel}", raise_error=False)
        program = "its program runs" if standing.code == 200 else f"its program is gone: {standing.body.decode()}"
        say(f"a page came without {', '.join(missing)} ({program}); instead: {last_words(heard)!r}")
    return seen.get(WIDGETS, float("nan")), seen.get(READY, float("nan")), kernel


async def slide(base: str, kernel: str, begin: asyncio.Barrier) -> int:
    """Move the page's slider, when all are there, as often as it is answered; return how often."""
    page, moved = Page(base), 0
    await page.join(kernel)
    (slider,) = [name for name, state in (await page.sliders()).items() if state["description"] == "class"]
    await begin.wait()
    until = time.monotonic() + SLIDE
    while time.monotonic() < until:
        moved += 1
        await page.move(slider, moved % 100)
    page.line.close()
    return moved


def held(server: psutil.Process) -> tuple[float, float]:
    """Return the memory of the server and everything below it in MB, and the processor seconds they have had."""
    processes = [server, *server.children(recursive=True)]
    times = [one.cpu_times() for one in processes]
    memory = sum(one.memory_full_info().pss for one in processes) / 2**20
    return memory, sum(time.user + time.system for time in times)


async def classroom(base: str, visitors: int, server: psutil.Process) -> Figures:
    """Let a class come, one more, and all move a slider."""
    empty, spent = held(server)
    widgets, models, kernels = zip(*await asyncio.gather(*(visit(base) for _ in range(visitors))))
    memory, opened = held(server)
    more, *_ = await visit(base)
    _, before = held(server)
    begin = asyncio.Barrier(visitors)
    answers = await asyncio.gather(*(slide(base, kernel, begin) for kernel in kernels))
    _, after = held(server)
    return Figures(
        *(median(widgets), max(widgets), median(models), max(models), memory, empty, more),
        *(min(answers) / SLIDE, (opened - spent) / visitors, (after - before) / sum(answers) * 1000),
    )


def measure(kind: str, visitors: int) -> Figures:
    """Serve a class in one way; return its figures."""
    with tempfile.TemporaryDirectory() as folder:
        notebook(Path(folder))
        command = [sys.executable, "-c", SERVER, "8760", folder, kind]
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        try:
            assert process.stdout is not None
            base = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
            server, until = psutil.Process(process.pid), time.monotonic() + 180
            while kind == "ours" and time.monotonic() < until:  # a class comes to a server that has been there a while
                if any(child.name() == "warmed" for child in server.children()):
                    break
                time.sleep(0.5)
            return asyncio.run(classroom(base, visitors, server))
        finally:
            process.terminate()
            process.wait(60)


def table(rows: dict[str, Figures], visitors: int) -> str:
    """Return a line a figure: the goal, each way, and how many times better ours is."""
    said = [f"{'':34}{'goal':>10}" + "".join(f"{kind:>10}" for kind in rows)]
    for name, what, goal_of in LINES:
        goal = goal_of(visitors)
        line = f"{what:34}{f'{goal[0]} {goal[1]:g}' if goal else '':>10}"
        line += "".join(f"{getattr(one, name):10.1f}" for one in rows.values())
        if goal:
            ours = getattr(rows["ours"], name)
            line += "  met" if (ours <= goal[1] if goal[0] == "<=" else ours >= goal[1]) else "  NOT MET"
        said.append(line)
    return "\n".join(said)


def sizing(ours: Figures, visitors: int) -> str:
    """Return what docs/class.md says about the size of a machine."""
    page = (ours.memory - ours.empty) / visitors
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end"
    rows = {
        "memory": (
            f"{ours.empty:.0f} MB before the first, {page:.0f} MB each",
            f"{1024 / page:.1f} readers a GB, beside {ours.empty / 1024:.1f} GB for the first",
        ),
        "opening a page": (f"{ours.opening:.1f} s of processor", f"{60 / ours.opening:.0f} pages a minute a core"),
        "a slider's answer": (
            f"{ours.moving:.0f} ms of processor",
            f"{1000 / ours.moving / 5:.0f} readers a core who move one five times a second",
        ),
    }
    lines = "\n".join(f"| {what} | {measured} | {so} |" for what, (measured, so) in rows.items())
    return f"""## How large a machine

| | measured with {visitors} readers on case review, its model at work | so |
|---|---|---|
{lines}

Trainings come on top: each takes a core while it runs, and its page some hundred MB more. Written by
`python benchmarks/class_at_once.py {visitors} --write` ({machine}).
"""


def write(section: str, file: Path) -> None:
    """Put the section at the end of a page, in the place of the one that was there."""
    before = file.read_text(encoding="utf-8").partition(section.partition("\n")[0])[0]
    file.write_text(f"{before.rstrip()}\n\n{section}", encoding="utf-8")


def main() -> None:
    """Say a table; write the size of a machine, where that is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("visitors", nargs="?", type=int, default=10)
    parser.add_argument("--ours", action="store_true", help="leave plain Voila out")
    parser.add_argument("--write", action="store_true", help="write how large a machine a class needs (docs/class.md)")
    wanted = parser.parse_args()
    AsyncHTTPClient.configure(None, max_clients=wanted.visitors + 1)
    kinds = ("ours",) if wanted.ours else ("ours", "plain")
    rows = {kind: measure(kind, wanted.visitors) for kind in kinds}
    say(f"{wanted.visitors} visitors, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end")
    say(table(rows, wanted.visitors))
    if wanted.write:
        write(sizing(rows["ours"], wanted.visitors), ROOT / "docs" / "class.md")


if __name__ == "__main__":
    main()
