"""What jupyter_client asks for kernels."""

import asyncio
import contextlib
import os
from importlib.metadata import EntryPoint
from subprocess import Popen
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Bool, Int, List, Unicode

from . import NAME
from .nursery import POSSIBLE, Fork, NoForkError, Nursery, nursery
from .pool import Pool, pool

_LAUNCHER = "ipykernel_launcher"


class ForkedProvisioner(LocalProvisioner):
    """Provides kernels that are forks of a warmed process, or preheated ones; ordinary ones where neither can be.

    Signals, waiting and the connection are those of the ordinary provisioner, which meets a process with the face of
    the one that it would have started itself.
    """

    preload = List(Unicode(), help="What the warmed process imports, or calls, at once.").tag(config=True)
    later = List(Unicode(), help="What it imports, or calls, after that, while nobody comes.").tag(config=True)

    forks = Bool(POSSIBLE, help="Whether kernels are forked; otherwise they are preheated.").tag(config=True)
    pool = Int(0, help="How many preheated processes are kept ready where kernels are not forked.").tag(config=True)

    niceness = Int(0, help="How far kernels stand behind others on a busy processor.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or start it by its command where the warmed process gives no fork."""
        started = await self._launch(cmd, **kwargs)
        if self.niceness and self.pid and hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, 0) + self.niceness)
        return started

    async def _launch(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if _LAUNCHER in cmd:
            asked = cmd[cmd.index(_LAUNCHER) + 1 :], kwargs["env"], str(kwargs["cwd"]) if kwargs.get("cwd") else None
            process: Fork | Popen[bytes] | None = None
            if self.forks:
                try:
                    process = await asyncio.to_thread(self._nursery().fork, *asked)
                except NoForkError as error:
                    self.log.warning("A kernel is started in the ordinary way: %s", error)
            elif self.pool:
                process = await asyncio.to_thread(self._pool().take, *asked)
            if process:
                self.process, self.pid, self.cwd = process, process.pid, kwargs.get("cwd")  # type: ignore[assignment]
                self.pgid = process.pid if hasattr(os, "getpgid") else None  # each begins a session of its own
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def poll(self) -> int | None:
        """Return whether the kernel has ended; have the next one ready by the way, whoever may need it."""
        self.prepare()
        return await super().poll()

    def prepare(self) -> None:
        """Have the next kernel ready; returns at once."""
        if self.forks:
            self._nursery().warm()
        elif self.pool:
            self._pool().fill()

    def _nursery(self) -> Nursery:
        return nursery(tuple(self.preload), tuple(self.later))

    def _pool(self) -> Pool:
        return pool((*self.preload, *self.later), self.pool)


def register() -> None:
    """Make the provisioner known to this process; an installation's entry point does so for every process."""
    value = f"{ForkedProvisioner.__module__}:{ForkedProvisioner.__name__}"
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(NAME, value, KernelProvisionerFactory.GROUP_NAME)
