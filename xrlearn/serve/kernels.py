"""The Python process (kernel) behind each open page: its language, its threads, its end."""

import asyncio
import os
from typing import Any
from urllib.parse import parse_qs

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from ..locale import LANGUAGES, language
from .forked.nursery import ALONE
from .places import Open, Places, opening

#: what every page imports, and what some do (``module``) or have done (``module:function``), in the process that pages
#: are copies of
PRELOAD = ("ipykernel.kernelapp", "ipykernel.debugger", "xrlearn.labs.home")
LATER = (
    "pandas",
    "xrlearn.phantom",
    "torch",
    "sklearn.metrics",
    "xrlearn.heatmaps.tiny_maps",
    "xrlearn.training.miniature.remembered",
    "xrlearn.labs.prepare",
    "xrlearn.labs.case_review",
    "matplotlib.pyplot",
    "xrlearn.labs.at_hand:ready",
    "xrlearn.training.live",
    "xrlearn.training.learners.loaders",
    "fastai.callback.training",
)


def requested_language(query: str) -> str:
    """Return the language that a page's query string asks for, or the one the server was started in.

    Examples
    --------
    >>> requested_language("lang=zh")
    'zh'
    >>> requested_language("lang=xx")
    'en'
    """
    asked = parse_qs(query).get("lang", [""])[-1]
    return asked if asked in LANGUAGES else language()


def threads(pages: int, cores: int | None = None) -> int:
    """Return how many threads each of `pages` open pages may use.

    Two busy processes with two threads each on two cores train at an eighth of the pace of one (52 to 7 images/s for
    a resnet18 at 128 px), because the threads wait for each other; so the cores are shared out.

    Examples
    --------
    >>> threads(1, cores=8), threads(3, cores=8), threads(20, cores=8)
    (8, 2, 1)
    """
    return max(1, (cores or os.cpu_count() or 1) // max(1, pages))


class PageKernels(AsyncMappingKernelManager):
    """Starts a kernel for each page in the page's language, with its share of the processor.

    Voila sends the first part of a page once it knows its kernel's id. So the id is given at once and the kernel
    started behind it: the shell is on the screen before the kernel takes the processor (on a busy machine after 0.5 s
    instead of 0.7, at worst 0.7 instead of 1.3).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = Places()
        self._starting: dict[str, asyncio.Task[str]] = {}
        self._ending: set[asyncio.Future[Any]] = set()

    async def start_kernel(  # type: ignore[override]
        self, *, kernel_id: str | None = None, env: dict[str, str] | None = None, **kwargs: Any
    ) -> str:
        """Start a kernel for one page; return its id at once."""
        env = dict(os.environ if env is None else env)
        env["XRLEARN_LANG"] = requested_language(env.get("QUERY_STRING", ""))
        share = str(threads(len(self) + 1))
        for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            env.setdefault(library, share)
        env.setdefault("GOMP_SPINCOUNT", ALONE["GOMP_SPINCOUNT"])
        kernel_id = kernel_id or self.new_kernel_id(**kwargs)
        self.places.opened(kernel_id, opening.get() or Open("", ""))
        self._starting[kernel_id] = asyncio.create_task(self._start(kernel_id, env=env, **kwargs))
        return kernel_id

    async def _start(self, kernel_id: str, **kwargs: Any) -> str:
        await asyncio.sleep(0.05)  # the shell is sent meanwhile
        try:
            started: str = await super().start_kernel(kernel_id=kernel_id, **kwargs)
        except BaseException:
            self.places.closed(kernel_id)
            raise
        return started

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended, however it did; its place is free."""
        self.places.closed(kernel_id)
        return super().remove_kernel(kernel_id)

    def programs(self) -> dict[str, int]:
        """Return the process number of every kernel that runs, by its id."""
        numbers = {name: getattr(one.provisioner, "pid", None) for name, one in self._kernels.items()}
        return {name: pid for name, pid in numbers.items() if pid}

    def end(self, kernel_id: str, why: str) -> None:
        """End a kernel at once, for a reason that its page will say."""
        if self.places.why(kernel_id) is None:
            self.places.closed(kernel_id, why)
            self._ending.add(ending := asyncio.ensure_future(self.shutdown_kernel(kernel_id, now=True)))
            ending.add_done_callback(self._ending.discard)

    def get_kernel(self, kernel_id: str) -> Any:
        """Return the kernel; while it is being started, something that yields it when awaited (as Voila does)."""
        starting = self._starting.pop(kernel_id, None)
        return super().get_kernel(kernel_id) if starting is None else self._started(starting)

    async def _started(self, starting: "asyncio.Task[str]") -> Any:
        return super().get_kernel(await starting)
