"""The frame of every page: title, language switch, the way home, messages, progress, and what the page is not for."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

from anywidget import AnyWidget
from ipywidgets import HTML, Button, HBox, ToggleButtons, VBox, Widget

from xrlearn import locale

from ..turns import turn
from .base import source
from .progress import ProgressBar
from .safely import safely
from .screen_reader import ScreenReader
from .words import Words


def served() -> bool:
    """Say whether this notebook is being shown as a page (by Voila), and not run step by step."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


class Opened(AnyWidget):
    """Says when the browser shows the page that it is on; itself invisible.

    Voila's pages fetch the state of all widgets, then build them. What Python says to a widget in between is lost for
    good: a button stays disabled, a result is never shown. A view is drawn after all that stand on its page are built.

    Attributes
    ----------
    event : threading.Event
        Set once the page is shown. In JupyterLab nothing is lost, and there may be no browser: set from the start.
    """

    _esm = "export default { render({ model }) { model.send({ type: 'opened' }); } };"

    def __init__(self) -> None:
        super().__init__()
        self.event = Event()
        self.on_msg(lambda *_: self.event.set())
        if not served():
            self.event.set()


def _relabel(widget: Widget) -> None:
    if callable(relabel := getattr(widget, "relabel", None)):
        relabel()
    for child in getattr(widget, "children", ()):
        _relabel(child)


def asked_language(query: str | None = None) -> str | None:
    """Return the language that the address asks for (``?lang=zh``), or None.

    Parameters
    ----------
    query : str, optional
        The query string; the one Voila passes on (environment variable ``QUERY_STRING``) when left out.

    Examples
    --------
    >>> asked_language("case=3&lang=zh")
    'zh'
    >>> asked_language("lang=xx") is None
    True
    """
    if query is None:
        query = os.environ.get("QUERY_STRING", "")
    lang = parse_qs(query).get("lang", [""])[-1]
    return lang if lang in locale.LANGUAGES else None


class Page(VBox):
    """A page: put its widgets into `body`, bind their words through `words`, tell the reader things with `say`.

    Parameters
    ----------
    title : str
        Catalogue key of the title.
    lead : str, optional
        Catalogue key of the sentence below it.
    home : str, optional
        Address of the home page, seen from this one; None where this is the home page.

    Examples
    --------
    >>> page = Page("common.not_for_diagnosis")
    >>> page.say("parts.error.unexpected")
    >>> "role='alert'" in page.message
    True
    >>> page.hush()
    >>> page.message
    ''
    """

    def __init__(self, title: str, lead: str | None = None, *, home: str | None = "index.ipynb") -> None:
        self.words = Words()
        self.words.use(asked_language() or locale.language())
        self.progress, self.line = ProgressBar(self.words), ProgressBar(self.words)
        self.body = VBox().add_class("xr-body")

        self._head, self._foot, self._message = HTML(), HTML(), HTML()
        self._close = Button(description="×").add_class("xr-dismiss")
        self._close.on_click(lambda _: self.hush())
        self._notice = HBox([self._message, self._close]).add_class("xr-notice")
        self._said: tuple[str, str, dict[str, Any]] | None = None

        self.language = ToggleButtons(
            options=[(name, code) for code, name in locale.LANGUAGES.items()], value=locale.language()
        ).add_class("xr-language")
        self.words.bind(self.language, "tooltip", "parts.page.language")
        self.language.observe(safely(self)(lambda change: self.words.use(change["new"])), "value")

        def frame() -> None:
            text = locale.text
            way_home = (
                f"<a href='{escape(home)}?lang={locale.language()}'>‹ {text('parts.page.home')}</a>" if home else ""
            )
            below = f"<p>{escape(text(lead))}</p>" if lead else ""
            self._head.value = (
                f"<header lang='{locale.language()}'>{way_home}<h1>{escape(text(title))}</h1>{below}</header>"
            )
            self._foot.value = f"<footer>{escape(text('common.not_for_diagnosis'))}</footer>"
            self._close.tooltip = text("parts.page.dismiss")
            self._write()

        frame()
        self.words.on_switch(frame)
        self.words.on_switch(lambda: _relabel(self.body))
        style = HTML(f"<style>{source('style.css')}</style>").add_class("xr-style")
        top = HBox([self._head, self.language]).add_class("xr-top")
        self._opened = Opened().add_class("xr-style")
        self._reader = ScreenReader().add_class("xr-style")
        above, unseen = (self._notice, self.progress, self.line), (self._opened, self._reader)
        super().__init__([style, top, *above, self.body, *unseen, self._foot])
        self.add_class("xr-page")

    def add(self, *widgets: Widget) -> None:
        """Append widgets to the body. Whatever in it has a `relabel` follows the language switch, however deep."""
        self.body.children = (*self.body.children, *widgets)

    def say(self, key: str, *, kind: str = "error", **values: Any) -> None:
        """Show a sentence of the catalogue; `kind` is ``"error"``, ``"failure"`` (a fault of ours) or ``"note"``."""
        self._said = (key, kind, values)
        self._write()

    def hush(self) -> None:
        """Take the sentence away."""
        self._said = None
        self._write()

    def focus(self, selector: str) -> None:
        """Give the keyboard's focus to the first thing that `selector` (CSS) finds: a control in use has gone."""
        self._reader.send({"focus": selector})

    @property
    def message(self) -> str:
        """The HTML of the sentence now shown; empty when there is none."""
        return str(self._message.value)

    def run(self, work: Callable[[], None]) -> Thread:
        """Run longer work beside the page, guarded, so that its buttons (the stop button first) stay alive.

        It begins once the browser shows the page: see :class:`Opened`.
        """

        def begin() -> None:
            self._opened.event.wait()
            work()

        thread = Thread(target=safely(self)(begin), daemon=True)
        thread.start()
        return thread

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Train within this: where many pages train at once the page says its place in line, and waits for its turn.

        Yields False where the reader stopped the waiting. Only from :meth:`run`, like all that takes time.
        """
        told = 0

        def waiting(place: int) -> bool:
            nonlocal told
            if not told:
                self.line.start(1, "parts.progress.line", place=place)
            elif told != place and not self.line.stop_requested:
                self.line.say("parts.progress.line", place=place)
            told = place
            return self.line.stop_requested

        try:
            with turn(waiting) as granted:
                self.line.finish()
                yield granted
        finally:
            self.line.finish()

    def _write(self) -> None:
        if self._said is None:
            self._message.value = ""
        else:
            key, kind, values = self._said
            role = "status" if kind == "note" else "alert"
            self._message.value = f"<div role='{role}' data-xr='{kind}'>{escape(locale.text(key, **values))}</div>"
        self._notice.layout.display = None if self._said else "none"
