"""What one page may take of the machine: a program that takes more memory is ended, with a sentence on its page."""

from collections.abc import Callable, Mapping

import psutil
import tornado.ioloop

#: milliseconds between two looks
EVERY = 500

_MEGABYTE = 2**20


def resident(pid: int) -> int:
    """Return the bytes that a process and its children hold, shared ones counted in full; 0 where there is none."""
    return sum(one.memory_info().rss for one in _family(pid))


def proportional(pid: int) -> int:
    """Return the same with what is shared counted in proportion, where the system tells (Linux); looked up slowly."""
    total = 0
    for one in _family(pid):
        try:
            memory = one.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(memory, "pss", memory.rss)
    return total


def _family(pid: int) -> list[psutil.Process]:
    alive = []
    try:
        head = psutil.Process(pid)
        for one in (head, *head.children(recursive=True)):
            one.memory_info()
            alive.append(one)
    except psutil.Error:
        pass  # it has ended
    return alive


class MemoryWatch:
    """Looks at every program twice a second.

    Parameters
    ----------
    limit : int
        Megabytes that one may hold.
    programs : callable
        Returns the process number of every program, by the id of its page.
    end : callable
        Ends the program of that id.

    Examples
    --------
    >>> import os
    >>> ended = []
    >>> MemoryWatch(1, lambda: {"this one": os.getpid()}, ended.append).look()
    >>> ended
    ['this one']
    """

    def __init__(self, limit: int, programs: Callable[[], Mapping[str, int]], end: Callable[[str], object]) -> None:
        self.limit, self._programs, self._end = limit * _MEGABYTE, programs, end

    def start(self) -> None:
        """Look from now on, as long as the server runs."""
        tornado.ioloop.PeriodicCallback(self.look, EVERY).start()

    def look(self) -> None:
        """End those that hold too much; what is cheap to know is looked at first."""
        for page, pid in self._programs().items():
            if resident(pid) > self.limit and proportional(pid) > self.limit:
                self._end(page)
