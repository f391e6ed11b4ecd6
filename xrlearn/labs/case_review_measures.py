"""The card on which measurements are noted: what was drawn, in which millimetres, and a ball to calibrate them."""

import base64
from collections.abc import Callable
from html import escape
from typing import Any

from ipywidgets import HTML, BoundedFloatText, Button, Dropdown, HBox, VBox

from ..locale import text
from ..locale.errors import SentenceError
from .case_review_film import Film
from .case_review_measuring import WHAT, Measurement, as_csv, ball_diameter, length, unit_of
from .parts import Viewer, Words

#: of the ball, mm, as they are sold
BALL_MM = 25.0


class MeasureError(SentenceError):
    """Nothing is drawn that could be measured; the message says what to draw."""

    section = "review.measure."


class Measures:
    """What was measured in this session.

    Parameters
    ----------
    viewer : Viewer
    words : Words
    guarded : callable
        Guards a callback.
    film : callable
        Returns the film that is open.

    Attributes
    ----------
    card : VBox
    noted : list of Measurement
    """

    def __init__(
        self, viewer: Viewer, words: Words, guarded: Callable[..., Any], film: Callable[[], Film | None]
    ) -> None:
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        self._viewer, self._film = viewer, film
        self.noted: list[Measurement] = []
        self._head, self.list = HTML(), HTML()
        self.what = Dropdown(**wide)
        words.bind_options(self.what, {name: f"review.measure.{name}" for name in WHAT})
        self.what.value = "length"
        self.note, self.calibrate = Button(), Button()
        self.ball = BoundedFloatText(value=BALL_MM, min=1, max=200, step=0.5, **wide)
        named = {"what": self.what, "note": self.note, "ball": self.ball, "calibrate": self.calibrate}
        for name, widget in named.items():
            words.bind(widget, "description", f"review.measure.{name}")
        self.what.observe(guarded(lambda _: self._take_tool()), "value")
        self.note.on_click(guarded(lambda _: self._note()))
        self.calibrate.on_click(guarded(lambda _: self._calibrate()))
        self.card = VBox([
            self._head, HBox([self.what, self.note]).add_class("xr-measure-row"),
            HBox([self.ball, self.calibrate]).add_class("xr-measure-row"), self.list,
        ]).add_class("xr-card").add_class("xr-measures")  # fmt: skip

    def _take_tool(self) -> None:
        self._viewer.tool = WHAT[self.what.value]
        self._viewer.compare = "ratio" if self.what.value == "insall_salvati" else "angle"

    def _note(self) -> None:
        """Keep what is drawn."""
        film, what, v = self._film(), self.what.value, self._viewer
        tool = WHAT[what]
        drawn = {"measure": v.measurement, "angle": v.angle, "lines": v.lines}[tool]
        if film is None or drawn is None:
            v.tool = tool
            raise MeasureError(f"draw_{tool}")
        if tool == "measure":
            value, unit = length(drawn, v.spacing_mm), unit_of(v.spacing_mm, v.scale)
        elif what == "insall_salvati":
            value, unit = float(v.times_as_long or 0.0), ""
        else:
            value, unit = float((v.degrees if tool == "angle" else v.degrees_between) or 0.0), "degrees"
        self.noted.append(Measurement(film.name, what, value, unit, list(drawn)))
        self.draw()

    def _calibrate(self) -> None:
        """Take the line on the film for one across a ball of known size."""
        film, v = self._film(), self._viewer
        if film is None or film.radiograph is None or v.measurement is None:
            v.tool = "measure"
            raise MeasureError("draw_ball")
        try:
            wide = ball_diameter(film.radiograph.pixels, v.measurement)
        except ValueError:
            raise MeasureError("draw_ball") from None
        each = self.ball.value / wide
        v.set_trait("spacing_mm", (each, each))
        v.scale = "calibrated"
        self.draw()

    def draw(self) -> None:
        """Write everything, in the language in use."""
        v = self._viewer
        kind = unit_of(v.spacing_mm, v.scale).partition(" ")[2].rpartition(" ")[2] or "px"
        each = f"{v.spacing_mm[0]:.4f}" if v.spacing_mm else ""
        scale = f"<p class='xr-soft'>{_t(f'scale_{kind}', each=each)}</p>" if self._film() is not None else ""
        self._head.value = f"<h2>{_t('title')}</h2>{scale}"
        rows = "".join(
            f"<tr><td>{_t(m.what)}</td><td>{m.value:.{1 if m.unit else 2}f} {_unit(m.unit)}</td>"
            f"<td><code>{m.film[:8]}</code></td></tr>"
            for m in self.noted
        )
        link = ""
        if self.noted:
            stored = base64.b64encode(as_csv(self.noted).encode()).decode()
            link = f"<a download='measurements.csv' href='data:text/csv;base64,{stored}'>{_t('save')}</a>"
        self.list.value = f"<table><tbody>{rows}</tbody></table>{link}" if rows else ""


def _unit(unit: str) -> str:
    names = {"px": "px", "mm at the detector": "detector", "mm calibrated": "calibrated", "degrees": "degrees"}
    return _t(f"unit.{names[unit]}") if unit else ""


def _t(key: str, **values: Any) -> str:
    return escape(text(f"review.measure.{key}", **values), quote=False)
