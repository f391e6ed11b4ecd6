"""Half an hour of a class: visitors come, work a page and leave, and what the server holds is written down.

    python tools/soak.py                            # 30 minutes, 10 visitors: docs/soak.md and docs/soak.svg
    python tools/soak.py --minutes 3 --visitors 4   # said, not written

Everything stays on this machine's loopback and in a temporary folder. Visitors speak to their pages as browsers do
(HTTP, a socket, widgets' messages) but draw nothing. Each stays a minute or two, moves a slider every second or so, and
leaves as people do: three of four close the page, the fourth is simply gone, and the server ends her page's program.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from page import Page  # noqa: E402

PAGES = ("index", "make-an-x-ray", "what-the-machine-sees", "case-review", "shortcuts", "black-box")
KEY = {"Authorization": "token soak"}
EVERY = 10.0  # seconds between two samples
STAY = (60.0, 120.0)
GONE = 4  # one visitor of so many leaves without a word
REST = 200.0  # seconds in which the programs of all who have gone are ended


@dataclass(frozen=True)
class Sample:
    """What a server and all that it has started hold at one moment; memory in MB, as its share (PSS)."""

    minute: float
    memory: float
    server: float
    programs: int
    files: int
    threads: int
    temporary: int


#: what is drawn and told of a sample
TOLD = {
    "memory": "memory of all, MB",
    "server": "of the server alone, MB",
    "programs": "programs",
    "files": "files and sockets the server holds open",
    "threads": "its threads",
    "temporary": "temporary files",
}


def sample(pid: int, folder: Path, begun: float) -> Sample:
    """Look at the server with this process number, whose temporary files lie in that folder."""
    server = psutil.Process(pid)
    below = server.children(recursive=True)
    shares = []
    for process in (server, *below):
        with contextlib.suppress(psutil.Error):  # it has ended
            shares.append(process.memory_full_info().pss / 2**20)
    return Sample(
        minute=(time.monotonic() - begun) / 60,
        memory=sum(shares),
        server=shares[0],
        programs=len(below),
        files=server.num_fds(),
        threads=server.num_threads(),
        temporary=sum(len(files) for _, _, files in os.walk(folder)),
    )


@dataclass
class Visits:
    """What the visitors did, and how long they waited for it."""

    opened: int = 0
    failed: list[str] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)


async def visitor(base: str, until: float, chance: random.Random, visits: Visits) -> None:
    """Come and go until the time is over."""
    while time.monotonic() < until:
        page, name, leaves = Page(base, KEY), chance.choice(PAGES), time.monotonic() + chance.uniform(*STAY)
        try:
            await page.open(name)
            visits.opened += 1
            sliders = await page.sliders()
            while time.monotonic() < min(leaves, until):
                if sliders:
                    slider = chance.choice(list(sliders))
                    low, high = sliders[slider]["min"], sliders[slider]["max"]
                    whole = sliders[slider]["_model_name"] == "IntSliderModel"
                    value = chance.randint(low, high) if whole else chance.uniform(low, high)
                    visits.moved.append(await page.move(slider, value))
                await asyncio.sleep(chance.uniform(0.5, 1.5))
            if chance.randrange(GONE):
                await page.close()
            else:
                page.line.close()
        except (OSError, TimeoutError, HTTPClientError) as error:
            visits.failed.append(f"{name}: {error!r}")
            await asyncio.sleep(1)


async def soak(base: str, pid: int, folder: Path, minutes: float, visitors: int) -> tuple[list[Sample], Visits]:
    """Let visitors come and go for so long; return what was seen: first and last with nobody there."""
    AsyncHTTPClient.configure(None, max_clients=2 * visitors + 2)
    begun, visits = time.monotonic(), Visits()
    samples, until = [sample(pid, folder, begun)], begun + minutes * 60
    class_ = [visitor(base, until, random.Random(number), visits) for number in range(visitors)]
    work = asyncio.gather(*class_)
    while not work.done():
        await asyncio.wait([work], timeout=EVERY)
        samples.append(sample(pid, folder, begun))
    await work
    until = time.monotonic() + REST
    while samples[-1].programs > samples[0].programs and time.monotonic() < until:
        await asyncio.sleep(1)
        samples.append(sample(pid, folder, begun))
    return samples, visits


def row(name: str, samples: list[Sample]) -> str:
    """Return a line of the table: the medians of some samples."""
    figures = [median(getattr(one, what) for one in samples) for what in TOLD]
    return f"| {name} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |"


def table(samples: list[Sample], minutes: float) -> str:
    """Return the table: nobody there, the first and the last third of the class's minutes, and nobody there again."""
    busy = [one for one in samples[1:] if one.minute <= minutes] or samples
    third = max(1, len(busy) // 3)
    parts = {
        "before the first visitor": samples[:1],
        "first third of the time": busy[:third],
        "last third": busy[-third:],
        "when all have gone": samples[-1:],
    }
    head = ["| | " + " | ".join(TOLD.values()) + " |", "|---|" + "---:|" * len(TOLD)]
    return "\n".join([*head, *(row(name, some) for name, some in parts.items())])


def chart(samples: list[Sample], file: Path) -> None:
    """Draw what was held over time, a panel a figure."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "soak", "font.size": 9}):
        figure, panels = plt.subplots(3, 2, figsize=(9, 6), sharex=True, layout="constrained")
        for panel, (what, title) in zip(panels.flat, TOLD.items()):
            panel.plot([one.minute for one in samples], [getattr(one, what) for one in samples], linewidth=1)
            panel.set_title(title, fontsize=9, loc="left")
            panel.set_ylim(bottom=0)
        for panel in panels[-1]:
            panel.set_xlabel("minutes")
        figure.savefig(file, metadata={"Date": None})
        plt.close(figure)


def told(samples: list[Sample], visits: Visits, minutes: float, visitors: int) -> str:
    """Return what docs/soak.md says."""
    moved = sorted(visits.moved) or [float("nan")]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end"
    return f"""# A server that has been used for a while

{visitors} visitors at once came, worked a page and left, for {minutes:g} minutes: {visits.opened} pages opened,
{len(visits.failed)} failed; {len(visits.moved)} sliders moved, the page's program at work with one for
{median(moved) * 1000:.0f} ms (median; of a hundred, one more than {moved[int(len(moved) * 0.99)] * 1000:.0f} ms). One
visitor of {GONE} left without a word. Memory is the share (PSS) of the server and of all that it has started. Nobody
was there before, and nobody after. Written by `make soak` ({machine}).

{table(samples, minutes)}

![The same over time](soak.svg)
"""


@contextlib.contextmanager
def serving(folder: Path, pages: int) -> Iterator[tuple[str, int]]:
    """Serve a class of so many pages that keeps all it keeps in that folder; yield its address and process number."""
    (temporary := folder / "tmp").mkdir()
    own = {"XRLEARN_HOME": str(folder / "home"), "TMPDIR": str(temporary), "XRLEARN_FILMS": "", "PYTHONUNBUFFERED": "1"}
    own |= {"XRLEARN_TOKEN": "soak", "PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-c", "from xrlearn.cli import main; main()", "serve", "--port", "8850"]
    process = subprocess.Popen(
        [*start, "--pages", str(pages)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | own,
    )
    try:
        assert process.stdout is not None
        word = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        until = time.monotonic() + 180  # a class comes to a server that has been there a while
        while time.monotonic() < until and "warmed" not in [
            one.name() for one in psutil.Process(process.pid).children(recursive=True)
        ]:
            time.sleep(0.5)
        yield word.partition("?")[0], process.pid
    finally:
        process.terminate()
        process.wait(60)


def main() -> None:
    """Soak, and say or write what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--visitors", type=int, default=10)
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder,
        serving(Path(folder), 3 * wanted.visitors) as (base, pid),
    ):
        temporary = Path(folder) / "tmp"
        samples, visits = asyncio.run(soak(base, pid, temporary, wanted.minutes, wanted.visitors))
    said = told(samples, visits, wanted.minutes, wanted.visitors)
    sys.stdout.write("\n".join([said, *visits.failed[:20], ""]))
    if (wanted.minutes, wanted.visitors) == (30, 10):
        chart(samples, ROOT / "docs" / "soak.svg")
        (ROOT / "docs" / "soak.md").write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main()
