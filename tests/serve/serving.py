"""A server run as people run it: in a process of its own, on loopback."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

import psutil
from jupyter_client.provisioning import KernelProvisionerFactory

from xrlearn.serve import forked
from xrlearn.serve.forked.nursery import nursery
from xrlearn.serve.forked.provisioner import register

#: a server over the folder of the second argument; kernels without a page end after as many seconds as the third says.
#: Its pages are a test's own few lines: what only those of this repository import need not be ready for them.
SERVE = """
import sys
from pathlib import Path
from xrlearn.serve import app, kernels
kernels.LATER = ()
app.CULL_AFTER = int((sys.argv + ["120"])[3])
app.serve(int(sys.argv[1]), notebooks=Path(sys.argv[2]), ready=print)
print("ended cleanly")
"""

#: the same for a class: so many pages, so many megabytes a page
CLASS = """
import os, sys
from pathlib import Path
from xrlearn.serve import app, kernels
from xrlearn.serve.door import Keys
kernels.LATER = ()
pages, memory = map(int, sys.argv[3:5])
rules = app.Rules(keys=Keys("ulna", "scaphoid", "capitate"), pages=pages, memory=memory, niceness=5)
app.serve(int(sys.argv[1]), notebooks=Path(sys.argv[2]), ready=print, rules=rules)
"""
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Served:
    """A running server."""

    address: str
    process: subprocess.Popen

    def page(self, name: str, query: str = "") -> str:
        return f"{self.address}voila/render/{name}.ipynb{'?' if query else ''}{query}"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Ask for one address, without following redirections."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def kernels(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def serving(code: str, *arguments: str, environment: Mapping[str, str] = os.environ) -> Iterator[Served]:
    """Run a server whose first line of output names its address as its last word but one or so; stop it in the end."""
    env = {**environment, "PYTHONPATH": str(ROOT), "XRLEARN_LANG": "en", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", dedent(code), *arguments], stdout=subprocess.PIPE, text=True, env=env, cwd="/"
    )
    try:
        assert process.stdout is not None
        address = next((word for line in process.stdout for word in line.split() if word.startswith("http://")), None)
        assert address, "the server ended before it said where it is"
        yield Served(address, process)
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def run(port: int, environment: Mapping[str, str] = os.environ) -> AbstractContextManager[Served]:
    """``xrlearn run`` over the notebooks of this repository, on this port or the next that is free."""
    return serving(
        "from xrlearn.cli import main; main()", "run", "--no-browser", "--port", str(port), environment=environment
    )


@contextmanager
def forking() -> Iterator[None]:
    """Have the kernels that are started meanwhile provided by ours: forks, where there can be any."""
    register()
    factory = KernelProvisionerFactory.instance()
    usual, factory.default_provisioner_name = factory.default_provisioner_name, forked.NAME
    try:
        yield
    finally:
        factory.default_provisioner_name = usual


def is_warmed(at_once: tuple[str, ...], later: tuple[str, ...] = ()) -> bool:
    """Wait until the warmed process has imported all: the first forks are given before."""
    one = nursery(at_once, later)
    one.warm()
    return eventually(lambda: one.process is not None and psutil.Process(one.process.pid).name() == "warmed", 120)


def kernel_of(page: str) -> str:
    """The id of the program behind a page."""
    config = page.split('<script id="jupyter-config-data" type="application/json">')[1].split("</script>")[0]
    return str(json.loads(config)["kernelId"])


def runs(process: psutil.Process) -> bool:
    """Say whether a process has not ended; one that has, and that nobody has asked about yet, has ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Wait for a condition that another process brings about."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False
