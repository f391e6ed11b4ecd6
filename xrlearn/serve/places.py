"""Who may open a page: at most so many pages at once, and whoever came first is the first to be let in."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

#: seconds after which one in line who has not asked again holds up nobody (her browser sleeps), and is forgotten
ABSENT, FORGOTTEN = 10.0, 180.0

#: the same seconds for one whose waiting page has said farewell; if it was only loaded anew, it asks again before
BACK = 3.0

#: seconds for which a visitor whose page has closed goes first: she is on the way from one page to the next
ON_THE_WAY = 10.0

#: reasons why pages were closed that are kept for those who ask
_REASONS_KEPT = 200


@dataclass(frozen=True)
class Open:
    """An open page.

    Attributes
    ----------
    name : str
        Its notebook, such as ``"overfit.ipynb"``.
    visitor : str
        The random name that a browser was given; it says nothing about who sits before it.
    """

    name: str
    visitor: str


@dataclass
class _Waiting:
    since: float
    seen: float = field(default=0.0)


#: the page that is being opened, for whatever starts its program
opening: ContextVar[Open | None] = ContextVar("opening", default=None)


class Places:
    """The pages that are open, and those who wait for one.

    One waits for a page, by the visitor's random name and the page's: asking for it again, in whatever way, keeps the
    place in line.

    Parameters
    ----------
    limit : int, optional
        Pages at once; any number when left out.
    clock : callable
        Tells seconds.

    Attributes
    ----------
    pages : dict of str to Open
        The open ones, by the id of the program behind each.
    sent : tuple of (int, str)
        How often everybody was sent to a page, and where to last.

    Examples
    --------
    >>> places = Places(limit=1)
    >>> first, second = Open("index.ipynb", "a"), Open("index.ipynb", "b")
    >>> places.ask(first), places.opened("kernel", first), places.ask(second)
    (0, None, 1)
    >>> places.closed("kernel")
    >>> places.ask(second)
    0
    """

    def __init__(self, limit: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._clock = limit, clock
        self.pages: dict[str, Open] = {}
        self.sent: tuple[int, str] = (0, "")
        self._coming: list[Open] = []
        self._line: dict[Open, _Waiting] = {}
        self._left: dict[str, float] = {}
        self._why: dict[str, str] = {}

    def ask(self, page: Open) -> int:
        """Return the place in line for a page; 0 says that it may be opened now.

        Who is not in line yet stands at its end from now on.
        """
        if self.limit is None:
            return 0
        now = self._clock()
        self._line.setdefault(page, _Waiting(since=now)).seen = now
        ahead = self._ordered().index(page)
        free = self.limit - len(self.pages) - len(self._coming)
        return 0 if ahead < free else ahead - max(free, 0) + 1

    def farewell(self, page: Open) -> None:
        """Note that a waiting page is left: unless it asks again at once, it holds up nobody any more."""
        if page in self._line:
            self._line[page].seen = self._clock() - ABSENT + BACK

    @contextmanager
    def entering(self, page: Open) -> Iterator[None]:
        """Hold a place for a page that may be opened, until its program has been started, or has failed to be."""
        self._line.pop(page, None)
        self._left.pop(page.visitor, None)
        self._coming.append(page)
        token = opening.set(page)
        try:
            yield
        finally:
            opening.reset(token)
            if page in self._coming:
                self._coming.remove(page)

    def opened(self, kernel: str, page: Open) -> None:
        """Note that a page's program is started."""
        self._line.pop(page, None)
        if page in self._coming:
            self._coming.remove(page)
        self.pages[kernel] = page

    def closed(self, kernel: str, why: str | None = None) -> None:
        """Note that a page's program has ended, and why if not because its page was closed."""
        page = self.pages.pop(kernel, None)
        if page is not None:
            self._left[page.visitor] = self._clock()
        if why is not None:
            self._why[kernel] = why
            for old in list(self._why)[:-_REASONS_KEPT]:
                del self._why[old]

    def why(self, kernel: str) -> str | None:
        """Return why a page's program was ended, or None."""
        return self._why.get(kernel)

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._ordered())

    def send(self, name: str) -> None:
        """Send everybody to the page of this name; pages that are opened later are not meant."""
        self.sent = (self.sent[0] + 1, name)

    def _ordered(self) -> list[Open]:
        """Return those in line who are there to be let in: who is on the way between pages first, then as they came."""
        now = self._clock()
        self._left = {visitor: at for visitor, at in self._left.items() if now - at < ON_THE_WAY}
        self._line = {page: one for page, one in self._line.items() if now - one.seen < FORGOTTEN}
        there = [page for page, one in self._line.items() if now - one.seen < ABSENT]
        return sorted(there, key=lambda page: page.visitor not in self._left)
