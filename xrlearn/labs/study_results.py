"""The results page: one study of the store, or a department made up in a minute, from its finding to its data."""

from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any, ParamSpec, TypeVar

from IPython.display import display
from ipywidgets import HTML, Box, Button, Dropdown, FloatSlider, HBox, IntSlider, Text, ToggleButtons, VBox, Widget

from ..locale import language, text
from .parts import Page, safely
from .parts.latest import Latest
from .study_results_state import Department, StudyResults, arm_name

#: panels in the order of the page; those in `HALF` stand two in a row
PANELS = ("finding", "roc", "mrmc", "change", "bias", "worth", "confidence", "time")
HALF = ("bias", "worth", "confidence", "time")
#: where answers are measurements, these have no meaning
LESIONS = ("finding", "roc", "mrmc", "change", "confidence", "bias")

P = ParamSpec("P")
R = TypeVar("R")


def show() -> None:
    """Show the page, in a notebook or under Voila."""
    view = StudyResultsPage()
    view.start()
    display(view.page)


class StudyResultsPage:
    """The view of a :class:`~.study_results_state.StudyResults`.

    Attributes
    ----------
    state : StudyResults
    page : Page
        What is displayed.
    """

    def __init__(self, state: StudyResults | None = None) -> None:
        self.state = StudyResults() if state is None else state
        self.page = Page("results.page.title", "results.page.lead")
        self._lock = RLock()
        self._quiet = False  # controls are being set, not used
        self._seed = 1
        self._simulations: Latest[Department] = Latest(self._simulate, self.page.run)
        self._build()
        self._listen()
        self.draw()
        self.page.words.on_switch(self.draw)

    # ------------------------------------------------------------- the page
    def _build(self) -> None:
        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        slide: dict[str, Any] = {"continuous_update": False, **wide}
        self.kind = ToggleButtons()
        words.bind_options(self.kind, {"stored": "results.choose.stored", "made_up": "results.choose.made_up"})
        self.kind.value = "stored"
        self.study = Dropdown(options=[("–", "")], **wide)
        self.again = Button()
        self.instead = Button(button_style="primary")  # where there is no study there is something to see all the same
        self.after = Dropdown(options=[("–", "")], **wide)
        self.sliders = {
            "readers": IntSlider(value=6, min=1, max=12, **slide),
            "films": IntSlider(value=60, min=10, max=200, step=10, **slide),
            "skill": FloatSlider(value=1.6, min=0.4, max=3.0, step=0.1, readout_format=".1f", **slide),
            "trust": FloatSlider(value=0.4, min=0.0, max=1.0, step=0.05, readout_format=".2f", **slide),
        }
        self.another = Button()
        bound = {
            "study": self.study, "again": self.again, "instead": self.instead, "after": self.after,
            "draw": self.another, **self.sliders,
        }  # fmt: skip
        for name, widget in bound.items():
            words.bind(widget, "description", f"results.choose.{name}")
        self.none, self.hint = HTML(), HTML()
        self.lead, self.unlock = Text(continuous_update=False, **wide), Button()
        words.bind(self.lead, "description", "results.lead.code")
        words.bind(self.unlock, "description", "results.lead.open")
        self.ask = HTML()
        self.lock = VBox([self.ask, HBox([self.lead, self.unlock]).add_class("xr-row")]).add_class("xr-lock")
        self.stored = VBox([self.none, HBox([self.study, self.instead, self.again]).add_class("xr-row"), self.lock])
        self.made_up = VBox([HBox([*self.sliders.values(), self.another]).add_class("xr-row"), self.hint])
        choose = _card(self.kind, self.stored, self.made_up, self.after).add_class("xr-choose")

        self.panels = {name: HTML() for name in PANELS}
        self.measured = HTML()
        self.curve, self.export = HTML(), HTML()
        self.handed = IntSlider(value=50, min=0, max=100, **wide)
        words.bind(self.handed, "description", "results.defer.slider")
        self.deferral = _card(self.curve, self.handed)
        self.cards = {name: _card(panel) for name, panel in self.panels.items()}
        full = [self.cards[name] for name in PANELS if name not in HALF]
        self.cards["measured"] = _card(self.measured)
        *first, time = (self.cards[name] for name in HALF)
        pairs = Box([*first, self.deferral, time, _card(self.export)]).add_class("xr-half")
        self.body = VBox([*full, self.cards["measured"], pairs])
        style = HTML(f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>")
        self.page.add(style.add_class("xr-style"), choose, self.body.add_class("xr-panels"))
        self.page.body.add_class("xr-results")

    def _listen(self) -> None:
        self.kind.observe(self._on(lambda _: self._kind_chosen()), "value")
        self.study.observe(self._on(lambda _: self._open()), "value")
        self.instead.on_click(self._on(lambda _: self.kind.set_trait("value", "made_up")))
        self.unlock.on_click(self._on(lambda _: self._unlock()))
        self.lead.observe(self._on(lambda _: self._unlock()), "value")  # Enter, or the field is left
        self.again.on_click(self._on(lambda _: self._list_studies(self.study.value)))
        self.after.observe(self._on(lambda _: self._compare()), "value")
        self.handed.observe(self._on(lambda _: self._draw_deferral()), "value")
        self.another.on_click(self._on(lambda _: self._draw_another()))
        for slider in self.sliders.values():
            slider.observe(self._on(lambda _: self._simulations.ask(self.department)), "value")

    def _on(self, callback: Callable[P, R]) -> Callable[P, R | None]:
        """Guard a callback, and let one thread in at a time."""

        @wraps(callback)
        def alone(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._lock:
                return callback(*args, **kwargs)

        return safely(self.page)(alone)

    # ------------------------------------------------------------- choosing
    def start(self) -> None:
        """Look up the studies of this machine and open the newest."""
        self._on(self._list_studies)()

    def _list_studies(self, chosen: str = "") -> None:
        found = self.state.studies()
        self._quiet = True
        self.study.options = [(label, name) for name, label in found] or [("–", "")]
        if chosen and chosen in (name for name, _ in found):
            self.study.value = chosen
        self._quiet = False
        self._open()

    def _open(self) -> None:
        if self._quiet or self.kind.value != "stored":
            return
        if self.study.value and not self.state.locked(self.study.value):
            self.state.open(self.study.value)
            self._opened()
        else:
            self.state.close()
        self.draw()

    def _unlock(self) -> None:
        if self.lead.value and self.study.value and self.state.locked(self.study.value):
            self.state.unlock(self.study.value, self.lead.value)
            self.page.hush()
            self.lead.value = ""
            self._open()

    def _kind_chosen(self) -> None:
        if self.kind.value == "made_up":
            self._simulations.ask(self.department)
            self.draw()
        else:
            self._open()

    @property
    def department(self) -> Department:
        """The department that the sliders describe."""
        return Department(seed=self._seed, **{name: slider.value for name, slider in self.sliders.items()})

    def _draw_another(self) -> None:
        self._seed += 1
        self._simulations.ask(self.department)

    def _simulate(self, department: Department) -> None:
        made = StudyResults()
        made.simulate(department)
        with self._lock:
            if self.kind.value == "made_up" and not self._simulations.overtaken:
                self.state.adopt(made)
                self._opened()
                self.draw()

    def _opened(self) -> None:
        """Offer the arms of the study now open."""
        self._quiet = True
        self.after.options = [(arm_name(arm), arm) for arm in self.state.aided] or [("–", "")]
        self.after.value = self.state.after if self.state.aided else ""
        self._quiet = False

    def _compare(self) -> None:
        if not self._quiet and self.after.value:
            self.state.after = self.after.value
            self.draw()

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        with self._lock:
            stored, is_open = self.kind.value == "stored", self.state.ratings is not None
            self.stored.layout.display = None if stored else "none"
            self.made_up.layout.display = "none" if stored else None
            way = f"<a href='reader-study.ipynb?lang={language()}'>{_t('choose.set_up')} ›</a>"
            self.none.value = "" if self.study.value else f"<p>{_t('choose.none')} {way}</p>"
            self.none.layout.display = "none" if self.study.value else None
            self.study.layout.display = None if self.study.value else "none"
            self.instead.layout.display = "none" if self.study.value else None
            self.ask.value = f"<p>{_t('lead.ask')}</p>"
            self.lock.layout.display = None if self.study.value and not is_open else "none"
            self.hint.value = f"<p class='xr-soft'>{_t('choose.hint')}</p>"
            self.after.layout.display = None if is_open and len(self.state.aided) > 1 else "none"
            self.body.layout.display = None if is_open else "none"
            if is_open:
                self._draw_panels()

    def _draw_panels(self) -> None:
        from . import study_results_panels as panels

        assert self.state.protocol is not None
        if len(self.after.options) > 1:
            self._opened()  # names follow the language
        lesions = self.state.protocol.scale == "confidence"
        for name, panel in self.panels.items():
            there = lesions or name not in LESIONS
            self.cards[name].layout.display = None if there else "none"
            panel.value = getattr(panels, name)(self.state) if there else ""
        self.measured.value = "" if lesions else panels.measurements(self.state)
        self.cards["measured"].layout.display = "none" if lesions else None
        self.deferral.layout.display = None if lesions else "none"
        self._draw_deferral()
        self.export.value = self._export()

    def _draw_deferral(self) -> None:
        from . import study_results_panels as panels

        if self.state.protocol is not None and self.state.protocol.scale == "confidence":
            self.curve.value = panels.deferral(self.state, self.handed.value / 100)

    def _export(self) -> str:
        """Links to the data, held in the page itself."""
        from ..readers.exchange import to_imrmc

        assert self.state.ratings is not None
        assert self.state.protocol is not None
        files = {
            "csv": ("ratings.csv", "text/csv", self.state.ratings.to_csv(index=False)),
            "imrmc": ("ratings.imrmc", "text/plain", to_imrmc(self.state.ratings, self.state.protocol.title)),
        }
        links = "".join(
            f"<a class='xr-file' download='{name}' href='data:{kind};charset=utf-8;base64,"
            f"{b64encode(content.encode()).decode()}'>{_t(f'export.{key}')} ↓</a>"
            for key, (name, kind, content) in files.items()
        )
        return f"<h2>{_t('export.title')}</h2><p>{links}</p><p class='xr-soft'>{_t('export.private')}</p>"


def _t(key: str) -> str:
    return escape(text(f"results.{key}"), quote=False)


def _card(*widgets: Widget) -> VBox:
    return VBox(list(widgets)).add_class("xr-card")
