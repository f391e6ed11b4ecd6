"""The film viewer: a film sent once, then windowed, zoomed, measured and marked in the browser alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Tuple, Unicode, validate

from .base import Part, source

if TYPE_CHECKING:
    from xrlearn.radiograph import Radiograph

TOOLS = ("window", "pan", "measure", "angle", "lines", "mark", "place")
#: which way a line of `plates` may run from the middle of its first two corners, in place of a second group: level
#: and the way that the second of them lies, down, or down and square to the line through them
WAYS = {"level": -1, "down": -2, "square": -3}
#: the longest side that is sent to the browser, in pixels
LONGEST = 2048
#: films are told apart by a number
_NUMBERS = count(1)
#: the longest side of a heat map that is sent
LONGEST_HEAT = 512


class Viewer(Part):
    """A grey-scale film with window and level, zoom, pan, measuring, a heat map and the reader's mark.

    Positions are (row, column) in pixels of the film as read, whatever was sent to the browser; a whole pixel is named
    by its indices, and lines run over a plane in which pixel ``(0, 0)`` covers 0 to 1. Traits follow the reader's hand
    (about ten times a second while dragging) and may be set from Python.

    Pixels travel as messages that the page asks for, never as synchronised traits: a notebook saved with its widget
    state holds no film.

    Attributes
    ----------
    window : (float, float)
        Stored values shown as black and as white, as fractions of the stored range.
    zoom : float
        1 fits the whole film; `centre` is the position in the middle of the stage, or None for the film's own middle.
    turn, flip, invert : int, bool, bool
        Quarter turns clockwise, mirrored, dark bone.
    tool, tools : str, tuple of str
        The tool in hand, and those offered (see `TOOLS`).
    opacity : float
        Of the heat map, 0 to 1.
    measurement, angle, lines : two, three or four (row, column) points, or None
        What the reader has drawn; see `length_mm`, `length_px`, `degrees`, `degrees_between` and `times_as_long`.
    scale : {"", "detector", "calibrated"}
        What lengths in millimetres are said to be.
    mark : (int, int) or None
        The pixel that the reader suspects.
    spot : (row, column) or None
        Where the reader puts a thing that Python draws into the film; it may lie beyond the film's edge.
    boxes : list of (row0, column0, row1, column1)
        Outlines of the true lesions.
    points : list of (row, column)
        Where the model looked hardest.
    corners, shapes, plates
        Landmarks of the model, (row, column) each; outlines through some of them, by their numbers; and lines, each
        from the middle of one group of them to that of another, or in a direction of :data:`WAYS`: what `compare` says
        of the first and the second line, the third and the fourth ... is written beside them, and follows while a
        corner is dragged.
    names : list of str
        Short names of these angles; none where there is one angle only.
    compare : {"angle", "ratio"}
        What is said of two lines, the reader's or the model's: the angle between them, or how many times as long as
        the first one the second is.
    adjustable : bool
        Whether corners may be dragged.
    outlines : list of dict
        Areas with a name of their own: ``points`` (corners, (row, column)), ``colour`` (CSS), ``name``, which is read
        out when the pointer is inside.
    caption : str
        What the film is, where several lie side by side; written on it.
    outdated : bool
        Whether a new film is being made: the one shown is dimmed, and the stage says so, until :meth:`show`.

    Examples
    --------
    >>> viewer = Viewer()
    >>> viewer.show(np.eye(64, dtype="uint8") * 255, spacing_mm=(0.2, 0.2))
    >>> viewer.measurement = [(10, 10), (40, 50)]
    >>> round(viewer.length_mm, 1)
    10.0
    """

    _esm = source("film.js", "controls.js", "overlay.js", "viewer.js")
    _css = source("viewer.css")
    section: ClassVar[str] = "viewer"

    window = Tuple(Float(), Float(), default_value=(0.0, 1.0)).tag(sync=True)
    default_window = Tuple(Float(), Float(), default_value=(0.0, 1.0)).tag(sync=True)
    zoom = Float(1.0, min=0.5, max=40.0).tag(sync=True)
    centre = Tuple(Float(), Float(), default_value=None, allow_none=True).tag(sync=True)
    turn = Int(0, min=0, max=3).tag(sync=True)
    flip = Bool(False).tag(sync=True)
    invert = Bool(False).tag(sync=True)
    tool = Enum(TOOLS, "window").tag(sync=True)
    tools = List(Enum(TOOLS), default_value=["window", "pan", "measure", "angle"]).tag(sync=True)
    opacity = Float(0.5, min=0.0, max=1.0).tag(sync=True)
    measurement = List(Tuple(Float(), Float()), default_value=None, allow_none=True, minlen=2, maxlen=2).tag(sync=True)
    angle = List(Tuple(Float(), Float()), default_value=None, allow_none=True, minlen=3, maxlen=3).tag(sync=True)
    lines = List(Tuple(Float(), Float()), default_value=None, allow_none=True, minlen=4, maxlen=4).tag(sync=True)
    corners = List(Tuple(Float(), Float())).tag(sync=True)
    shapes = List(List(Int())).tag(sync=True)
    plates = List(List(List(Int()), minlen=2, maxlen=2)).tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    compare = Enum(("angle", "ratio"), "angle").tag(sync=True)
    adjustable = Bool(False).tag(sync=True)
    scale = Enum(("", "detector", "calibrated"), "").tag(sync=True)
    mark = Tuple(Int(), Int(), default_value=None, allow_none=True).tag(sync=True)
    spot = Tuple(Float(), Float(), default_value=None, allow_none=True).tag(sync=True)
    boxes = List(Tuple(Float(), Float(), Float(), Float())).tag(sync=True)
    points = List(Tuple(Float(), Float())).tag(sync=True)
    outlines = List(Dict()).tag(sync=True)
    height = Int(640, min=200).tag(sync=True)

    shape = Tuple(Int(), Int(), default_value=None, allow_none=True).tag(sync=True)
    spacing_mm = Tuple(Float(), Float(), default_value=None, allow_none=True).tag(sync=True)
    side = Unicode(None, allow_none=True).tag(sync=True)
    caption = Unicode("").tag(sync=True)
    levels = Int(255).tag(sync=True)
    outdated = Bool(False).tag(sync=True)
    heated = Bool(False).tag(sync=True)
    layer = Unicode("opacity").tag(sync=True)  # or "overlay": what lies over the film is no heat map

    def __init__(self, **traits: Any) -> None:
        self._film: tuple[dict[str, Any], list[bytes]] = ({"type": "film", "rows": 0}, [])
        self._heat: tuple[dict[str, Any], list[bytes]] = ({"type": "heat", "rows": 0}, [])
        self._watched = False  # nobody has asked for pixels yet
        self._expected: tuple[Radiograph, _Packed] | None = None
        super().__init__(**traits)
        self.on_msg(self._asked)

    def show(
        self, film: Radiograph | NDArray[Any], spacing_mm: tuple[float, float] | None = None, again: bool = False
    ) -> None:
        """Show a film: the reader's marks, lines and heat map of the last one go, and window and zoom begin anew.

        With `again`, the film is the last one made anew with other settings: all of these stay.

        Parameters
        ----------
        film : Radiograph or array of shape (rows, columns)
            An array holds uint8, uint16, or floats from 0 to 1.
        spacing_mm : (float, float), optional
            Millimetres from row to row and from column to column; a Radiograph brings its own.

        Raises
        ------
        ValueError
            If an array is not two-dimensional, is empty, or its values are of another kind or range.
        """
        expected, self._expected = self._expected, None
        ahead = expected is not None and expected[0] is film
        packed = expected[1] if expected is not None and ahead else _packed(film)
        self._film = ({**packed.head, "type": "film", "again": again}, packed.buffers)
        with self.hold_sync():
            if not again:
                self._forget()
            self.outdated = False
            self.set_trait("shape", packed.head["shape"])
            self.set_trait("spacing_mm", spacing_mm or packed.spacing_mm)
            self.set_trait("side", packed.side)
            self.set_trait("levels", packed.levels)
            self.default_window = packed.window
            if not again:
                self.window = packed.window
        self._push(pixels=not ahead)

    def expect(self, film: Radiograph) -> None:
        """Send the pixels of the film that will be shown next, unseen: :meth:`show` then costs no more than a word."""
        if self._expected is None or self._expected[0] is not film:
            packed = _packed(film)
            self._expected = film, packed
            if self._watched:
                self.send({**packed.head, "type": "ahead"}, packed.buffers)

    def heat(self, values: NDArray[np.floating[Any]] | None, truth: bool = False) -> None:
        """Lay a heat map (any size, values from 0 to 1) over the film, or take it away with None.

        With `truth` it is called an overlay and no heat map, and has no scale from low to high.

        Raises
        ------
        ValueError
            If the array is not two-dimensional, or its values leave the range from 0 to 1.
        """
        if values is None:
            self._heat = ({"type": "heat", "rows": 0}, [])
        else:
            sent = _shrunk(_fractions(np.asarray(values, dtype=np.float32)), LONGEST_HEAT)
            if max(sent.shape) < 64:  # a coarse map is smoothed in its values, before it has colours
                sent = _resized(sent, tuple(16 * n for n in sent.shape), Image.Resampling.BICUBIC)
            stored = np.round(sent.clip(0, 1) * 255).astype("u1")
            rows, cols = stored.shape
            self._heat = ({"type": "heat", "rows": rows, "cols": cols}, [stored.tobytes()])
        self.set_trait("layer", "overlay" if truth else "opacity")
        self.set_trait("heated", values is not None)
        if self._watched:
            self.send(*self._heat)

    def clear(self) -> None:
        """Take the film away, here and in the browser."""
        self._film, self._expected = ({"type": "film", "rows": 0}, []), None
        with self.hold_sync():
            self._forget()
            self.set_trait("shape", None)
        self._push()

    @property
    def length_px(self) -> float | None:
        """Length of the reader's line in pixels of the film."""
        if self.measurement is None:
            return None
        (r0, c0), (r1, c1) = self.measurement
        return float(np.hypot(r1 - r0, c1 - c0))

    @property
    def length_mm(self) -> float | None:
        """Length of the reader's line in millimetres; None where the spacing is unknown or nothing is drawn."""
        if self.measurement is None or self.spacing_mm is None:
            return None
        return float(np.hypot(*np.subtract(*self.measurement) * self.spacing_mm))

    @property
    def degrees(self) -> float | None:
        """The reader's angle, 0 to 180; on a film of unknown spacing, pixels are taken as square."""
        if self.angle is None:
            return None
        first, corner, last = np.array(self.angle) * (self.spacing_mm or (1.0, 1.0))
        (a, b), (c, d) = first - corner, last - corner
        return float(np.degrees(abs(np.arctan2(a * d - b * c, a * c + b * d))))

    @property
    def degrees_between(self) -> float | None:
        """The angle between the reader's two lines: of their tilts, 0 to 180; between upright lines 0 to 90."""
        if self.lines is None:
            return None
        a, b, c, d = np.array(self.lines) * (self.spacing_mm or (1.0, 1.0))
        tilts = [float(np.degrees(np.arctan2(-y if x < 0 else y, abs(x)))) for y, x in (b - a, d - c)]
        apart = abs(tilts[0] - tilts[1])
        return 180 - apart if min(map(abs, tilts)) > 45 and apart > 90 else apart

    @property
    def times_as_long(self) -> float | None:
        """The length of the second of the reader's two lines, in lengths of the first."""
        if self.lines is None:
            return None
        a, b, c, d = np.array(self.lines) * (self.spacing_mm or (1.0, 1.0))
        first, second = float(np.hypot(*(b - a))), float(np.hypot(*(d - c)))
        return second / first if first else None

    @validate("window")
    def _ordered(self, proposal: Any) -> tuple[float, float]:
        low, high = proposal["value"]
        if not low < high:
            raise TraitError(f"a window runs from low to high, not from {low} to {high}")
        return low, high

    def _forget(self) -> None:
        """Drop everything that belonged to the last film."""
        self._heat = ({"type": "heat", "rows": 0}, [])
        self.set_trait("heated", False)
        for name in (
            "zoom", "centre", "turn", "flip", "invert", "measurement", "angle", "lines", "mark", "spot", "boxes",
            "points", "outlines", "plates", "names", "shapes", "corners", "adjustable", "scale",
        ):  # fmt: skip
            self.set_trait(name, self.traits()[name].default())

    def _asked(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        if message.get("type") == "ready":
            self._watched = True
            self._push()

    def _push(self, pixels: bool = True) -> None:
        """Send the film and its heat map; without `pixels` where the browser has them, and asks if it has not."""
        if self._watched:
            head, buffers = self._film
            self.send(head, buffers if pixels else [])
            self.send(*self._heat)


@dataclass(frozen=True)
class _Packed:
    """A film as it is sent: what stands before the pixels, these, and what the viewer says of it."""

    head: dict[str, Any]
    buffers: list[bytes]
    window: tuple[float, float] = (0.0, 1.0)
    spacing_mm: tuple[float, float] | None = None
    side: str | None = None
    levels: int = 255


def _packed(film: Radiograph | NDArray[Any]) -> _Packed:
    """Make a film ready to be sent, or refuse an array that is none."""
    if isinstance(film, np.ndarray):
        pixels, bits = _fractions(film), 16 if film.dtype == np.uint16 else 8
    else:
        pixels, bits = film.pixels, film.bits
    sent = _shrunk(pixels, LONGEST)
    stored = np.round(sent * (255 if bits <= 8 else 65535)).astype("u1" if bits <= 8 else "<u2")
    (rows, cols), number = stored.shape, next(_NUMBERS)
    head = {"rows": rows, "cols": cols, "bytes": stored.itemsize, "shape": pixels.shape, "number": number}
    packed = _Packed(head, [stored.tobytes()], levels=2**bits - 1)
    if isinstance(film, np.ndarray):
        return packed
    return replace(packed, window=film.window, spacing_mm=film.spacing_mm, side=film.side)


def _fractions(array: NDArray[Any]) -> NDArray[np.float32]:
    """Return grey values as fractions of their range, or refuse."""
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"a film has rows and columns, not the shape {array.shape}")
    if array.dtype in (np.uint8, np.uint16):
        return array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"grey values are uint8, uint16 or floats from 0 to 1, not {array.dtype}")
    if not (array.min() >= 0 and array.max() <= 1):  # also refuses NaN
        raise ValueError("float grey values run from 0 to 1")
    return array.astype(np.float32, copy=False)


def _shrunk(pixels: NDArray[np.float32], longest: int) -> NDArray[np.float32]:
    """Return `pixels`, averaged down to at most `longest` on the longer side."""
    factor = longest / max(pixels.shape)
    if factor >= 1:
        return pixels
    shape = tuple(max(1, round(n * factor)) for n in pixels.shape)
    return _resized(pixels, shape, Image.Resampling.BOX)


def _resized(pixels: NDArray[np.float32], shape: tuple[int, ...], method: Image.Resampling) -> NDArray[np.float32]:
    rows, cols = shape
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize((cols, rows), method))
