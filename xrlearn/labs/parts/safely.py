"""The guard of callbacks: what fails is said to the reader in one sentence, and never swallowed in silence."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from traceback import format_exception
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("xrlearn.labs")


class Speaks(Protocol):
    """Whatever can show a sentence to the reader: a :class:`~.page.Page`."""

    def say(self, key: str, *, kind: str = "error", **values: Any) -> None:
        """Show the catalogue's sentence."""

    def hush(self) -> None:
        """Take the sentence away."""


@dataclass(frozen=True)
class Failure:
    """A callback that raised what nobody foresaw.

    Text only: an exception kept alive would keep the films in its frames alive too.
    """

    callback: str
    kind: str
    details: str


#: the latest unforeseen failures, in memory only; tests fail when there are any
failures: deque[Failure] = deque(maxlen=50)


def safely(page: Speaks) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Guard a callback: the reader gets one plain sentence on `page`, and the page lives on.

    An exception that carries a catalogue message (attributes `key` and `values`, such as
    :class:`~xrlearn.radiograph.RadiographError`) speaks for itself. Any other is a fault of ours: the reader is told
    so, it is added to :data:`failures`, and the log gets its kind and place, but never its message, which may quote
    a patient's file. When the callback next succeeds, its sentence goes.

    Examples
    --------
    >>> class Page:
    ...     def say(self, key, *, kind="error", **values):
    ...         print(kind, key)
    ...     def hush(self):
    ...         print("hush")
    >>> @safely(Page())
    ... def half(change):
    ...     return change / 2
    >>> half(4)
    2.0
    >>> half("four")
    failure parts.error.unexpected
    >>> failures.pop().kind
    'TypeError'
    """

    def guard(callback: Callable[P, R]) -> Callable[P, R | None]:
        told = False

        @wraps(callback)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | None:
            nonlocal told
            try:
                result = callback(*args, **kwargs)
            except Exception as error:
                told = True
                if isinstance(key := getattr(error, "key", None), str):
                    page.say(key, **getattr(error, "values", {}))
                else:
                    _record(callback, error)
                    page.say("parts.error.unexpected", kind="failure")
                return None
            if told:
                told = False
                page.hush()
            return result

        return guarded

    return guard


def _record(callback: Callable[..., Any], error: Exception) -> None:
    name = getattr(callback, "__qualname__", repr(type(callback)))
    failures.append(Failure(name, type(error).__name__, "".join(format_exception(error))))
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "an unknown place"
    log.error("%s raised %s at %s", name, type(error).__name__, place)
