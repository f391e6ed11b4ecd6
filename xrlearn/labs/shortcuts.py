"""The lab of shortcuts: a network that reads the marker, the stamp or the greys instead of the bone."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import HTML, Box, Button, Checkbox, Dropdown, FloatSlider, IntSlider

from ..locale import text
from .lab import Lab, card
from .parts import line_plot, safely
from .parts.latest import Latest
from .parts.stage import Stage
from .shortcut_layers import PLACES, SIZE
from .shortcuts_state import Run, Settings, Workbench, evidence, look

if TYPE_CHECKING:
    from ..radiograph import Radiograph
    from .filmed import Lesion
    from .shortcut_layers import Spot

_LINKS = np.linspace(0, 1, 21)


class ShortcutsLab(Lab):
    """The view of a :class:`~.shortcuts_state.Workbench`.

    Attributes
    ----------
    bench : Workbench or None
        None until the films are there.
    run, fair : Run or None
        The network trained last, and one for which thing and answer were not linked.
    said : float or None
        The probability of a fracture now shown for the one film.
    """

    room = "shortcuts"

    def __init__(self) -> None:
        super().__init__()
        self.bench: Workbench | None = None
        self.run: Run | None = None
        self.fair: Run | None = None
        self.said: float | None = None
        self._number = 0
        self._spot: Spot = (0.5, 0.5)
        self._laid: int | None = None  # the film that the viewer shows
        self.training: Latest[Settings] = Latest(self._train, self.page.run, self.page.turn)
        self._build()
        self.draw()

    def _build(self) -> None:
        words, wide = self.page.words, {"style": {"description_width": "initial"}, "disabled": True}
        self.kind = Dropdown(**wide)
        words.bind_options(self.kind, {kind: f"shortcuts.kind.{kind}" for kind in PLACES})
        self.kind.value = "marker"
        self.here = IntSlider(value=95, min=50, max=100, step=5, **wide)
        # The other hospital begins as the first one does: where the network fails is the reader's to find.
        self.there = IntSlider(value=95, min=0, max=100, step=5, **wide)
        self.other = Button(disabled=True)
        self.on = Checkbox(value=True, indent=False, disabled=True)
        self.heat = Checkbox(value=False, indent=False, disabled=True)
        ends: dict[str, Any] = {"min": -30, "max": 130, "step": 1, "readout_format": ".0f"}
        self.row, self.column = FloatSlider(**ends, **wide), FloatSlider(**ends, **wide)
        self.controls = {
            "kind": self.kind, "here": self.here, "there": self.there, "other": self.other,
            "on": self.on, "row": self.row, "column": self.column, "heat": self.heat,
        }  # fmt: skip
        for name, widget in self.controls.items():
            words.bind(widget, "description", f"shortcuts.control.{name}")
            words.bind(widget, "tooltip", f"shortcuts.control.{name}_hint")
        tools = ("place", "window", "pan", "measure")
        self.stage = Stage(self.page, self._closely, self._draw_film, tools=tools)
        self.learn, self.busy, self.result, self.plot = HTML(), HTML(), HTML(), HTML()
        self.lead, self.answer, self.maps, self.facts = HTML(), HTML(), HTML(), HTML()
        guard = safely(self.page)
        self.kind.observe(guard(lambda _: self._home()), "value")
        for widget in (self.kind, self.here):
            widget.observe(guard(lambda _: self._ask()), "value")
        self.there.observe(guard(lambda _: self._draw_result()), "value")
        self.other.on_click(guard(lambda _: self._next()))
        self.stage.viewer.observe(guard(lambda _: self._moved()), "spot")
        for widget in (self.row, self.column):
            widget.observe(guard(lambda _: self._slid()), "value")
        for widget in (self.on, self.heat):
            widget.observe(guard(lambda _: self._draw_film()), "value")
        self.assemble(
            Box([
                card(self.result, self.plot),
                card(self.learn, self.kind, self.here, self.there, self.busy),
            ]).add_class("xr-columns"),
            Box([
                self.stage,
                card(self.lead, self.answer, self.on, self.row, self.column, self.heat, self.other),
            ]).add_class("xr-columns"),
            card(self.maps),
            card(self.facts),
        )  # fmt: skip

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Take films, their markers off, and train a first network."""
        films = self.take_films(size=SIZE)
        if films is None:
            return
        self.bench = Workbench.of(films)
        for widget in self.controls.values():
            widget.disabled = False
        self._home()
        self._ask()
        self.stage.ask(self.number)

    def _ask(self) -> None:
        if self.bench is not None:
            self.training.ask(Settings(self.kind.value, self.here.value / 100))

    def _train(self, settings: Settings) -> None:
        assert self.bench is not None
        self.busy.value = f"<p class='xr-busy' role='status'>{self.t('status.training')}</p>"
        try:
            for wanted in (settings, Settings(settings.kind, 0.5)):  # the second is drawn beside the first
                run = self.bench.train(wanted, stop=lambda: self.training.overtaken)
                if run is None:
                    return
                if wanted is settings:
                    self.run, self.fair = run, self.bench.runs.get(Settings(settings.kind, 0.5))
                else:
                    self.fair = run
                self._draw_result()
                self._draw_film()
                self._draw_maps()
        finally:
            self.busy.value = ""

    # ------------------------------------------------------------- one film
    @property
    def number(self) -> int:
        """The film now on the page; broken and whole take turns."""
        assert self.bench is not None
        held = self.bench.held
        own = held[self.bench.truth[held] == self._number % 2]
        return int(own[(self._number // 2) % len(own)])

    @property
    def spot(self) -> "Spot | None":
        """Where the thing lies on the one film; None where it is off."""
        return self._spot if self.on.value else None

    def _next(self) -> None:
        self._number += 1
        self._home()
        self.stage.ask(self.number)

    def _closely(self, number: int) -> "tuple[Radiograph, list[Lesion]]":
        assert self.bench is not None
        return self.bench.closely(number)

    def _home(self) -> None:
        """Put the thing where it usually lies."""
        if self.bench is None:
            return
        place = PLACES[self.kind.value]
        self.stage.viewer.tools = [*(["place"] if place is not None else []), "window", "pan", "measure"]
        self.stage.viewer.tool = self.stage.viewer.tools[0]
        for widget in (self.row, self.column):
            widget.layout.display = None if place is not None else "none"
        self._put(self.bench.place(self.number, self.kind.value))

    def _put(self, spot: "Spot") -> None:
        self._spot = spot
        self.row.value, self.column.value = 100 * spot[0], 100 * spot[1]
        self._draw_film()

    def _moved(self) -> None:
        """Follow the reader's hand on the film."""
        at, shape = self.stage.viewer.spot, self.stage.viewer.shape
        if at is not None and shape is not None and self._apart(spot := (at[0] / shape[0], at[1] / shape[1])):
            self._put(spot)

    def _slid(self) -> None:
        if self._apart(spot := (self.row.value / 100, self.column.value / 100)):
            self._put(spot)

    def _apart(self, spot: "Spot") -> bool:
        return bool(np.abs(np.subtract(spot, self._spot)).max() > 1e-6)

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        self.learn.value = f"<h2>{self.t('control.title')}</h2><p>{self.t('control.lead')}</p>"
        self.lead.value = f"<h2>{self.t('film.title')}</h2><p>{self.t('film.lead', size=SIZE)}</p>"
        happened = "".join(f"<li>{self.t(f'facts.{name}')}</li>" for name in ("zech", "badgeley", "oakden"))
        self.facts.value = f"<h2>{self.t('facts.title')}</h2><ul>{happened}</ul><p>{self.t('facts.cure')}</p>"
        self._draw_result()
        self._draw_film()
        self._draw_maps()

    def _draw_result(self) -> None:
        run, head = self.run, f"<h2>{self.t('result.title')}</h2>"
        if run is None:
            self.result.value, self.plot.value = head, ""
            return
        link = self.there.value / 100
        figures = "".join(
            f"<dt>{self.t(f'result.{name}', share=round(100 * share))}</dt>"
            f"<dd{look}>{figure.auc:.2f}<small>"
            f"{self.t('result.interval', low=f'{figure.low:.2f}', high=f'{figure.high:.2f}')}</small></dd>"
            for name, share, look in (("here", run.settings.link, ""), ("there", link, " class='xr-main-figure'"))
            for figure in (run.at(share),)
        )
        self.goal.check(run.settings.link >= 0.8 and run.at(link).low <= 0.5)
        jump = self.t("result.jump", points=f"{100 * run.jump:+.0f}".replace("-", "−"))
        self.result.value = (
            f"{head}<dl class='xr-figures'>{figures}</dl><p class='xr-verdict' role='status'>"
            f"{self.t(f'result.{run.verdict}')}</p><p>{jump}</p>"
        )
        across = (100 * _LINKS).tolist()
        series = {text("shortcuts.plot.yours"): (across, run.curve(_LINKS))}
        if self.fair is not None:
            series[text("shortcuts.plot.fair")] = (across, self.fair.curve(_LINKS))
        series[text("shortcuts.plot.there")] = ([self.there.value] * 2, [0.0, 1.0])
        self.plot.value = line_plot(
            series, x=text("shortcuts.plot.x"), y=text("lesson.live.auc"),
            x_range=(0, 100), y_range=(0, 1), size=(680, 340),
        )  # fmt: skip

    def _draw_film(self) -> None:
        if self.bench is None:
            self.answer.value = ""
            return
        film = self.bench.film(self.number, self.kind.value, self.spot)
        run = self.run if self.run is not None and self.run.settings.kind == self.kind.value else None
        self._show(evidence(run.net, film) if run is not None and self.heat.value else None)
        if run is None:
            return
        self.said = look(run.net, film)
        bare = look(run.net, self.bench.films[self.number])
        truth = "broken" if self.bench.truth[self.number] else "whole"
        self.answer.value = (
            f"<p class='xr-verdict' role='status'>{self.t('film.says', percent=round(100 * self.said))}</p>"
            f"<p>{self.t('film.bare', percent=round(100 * bare))}</p><p class='xr-soft'>{self.t(f'film.{truth}')}</p>"
        )

    def _show(self, heat: "np.ndarray[Any, Any] | None") -> None:
        """Lay the thing, and the heat map, over the film on the stage, once it is the film that was asked for."""
        stage, viewer = self.stage, self.stage.viewer
        if self.bench is None or stage.film is None or stage.number != self.number:
            return
        kind, rows, columns = self.kind.value, *stage.film.pixels.shape
        film = self.bench.film(self.number, kind, self.spot, bare=stage.film.pixels)
        viewer.show(replace(stage.film, pixels=film), again=self._laid == self.number)
        self._laid = self.number
        self._tell((self._spot[0] * rows, self._spot[1] * columns) if PLACES[kind] and self.on.value else None)
        viewer.heat(None if heat is None else np.maximum(heat, 0) / max(float(heat.max()), 1e-9))

    def _tell(self, spot: "Spot | None") -> None:
        """Tell the viewer where the thing is, unless the reader's own hand has just put it there."""
        had = self.stage.viewer.spot
        if spot is None or had is None or np.abs(np.subtract(spot, had)).max() > 1e-6:
            self.stage.viewer.set_trait("spot", spot)

    def _draw_maps(self) -> None:
        """List the networks trained so far: what their figures and what their maps gave away."""
        runs = [] if self.bench is None else [r for r in self.bench.runs.values() if r.settings.link > 0.5]
        heads = ("thing", "link", "here", "none", "reversed", "map")
        rows = ""
        for run in runs:
            link = run.settings.link
            here, none, reversed_ = run.curve(np.array([link, 0.5, 1 - link]))
            on = self.t("maps.nowhere") if run.on_it is None else f"{100 * run.on_it:.0f} %"
            cells = (f"{100 * link:.0f} %", f"{here:.2f}", f"{none:.2f}", f"{reversed_:.2f}", on)
            kind = self.t(f"kind.{run.settings.kind}")
            rows += f"<tr><th scope='row'>{kind}</th>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        names = "".join(f"<th scope='col'>{self.t(f'maps.{name}')}</th>" for name in heads)
        self.maps.value = (
            f"<h2>{self.t('maps.title')}</h2><p>{self.t('maps.lead')}</p>"
            f"<div class='xr-wide'><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>"
            f"<p>{self.t('maps.lesson')}</p>"
        )


def show() -> ShortcutsLab:
    """Show the lab, in a notebook or as a page."""
    return ShortcutsLab.show()
