"""What a process that has imported everything already does to become a kernel."""

import importlib
import os
import sys
from collections.abc import Mapping, Sequence


def load(module: str) -> None:
    """Import a module; what cannot be imported is said, and keeps nobody waiting."""
    try:
        importlib.import_module(module)
    except Exception as error:  # the kernels will say so where a person sees it
        sys.stderr.write(f"{__package__}: {module}: {error}\n")


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
    kernel.initialize(list(arguments))
    if ipywidgets := sys.modules.get("ipywidgets"):
        ipywidgets.register_comm_target()  # done at its import where there is a kernel already
    kernel.start()


def _take_share(env: Mapping[str, str]) -> None:
    """Give the numerical libraries as many threads as the environment says: they read it at their import only."""
    threads = env.get("OMP_NUM_THREADS", "")
    count = int(threads) if threads.isdigit() else os.cpu_count() or 1
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(count)
    if limits := sys.modules.get("threadpoolctl"):
        limits.threadpool_limits(count)
