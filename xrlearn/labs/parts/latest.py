"""Work that a slider asks for: only the latest request counts, and the page stays alive meanwhile."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Condition, Thread
from typing import Generic, TypeVar

R = TypeVar("R")


class Latest(Generic[R]):
    """Does the work of the latest request beside the page; requests that came in between are skipped.

    A slider that is being dragged asks many times a second. Each answer is worked out in a thread; when it is done,
    the newest request is next, and those it overtook are forgotten.

    Parameters
    ----------
    work : callable
        Called with a request. Longer work looks at :attr:`overtaken` between its steps and returns when it is set.
    run : callable
        Starts a function in a thread: :meth:`.page.Page.run`.
    turn : callable, optional
        What each piece of work is done within (:meth:`.page.Page.turn`): it may take a while to be entered, the latest
        request counts then, and where it yields False that one is not worked on.

    Examples
    --------
    >>> done = []
    >>> def thread(work):
    ...     started = Thread(target=work)
    ...     started.start()
    ...     return started
    >>> latest = Latest(done.append, thread)
    >>> latest.ask("first")
    >>> latest.wait(5), done
    (True, ['first'])
    """

    def __init__(
        self,
        work: Callable[[R], object],
        run: Callable[[Callable[[], None]], Thread],
        turn: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
    ) -> None:
        self._work, self._run, self._turn = work, run, turn
        self._asked: list[R] = []
        self._busy = False
        self._changed = Condition()

    @property
    def overtaken(self) -> bool:
        """Whether a newer request waits."""
        return bool(self._asked)

    def ask(self, request: R) -> None:
        """Have `request` worked on next, instead of any other that still waits."""
        with self._changed:
            self._asked = [request]
            if self._busy:
                return
            self._busy = True
        self._run(self._loop)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is asked for any more; return whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _loop(self) -> None:
        try:
            while self._wanted():
                with self._turn() as granted:
                    request = self._next()
                    if granted:
                        self._work(request)
        except BaseException:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
            raise

    def _wanted(self) -> bool:
        with self._changed:
            if not self._asked:
                self._busy = False
                self._changed.notify_all()
            return self._busy

    def _next(self) -> R:
        with self._changed:
            return self._asked.pop()
