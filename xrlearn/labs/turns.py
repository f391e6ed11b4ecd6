"""Trainings take turns: on all pages of one server at most so many at once, in the order in which they were asked for.

The pages are programs of their own and know nothing of each other. Whoever wants to train lays a ticket into a folder
that the server names: a file, named by time and process. Its turn has come when fewer tickets than trainings lie before
it. Tickets of programs that have ended are taken away by those who wait behind them.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock

#: what the server tells its pages in the environment: the folder, and how many trainings there may be
FOLDER, LIMIT = "XRLEARN_TURNS", "XRLEARN_TRAININGS"

#: how far a training's thread stands behind the rest of its page, and of its neighbours' pages
NICENESS = 5

_LOOKS_EVERY = 0.25  # seconds


@contextmanager
def turn(waiting: Callable[[int], bool]) -> Iterator[bool]:
    """Wait for a turn, and have it until the end of the ``with``; yields False where the waiting was given up.

    Without a server that sets a limit there is nothing to wait for.

    Parameters
    ----------
    waiting : callable
        Called with the place in line, 1 for the next, several times a second; returning True gives up.

    Examples
    --------
    >>> with turn(lambda place: False) as granted:
    ...     granted
    True
    """
    folder, limit = os.environ.get(FOLDER), os.environ.get(LIMIT, "")
    ticket = _ticket(Path(folder)) if folder and limit.isdigit() else None
    if ticket is None:
        yield True
        return
    try:
        granted = _wait(ticket, int(limit), waiting)
        if granted:
            _step_back()
        yield granted
    finally:
        ticket.unlink(missing_ok=True)


def counts() -> tuple[int, int]:
    """Return how many train on all pages of this server, and how many wait for their turn."""
    folder, limit = os.environ.get(FOLDER), os.environ.get(LIMIT, "")
    tickets = len(list(Path(folder).glob("*.turn"))) if folder else 0
    training = min(tickets, int(limit)) if limit.isdigit() else tickets
    return training, tickets - training


def _ticket(folder: Path) -> Path | None:
    """Lay a ticket behind all others; None where that cannot be done, and then nobody is to wait for it."""
    try:
        with FileLock(folder / "order"):  # so that no earlier ticket is laid after a later one has been looked at
            ticket = folder / f"{time.time_ns():020}-{os.getpid()}.turn"
            ticket.touch(exist_ok=False)
    except OSError:
        return None
    return ticket


def _wait(ticket: Path, limit: int, waiting: Callable[[int], bool]) -> bool:
    while True:
        tickets = sorted(ticket.parent.glob("*.turn"))
        if ticket not in tickets:  # the folder is gone, and the server with it
            return True
        for gone in (one for one in tickets[:limit] if not _alive(one)):
            gone.unlink(missing_ok=True)
            tickets.remove(gone)
        if (ahead := tickets.index(ticket)) < limit:
            return True
        if waiting(ahead - limit + 1):
            return False
        time.sleep(_LOOKS_EVERY)


def _alive(ticket: Path) -> bool:
    """Return whether the program that laid a ticket still runs, and is no later one with the same number."""
    laid, _, pid = ticket.stem.partition("-")
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= int(laid) / 1e9 + 1
    except psutil.Error:
        return False


def _step_back() -> None:
    """Let pages that draw go before this thread, which trains, when the processor is short (on Linux)."""
    if threading.current_thread() is not threading.main_thread() and hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            behind = os.getpriority(os.PRIO_PROCESS, os.getpid()) + NICENESS
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), behind)
