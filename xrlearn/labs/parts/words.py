"""The words of a page: each bound to the widget that shows it, all switched at once."""

from collections.abc import Callable, Mapping
from typing import Any

from ipywidgets import Widget

from xrlearn import locale


class Words:
    """Keeps the strings of one page in the language its reader chose.

    Examples
    --------
    >>> from ipywidgets import Button
    >>> words, button = Words(), Button()
    >>> words.bind(button, "description", "parts.progress.stop")
    >>> words.use("zh")
    >>> button.description
    '停止'
    >>> words.use("en")
    >>> button.description
    'Stop'
    """

    def __init__(self) -> None:
        self._bound: dict[tuple[str, str], Callable[[], None]] = {}
        self._redraws: list[Callable[[], None]] = []

    def bind(self, widget: Widget, trait: str, key: str, **values: Any) -> None:
        """Show the string of `key` in `trait` of `widget`, now and after each switch.

        Binding the same trait again replaces what it showed.

        Raises
        ------
        KeyError
            If the catalogue has no such key.
        """

        def write() -> None:
            setattr(widget, trait, locale.text(key, **values))

        write()
        self._bound[str(widget.model_id), trait] = write

    def bind_options(self, widget: Widget, keys: Mapping[Any, str]) -> None:
        """Give a selection widget the options `keys` (value -> catalogue key); a switch leaves its choice alone."""
        widget.options = [(locale.text(key), value) for value, key in keys.items()]

        def write() -> None:
            # Assigning `options` would select the first one; only the labels change with the language.
            widget.set_trait("_options_labels", tuple(locale.text(key) for key in keys.values()))

        self._bound[str(widget.model_id), "options"] = write

    def on_switch(self, redraw: Callable[[], None]) -> None:
        """Call `redraw` after each switch: for what is drawn rather than written, such as a plot."""
        self._redraws.append(redraw)

    def use(self, lang: str) -> None:
        """Switch the language, everywhere on the page.

        Raises
        ------
        ValueError
            If `lang` is not one of :data:`xrlearn.locale.LANGUAGES`.
        """
        locale.use(lang)
        for write in self._bound.values():
            write()
        for redraw in self._redraws:
            redraw()
