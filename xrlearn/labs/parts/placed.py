"""A picture with one thing on it that the reader moves: by dragging, or with the arrow keys."""

from __future__ import annotations

from typing import ClassVar

from traitlets import Bool, Bytes, Float, Tuple

from .base import Part, source


class Placed(Part):
    """Shows a picture and reports where the reader puts the thing that Python draws on it.

    Attributes
    ----------
    picture : bytes
        PNG; drawn anew by Python whenever `spot` has changed.
    spot : (float, float)
        Row and column as shares of the picture; beyond 0 to 1 the thing is off it.
    movable : bool
        Whether there is something to move.

    Examples
    --------
    >>> placed = Placed()
    >>> placed.spot
    (0.5, 0.5)
    """

    _esm = source("placed.js")
    _css = source("placed.css")
    section: ClassVar[str] = "placed"

    picture = Bytes(b"").tag(sync=True)
    spot = Tuple(Float(), Float(), default_value=(0.5, 0.5)).tag(sync=True)
    movable = Bool(True).tag(sync=True)
