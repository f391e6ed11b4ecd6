"""A class opens one page at once: our kernels (copies of one warmed process) beside plain Voila's, in the same run.

    python benchmarks/class_at_once.py            # ten visitors
    python benchmarks/class_at_once.py 30         # thirty

Visitors are HTTP clients that fetch the case review, as a browser does, until its last cell has run: the widgets are
then in the answer. They load no script and draw nothing, so the figures are those of server and kernels, not of ten
browsers on the same machine. *Model ready*: a further cell has read a film with the model for wrists. Memory is the
proportional share (PSS) of the server and everything below it, once all are ready. *Second visitor*: one more page
when the class is there. Goals for ten on two cores: 6 s, 10 s, 1.5 GB; 1 s.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil
from common import say
from tornado.httpclient import AsyncHTTPClient

from xrlearn import paths

ROOT = Path(__file__).resolve().parents[1]
WIDGETS, READY = "widget-view+json", "model is ready"
MODEL = f"""
import xrlearn as xr
from xrlearn.labs.case_review_films import films_of
from xrlearn.tasks import SIMULATED, find
_ = xr.predict(films_of(find("wrist-fracture"), SIMULATED).make(0), "wrist-fracture")
print({READY!r})
"""
SERVER = """
import sys
from pathlib import Path
from xrlearn.serve import app
plain = sys.argv[3] == "plain"
if plain:
    app.forked.NAME, app.POSSIBLE = "local-provisioner", False
app.serve(int(sys.argv[1]), notebooks=Path(sys.argv[2]), ready=print)
"""


def notebook(folder: Path) -> None:
    """Write the case review with a cell behind it that asks its model."""
    book = json.loads((paths.NOTEBOOKS / "case-review.ipynb").read_text(encoding="utf-8"))
    last = {"cell_type": "code", "id": "model", "execution_count": None, "metadata": {}, "outputs": [], "source": MODEL}
    book["cells"].append(last)
    (folder / "class.ipynb").write_text(json.dumps(book), encoding="utf-8")


async def visit(address: str) -> tuple[float, float]:
    """Return the seconds until the widgets were there, and until the model was."""
    start, seen, heard = time.perf_counter(), {}, ""

    def more(chunk: bytes) -> None:
        nonlocal heard
        heard += chunk.decode(errors="replace")
        for mark in (WIDGETS, READY):
            if mark in heard:
                seen.setdefault(mark, time.perf_counter() - start)

    await AsyncHTTPClient().fetch(address, streaming_callback=more, request_timeout=600)
    return seen.get(WIDGETS, float("nan")), seen.get(READY, float("nan"))


async def classroom(address: str, visitors: int, server: psutil.Process) -> list[float]:
    """Return the medians of the class, its memory in MB and what one more visitor waits."""
    times = await asyncio.gather(*(visit(address) for _ in range(visitors)))
    processes = [server, *server.children(recursive=True)]
    memory = sum(process.memory_full_info().pss for process in processes) / 2**20
    second, _ = await visit(address)
    widgets, models = zip(*times)
    return [median(widgets), max(widgets), median(models), max(models), memory, second]


def measure(kind: str, visitors: int) -> list[float]:
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
            return asyncio.run(classroom(f"{base}voila/render/class.ipynb", visitors, server))
        finally:
            process.terminate()
            process.wait(60)


def main() -> None:
    """Say a line a way, and how many times faster and smaller ours is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("visitors", nargs="?", type=int, default=10)
    visitors = parser.parse_args().visitors
    AsyncHTTPClient.configure(None, max_clients=visitors + 1)
    heads = ("widgets s", "the last", "model s", "the last", "memory MB", "second s")
    say(f"{visitors} visitors, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    say(f"{'':8}" + "".join(f"{head:>12}" for head in heads))
    rows = {}
    for kind in ("ours", "plain"):
        rows[kind] = measure(kind, visitors)
        say(f"{kind:8}" + "".join(f"{figure:12.1f}" for figure in rows[kind]))
    say(f"{'ratio':8}" + "".join(f"{plain / ours:12.1f}" for ours, plain in zip(rows["ours"], rows["plain"])))


if __name__ == "__main__":
    main()
