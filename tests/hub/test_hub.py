"""A real JupyterHub, set up by deploy/tljh/install.sh: five people log in, and each works a page of hers.

The hub stands in a folder of its own, with what it needs beside xrlearn (JupyterHub, its proxy) installed there; what
the users' environment has in common with this one lies there already, so that the recipe installs what is left.
"""

import os
import shutil
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
from browser import chromium, slide, tab, texts
from serving import ROOT, eventually

__all__ = ["chromium"]
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1800)]

PEOPLE = ("ada", "eve", "joe", "kim", "lin")
LIMIT = 2 * 2**30  # bytes a person, as the recipe tells the hub
TLJH_CONFIG = '#!/bin/bash\necho "$@" >> "$TLJH_INSTALL_PREFIX/told"\n'
PROXY = "configurable-http-proxy@4"  # JupyterHub's own; the one on PyPI holds a page back until it has all of it


@dataclass
class Hub:
    """A running hub."""

    address: str
    prefix: Path
    process: subprocess.Popen

    def belonging_to(self, person: str) -> list[psutil.Process]:
        """A person's server, and all that it has started."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in below if environment(one).get("JUPYTERHUB_USER") == person]


def programs(hub: Hub, person: str) -> list[psutil.Process]:
    """The programs behind a person's pages."""
    found = []
    for one in hub.belonging_to(person):
        with suppress(psutil.NoSuchProcess):  # ended meanwhile
            if one.name() == "kernel":
                found.append(one)
    return found


def environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def _do(*words: str | Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}")


def _ports(count: int) -> list[str]:
    with ExitStack() as stack:
        held = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [str(one.getsockname()[1]) for one in held]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """Return the folder in which the recipe has installed, and the environment in which the hub is to run."""
    if not shutil.which("npm"):
        pytest.skip("JupyterHub's proxy needs node and npm")
    prefix = tmp_path_factory.mktemp("tljh")
    user, here = prefix / "user", Path(sys.prefix)
    venv.create(user, with_pip=True)
    shutil.copytree(here / "etc", user / "etc")
    (site,) = (user / "lib").glob("python*/site-packages")
    (below,) = (here / "lib").glob("python*/site-packages")
    (site / "below.pth").write_text(f"import site; site.addsitedir({str(below)!r})\n")
    (stand_in := prefix / "bin" / "tljh-config").parent.mkdir()
    stand_in.write_text(TLJH_CONFIG)
    stand_in.chmod(0o755)
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "PATH": os.pathsep.join((str(stand_in.parent), str(user / "bin"), os.environ["PATH"])),
        "JUPYTER_PATH": str(here / "share" / "jupyter"),
        "TLJH_INSTALL_PREFIX": str(prefix),
        **dict.fromkeys(("PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"), "10"),  # for hosts that are out of reach
        "PIP_RETRIES": "0",
        "OMP_NUM_THREADS": "1",
    }
    pip = [user / "bin" / "pip", "install", "--quiet", "--constraint", "constraints.txt"]
    try:
        _do(*pip, "jupyterhub", "jupyterhub-idle-culler", environment=own)
        _do("npm", "install", "--silent", "--prefix", prefix / "proxy", PROXY, environment=own)
    except pytest.fail.Exception as error:
        pytest.skip(f"no hub to be had: {error}")
    _do(ROOT / "deploy" / "tljh" / "install.sh", environment=own)
    studies = f"XRLEARN_DATABASE_URL=sqlite:///{prefix / 'studies.db'}\n"
    (prefix / "config" / "xrlearn.env").write_text(studies)
    return prefix, own


@pytest.fixture(scope="module")
def hub(recipe) -> Iterator[Hub]:
    prefix, own = recipe
    ports = _ports(3)
    own = own | {"TRIED_AT": " ".join((f"http://127.0.0.1:{ports[0]}", *ports[1:]))}
    command = [prefix / "user" / "bin" / "jupyterhub", "-f", Path(__file__).with_name("jupyterhub_config.py")]
    with (prefix / "hub.log").open("w") as log:
        process = subprocess.Popen(list(map(str, command)), cwd=prefix, env=own, stdout=log, stderr=log)
    running = Hub(f"http://127.0.0.1:{ports[0]}/", prefix, process)
    try:
        assert eventually(lambda: _answers(running.address), 120), (prefix / "hub.log").read_text()[-3000:]
        yield running
    finally:
        started = psutil.Process(process.pid).children(recursive=True)
        process.terminate()  # the hub ends the servers that it has started
        process.wait(60)
        for one in psutil.wait_procs(started, 30)[1]:
            one.kill()


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}hub/api", timeout=5):
            return True
    except (URLError, OSError):
        return False


@contextmanager
def logged_in(hub: Hub, chromium, person: str) -> Iterator:
    """A browser in which somebody has logged in, and come to the page that the recipe says is the first."""
    with tab(chromium) as page:
        page.goto(hub.address)
        page.locator("#username_input").fill(person)
        page.locator("#password_input").fill("anything")
        page.locator("#login_submit").click()
        page.wait_for_url(f"**/user/{person}/dashboards/voila/render/index.ipynb**", timeout=180_000)
        page.locator(".xr-page h1").wait_for(timeout=120_000)
        yield page


def megabytes(processes: list[psutil.Process]) -> float:
    return sum(one.memory_full_info().pss for one in processes) / 2**20


def test_five_people_work_their_pages_through_the_hub(hub, chromium, capsys):
    with ExitStack() as open_pages:
        pages = {person: open_pages.enter_context(logged_in(hub, chromium, person)) for person in PEOPLE}
        for person, page in pages.items():
            page.goto(f"{hub.address}user/{person}/dashboards/voila/render/make-an-x-ray.ipynb?lang=en")
        for page in pages.values():
            page.get_by_text("neighbouring pixels differ", exact=False).wait_for(timeout=120_000)
            slide(page, 1, "Home", within=".xr-make")
            page.get_by_text("Much noise", exact=False).wait_for()
            assert texts(page, ".xr-make .xr-facts dd")

        held = {}
        for person in PEOPLE:
            assert eventually(lambda of=person: len(programs(hub, of)) == 1)  # the home page's has ended with it
            mine, kernels = hub.belonging_to(person), programs(hub, person)
            assert {environment(one)["XRLEARN_DATABASE_URL"] for one in mine} == {f"sqlite:///{hub.prefix}/studies.db"}
            held[person] = (megabytes(kernels), megabytes(mine))
            assert held[person][1] * 2**20 < LIMIT
        with capsys.disabled():
            for person, (kernel, server) in held.items():
                sys.stdout.write(f"\n{person}: kernel {kernel:.0f} MB, her server with it {server:.0f} MB\n")

        # nobody comes to another's pages, and no server runs code that a page sends
        assert pages["eve"].request.get(f"{hub.address}user/joe/dashboards/").status == 403
        assert pages["eve"].request.get(f"{hub.address}user/eve/voila/render/index.ipynb").status == 404
    assert eventually(lambda: not programs(hub, "eve"), 60)


def test_the_hub_ends_servers_that_nobody_looks_at(hub):
    commands = [" ".join(one.cmdline()) for one in psutil.Process(hub.process.pid).children(recursive=True)]
    assert [command for command in commands if "jupyterhub_idle_culler" in command and "--timeout=1800" in command]
