"""The lab of the fracture detector: train a model in an instant, see it learn by heart, and open the test set once.

The page is drawn first. Films and their features come in a thread behind it, and so does all training, so that sliders
and the stop button stay alive.
"""

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import display
from ipywidgets import HTML, Box, Button, IntSlider, SelectionSlider, VBox, Widget

from ..locale import text
from . import wrists
from .case_review_panels import hundred_films
from .lesson import balanced
from .parts import Page, ProgressBar, line_plot, safely
from .parts.goal import Goal
from .parts.journey import noted
from .parts.latest import Latest
from .parts.live import LivePlots
from .parts.page import served
from .parts.quiz import Question
from .plan import QUESTIONS
from .reading import Reading
from .train_fracture_films import Looks
from .train_fracture_state import (
    NETWORK_EPOCHS,
    NETWORK_FILMS,
    NETWORK_SIZE,
    RocCurve,
    Run,
    Settings,
    Step,
    Workbench,
    choose,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..training.live import Curves

TASK = "fracture"
SIMULATED_FILMS, SIMULATED_SIZE = wrists.FILMS, 192  # made where no public ones are on this machine
#: how simple the model is kept: penalty -> name in the catalogue
PENALTIES = {0.001: "p0001", 0.1: "p01", 1.0: "p1", 10.0: "p10", 100.0: "p100"}


def show() -> "TrainingLab":
    """Show the lab, in a notebook or as a page, and begin to read films."""
    lab = TrainingLab()
    display(lab.page)
    lab.page.run(lab.load)
    return lab


class TrainingLab:
    """The view of a :class:`~.train_fracture_state.Workbench`.

    Attributes
    ----------
    page : Page
        What is displayed.
    bench : Workbench or None
        None until the films are read.
    run : Run or None
        The model trained last.
    """

    def __init__(self) -> None:
        self.page = Page(
            "train_fracture.page.title", "train_fracture.page.lead", home="index.ipynb" if served() else None
        )
        self.bench: Workbench | None = None
        self.run: Run | None = None
        self.cases: pd.DataFrame | None = None
        self.steps: list[Step] = []
        self._curve_of: Settings | None = (
            None  # what the learning curve was drawn for; it holds for any number of patients
        )
        self._draw_number = 0
        self.training: Latest[Settings] = Latest(self._train, self.page.run, self.page.turn)
        self._simulated = False  # films were made, because none are on this machine
        self._shown_test: RocCurve | None = None
        self._network_says: tuple[str, dict[str, Any]] | None = None
        self._build()
        self._listen()
        self._enable()
        self.draw()
        self.page.words.on_switch(self.draw)

    # ------------------------------------------------------------- the page
    def _build(self) -> None:
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        words = self.page.words
        self.patients = IntSlider(value=20, min=5, max=20, **wide)
        self.penalty = SelectionSlider(options=[("", 0.0)], **wide)
        words.bind_options(self.penalty, {value: f"train_fracture.penalty.{name}" for value, name in PENALTIES.items()})
        self.penalty.value = 1.0
        self.noise = IntSlider(value=0, min=0, max=40, step=5, **wide)
        self.again = Button()
        for widget, name in (
            (self.patients, "patients"),
            (self.penalty, "penalty"),
            (self.noise, "noise"),
            (self.again, "again"),
        ):
            words.bind(widget, "description", f"train_fracture.learn.{name}")
            words.bind(widget, "tooltip", f"train_fracture.learn.{name}_hint")
        self.learn, self.used, self.busy, self.try_ = HTML(), HTML(), HTML(), HTML()
        self.figures, self.roc, self.curve = HTML(), HTML(), HTML()

        self.threshold = IntSlider(value=50, min=1, max=99, **wide)
        words.bind(self.threshold, "description", "train_fracture.threshold.slider")
        self.threshold_lead, self.cost = HTML(), HTML()
        self.looks = Looks(self.page)

        self.open = Button()
        words.bind(self.open, "description", "train_fracture.test.open")
        self.test_lead, self.test = HTML(), HTML()

        self.network_lead, self.network_done = HTML(), HTML()
        self.train_network = Button()
        words.bind(self.train_network, "description", "train_fracture.network.train")
        self.network_progress = ProgressBar(words)
        self.plots = LivePlots(stop=lambda: self.network_progress.stop_requested)
        self.plots.layout.display = "none"

        self.quiz_title = HTML()
        self.questions = [Question("train_fracture", name, right, words) for name, right in QUESTIONS["train"].items()]
        self.go_on = Button(button_style="primary")
        words.bind(self.go_on, "description", "train_fracture.status.go_on")
        self.go_on.layout.display = "none"

        self.work = VBox([
            Box([
                _card(self.learn, self.patients, self.penalty, self.noise, self.again, self.used, self.busy, self.try_),
                _card(self.figures, Box([self.roc, self.curve]).add_class("xr-plots")),
                _card(self.threshold_lead, self.threshold, self.cost),
                _card(self.test_lead, self.open, self.test).add_class("xr-steps"),
            ]).add_class("xr-bench"),
            self.looks,
            _card(
                self.network_lead, self.train_network, self.network_progress, self.plots, self.network_done
            ).add_class("xr-steps"),
        ]).add_class("xr-body")  # fmt: skip
        here, reading, self.goal = Path(__file__), Reading("train", words), Goal("train_fracture", words)
        sheets = [here.with_name(name) for name in ("case_review.css", "train_fracture.css", "lab.css")]
        style = HTML("<style>" + "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets) + "</style>")
        self.page.add(
            style.add_class("xr-style"),
            reading.first,
            self.goal,
            self.go_on,
            self.work,
            reading.showed,
            _card(self.quiz_title, *self.questions),
            noted("train", self.questions),
        )
        self.page.body.add_class("xr-review").add_class("xr-training").add_class("xr-lab")

    def _listen(self) -> None:
        guard = safely(self.page)
        for slider in (self.patients, self.penalty, self.noise):
            slider.observe(guard(lambda _: self._ask()), "value")
        self.again.on_click(guard(lambda _: self._ask(other=True)))
        self.threshold.observe(guard(lambda _: self._draw_threshold()), "value")
        self.open.on_click(guard(self._open_test))
        self.train_network.on_click(guard(self._start_network))
        self.go_on.on_click(guard(lambda _: self.page.run(self.load)))

    # ------------------------------------------------------------- behind the page
    def load(self) -> None:
        """Find films, read them, and train a first model; progress is shown, and stopping keeps what was read."""
        from ..progress import Stopped
        from ..tasks import SIMULATED, find, load, source_of
        from ..tasks.loading import cohorts_of
        from ..training.frozen_features import features

        self.go_on.layout.display = "none"
        self._enable()
        progress = self.page.progress
        with progress.start(1, "train_fracture.status.looking"):
            simulated = source_of(TASK) == SIMULATED

            def read(done: int, _: int) -> bool:
                progress.advance(done - progress.done)
                return progress.stop_requested

            if simulated:
                progress.start(SIMULATED_FILMS, "lesson.films.making", films=SIMULATED_FILMS)
            try:
                self.cases = (
                    load(TASK, SIMULATED, n=SIMULATED_FILMS, size=SIMULATED_SIZE, progress=read)
                    if simulated
                    else load(TASK)
                )
            except Stopped:
                self.page.say("lesson.films.stopped", kind="note")
                self.go_on.layout.display = None
                return
            chosen = choose(self.cases)
            progress.start(len(chosen), "train_fracture.status.reading", films=len(chosen))
            try:
                seen = features(chosen["image"].tolist(), progress=read)
            except Stopped:
                self.page.say("train_fracture.status.stopped", kind="note")
                self.go_on.layout.display = None
                return
        self.page.hush()
        self._simulated = simulated
        (cohort,) = cohorts_of(find(TASK), n=SIMULATED_FILMS, size=SIMULATED_SIZE)
        if simulated:
            self.page.say("lesson.films.simulated", kind="note")
        self.bench = Workbench(chosen, seen, prevalence=float(self.cases["fracture"].mean()))
        self.looks.take(chosen[chosen["split"] == "valid"], cohort if simulated else None)
        self.patients.max = self.bench.patients
        self._enable()
        self._ask()

    def _enable(self) -> None:
        for widget in (
            self.patients,
            self.penalty,
            self.noise,
            self.again,
            self.threshold,
            self.open,
            self.train_network,
        ):
            widget.disabled = self.bench is None

    def _ask(self, other: bool = False) -> None:
        if self.bench is not None:
            self._draw_number += other
            self.training.ask(
                Settings(self.patients.value, float(self.penalty.value), self.noise.value / 100, self._draw_number)
            )

    def _train(self, settings: Settings) -> None:
        assert self.bench is not None
        self.busy.value = f"<p class='xr-busy' role='status'>{_t('status.training')}</p>"
        try:
            self.run = self.bench.train(settings)
            self._shown_test = self.bench.looks.get(settings)
            self._draw_result()
            self._draw_curve()
            self._draw_threshold()
            self._draw_test()
            if self._curve_of != (shape := replace(settings, patients=0)):
                steps = list(self.bench.learning_curve(settings, stop=lambda: self.training.overtaken))
                if not self.training.overtaken:
                    self.steps, self._curve_of = steps, shape
                    self._draw_curve()
        finally:
            self.busy.value = ""

    def _open_test(self, _: Widget) -> None:
        assert self.bench is not None
        if self.run is not None:
            self._shown_test = self.bench.open_test(self.run)
            self.goal.check(True)
            self._draw_test()

    def _start_network(self, _: Widget) -> None:
        self.train_network.disabled = True
        self._network_says = None
        self._draw_network()
        self.page.run(self._train_network)

    def _train_network(self) -> None:
        try:
            with self.page.turn() as granted, self.network_progress.start(100, "train_fracture.network.training"):
                if not granted:
                    self._network_says = "stopped", {}
                    return
                from ..training import learner
                from ..training.live import LiveCurves

                assert self.cases is not None
                few = balanced(self.cases, TASK, NETWORK_FILMS)
                self.plots.layout.display = None
                callback = LiveCurves(self._draw_course)
                learn = learner(TASK, few, size=NETWORK_SIZE, cbs=[callback])
                with learn.no_bar(), learn.no_logging():
                    learn.fit_one_cycle(NETWORK_EPOCHS, 3e-3)
            epochs = callback.curves.epochs
            if len(epochs) < NETWORK_EPOCHS:
                self._network_says = "stopped", {}
            else:
                self._network_says = "done", {"auc": f"{epochs[-1]['roc_auc_score']:.2f}", "epochs": NETWORK_EPOCHS}
        finally:
            self.train_network.disabled = False
            self._draw_network()

    def _draw_course(self, course: "Curves") -> bool:
        self.network_progress.advance(round(100 * course.share) - self.network_progress.done)
        return self.plots.draw(course)

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        self.learn.value = f"<h2>{_t('learn.title')}</h2>"
        ideas = "".join(f"<li>{_t(f'try.{idea}')}</li>" for idea in ("few", "wrong", "others"))
        self.try_.value = f"<h3>{_t('try.title')}</h3><ul>{ideas}</ul>"
        self.threshold_lead.value = f"<h2>{_t('threshold.title')}</h2><p>{_t('threshold.lead')}</p>"
        self.test_lead.value = f"<h2>{_t('test.title')}</h2><p>{_t('test.lead')}</p>"
        self.quiz_title.value = f"<h2>{_t('quiz.title')}</h2>"
        self._draw_result()
        self._draw_curve()
        self._draw_threshold()
        self.looks.draw()
        self._draw_test()
        self._draw_network()

    def _draw_result(self) -> None:
        run, bench = self.run, self.bench
        title = f"<h2>{_t('result.title')}</h2>"
        if run is None or bench is None:
            self.figures.value, self.roc.value, self.used.value = title, _plot("roc", {}), ""
            return
        self.figures.value = (
            f"{title}<dl class='xr-figures'>{_figure('train', run.train)}{_figure('valid', run.valid)}"
            f"<dt>{_t('result.gap')}</dt><dd>{run.gap:z.2f}</dd></dl>"
            f"<p class='xr-verdict' role='status'>{_t(f'result.{run.verdict}')}</p>"
        )
        self.roc.value = _plot("roc", {
            _t(f"roc.{name}"): (100 * figure.false_alarms, 100 * figure.found)
            for name, figure in (("train", run.train), ("valid", run.valid))
        })  # fmt: skip
        # last, so that whoever reads it finds the figures that belong to it
        self.used.value = "<p class='xr-soft'>" + _t(
            "learn.used", films=run.films, patients=run.patients, valid=bench.count("valid")
        ) + "</p>"  # fmt: skip
        if self._simulated:
            said = _t(
                "learn.whole_film", rows=SIMULATED_SIZE, auc=f"{run.valid.auc:.2f}", low=f"{run.valid.low:.2f}",
                high=f"{run.valid.high:.2f}",
            )  # fmt: skip
            self.used.value += f"<p class='xr-soft'>{said}</p>"

    def _draw_curve(self) -> None:
        across = [step.patients for step in self.steps]
        series = {
            _t("roc.train"): (across, [step.train for step in self.steps]),
            _t("roc.valid"): (across, [step.valid for step in self.steps]),
        }
        if self.run is not None:
            series[_t("curve.yours")] = ([self.run.patients] * 2, [0.4, 1.0])
        self.curve.value = _plot("curve", series) + f"<p class='xr-soft'>{_t('curve.note')}</p>"

    def _draw_threshold(self) -> None:
        if self.run is None or self.bench is None:
            self.cost.value = ""
            return
        sick = round(100 * self.bench.prevalence)
        hundred = self.run.at(self.threshold.value / 100).among(sick)
        self.looks.follow(self.run, self.threshold.value / 100)
        said = _t("threshold.cost", sick=sick, missed=hundred.missed, alarms=hundred.alarms)
        self.cost.value = f"<p role='status'>{said}</p>{hundred_films(hundred)}"

    def _draw_test(self) -> None:
        figure, bench = self._shown_test, self.bench
        if figure is None or bench is None:
            self.test.value = ""
            return
        auc, looks = f"{figure.auc:.2f}", len(bench.looks)
        if looks == 1:
            said = _t(
                "test.one", auc=auc, films=bench.count("test"), low=f"{figure.low:.2f}", high=f"{figure.high:.2f}"
            )
        else:
            said = _t("test.many", auc=auc, looks=looks, best=f"{bench.best_look.auc:.2f}", price=f"{bench.price:z.2f}")
        self.test.value = f"<p class='{'xr-right' if looks == 1 else 'xr-wrong'}' role='status'>{said}</p>"

    def _draw_network(self) -> None:
        lead = _t("network.lead", films=2 * NETWORK_FILMS["train"], size=NETWORK_SIZE, epochs=NETWORK_EPOCHS)
        self.network_lead.value = f"<h2>{_t('network.title')}</h2><p>{lead}</p>"
        said = self._network_says
        self.network_done.value = f"<p role='status'>{_t(f'network.{said[0]}', **said[1])}</p>" if said else ""


def _card(*widgets: Widget) -> VBox:
    return VBox(widgets).add_class("xr-card")


def _t(key: str, **values: Any) -> str:
    return escape(text(f"train_fracture.{key}", **values), quote=False)


def _figure(name: str, figure: RocCurve) -> str:
    interval = _t("result.interval", low=f"{figure.low:.2f}", high=f"{figure.high:.2f}")
    hint = escape(text("train_fracture.result.auc_hint"), quote=True)
    look = " class='xr-main-figure'" if name == "valid" else ""
    return (
        f"<dt>{_t(f'result.{name}')}</dt>"
        f"<dd{look}>{figure.auc:.2f}<small><abbr title='{hint}'>AUC</abbr>{_t('result.comma')}{interval}</small></dd>"
    )


def _plot(name: str, series: dict[str, Any]) -> str:
    ends: dict[str, Any] = (
        {"x_range": (0, 100), "y_range": (0, 100), "diagonal": True} if name == "roc" else {"y_range": (0.4, 1.0)}
    )
    x, y = text(f"train_fracture.{name}.x"), text(f"train_fracture.{name}.y")
    return f"<h3>{_t(f'{name}.title')}</h3>" + line_plot(series, x=x, y=y, **ends, size=(420, 390))
