"""The reading screen's keys for any page on which films are read: 0 to 9 answer, - turns a sign, Enter goes on."""

from collections.abc import Callable
from typing import Any

import anywidget
from traitlets import Bool

from .base import source


def confidence(digit: int) -> int:
    """Return how sure a digit is that there is a lesion, 0 to 100; none of them takes no side.

    Examples
    --------
    >>> [confidence(digit) for digit in (0, 4, 5, 9)]
    [5, 45, 55, 95]
    """
    return 10 * digit + 5


class ReadingKeys(anywidget.AnyWidget):
    """Hears the answer keys wherever on the page they are pressed; itself invisible.

    Parameters
    ----------
    answer : callable
        Called with a digit.
    enter : callable
        Called without anything.
    turn : callable
        Called without anything when a number is to have the other sign.

    Attributes
    ----------
    signed : bool
        Whether numbers below 0 are asked for: a minus is heard then.

    Examples
    --------
    >>> keys = ReadingKeys(print, lambda: print("on"), lambda: print("turned"))
    >>> keys.heard(keys, {"type": "key", "key": 7}, [])
    7
    >>> keys.heard(keys, {"type": "key", "key": "enter"}, [])
    on
    >>> keys.heard(keys, {"type": "key", "key": "-"}, [])
    turned
    """

    _esm = source("answer_keys.js", "reading_keys.js")

    signed = Bool(False).tag(sync=True)

    def __init__(
        self, answer: Callable[[int], object], enter: Callable[[], object], turn: Callable[[], object]
    ) -> None:
        super().__init__()
        self._answer, self._enter, self._turn = answer, enter, turn
        self.on_msg(self.heard)

    def heard(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        """Take a message of the browser's."""
        if message.get("type") != "key":
            return
        if message["key"] == "enter":
            self._enter()
        elif message["key"] == "-":
            self._turn()
        elif message["key"] in range(10):
            self._answer(message["key"])
