"""A place to drop a file: it arrives in pieces, stays in memory, and goes once it has been read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from traitlets import Int

from .base import Part, source

#: the largest file taken, in bytes
LIMIT = 64 * 2**20
#: how much of it travels in one message, well below the 10 MiB at which the server's socket closes
PIECE = 2 * 2**20


class Drop(Part):
    """Takes one file by drag and drop, or from a file picker, and hands its bytes to `read`.

    The file's name stays in the browser: names often carry the patient's. Files above `limit` are refused in the
    browser, before anything travels.

    Parameters
    ----------
    read : callable
        Called with the whole file as bytes; guard it with :func:`~.safely.safely`. Nothing is kept after it returns.

    Examples
    --------
    >>> sizes = []
    >>> drop = Drop(lambda data: sizes.append(len(data)))
    >>> drop.receive({"type": "piece", "at": 0, "size": 3}, [b"abc"])
    >>> sizes
    [3]
    """

    _esm = source("drop.js")
    _css = source("drop.css")
    section: ClassVar[str] = "drop"

    limit = Int(LIMIT, min=1).tag(sync=True)
    piece = Int(PIECE, min=1).tag(sync=True)

    def __init__(self, read: Callable[[bytes], object], **traits: Any) -> None:
        super().__init__(**traits)
        self._read = read
        self._most = self.limit  # the trait is the browser's, too, which may say anything
        self._buffer = bytearray()
        self.on_msg(lambda _, message, buffers: self.receive(message, buffers))

    def receive(self, message: dict[str, Any], buffers: list[Any]) -> None:
        """Take one piece: ``{"type": "piece", "at": offset, "size": of the whole file}``, and ask for the next."""
        if message.get("type") != "piece":
            return
        at, size = message.get("at"), message.get("size")
        if at == 0:
            self._buffer = bytearray()
        piece = buffers[0] if buffers else b""
        come = len(self._buffer)
        if at != come or not isinstance(size, int) or not come + len(piece) <= size <= self._most:
            self._buffer = bytearray()
            self.send({"type": "refused"})
            return
        self._buffer += piece
        if len(self._buffer) < size:
            self.send({"type": "next", "at": len(self._buffer)})
            return
        data, self._buffer = bytes(self._buffer), bytearray()
        self.send({"type": "arrived"})
        try:
            self._read(data)
        finally:
            self.send({"type": "done"})
