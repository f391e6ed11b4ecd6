"""What a process that has imported everything already does to become a kernel."""

import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, ClassVar


def without_debugger() -> None:
    """Have ipykernel find no debugger, which each kernel would import for itself (27 MB, half a second)."""
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


def load(name: str) -> None:
    """Import ``module``, or call ``module:function``; what cannot be is said, and keeps nobody waiting."""
    try:
        found = pkgutil.resolve_name(name)
        if ":" in name:
            found()
    except Exception as error:  # the kernels will say so where a person sees it
        sys.stderr.write(f"{__package__}: {name}: {error}\n")


def become(arguments: Sequence[str], env: Mapping[str, str], cwd: str | None, parent: int | None) -> None:
    """Be an ipykernel with its own environment, folder and share of the processor, until it ends.

    Parameters
    ----------
    arguments : sequence of str
        As for ``ipykernel_launcher``.
    env : mapping
        All of its environment.
    cwd : str or None
        Its folder.
    parent : int or None
        What ipykernel is to watch, and to end with; as its environment says when left out.
    """
    os.environ.clear()
    os.environ.update(env)
    if cwd:
        os.chdir(cwd)
    _take_share(env)

    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *arguments]
    kernel = IPKernelApp.instance(**({} if parent is None else {"parent_handle": parent}))
    with _modules_unseen():
        kernel.initialize(list(arguments))
    if ipywidgets := sys.modules.get("ipywidgets"):
        ipywidgets.register_comm_target()  # done at its import where there is a kernel already
    kernel.start()


@contextmanager
def _modules_unseen() -> Iterator[None]:
    """Show ipykernel and IPython no modules while a kernel begins.

    They note each, for a debugger and for ``%reset``. To note an object counts as a reference to it, so a fork would
    take over every page of memory on which a module or a name of one lies: 26 MB a kernel.
    """
    from ipykernel import ipkernel
    from IPython.core import shellapp

    class Unseen(ModuleType):
        modules: ClassVar[dict[str, ModuleType]] = {}

        def __getattr__(self, name: str) -> Any:
            return getattr(sys, name)

    lookers: list[Any] = [ipkernel, shellapp]
    for looker in lookers:
        looker.sys = Unseen("sys")
    try:
        yield
    finally:
        for looker in lookers:
            looker.sys = sys


def _take_share(env: Mapping[str, str]) -> None:
    """Give the numerical libraries as many threads as the environment says: they read it at their import only."""
    threads = env.get("OMP_NUM_THREADS", "")
    count = int(threads) if threads.isdigit() else os.cpu_count() or 1
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(count)
    if limits := sys.modules.get("threadpoolctl"):
        limits.threadpool_limits(count)
