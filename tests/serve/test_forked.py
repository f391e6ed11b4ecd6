"""Kernels that are forks of one warmed process: real processes, real signals."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import psutil
import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from serving import ROOT, eventually, forking, is_warmed, runs
from traitlets.config import Config

from xrlearn.serve import forked
from xrlearn.serve.forked.nursery import POSSIBLE, Fork, nursery

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="kernels are forked on Linux")

PRELOAD = ("ipykernel.kernelapp", "ipywidgets", "threadpoolctl", "numpy", "torch")


class Kernel:
    """A kernel and somebody who asks it."""

    warmed: ClassVar[set[tuple[tuple[str, ...], tuple[str, ...]]]] = set()

    def __init__(self, *preload: str, later: tuple[str, ...] = (), **traits: object) -> None:
        self.warmed.add((preload or PRELOAD, later))
        config = Config({"ForkedProvisioner": traits})
        config.ForkedProvisioner.preload = list(preload or PRELOAD)
        config.ForkedProvisioner.later = list(later)
        self.folder = TemporaryDirectory()  # of its sockets; their paths must be short
        sockets = str(Path(self.folder.name) / "kernel.json")
        self.manager = KernelManager(config=config, transport="ipc", connection_file=sockets)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "2", "XRLEARN_LANG": "zh"}
        with forking():
            self.manager.start_kernel(env=environment, cwd="/usr")
        self.client = self.manager.client()
        assert isinstance(self.client, BlockingKernelClient)
        self.client.start_channels()
        self.client.wait_for_ready(60)

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.manager.provisioner.process.pid)

    @property
    def is_fork(self) -> bool:
        return isinstance(self.manager.provisioner.process, Fork)

    def says(self, code: str) -> str:
        """Run code; return what it prints, or the name of what it raises."""
        heard = []
        reply = self.client.execute_interactive(
            code, timeout=60, output_hook=lambda message: heard.append(message["content"].get("text", ""))
        )["content"]
        return reply["ename"] if reply["status"] == "error" else "".join(heard).strip()

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.folder.cleanup()


@pytest.fixture
def kernel() -> Iterator[Callable[..., Kernel]]:
    begun: list[Kernel] = []

    def begin(*preload: str, later: tuple[str, ...] = ()) -> Kernel:
        begun.append(Kernel(*preload, later=later))
        return begun[-1]

    yield begin
    for each in begun:
        each.end()


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    """When the warmed process is ended, nothing that this file started is there any more."""
    before = psutil.Process().children(recursive=True)
    assert is_warmed(PRELOAD)
    yield
    for modules in Kernel.warmed:
        nursery(*modules).close()
    assert eventually(lambda: set(psutil.Process().children(recursive=True)) <= set(before))


def test_forks_share_what_was_imported_and_draw_numbers_of_their_own(kernel):
    drawn = (
        "import sys; there = 'torch' in sys.modules; import random, numpy, torch; print(there, random.random(),"
        "numpy.random.rand(), torch.rand(1).item())"
    )
    answers = [kernel().says(drawn).split() for _ in range(3)]
    assert {there for there, *_ in answers} == {"True"}
    for numbers in zip(*(numbers for _, *numbers in answers)):
        assert len(set(numbers)) == 3
    assert len(psutil.Process(nursery(PRELOAD, ()).process.pid).children()) == 3


def test_a_fork_that_has_done_nothing_holds_little_of_its_own(kernel):
    own = kernel()
    assert own.says("import sys; print('torch' in sys.modules, len(sys.modules) > 1000)") == "True True"
    assert own.process.memory_full_info().uss < 40 * 2**20  # 69 MB with a debugger and a look at every module


def test_what_is_called_ahead_is_there_in_every_fork(kernel):
    what = ("ipykernel.kernelapp", "mimetypes:init", "no_such_module:ready")
    assert is_warmed(what)
    own = kernel(*what)
    assert own.is_fork
    assert own.says("import mimetypes; print(mimetypes.inited)") == "True"


def test_a_fork_has_the_folder_the_environment_and_the_threads_it_was_given(kernel):
    own = kernel()
    assert own.says("import os; print(os.getcwd(), os.environ['XRLEARN_LANG'])") == "/usr zh"
    assert own.says("import torch; print(torch.get_num_threads())") == "2"
    assert own.says("import xrlearn.locale; print(xrlearn.locale.language())") == "zh"
    assert own.says("import sys; print(__name__, sys.argv[0])") == "__main__ ipykernel_launcher"
    assert own.says("import comm; print(sorted(comm.get_comm_manager().targets))") == (
        "['jupyter.widget', 'jupyter.widget.control']"
    )


def test_the_warmed_process_runs_no_thread(kernel):
    kernel()
    assert psutil.Process(nursery(PRELOAD, ()).process.pid).num_threads() == 1


def test_an_interrupt_stops_the_work_and_not_the_kernel(kernel):
    own = kernel()
    # what comes right after an error is refused for a moment, unless the request says otherwise
    own.client.execute("print('at work', flush=True); import time; time.sleep(600)", stop_on_error=False)
    while own.client.get_iopub_msg(timeout=60)["content"].get("text", "").strip() != "at work":
        pass
    own.manager.interrupt_kernel()
    while (reply := own.client.get_shell_msg(timeout=60))["msg_type"] != "execute_reply":
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert own.says("print(6 * 7)") == "42"


def test_a_restarted_kernel_is_a_new_fork(kernel):
    own = kernel()
    own.says("x = 1")
    first = own.process
    own.manager.restart_kernel()
    own.client.wait_for_ready(60)
    assert own.says("x") == "NameError"
    assert own.is_fork
    assert own.process.pid != first.pid
    assert eventually(lambda: not psutil.pid_exists(first.pid))


def test_a_kernel_that_shuts_down_ends_without_being_killed(kernel):
    own = kernel()
    process = own.process
    own.client.shutdown()
    assert eventually(lambda: not own.manager.is_alive())
    assert eventually(lambda: not psutil.pid_exists(process.pid))


def test_a_killed_kernel_is_seen_buried_and_takes_its_own_children_along(kernel):
    own, neighbour = kernel(), kernel()
    child = int(own.says("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"))
    process = own.process
    process.kill()
    assert eventually(lambda: not own.manager.is_alive())
    assert eventually(lambda: not psutil.pid_exists(process.pid))
    assert eventually(lambda: not psutil.pid_exists(child))
    assert neighbour.says("print('here')") == "here"


def test_the_warmed_process_dies_and_comes_back_and_open_kernels_go_on(kernel):
    own = kernel()
    own.says("x = 5")
    warmed = nursery(PRELOAD, ()).process
    warmed.kill()
    warmed.wait()
    assert own.manager.is_alive()  # whoever looks after a kernel revives it, too
    assert nursery(PRELOAD, ()).alive()
    assert own.says("print(x)") == "5"
    late = kernel()
    assert late.is_fork
    assert late.says("print(6 * 7)") == "42"
    orphan = own.process
    assert orphan.ppid() == os.getpid()  # left to the server, and buried by it
    orphan.kill()
    assert eventually(lambda: not own.manager.is_alive())
    assert not psutil.pid_exists(orphan.pid)


SERVER = """
import sys, time
sys.path.insert(0, {tests!r})
from test_forked import Kernel, nursery
pids = [Kernel("ipykernel.kernelapp").process.pid for _ in range(2)]
print(*pids, nursery(("ipykernel.kernelapp",), ()).process.pid, flush=True)
time.sleep(600)
"""


def left_by(server: str) -> list[psutil.Process]:
    """Run a server that names its processes, kill it, and return them once all have ended."""
    command = [sys.executable, "-c", server.format(tests=str(Path(__file__).parent))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}) as p:
        started = [psutil.Process(int(pid)) for pid in p.stdout.readline().split()]
        p.kill()
    assert eventually(lambda: not any(map(runs, started)))
    return started


def test_nothing_outlives_a_server_that_is_killed():
    started = left_by(SERVER)
    assert len(started) == 3
    for one in started:  # what its killed server left behind is adopted here
        with suppress(ChildProcessError):
            os.waitpid(one.pid, 0)


def test_where_a_thread_runs_or_the_environment_is_huge_an_ordinary_kernel_is_started(kernel, tmp_path, monkeypatch):
    (tmp_path / "threaded.py").write_text(
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    threaded = kernel("threaded")
    assert not threaded.is_fork
    assert threaded.says("print(6 * 7)") == "42"
    monkeypatch.setenv("HUGE", "x" * 100_000)
    monkeypatch.setenv("HUGER", "x" * 100_000)
    assert not kernel().is_fork


def test_what_can_wait_is_imported_while_nobody_comes(kernel, tmp_path, monkeypatch):
    (tmp_path / "heavy.py").write_text("import time; time.sleep(3)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    there = "import sys; print('heavy' in sys.modules)"
    assert kernel("ipykernel.kernelapp", later=("heavy",)).says(there) == "False"
    assert eventually(lambda: kernel("ipykernel.kernelapp", later=("heavy",)).says(there) == "True" or time.sleep(3))


def test_a_module_that_cannot_be_imported_keeps_nobody_waiting(kernel):
    own = kernel("ipykernel.kernelapp", "no_such_module")
    assert own.is_fork
    assert own.says("print(6 * 7)") == "42"


def test_the_package_knows_nothing_of_what_it_serves():
    for file in Path(forked.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level < 2, f"{file.name} imports from outside of its folder"
                assert not (node.module or "").startswith("xrlearn")
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("xrlearn") for name in node.names)


def test_a_warmed_process_that_keeps_dying_is_left_alone(kernel, tmp_path, monkeypatch):
    (tmp_path / "dying.py").write_text("import os; open('begun', 'a').write('x'); os._exit(1)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    monkeypatch.chdir(tmp_path)
    own = kernel("dying")
    assert not own.is_fork
    assert all(own.manager.is_alive() for _ in range(20))
    assert own.says("print(6 * 7)") == "42"
    assert len((tmp_path / "begun").read_text()) <= 4
