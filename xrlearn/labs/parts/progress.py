"""A strip that says how far a longer piece of work has come, with a button to stop it."""

from types import TracebackType
from typing import Any

from ipywidgets import HTML, Button, HBox, IntProgress

from .words import Words


class ProgressBar(HBox):
    """How far the work has come; hidden while there is none.

    The strip fades in after half a second, so short work does not flicker. The stop button only raises a flag: the work
    looks at :attr:`stop_requested` between its steps. A kernel hears the button only while its main thread is free, so
    work that can be stopped runs through :meth:`~.page.Page.run`.

    Examples
    --------
    >>> progress = ProgressBar(Words())
    >>> with progress.start(3, "parts.progress.stopping"):
    ...     progress.advance()
    ...     progress.done
    1
    >>> progress.layout.display
    'none'
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._bar = IntProgress(min=0, max=1)
        self._label = HTML()
        self._stop = Button()
        self._stop.on_click(lambda _: self.stop())
        self.stop_requested = False
        words.bind(self._stop, "description", "parts.progress.stop")
        super().__init__([self._label, self._bar, self._stop])
        self.add_class("xr-progress")
        self.layout.display = "none"

    @property
    def done(self) -> int:
        """Steps done so far."""
        return int(self._bar.value)

    def start(self, total: int, key: str, **values: Any) -> "ProgressBar":
        """Begin work of `total` steps, named by the catalogue's `key`; use with ``with``, or call :meth:`finish`."""
        self.stop_requested = False
        self._stop.disabled = False
        self._bar.max, self._bar.value = max(total, 1), 0
        self.say(key, **values)
        self.layout.display = None
        return self

    def say(self, key: str, **values: Any) -> None:
        """Name the step that is under way."""
        self._words.bind(self._label, "value", key, **values)

    def advance(self, steps: int = 1) -> None:
        """Say that `steps` more are done."""
        self._bar.value += steps

    def stop(self) -> None:
        """Ask the work to stop; it does so after the step it is at."""
        self.stop_requested = True
        self._stop.disabled = True
        self.say("parts.progress.stopping")

    def finish(self) -> None:
        """Hide the strip: the work is over."""
        self.layout.display = "none"

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.finish()
