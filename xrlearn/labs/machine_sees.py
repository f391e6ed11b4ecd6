"""The lab on what a machine sees: numbers, features that last or do not, and three ways of learning from them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import HTML, Box, Button, FloatSlider, IntSlider, ToggleButtons, VBox
from numpy.typing import NDArray

from ..locale import flow, text
from .filmed import made
from .lab import Lab, card, picture
from .machine_sees_state import (
    CHANGES,
    COLUMNS,
    FEATURES,
    PATIENTS,
    SITES,
    VIEWS,
    Agent,
    Map,
    Shelf,
    changed,
    coarser,
    goals,
    load,
    recognised,
    with_labels,
    without_labels,
)
from .parts import line_plot, safely
from .parts.figure import COLOURS
from .parts.viewer import Viewer

if TYPE_CHECKING:
    from ..phantom import Truth
    from ..radiograph import Radiograph

#: window -> lowest and highest grey value shown
WINDOWS = {"full": (0.0, 1.0), "bone": (0.45, 1.0), "soft": (0.05, 0.5)}
ROUND = 50  # films that the agent looks through at one press of the button
QUICKER = 0.8  # of the steps that it needed at first: from here on it has learned


class SeesLab(Lab):
    """The view of the lesson's state: a film, a shelf of films, and an agent."""

    room = "machine_sees"

    def __init__(self) -> None:
        super().__init__()
        self.film: tuple[Radiograph, Truth] | None = None
        self.shelf: Shelf | None = None
        self.agent: Agent | None = None
        self._maps: dict[str, tuple[Map, dict[str, float]]] = {}
        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        self.bits = IntSlider(value=12, min=1, max=12, **wide)
        self.dose = FloatSlider(value=1.0, min=0, max=2, step=0.25, **wide)
        self.look = Button(disabled=True)
        self.window, self.change, self.feature, self.colour = (ToggleButtons() for _ in range(4))
        for widget, section, names in (
            (self.window, "window", tuple(WINDOWS)),
            (self.change, "change", CHANGES),
            (self.feature, "feature", FEATURES),
            (self.colour, "colour", tuple(COLUMNS)),
        ):
            words.bind_options(widget, {name: f"machine_sees.{section}.{name}" for name in names})
            words.bind(widget, "tooltip", f"machine_sees.{section}.title")
            widget.value = names[0]
        for widget, name in ((self.bits, "bits"), (self.dose, "dose"), (self.look, "look")):
            words.bind(widget, "description", f"machine_sees.control.{name}")
            words.bind(widget, "tooltip", f"machine_sees.control.{name}_hint")
        self.heads = {name: HTML() for name in ("numbers", "last", "learn", "reward")}
        self.viewer = Viewer(tools=["pan", "measure"], tool="pan", height=560)  # the window is a control of the lab
        self.grey, self.header, self.lasting, self.map, self.course = (HTML() for _ in range(5))
        self.assemble(
            Box(
                [
                    VBox([self.viewer]).add_class("xr-stack").add_class("xr-in-sight"),
                    card(self.heads["numbers"], self.bits, self.window, self.grey, self.header),
                ]
            ).add_class("xr-columns"),
            card(self.heads["last"], self.change, self.dose, self.lasting),
            card(self.heads["learn"], Box([self.feature, self.colour]).add_class("xr-row"), self.map),
            card(self.heads["reward"], self.look, self.course).add_class("xr-steps"),
        )
        guard = safely(self.page)
        for control in (self.bits, self.window):
            control.observe(guard(lambda _: self._draw_grey()), "value")
        for control in (self.change, self.dose):
            control.observe(guard(lambda _: self._draw_lasting()), "value")
        for control in (self.feature, self.colour):
            control.observe(guard(lambda _: self._draw_map()), "value")
        self.look.on_click(guard(lambda _: self._train_agent()))
        self.draw()

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Make one film, then a shelf of them."""
        from ..progress import Stopped

        self.film = made("wrist", "PA", seed=11, size=640, lesion="undisplaced", subtlety=0.3)
        self._draw_grey()
        self._draw_header()
        progress = self.page.progress
        number = PATIENTS * len(SITES) * len(VIEWS)
        self._again.layout.display = "none"

        def told(done: int, _: int) -> bool:
            progress.advance(done - progress.done)
            return progress.stop_requested

        with progress.start(number, "lesson.films.making", films=number):
            try:
                self.shelf = load(told)
            except Stopped:
                self.page.say("lesson.films.stopped", kind="note")
                self._again.layout.display = None
                return
        self.agent = Agent(goals(self.shelf))
        self.look.disabled = False
        self.draw()

    def _train_agent(self) -> None:
        assert self.agent is not None
        self.agent.learn(ROUND)
        self._draw_course()

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        for name, head in self.heads.items():
            head.value = f"<h2>{self.t(f'{name}.title')}</h2><p>{self.t(f'{name}.lead')}</p>"
        self._draw_grey()
        self._draw_header()
        self._draw_lasting()
        self._draw_map()
        self._draw_course()

    def _draw_grey(self) -> None:
        if self.film is None:
            return
        film, truth = self.film
        r0, c0, r1, c1 = truth.boxes[0]
        seen = coarser(film.pixels.astype(float), self.bits.value, WINDOWS[self.window.value])
        again = self.viewer.shape is not None
        self.viewer.show(seen.astype(np.float32), film.spacing_mm, again=again)
        if not again:
            self.viewer.zoom, self.viewer.centre = 2.0, ((r0 + r1) / 2, (c0 + c1) / 2)
        levels = len(np.unique(seen[r0:r1, c0:c1]))
        said = self.t("numbers.levels", levels=levels, total=2**self.bits.value)
        self.grey.value = f"<p role='status'>{said}</p>"

    def _draw_header(self) -> None:
        if self.film is None:
            return
        from ..phantom.dicom import dataset

        header = dataset(*self.film)
        secret = ("PatientName", "PatientID", "PatientAge", "StudyDate", "InstitutionName")
        useful = ("Modality", "BodyPartExamined", "ViewPosition", "KVP", "PixelSpacing", "PhotometricInterpretation")
        rows = "".join(
            f"<tr><td>{name}</td><td>{header.get(name)}</td><td>{self.t(f'header.{kind}')}</td></tr>"
            for kind, names in (("stays", secret), ("goes", useful))
            for name in names
        )
        self.header.value = (
            f"<details><summary>{self.t('header.title')}</summary><div><table>{rows}</table></div></details>"
        )

    def _draw_lasting(self) -> None:
        if self.shelf is None:
            return
        films, change, dose = self.shelf.films[::2], self.change.value, self.dose.value  # one view is enough
        before, after = films[:1], changed(films[:1], change, dose)
        pair = "".join(
            picture(np.kron(_bytes(film[0]), np.ones((3, 3), np.uint8)), self.t(f"last.{name}"))
            for film, name in ((before, "before"), (after, "after"))
        )
        shares = {kind: 100 * recognised(films, kind, change, dose) for kind in FEATURES}
        self.goal.check(shares["histogram"] >= 75 and max(shares["pixels"], shares["edges"]) <= 25)
        rows = "".join(
            f"<tr><th>{self.t(f'feature.{kind}')}</th><td><meter min='0' max='100' value='{share:.0f}'></meter></td>"
            f"<td>{share:.0f} %</td></tr>"
            for kind, share in shares.items()
        )
        lead = self.t("last.found", films=len(films))
        self.lasting.value = (
            f"<div class='xr-pair'>{pair}<div><p>{lead}</p><table class='xr-lasting'>{rows}</table></div></div>"
        )

    def _draw_map(self) -> None:
        if self.shelf is None:
            return
        kind, column = self.feature.value, self.colour.value
        if kind not in self._maps:
            areas = {name: with_labels(self.shelf, kind, name) for name in COLUMNS}
            self._maps[kind] = without_labels(self.shelf, kind), areas
        found, areas = self._maps[kind]
        told = self.shelf.cases[COLUMNS[column]].to_numpy()
        second = told == np.unique(told)[-1]
        names = [self.t(f"colour.{column}_{k}") for k in (0, 1)]
        plot = _scatter(found.at, second, found.group == 1, names, self.t("learn.plot"))
        rows = "".join(
            f"<tr><th>{self.t(f'colour.{name}')}</th><td>{max(0.0, found.agrees[name]):.2f}</td>"
            f"<td>{areas[name]:.2f}</td></tr>"
            for name in COLUMNS
        )
        heads = "".join(f"<th>{self.t(f'learn.{name}')}</th>" for name in ("asked", "agrees", "taught"))
        best = max(found.agrees, key=lambda name: found.agrees[name])
        said = self.t(
            "learn.found" if found.agrees[best] > 0.3 else "learn.nothing", what=text(f"machine_sees.colour.{best}")
        )
        self.map.value = (
            f"<div class='xr-pair'>{plot}<div><p role='status'><b>{said}</b></p><table><tr>{heads}</tr>{rows}</table>"
            f"<p class='xr-soft'>{self.t('learn.note')}</p></div></div>"
        )

    def _draw_course(self) -> None:
        if self.agent is None or not self.agent.steps:
            self.course.value = ""
            return
        steps = np.array(self.agent.steps, float).reshape(-1, 10).mean(axis=1)
        across = 10 * (1 + np.arange(len(steps)))
        plot = line_plot(
            {self.t("reward.steps"): (across.tolist(), steps.tolist())},
            x=text("machine_sees.reward.x"), y=text("machine_sees.reward.y"), y_range=(0, max(40.0, steps.max())),
        )  # fmt: skip
        first, last = steps[:2].mean(), steps[-5:].mean()
        said = self.t("reward.said", first=f"{first:.0f}", last=f"{last:.0f}", films=len(self.agent.steps))
        lesson = self.t("reward.learned" if last < QUICKER * first else "reward.not_yet")
        self.course.value = f"{plot}<p role='status'>{flow(said, lesson)}</p>"


def _bytes(pixels: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    return np.asarray(np.round(pixels * 255), np.uint8)


def _scatter(
    at: NDArray[np.float64], second: NDArray[np.bool_], cluster: NDArray[np.bool_], names: list[str], title: str
) -> str:
    """Points as SVG: colour says what is known of a film, a ring the cluster that it was put into without labels."""
    spread = (at - at.min(axis=0)) / np.ptp(at, axis=0)
    ring = " stroke='#222' stroke-width='2'"
    points = "".join(
        f"<circle cx='{20 + 360 * x:.0f}' cy='{40 + 250 * (1 - y):.0f}' r='5' fill='{COLOURS[int(s)]}'"
        f" fill-opacity='.75'{ring if c else ''}/>"
        for (x, y), s, c in zip(spread, second, cluster, strict=True)
    )
    keys = "".join(
        f"<circle cx='{20 + 190 * k}' cy='14' r='5' fill='{COLOURS[k]}'/><text x='{32 + 190 * k}' y='19'>{name}</text>"
        for k, name in enumerate(names)
    )
    return f"<svg class='xr-plot xr-scatter' role='img' aria-label='{title}' viewBox='0 0 400 310'>{keys}{points}</svg>"


show = SeesLab.show
