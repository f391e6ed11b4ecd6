"""Kernels where none can be forked: processes that have imported everything, each to be one kernel."""

from collections.abc import Callable, Iterator

import psutil
import pytest
from serving import ROOT, SERVE, eventually, serving
from test_forked import Kernel, left_by

from xrlearn.serve.forked.pool import Pool, pool

MODULES = ("ipykernel.kernelapp", "ipywidgets", "threadpoolctl", "numpy")


@pytest.fixture
def ready(monkeypatch) -> Iterator[Pool]:
    """The pool of one that kernels of this file are given from, filled."""
    monkeypatch.setattr("xrlearn.serve.forked.pool._CALM", 0)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    own = pool(MODULES, 1)
    own.fill()
    yield own
    own.close()


@pytest.fixture
def kernel() -> Iterator[Callable[[], Kernel]]:
    begun: list[Kernel] = []

    def begin() -> Kernel:
        begun.append(Kernel(*MODULES, forks=False, pool=1))
        return begun[-1]

    yield begin
    for each in begun:
        each.end()


def test_a_kernel_is_the_process_that_waited_with_its_folder_environment_and_threads(ready, kernel):
    (waiting,) = ready.ready
    told = psutil.Process(waiting.pid)
    assert eventually(lambda: any("numpy" in each.path for each in told.memory_maps()))  # its last import has begun
    own = kernel()
    assert own.process.pid == waiting.pid
    assert own.says("import sys; print('numpy' in sys.modules, __name__, sys.argv[0])") == (
        "True __main__ ipykernel_launcher"
    )
    assert own.says("import os; print(os.getcwd(), os.environ['XRLEARN_LANG'], os.environ['OMP_NUM_THREADS'])") == (
        "/usr zh 2"
    )
    assert own.says("import comm; print(sorted(comm.get_comm_manager().targets))") == (
        "['jupyter.widget', 'jupyter.widget.control']"
    )


def test_the_next_is_preheated_while_a_kernel_runs_and_an_empty_pool_gives_an_ordinary_one(ready, kernel):
    first = kernel()
    assert not ready.ready
    ordinary = kernel()
    assert ordinary.says("import sys; print('ipywidgets' in sys.modules)") == "False"
    assert first.manager.is_alive()  # whoever looks after a kernel fills the pool, too
    (waiting,) = ready.ready
    assert kernel().process.pid == waiting.pid


def test_it_is_interrupted_restarted_and_ended_as_any_kernel(ready, kernel):
    own = kernel()
    own.client.execute("print('at work', flush=True); import time; time.sleep(600)", stop_on_error=False)
    while own.client.get_iopub_msg(timeout=60)["content"].get("text", "").strip() != "at work":
        pass
    own.manager.interrupt_kernel()
    while (reply := own.client.get_shell_msg(timeout=60))["msg_type"] != "execute_reply":
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    first = own.process
    own.manager.restart_kernel()
    own.client.wait_for_ready(60)
    assert own.process.pid != first.pid
    assert eventually(lambda: not psutil.pid_exists(first.pid))
    own.process.kill()
    assert eventually(lambda: not own.manager.is_alive())


def test_one_that_has_died_is_given_to_nobody(ready, kernel):
    ready.ready[0].kill()
    ready.ready[0].wait()
    own = kernel()
    assert own.says("import sys; print('ipywidgets' in sys.modules, 6 * 7)") == "False 42"


SERVER = """
import sys, time
sys.path.insert(0, {tests!r})
from test_preheated import MODULES, Kernel, pool
own = pool(MODULES, 2)
own.fill()
kernel = Kernel(*MODULES, forks=False, pool=2)
print(kernel.process.pid, *(one.pid for one in own.ready), flush=True)
time.sleep(600)
"""


def test_nothing_outlives_a_server_that_is_killed():
    assert len(left_by(SERVER)) == 2


#: a server of a system that cannot fork, which keeps one ready from its first moment
UNFORKED = """
from xrlearn.serve import app
from xrlearn.serve.forked import pool
app.POSSIBLE, app.POOL, app._WARM_AFTER, pool._CALM = False, 1, 0, 0
"""


def test_a_server_that_cannot_fork_opens_its_pages_from_the_pool_and_fills_it_again(write, notebooks):
    write("whose", "import os; print('process', os.getpid(), '.')")
    with serving(UNFORKED + SERVE, "8986", str(notebooks)) as served:

        def waiting() -> list[int]:
            words = [(one.pid, one.cmdline()) for one in served.kernels()]
            return [pid for pid, command in words if "xrlearn.serve.forked.preheated" in command and pid not in given]

        given: list[int] = []
        for _ in range(2):
            assert eventually(waiting)
            (next_one,) = waiting()
            _, _, body = served.get("/voila/render/whose.ipynb")
            assert f"process {next_one} ." in body
            given.append(next_one)
