"""In the server: the warmed process behind the kernels, asked for forks, and revived when it has died."""

import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import cache

from .warmed import LIMIT, adopt_orphans

#: seconds a fork may take, all that is imported before it included
_PATIENCE = 60

#: a warmed process that dies is revived so many times a minute; more often, and something is wrong with it
_REVIVALS = 3

#: set before anything is imported: no library may start threads, or a driver, that do not survive a fork
ALONE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # threads that wait for each other soon sleep: where ten pages share two cores they would spin away what the others
    # need (model ready after 31 s, so 8; one page alone is as fast)
    "GOMP_SPINCOUNT": "10000",
    "MALLOC_ARENA_MAX": "2",  # each arena of the C library keeps what was freed in it: 10 MB a page
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # looks for a graphics card without starting its driver
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as ipykernel sets it before a kernel imports
    "JPY_PARENT_PID": "",
}

#: true where kernels can be forked
POSSIBLE = sys.platform == "linux" and hasattr(os, "pidfd_open")


class NoForkError(Exception):
    """The warmed process gives no fork."""


class Fork:
    """A forked kernel, with the face of a :class:`subprocess.Popen`, which it cannot be: it is no child of ours.

    It is held by a descriptor rather than by its number, so that no signal meets another process that came to have
    that number.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, watch: int) -> None:
        self.pid, self._watch = pid, watch
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return None while it runs, a number once it has ended (its parent knows which; we do not)."""
        if self.returncode is None and select.select([self._watch], [], [], 0)[0]:
            self._bury()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        if self.returncode is None:
            if not select.select([self._watch], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            self._bury()
        return self.returncode or 0

    def send_signal(self, signum: int) -> None:
        """Send it a signal; nothing happens when it has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._watch, signum)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _bury(self) -> None:
        self.returncode = 0
        try:  # its parent, the warmed process, has died before it: it was left to us
            ended = os.waitid(os.P_PIDFD, self._watch, os.WEXITED | os.WNOHANG)
            self.returncode = ended.si_status if ended else 0
        except ChildProcessError:
            pass
        os.close(self._watch)


class Nursery:
    """One warmed process that has imported some modules, and its forks.

    Parameters
    ----------
    at_once, later : sequence of str
        What it imports (``module``) or calls (``module:function``), in this order: as fast as it can, and while nobody
        comes. Forks are given all the time.
    """

    def __init__(self, at_once: Sequence[str], later: Sequence[str]) -> None:
        self.modules = (*at_once, "--", *later)
        self.process: subprocess.Popen[bytes] | None = None
        self._begun: deque[float] = deque([-math.inf] * (_REVIVALS + 1), _REVIVALS + 1)
        self._asked = threading.Lock()
        self._control: socket.socket | None = None
        self._life = os.pipe()  # the second end is ours alone; when we are gone the first one says so
        adopt_orphans()  # kernels whose parent, the warmed process, has died

    def alive(self) -> bool:
        """Return whether the warmed process runs."""
        return self.process is not None and self.process.poll() is None

    def warm(self) -> None:
        """Start the warmed process if there is none (any more), unless it keeps dying; returns at once."""
        if self._asked.acquire(blocking=False):  # otherwise a fork is being asked for, which does so
            try:
                self._warm()
            finally:
                self._asked.release()

    def _warm(self) -> None:
        if self.alive() or time.monotonic() - self._begun[0] < 60:
            return
        self._begun.append(time.monotonic())
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        given = theirs.fileno(), self._life[0]
        command = [sys.executable, "-P", "-m", f"{__package__}.warmed", *map(str, given), *self.modules]
        with theirs:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **ALONE},
                stdin=subprocess.DEVNULL,
                pass_fds=given,
                start_new_session=True,  # Ctrl-C in the terminal is not for it
            )
        if self._control:
            self._control.close()
        self._control = ours
        ours.settimeout(_PATIENCE)

    def close(self) -> None:
        """End the warmed process and every fork of it; it comes back when it is asked for."""
        with self._asked:
            if self._control:
                self._control.close()  # seen at its other end
                self._control = None
            if self.process:
                try:
                    self.process.wait(5)
                except subprocess.TimeoutExpired:  # it imports, and does not look
                    self._stop()

    def fork(self, arguments: Sequence[str], env: dict[str, str], cwd: str | None) -> Fork:
        """Return a new kernel; waits for it to be forked, not for it to answer.

        Raises
        ------
        NoForkError
            If there was none to be had.
        """
        request = json.dumps({"arguments": list(arguments), "env": env, "cwd": cwd}).encode()
        if len(request) > LIMIT:
            raise NoForkError("the environment is too large")
        with self._asked:
            for _ in ("as it is", "revived"):
                self._warm()
                try:
                    return self._ask(request)
                except ConnectionError:
                    if self.process:
                        self.process.wait(1)  # it dies
                except OSError as error:
                    self._stop()  # it hangs
                    raise NoForkError(str(error)) from error
        raise NoForkError("the warmed process dies")

    def _ask(self, request: bytes) -> Fork:
        assert self._control is not None
        self._control.send(request)
        message, watches, _, _ = socket.recv_fds(self._control, LIMIT, 1)
        if not message:
            raise ConnectionResetError
        answer = json.loads(message)
        if "pid" not in answer:
            raise NoForkError(answer["declined"])
        return Fork(answer["pid"], watches[0])

    def _stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@cache
def nursery(at_once: tuple[str, ...], later: tuple[str, ...]) -> Nursery:
    """Return this process's nursery for these modules: one for all kernels that want the same."""
    return Nursery(at_once, later)
