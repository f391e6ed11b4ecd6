"""The warmed process: imports what it is told to, then forks a kernel for every request.

``python -m ... CONTROL LIFE WHAT... -- WHAT...``: what to import or to call, see :func:`.kernel.load`. CONTROL is a
socket to the server for requests and answers; LIFE is the end of a pipe of which the server holds the other: it closes
when the server ends, however it ends.

Requests are served between two imports, too, so nobody waits for all of them; and what stands behind ``--`` is done
only while nobody comes, so that it does not take the processor from who has come first. A fork of a process that runs
threads would inherit their locks without the threads, so there must be none: the server sets the libraries to one
thread each (``nursery.py``), and if something started one nevertheless, requests are declined.
"""

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from .kernel import become, load, without_debugger

#: bytes a request may have: an environment and a command line
LIMIT = 2**17

#: seconds without a request after which the imports go on that can wait
QUIET = 1.0

_PR_SET_CHILD_SUBREAPER = 36
_THREADS = Path("/proc/self/task")
_children: set[int] = set()


def main() -> None:
    """Warm up, and serve until the server is gone; in a fork, be a kernel until that ends."""
    control, life, *modules = sys.argv[1:]
    server = socket.socket(fileno=int(control))
    adopt_orphans()
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    gc.disable()  # a collection would write to pages that are shared
    without_debugger()
    _rename("warming")
    request, calm = None, modules.index("--")
    for place, module in enumerate(modules):
        if place > calm and (request := _serve(server, QUIET)):
            break
        if place != calm:
            load(module)
        if place < calm and (request := _serve(server, 0)):
            break
    _rename("warmed")
    if request := request or _serve(server, None):
        _become_kernel(request, int(life))


def _rename(name: str) -> None:
    """Say in the list of processes what this one is doing."""
    Path("/proc/self/comm").write_text(name)


def adopt_orphans() -> None:
    """Become the parent of what our descendants leave behind, instead of the machine's first process."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _serve(server: socket.socket, quiet: float | None) -> dict[str, Any] | None:
    """Answer requests until none has come for so many seconds; return a request in the fork made for it."""
    server.settimeout(quiet)
    while True:
        try:
            message = server.recv(LIMIT)
        except (BlockingIOError, TimeoutError):
            return None
        if not message:  # the server is gone
            for child in _children:
                _end_group(child)
            os._exit(0)
        if len(list(_THREADS.iterdir())) > 1:
            server.send(json.dumps({"declined": "something imported runs threads"}).encode())
            continue
        gc.freeze()
        if (pid := os.fork()) == 0:
            server.close()
            _children.clear()
            return json.loads(message)
        watch = os.pidfd_open(pid)  # before it may be buried
        _children.add(pid)
        socket.send_fds(server, [json.dumps({"pid": pid}).encode()], [watch])
        os.close(watch)
        _reap()  # it may have ended before it was known as a child


def _reap() -> None:
    """Bury the forks that have ended; end, and bury, whatever processes they left behind."""
    with contextlib.suppress(ChildProcessError):  # no child at all
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in _children:
                _end_group(ended.si_pid)  # the number is the dead one's until it is buried
                _children.discard(ended.si_pid)
            os.waitpid(ended.si_pid, 0)


def _end_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _become_kernel(request: dict[str, Any], life: int) -> None:
    """Be a kernel of its own: own session and random numbers, too; it ends with the server."""
    os.setsid()
    _rename("kernel")
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.enable()
    _draw_own_numbers()
    threading.Thread(target=_end_with_server, args=(life,), daemon=True).start()
    become(request["arguments"], request["env"], request["cwd"], parent=1)  # 1: `life` looks after that


def _draw_own_numbers() -> None:
    """Seed every generator anew; otherwise all forks would draw the same numbers. (Python's own does so by itself.)"""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if torch := sys.modules.get("torch"):
        torch.seed()


def _end_with_server(life: int) -> None:
    os.read(life, 1)  # nothing is ever written: this returns when the server is gone
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
