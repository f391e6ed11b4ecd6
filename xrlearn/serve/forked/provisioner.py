"""What jupyter_client asks for kernels."""

import asyncio
import contextlib
import os
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Int, List, Unicode

from . import NAME
from .nursery import POSSIBLE, NoForkError, Nursery, nursery

_LAUNCHER = "ipykernel_launcher"


class ForkedProvisioner(LocalProvisioner):
    """Provides kernels that are forks of a warmed process; ordinary ones where that cannot be.

    Signals, waiting and the connection are those of the ordinary provisioner, which meets a process with the face of
    the one that it would have started itself.
    """

    preload = List(Unicode(), help="Modules that the warmed process imports at once.").tag(config=True)
    later = List(Unicode(), help="Modules that it imports after them, while nobody comes.").tag(config=True)

    niceness = Int(0, help="How far kernels stand behind others on a busy processor.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or start it by its command where the warmed process gives no fork."""
        started = await self._launch(cmd, **kwargs)
        if self.niceness and self.pid and hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, 0) + self.niceness)
        return started

    async def _launch(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if POSSIBLE and _LAUNCHER in cmd:
            arguments = cmd[cmd.index(_LAUNCHER) + 1 :]
            cwd = kwargs.get("cwd")
            try:
                fork = await asyncio.to_thread(
                    self._nursery().fork, arguments, kwargs["env"], str(cwd) if cwd else None
                )
            except NoForkError as error:
                self.log.warning("A kernel is started in the ordinary way: %s", error)
            else:
                self.process, self.pid, self.pgid, self.cwd = fork, fork.pid, fork.pid, cwd  # type: ignore[assignment]
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def poll(self) -> int | None:
        """Return whether the kernel has ended; look after the warmed process by the way, whoever may need it next."""
        if POSSIBLE:
            self._nursery().warm()
        return await super().poll()

    def _nursery(self) -> Nursery:
        return nursery(tuple(self.preload), tuple(self.later))


def register() -> None:
    """Make the provisioner known to this process; an installation's entry point does so for every process."""
    value = f"{ForkedProvisioner.__module__}:{ForkedProvisioner.__name__}"
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(NAME, value, KernelProvisionerFactory.GROUP_NAME)
