"""In the server, where kernels cannot be forked: a few processes that have imported everything, each for one kernel."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache

from jupyter_client.launcher import launch_kernel

from .nursery import ALONE

#: seconds after a process was given away in which the kernel it became has the processor to itself
_CALM = 5.0


class Pool:
    """Processes that have imported some modules; as many as are wanted, once it has been filled.

    Parameters
    ----------
    modules : sequence of str
        What they import, in this order.
    size : int
        How many are kept ready.
    """

    def __init__(self, modules: Sequence[str], size: int) -> None:
        self.modules, self.size = tuple(modules), size
        self.ready: list[subprocess.Popen[bytes]] = []
        self._calm_until = 0.0
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Start what is missing, unless a kernel has just been given away; returns at once."""
        with self._lock:
            self.ready = [one for one in self.ready if one.poll() is None]
            if time.monotonic() < self._calm_until:
                return
            command = [sys.executable, "-P", "-m", f"{__package__}.preheated", *self.modules]
            while len(self.ready) < self.size:
                # as jupyter_client starts a kernel: it may be interrupted, and ends with this process, on every system
                self.ready.append(launch_kernel(command, stdin=subprocess.PIPE, env=os.environ | ALONE))

    def take(self, arguments: Sequence[str], env: dict[str, str], cwd: str | None) -> "subprocess.Popen[bytes] | None":
        """Return a process that is becoming a kernel, or None where none is ready."""
        request = json.dumps({"arguments": list(arguments), "env": env, "cwd": cwd}).encode() + b"\n"
        with self._lock:
            self._calm_until = time.monotonic() + _CALM
            while self.ready:
                process = self.ready.pop(0)
                assert process.stdin is not None
                try:
                    with process.stdin as line:
                        line.write(request)
                    return process
                except OSError:  # it has died
                    process.wait()
        return None

    def close(self) -> None:
        """End those that wait; what became a kernel is nobody's of this pool any more."""
        with self._lock:
            for process in self.ready:
                process.kill()
                process.wait()
                assert process.stdin is not None
                process.stdin.close()
            self.ready = []


@cache
def pool(modules: tuple[str, ...], size: int) -> Pool:
    """Return this process's pool for these modules: one for all kernels that want the same."""
    return Pool(modules, size)
