"""The rating bar of a reader study: position, time, answer and commit, worked by keys alone if the reader likes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Any as AnyValue
from traitlets import Enum, Float, Int, List, Unicode

from .parts.base import Part, labels, source

_FILE = Path(__file__)
#: what the button says: the only answer, the first of two, the last of two, or on to the next case
PHASES = ("only", "first", "final", "feedback")


class Rating(Part):
    """Asks for one answer a case, and hands it over once.

    Each case bears a token. The browser sends a commit with the token of the case that it shows, so that a second
    press, or a page that lags behind, cannot answer for another case.

    Parameters
    ----------
    commit : callable
        Called with (token, value, how often it was moved before).
    expired : callable
        Called with the token when the time is up.
    ready : callable
        Called when the browser shows the bar; what another thread changes before may be lost on the way.

    Attributes
    ----------
    scale : {"confidence", "grades", "number"}
        0 to 100 with a side for yes and no (50 takes no side and cannot be given); the index of one of `levels`; or a
        number, such as months or degrees.
    value : number or None
        The answer so far; None until the reader has touched it.
    elapsed, limit : float
        Seconds since the case was opened, as the server counts them, and how many there are (None: no limit).
    """

    _esm = source("answer_keys.js") + _FILE.with_suffix(".js").read_text(encoding="utf-8")
    _css = _FILE.with_suffix(".css").read_text(encoding="utf-8")
    section: ClassVar[str] = "rate"

    token = Unicode("").tag(sync=True)
    scale = Enum(("confidence", "grades", "number"), "confidence").tag(sync=True)
    levels = List(Unicode()).tag(sync=True)
    value = AnyValue(None, allow_none=True).tag(sync=True)
    place = Int(0).tag(sync=True)
    total = Int(0).tag(sync=True)
    note = Unicode("").tag(sync=True)
    elapsed = Float(0.0).tag(sync=True)
    limit = Float(None, allow_none=True).tag(sync=True)
    phase = Enum(PHASES, "only").tag(sync=True)

    def __init__(
        self,
        commit: Callable[[str, float | None, int], object],
        expired: Callable[[str], object],
        ready: Callable[[], object],
    ) -> None:
        super().__init__()
        self._commit, self._expired, self._ready = commit, expired, ready
        self.relabel()
        self.on_msg(self._heard)

    def relabel(self) -> None:
        """Take the words again, in the language now in use."""
        self.labels = labels(self.section, "study")

    def again(self) -> None:
        """Let the reader press commit once more: the last time it could not be saved."""
        self.send({"type": "again"})

    def _heard(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        token = str(message.get("token", ""))
        if message.get("type") == "ready":
            self._ready()
        elif message.get("type") == "commit":
            self._commit(token, message.get("value"), int(message.get("changed", 0)))
        elif message.get("type") == "expired":
            self._expired(token)
