"""The lab that makes X-rays: move voltage, dose, pixels or hospital, and see the film and its truth follow."""

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from IPython.display import display
from ipywidgets import HTML, Box, Button, Dropdown, FloatLogSlider, FloatSlider, IntSlider, ToggleButtons, VBox, Widget

from ..locale import text
from .lab import picture
from .parts import Page, safely
from .parts.goal import Goal
from .parts.journey import noted
from .parts.latest import Latest
from .parts.page import served
from .parts.quiz import Question
from .plan import QUESTIONS
from .reading import Reading

if TYPE_CHECKING:
    from ..phantom import Truth
    from ..radiograph import Radiograph
    from .make_an_xray_state import Maker, Wish


def show() -> "MakerLab":
    """Show the lab, in a notebook or as a page, and make the first film."""
    lab = MakerLab()
    display(lab.page)
    lab.page.run(lab.start)
    return lab


class MakerLab:
    """The view of a :class:`~.make_an_xray_state.Maker`.

    Attributes
    ----------
    page : Page
        What is displayed.
    film, truth : Radiograph and Truth, or None
        The film now shown; None before the first is made.
    """

    def __init__(self) -> None:
        self.page = Page("make_xray.page.title", "make_xray.page.lead", home="index.ipynb" if served() else None)
        self.film: Radiograph | None = None
        self.truth: Truth | None = None
        self._maker: Maker | None = None
        self._shown: Wish | None = None
        self._filling = False
        self.goal = Goal("make_xray", self.page.words)
        self.making: Latest[Wish] = Latest(self._make, self.page.run)
        self._build()
        self.draw()
        self.page.words.on_switch(self.draw)

    # ------------------------------------------------------------- the page
    def _build(self) -> None:
        from .parts.viewer import Viewer

        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        self.viewer = Viewer(tools=["window", "pan", "measure", "angle"])
        self.region, self.view, self.lesion, self.site, self.pixel = (Dropdown(**wide) for _ in range(5))
        self.subtlety = FloatSlider(value=0.2, min=0, max=1, step=0.05, readout_format=".2f", **wide)
        self.other = Button()
        self.kvp = IntSlider(value=55, min=40, max=120, **wide)
        self.exposure = FloatLogSlider(value=1, base=2, min=-6, max=3, step=0.5, readout_format=".2g", **wide)
        self.turn = IntSlider(value=0, min=-45, max=45, **wide)
        self.tilt = IntSlider(value=0, min=-30, max=30, **wide)
        self.overlay = ToggleButtons(value=None)
        words.bind_options(
            self.overlay, {k: f"make_xray.overlay.{k}" for k in ("none", "lesion", "bones", "landmarks")}
        )
        self.overlay.value = "none"
        for name in (
            "region",
            "view",
            "lesion",
            "subtlety",
            "other",
            "site",
            "kvp",
            "exposure",
            "pixel",
            "turn",
            "tilt",
        ):
            words.bind(getattr(self, name), "description", f"make_xray.control.{name}")
            words.bind(getattr(self, name), "tooltip", f"make_xray.control.{name}_hint")
        words.bind(self.overlay, "tooltip", "make_xray.overlay.title")
        self.heads = {name: HTML() for name in ("patient", "machine", "position", "beams", "overlay", "quiz")}
        self.facts, self.said, self.beams = HTML(), HTML(), HTML()
        self.questions = [Question("make_xray", name, right, words) for name, right in QUESTIONS["make_xray"].items()]
        right = VBox([
            _card(self.heads["machine"], self.site, self.kvp, self.exposure, self.pixel, self.said),
            _card(self.heads["patient"], self.region, self.view, self.lesion, self.subtlety, self.other),
            _card(self.heads["position"], self.turn, self.tilt),
            _card(self.heads["beams"], self.beams),
            _card(self.heads["overlay"], self.overlay, self.facts).add_class("xr-steps"),
        ]).add_class("xr-column")  # fmt: skip
        left = VBox([self.viewer]).add_class("xr-column")
        here, reading = Path(__file__), Reading("make_xray", self.page.words)
        sheets = ("case_review.css", "train_fracture.css", "make_an_xray.css")
        style = "\n".join(here.with_name(sheet).read_text(encoding="utf-8") for sheet in sheets)
        self.page.add(
            HTML(f"<style>{style}</style>").add_class("xr-style"),
            reading.first,
            self.goal,
            Box([left, right]).add_class("xr-main"),
            reading.showed,
            _card(self.heads["quiz"], *self.questions),
            noted("make_xray", self.questions),
        )
        self.page.body.add_class("xr-review").add_class("xr-training").add_class("xr-make")

    # ------------------------------------------------------------- behind the page
    def start(self) -> None:
        """Load the simulator, fill the lists, make the first film."""
        from ..phantom import SITES, region_names
        from ..tasks.ready import bones
        from .make_an_xray_state import Maker

        bones()
        self._maker = Maker()
        self._filling = True
        self.page.words.bind_options(self.region, {name: f"phantom.region.{name}" for name in region_names()})
        self.page.words.bind_options(self.site, {name: f"phantom.site.{name}" for name in SITES})
        self.region.value, self.site.value = "wrist", "modern_dr"
        self._filling = False
        self._fill()
        guard = safely(self.page)
        self.region.observe(guard(lambda _: self._fill()), "value")
        for widget in (self.view, self.site):
            widget.observe(guard(lambda _: self._usual()), "value")
        for widget in (self.lesion, self.subtlety, self.kvp, self.exposure, self.pixel, self.turn, self.tilt):
            widget.observe(guard(lambda _: self._ask()), "value")
        self.other.on_click(guard(lambda _: self._ask(other=True)))
        self.overlay.observe(guard(lambda _: self._lay()), "value")
        self._ask()

    def _fill(self) -> None:
        """Offer the views and lesions of the region now chosen."""
        from ..phantom import region

        place = region(self.region.value)
        self._filling = True
        bind = self.page.words.bind_options
        bind(self.view, {view: f"phantom.view.{view.lower()}" for view in place.views})
        bind(self.lesion, {"": "phantom.lesion.none"} | {name: f"phantom.lesion.{name}" for name in place.lesions})
        self.view.value = next(iter(place.views))
        self.lesion.value = place.lesions[0] if place.lesions else ""
        self._filling = False
        self._usual()

    def _usual(self) -> None:
        """Set voltage and pixels to what this hospital takes for this view."""
        if self._filling:
            return
        from .make_an_xray_state import ROWS, pixel_mm, usual_kvp

        wish = self._wish(rows=ROWS[0])
        self._filling = True
        rows = self.pixel.value or ROWS[0]
        self.pixel.options = [(f"{pixel_mm(wish, n):.2f} mm", n) for n in ROWS]
        self.pixel.value = rows
        self.kvp.value = round(usual_kvp(wish))
        self._filling = False
        self._ask()

    def _wish(self, **changes: Any) -> "Wish":
        from .make_an_xray_state import Wish

        wish = Wish(
            self.region.value, self.view.value, self.lesion.value or None, self.subtlety.value,
            self._shown.patient if self._shown else 1, self.site.value, self.kvp.value, self.exposure.value,
            self.pixel.value or 64, self.turn.value, self.tilt.value,
        )  # fmt: skip
        return replace(wish, **changes)

    def _ask(self, other: bool = False) -> None:
        if not self._filling:
            wish = self._wish()
            self.viewer.outdated = True
            self.making.ask(replace(wish, patient=wish.patient + 1) if other else wish)

    def _make(self, wish: "Wish") -> None:
        assert self._maker is not None
        try:
            self.film, self.truth = self._maker.film(wish)
        except Exception:
            self.viewer.outdated = False
            raise
        before, self._shown = self._shown, wish
        same = before and (before.region, before.view, before.rows) == (wish.region, wish.view, wish.rows)
        self.viewer.show(self.film, again=bool(same))
        self._tell_pixels(self.truth.spacing_mm * wish.rows)
        self.viewer.outdated = self.making.overtaken
        self._lay()
        self._draw_facts()
        self._draw_beams()

    def _tell_pixels(self, tall_mm: float) -> None:
        """Name the choices of pixels by what they are on this patient's film, whose field goes with the body."""
        from .make_an_xray_state import ROWS

        named = [(f"{tall_mm / n:.2f} mm", n) for n in ROWS]
        if tuple(self.pixel.options) != tuple(named):
            before, self._filling = (self._filling, self.pixel.value), True
            self.pixel.options, self.pixel.value = named, before[1]
            self._filling = before[0]

    def _lay(self) -> None:
        from .make_an_xray_state import overlay

        if self.truth is not None:
            kind = self.overlay.value
            self.viewer.heat(overlay(self.truth, kind), truth=True)
            self.viewer.boxes = [tuple(map(float, box)) for box in self.truth.boxes] if kind == "lesion" else []

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        for name, head in self.heads.items():
            head.value = f"<h2>{_t(f'title.{name}')}</h2>"
        self._draw_facts()
        self._draw_beams()

    def _draw_beams(self) -> None:
        """Show the beam behind the patient at the hospital's voltage and at the one now set, in one window."""
        if self._maker is None or self._shown is None or self.truth is None or self._shown.kvp is None:
            self.beams.value = ""
            return
        from .make_an_xray_state import bone_contrast, usual_kvp

        wish, usual = self._shown, round(usual_kvp(self._shown))
        figures, shares = "", []
        white = 0.0
        for kvp in (usual, round(wish.kvp or usual)):
            seen = self._maker.unprocessed(replace(wish, kvp=float(kvp)))
            white = white or float(np.percentile(seen, 99.5))  # both pictures have the window of the first
            shares.append(bone_contrast(seen, self.truth))
            caption = _t("beams.at", kvp=kvp)
            shown = picture(np.rint((seen / white).clip(0, 1) * 255).astype(np.uint8), caption)
            figures += f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"
        change = "same" if abs(shares[1] - shares[0]) < 0.005 else "less" if shares[1] < shares[0] else "more"
        said = _t(f"beams.{change}", usual=f"{100 * shares[0]:.0f}", now=f"{100 * shares[1]:.0f}")
        self.beams.value = f"<p>{_t('beams.lead')}</p><div class='xr-beams'>{figures}</div><p role='status'>{said}</p>"

    def _draw_facts(self) -> None:
        if self.truth is None or self.film is None:
            self.facts.value = self.said.value = ""
            return
        from .make_an_xray_state import noise_share

        grain = noise_share(self.film, self.truth)
        level = "low" if grain < 0.05 else "middle" if grain < 0.15 else "high"
        self.goal.check(level == "high" and bool(self.truth.boxes))
        rows = [(_t("facts.spacing"), f"{self.truth.spacing_mm:.2f} mm"), (_t("facts.lesion"), self._lesion())]
        rows += [measured(name, value) for name, value in self.truth.measurements.items()]
        facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
        self.facts.value = f"<p class='xr-soft'>{_t('facts.lead')}</p><dl class='xr-facts'>{facts}</dl>"
        # last, so that whoever reads it finds the film's truth
        self.said.value = f"<p role='status'>{_t(f'grain.{level}', share=f'{100 * grain:.0f}')}</p>"

    def _lesion(self) -> str:
        assert self.truth is not None
        if not self.truth.boxes:
            name = self.truth.labels.get("lesion", "none")
            return _t("facts.hidden") if name != "none" else escape(text("phantom.lesion.none"))
        pixels = sum(int(self.truth.mask(n).sum()) for n in self.truth.masks() if n.startswith("lesion"))
        share = 100 * pixels / max(1, int(self.truth.mask("body").sum()))
        return _t("facts.visible", share=f"{share:.1f}")


def measured(name: str, value: float) -> tuple[str, str]:
    """Return the name of a measurement in the language in use, and its value with the unit from its key."""
    stem, _, unit = name.rpartition("_")
    mark = {"mm": " mm", "deg": "°"}.get(unit)
    if mark is None:
        stem, mark = name, ""
    return escape(text(f"phantom.measure.{stem}")), f"{value:.1f}{mark}".replace("-", "−")


def _card(*widgets: Widget) -> VBox:
    return VBox(widgets).add_class("xr-card")


def _t(key: str, **values: Any) -> str:
    return escape(text(f"make_xray.{key}", **values), quote=False)
