"""The augmentation lab: choose a change and its dose, see it, and measure what it gains or destroys."""

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from ipywidgets import HTML, Box, Button, FloatSlider, IntSlider, ToggleButtons, VBox

from ..locale import text
from .augment_state import (
    DOSES,
    DRAWS,
    ELSEWHERE,
    EPOCHS,
    OTHER_SITE,
    PATIENTS,
    QUESTIONS,
    SHOWN,
    SPINE,
    Point,
    Workbench,
    gain,
    guessing,
    halved,
    level,
    turned_film,
    turned_spine,
)
from .filmed import made
from .lab import Lab, card, picture
from .parts import line_plot, safely
from .parts.stage import Stage
from .parts.viewer import Viewer

if TYPE_CHECKING:
    from ..phantom import Truth
    from ..radiograph import Radiograph
    from .filmed import Lesion

COPIES = 7
CHANGES = ("flip", "rotate", "crop", "affine", "brightness", "noise")


class AugmentLab(Lab):
    """The view of a :class:`~.augment_state.Workbench`.

    Attributes
    ----------
    bench : Workbench or None
        None until the films are made.
    points : list of Point
        What was measured last.
    """

    room = "augment"

    def __init__(self) -> None:
        super().__init__()
        self.bench: Workbench | None = None
        self.points: list[Point] = []
        self._asked: tuple[str, str] | None = None
        self._film = 0
        self._laid: int | None = None  # the film whose copies the viewer shows
        self._spine: tuple[Radiograph, Truth] | None = None
        words = self.page.words
        wide = {"style": {"description_width": "initial"}}
        self.change = ToggleButtons()
        words.bind_options(self.change, {name: f"augment.change.{name}" for name in CHANGES})
        self.dose = FloatSlider(value=1.0, min=0, max=3, step=0.25, **wide)
        self.copy = IntSlider(value=1, min=0, max=COPIES, **wide)
        self.other = Button()
        self.stage = Stage(self.page, self._closely, self._draw_copy, tools=("window", "pan"))
        self.question = ToggleButtons()
        words.bind_options(self.question, {name: f"augment.question.{name}" for name in QUESTIONS})
        self.change.value, self.question.value = "crop", "broken"
        self.go = Button(button_style="primary", disabled=True)
        self.turn = IntSlider(value=0, min=-20, max=20, **wide)
        self.controls = {
            "dose": self.dose, "copy": self.copy, "other": self.other, "measure": self.go, "turn": self.turn
        }  # fmt: skip
        for name, widget in self.controls.items():
            words.bind(widget, "description", f"augment.control.{name}")
            words.bind(widget, "tooltip", f"augment.control.{name}_hint")
        words.bind(self.change, "tooltip", "augment.see.title")
        words.bind(self.question, "tooltip", "augment.gain.title")
        self.see, self.note, self.grid, self.lead, self.result = (HTML() for _ in range(5))
        self.spine_lead, self.spine = HTML(), HTML()
        self.spine_viewer = Viewer(tools=["window", "pan"], height=620, outdated=True)
        self.assemble(
            Box([
                self.stage,
                card(self.see, self.change, self.dose, self.copy, self.note, self.other),
            ]).add_class("xr-columns"),
            card(self.grid),
            card(self.lead, Box([self.question, self.go]).add_class("xr-row"), self.result),
            Box([
                VBox([self.spine_viewer]).add_class("xr-stack").add_class("xr-in-sight"),
                card(self.spine_lead, self.turn, self.spine),
            ]).add_class("xr-columns"),
        )  # fmt: skip
        guard = safely(self.page)
        for control in (self.change, self.dose):
            control.observe(guard(lambda _: self._draw_grid()), "value")
        self.copy.observe(guard(lambda _: self._draw_copy()), "value")
        self.other.on_click(guard(lambda _: self._next()))
        self.go.on_click(guard(lambda _: self.page.run(self.measure)))
        self.turn.observe(guard(lambda _: self._draw_spine()), "value")
        self.draw()

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Take the films of one hospital and show the first copies; then those of the other one, and the spine."""
        # Without the letters L and R, or a network could read the side that mirroring is to destroy.
        home = self.take_films(size=SHOWN, marked=False)
        if home is None:
            return
        self.bench = Workbench(home)
        self._draw_grid()
        self.stage.ask(self.film)
        away = self.take_films(n=ELSEWHERE, size=SHOWN, seed=1, site=OTHER_SITE, marked=False)
        if away is None:
            return
        self.bench.visit(away)
        self.go.disabled = False
        self._spine = made(**SPINE)
        self._draw_spine()

    def measure(self) -> None:
        """Train networks at every dose of the change now chosen; what is complete when stopped is shown."""
        assert self.bench is not None
        asked = (self.question.value, self.change.value)
        progress = self.page.progress
        self.go.disabled = True
        try:
            with self.page.turn() as granted, progress.start(len(DOSES) * DRAWS, "augment.gain.training"):
                if not granted:
                    return

                def tell(done: int) -> bool:
                    progress.advance(done - progress.done)
                    return progress.stop_requested

                self.points = self.bench.measure(*asked, tell)
                self._asked = asked
        finally:
            self.go.disabled = False
        self._draw_result()

    @property
    def film(self) -> int:
        """Number of the film whose copies are shown."""
        assert self.bench is not None
        return int(self.bench.home.among("train")[self._film % 40])

    def _next(self) -> None:
        self._film += 1
        self._draw_grid()
        self.stage.ask(self.film)

    def _closely(self, number: int) -> "tuple[Radiograph, list[Lesion]]":
        assert self.bench is not None
        return self.bench.home.closely(number, marked=False)

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        self.see.value = f"<h2>{self.t('see.title')}</h2><p>{self.t('see.lead')}</p>"
        lead = self.t("gain.lead", films=PATIENTS, networks=DRAWS)
        self.lead.value = f"<h2>{self.t('gain.title')}</h2><p>{lead}</p>"
        self.spine_lead.value = f"<h2>{self.t('spine.title')}</h2><p>{self.t('spine.lead')}</p>"
        self._draw_grid()
        self._draw_result()
        self._draw_spine()

    def _draw_grid(self) -> None:
        self.note.value = f"<p class='xr-soft' role='status'>{self.t(f'note.{self.change.value}')}</p>"
        if self.bench is None:
            self.grid.value = ""
            return
        copies = self.bench.copies(self.film, self.change.value, self.dose.value, COPIES, seed=self._film)
        copies = halved(copies)
        names = [self.t("see.original"), *[self.t("see.copy", n=n) for n in range(1, len(copies))]]
        items = "".join(f"<li>{picture(c, name)}{name}</li>" for c, name in zip(copies, names))
        self.grid.value = f"<p>{self.t('see.small', size=SHOWN // 2)}</p><ul class='xr-gallery'>{items}</ul>"
        self._draw_copy()

    def _draw_copy(self) -> None:
        """Show one of the copies in the film's own pixels, once the film is there."""
        stage = self.stage
        if self.bench is None or stage.film is None or stage.number != self.film:
            return
        grey = np.rint(stage.film.pixels * 255).astype(np.uint8)
        copies = self.bench.copies(self.film, self.change.value, self.dose.value, COPIES, seed=self._film, grey=grey)
        stage.viewer.show(copies[self.copy.value], again=self._laid == self.film)
        self._laid = self.film

    def _draw_result(self) -> None:
        if self._asked is None or not self.points or self.bench is None:
            self.result.value = ""
            return
        question, change = self._asked
        doses = [p.dose for p in self.points]
        places = {"home": [p.home for p in self.points], "away": [p.away for p in self.points]}
        levels = {place: [level(a, self.bench.count(place)) for a in areas] for place, areas in places.items()}
        floor = min(0.4, *(of.low for found in levels.values() for of in found))
        bands = {
            self.t(f"gain.{place}"): (doses, [of.low for of in found], [of.high for of in found])
            for place, found in levels.items()
        }
        plot = line_plot(
            {self.t(f"gain.{place}"): (doses, [a.mean() for a in areas]) for place, areas in places.items()},
            x=text("augment.gain.x", change=text(f"augment.change.{change}")), y=text("augment.gain.y"),
            x_range=(0, DOSES[-1]), y_range=(floor, 1.0), bands=bands,
        )  # fmt: skip
        said = ""
        for place, areas in places.items():
            if len(areas) < 3:
                continue
            g = gain(areas[0], areas[2])  # from no change to dose 1
            self.goal.check(g.high < 0)
            values = {"mean": _signed(g.mean), "low": _signed(g.low), "high": _signed(g.high)}
            verdict = self.t(f"gain.{g.verdict}", **values)
            at = levels[place][2]
            stands = self.t(
                f"gain.{'guess' if guessing(at) else 'knows'}", mean=f"{at.mean:.2f}", low=f"{at.low:.2f}",
                high=f"{at.high:.2f}",
            )  # fmt: skip
            said += (
                f"<p role='status' class='xr-{place}-films'><b>{self.t(f'gain.{place}')}:</b> {verdict} {stands}</p>"
            )
        apart = gain(self.points[0].home, self.points[0].away)
        values = {"mean": _signed(apart.mean), "low": _signed(apart.low), "high": _signed(apart.high)}
        said += f"<p class='xr-hospitals'>{self.t(f'gain.places_{apart.verdict}', **values)}</p>"
        words = text(f"augment.question.{question}"), text(f"augment.change.{change}")
        title = escape(text("augment.gain.of", question=words[0], change=words[1]))
        note = self.t("gain.note", networks=DRAWS, rounds=EPOCHS)
        self.result.value = f"<h3>{title}</h3>{plot}{said}<p class='xr-soft'>{note}</p>"

    def _draw_spine(self) -> None:
        if self._spine is None:
            self.turn.disabled = True
            return
        self.turn.disabled = False
        film, truth = self._spine
        angle, tilt = turned_spine(truth, self.turn.value)
        picture, *lines = turned_film(film, truth, self.turn.value)
        self.spine_viewer.show(picture, again=self.spine_viewer.shape is not None)
        self.spine_viewer.outlines = [
            {"points": line.tolist(), "colour": colour, "name": text(f"augment.spine.{name}")}
            for line, name, colour in zip(lines, ("trunk", "plumb"), ("#56c4ff", "#ffa64d"), strict=True)
        ]
        self.spine.value = (
            f"<dl class='xr-figures'><dt>{self.t('spine.cobb')}</dt><dd>{angle:.1f}°</dd>"
            f"<dt>{self.t('spine.tilt')}</dt><dd>{_signed(tilt, 1)}°</dd></dl>"
            f"<p class='xr-soft'>{self.t('spine.lines')}</p>"
        )


def _signed(value: float, places: int = 2) -> str:
    return f"{value:+.{places}f}".replace("-", "−")


show = AugmentLab.show
