"""Binder: its environment built in an empty folder, and two labs worked in as much memory as Binder gives.

What is slow is pip; `pytest -m slow tests/hub/test_binder.py` says the figures that deploy/README.md has.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from browser import chromium, slide, tab, texts
from serving import ROOT, eventually

__all__ = ["chromium"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not psutil.LINUX, reason="Binder runs Linux, and shared memory is told apart there"),
]

GIGABYTE = 2**30
TO_BUILD, TO_RUN = 3 * GIGABYTE, 2 * GIGABYTE
BASE, TOKEN = "/user/somebody/", "for-this-test"

#: a page's script asks its program to run code, and then what it is: the answer comes after all that was done before
RUNS_CODE = """code => new Promise((told, failed) => {
    const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const line = new WebSocket(
        `${location.origin.replace("http", "ws")}${baseUrl}api/kernels/${kernelId}/channels?session_id=x`);
    const ask = (msg_type, content) => line.send(JSON.stringify({ channel: "shell", content, metadata: {},
        parent_header: {}, header: { msg_id: msg_type, msg_type, session: "x", username: "", version: "5.4",
        date: "2026-01-01T00:00:00Z" } }));
    const heard = [];
    line.onopen = () => {
        ask("execute_request", { code, silent: false, store_history: false });
        ask("kernel_info_request", {});
    };
    line.onmessage = ({ data }) => {
        const { header, parent_header } = JSON.parse(data);
        heard.push(`${parent_header.msg_id}: ${header.msg_type}`);
        if (heard.at(-1) === "kernel_info_request: kernel_info_reply") { line.close(); told(heard); }
    };
    line.onerror = failed;
})"""


@dataclass
class Binder:
    """A copy of the repository, and beside it the environment that was built for it."""

    folder: Path
    own: dict[str, str] = field(repr=False)

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    def do(self, *words: str) -> str:
        done = subprocess.run(
            words, cwd=self.repository, env=self.own, text=True, capture_output=True, check=False, timeout=3000
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def binder(tmp_path_factory) -> Iterator[Binder]:
    """Do what repo2docker does with the files of binder/."""
    folder = tmp_path_factory.mktemp("binder")
    ours = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=False).stdout
    if not ours:
        pytest.skip("Binder takes a git repository")
    for name in filter(None, ours.split("\0")):
        (there := folder / "repository" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, there)
    (folder / "home").mkdir()
    venv.create(folder / "environment", with_pip=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XRLEARN", "JUPYTER"))}
    own |= {"PATH": f"{folder / 'environment' / 'bin'}{os.pathsep}{own['PATH']}", "HOME": str(folder / "home")}
    own |= {"PIP_TIMEOUT": "10", "PIP_DEFAULT_TIMEOUT": "10", "PIP_RETRIES": "1"}  # for hosts that are out of reach
    made = Binder(folder, own)
    try:
        made.do("pip", "download", "--quiet", "--no-deps", "--dest", str(folder / "asked"), "click")
    except AssertionError as error:
        pytest.skip(f"no packages to be had: {error}")
    shutil.rmtree(folder / "asked")
    made.do("pip", "install", "--quiet", "--no-cache-dir", "--requirement", "binder/requirements.txt")
    made.do("bash", "binder/postBuild")
    yield made
    shutil.rmtree(folder)  # pytest would keep gigabytes for three runs


@dataclass
class Share:
    """What a process and all below it hold, as its share (PSS), looked at three times a second."""

    most: float = 0.0
    ended: bool = False


@contextmanager
def at_most(process: subprocess.Popen, limit: int) -> Iterator[Share]:
    """End a process and all below it once they hold more, as the machine does that Binder runs on."""
    seen, over = Share(), threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            family, held = [], 0
            with suppress(psutil.Error):
                family = [head := psutil.Process(process.pid), *head.children(recursive=True)]
            for one in family:
                with suppress(psutil.Error):
                    held += one.memory_full_info().pss
            seen.most = max(seen.most, held)
            if held > limit:
                seen.ended = True
                for one in family:
                    with suppress(psutil.Error):
                        one.kill()

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield seen
    finally:
        over.set()
        watch.join()


@contextmanager
def jupyter(binder: Binder) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run what Binder runs: a Jupyter server of somebody's own under an address of hers, behind her token."""
    words = ["jupyter", "lab", "--no-browser", "--ip=127.0.0.1", "--port=8996", f"--ServerApp.base_url={BASE}"]
    words += [f"--IdentityProvider.token={TOKEN}", *(["--allow-root"] if os.geteuid() == 0 else [])]
    words[0] = str(binder.folder / "environment" / "bin" / "jupyter")
    with (log := binder.folder / "jupyter.log").open("w") as to:
        process = subprocess.Popen(words, cwd=binder.repository, env=binder.own, stdout=to, stderr=to)
    try:
        said = f"{BASE}lab?token="
        assert eventually(lambda: said in log.read_text() or process.poll() is not None, 120)
        assert process.poll() is None, log.read_text()[-3000:]
        address = next(word for word in log.read_text().split() if word.startswith("http") and said in word)
        yield address.partition("lab?")[0], process
    finally:
        below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.terminate()
        process.wait(60)
        for one in psutil.wait_procs(below, 30)[1]:
            one.kill()


def occupied(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk; a file with two names takes them once."""
    files = {(seen := file.lstat()).st_ino: seen.st_blocks * 512 for file in folder.rglob("*")}
    return sum(files.values())


def test_the_environment_fits_and_holds_nothing_for_graphics_cards(binder, capsys):
    size = occupied(binder.folder)
    with capsys.disabled():
        sys.stdout.write(f"\nenvironment and repository: {size / GIGABYTE:.2f} GB\n")
    assert size <= TO_BUILD
    names = binder.do("pip", "list", "--format=freeze").lower()
    assert "torch==" in names
    assert not [name for name in names.split() if name.startswith(("nvidia", "cuda", "triton"))]
    binder.do("pip", "check")


def reads_a_film(page) -> None:
    """Case review: answer, and hear what the model says."""
    page.locator(".xr-film dl").wait_for()
    page.get_by_text("The model is ready").wait_for()
    page.locator(".xr-stage").focus()
    page.keyboard.press("1")  # surely none
    page.wait_for_function("!document.querySelector('.xr-commit').disabled")
    page.get_by_role("button", name="Commit, then show the model").press("Enter")
    page.locator(".xr-model .xr-verdict").first.wait_for()


def moves_the_patients(page) -> None:
    """The fracture detector: what it learns from few patients is not what it learns from many."""
    page.locator(".xr-verdict").wait_for()
    slide(page, 0, "Home")
    page.get_by_text("films of 5 patients").wait_for()
    few = texts(page, ".xr-figures dd")
    slide(page, 0, "End")
    changed = """few => { const now = [...document.querySelectorAll('.xr-figures dd')].map(node => node.innerText);
        return now.length && now.join() !== few.join(); }"""
    page.wait_for_function(changed, arg=few)


def test_two_labs_are_worked_in_the_memory_that_binder_gives(binder, chromium, capsys, tmp_path):
    begun = time.monotonic()
    with (
        jupyter(binder) as (address, process),
        at_most(process, TO_RUN) as held,
        tab(chromium) as review,
        tab(chromium) as detector,
    ):
        for page, name in ((review, "case-review"), (detector, "train-a-fracture-detector")):
            page.set_default_timeout(300_000)
            page.goto(f"{address}dashboards/voila/render/{name}.ipynb?lang=en&token={TOKEN}", wait_until="commit")
        reads_a_film(review)
        moves_the_patients(detector)

        # nobody but her comes in; no page of ours is reached past our server, and that runs no code that a page sends
        with tab(chromium) as stranger:
            assert "/login" in stranger.goto(f"{address}dashboards/").url
        assert review.request.get(f"{address}voila/render/index.ipynb").status == 404
        heard = review.evaluate(RUNS_CODE, f"open({str(tmp_path / 'done')!r}, 'w').close()")
        assert not [one for one in heard if one.startswith("execute_request")]
        assert not (tmp_path / "done").exists()
        assert not held.ended, f"more than {TO_RUN / GIGABYTE:g} GB"
    with capsys.disabled():
        sys.stdout.write(f"\ntwo labs: {held.most / 2**20:.0f} MB at most, {time.monotonic() - begun:.0f} s in all\n")
