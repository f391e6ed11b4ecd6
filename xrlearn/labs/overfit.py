"""The lab of overfitting: few films, a large network, wrong answers, and what it then knows by heart."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Box, Button, Checkbox, IntSlider, SelectionSlider, VBox

from ..locale import text
from .course import CoursePlots, figures
from .course_state import turns
from .lab import Lab, card, picture
from .overfit_state import FIRST, NETWORKS, SIZE, STEPS, Memory, Run, Settings, Step, Workbench
from .parts import ProgressBar, line_plot, safely
from .parts.latest import Latest
from .parts.stage import Stage

if TYPE_CHECKING:
    from ..radiograph import Radiograph
    from ..training.miniature.tiny import Epoch
    from .filmed import Lesion

#: pull of the weights towards zero -> name in the catalogue
DECAYS = {0.0: "none", 0.3: "weak", 1.0: "moderate", 3.0: "strong"}
#: Adams and others 2019: network -> accuracy in % after 200 and after 640 training films
ADAMS = {"AlexNet": (81.9, 89.4), "GoogLeNet": (88.1, 94.4)}
GALLERY = 8  # films shown at most


class OverfitLab(Lab):
    """The view of a :class:`~.overfit_state.Workbench`."""

    room = "overfit"

    def __init__(self) -> None:
        super().__init__()
        self.bench: Workbench | None = None
        self.run: Run | None = None
        self.course: list[Epoch] = []
        self.steps: list[Step] = []
        self.known: list[Memory] | None = None
        self._curve_of: Settings | None = None
        self._draw_number = self._place = 0
        self.training: Latest[Settings] = Latest(self._train, self.page.run, self.page.turn)
        self._build()
        self.draw()

    def _build(self) -> None:
        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}, "disabled": True}
        self.patients = IntSlider(value=FIRST.patients, min=10, max=240, step=10, **wide)
        self.network = SelectionSlider(options=[("", "")], **wide)
        words.bind_options(self.network, {name: f"overfit.network.{name}" for name in NETWORKS})
        self.network.value = FIRST.network
        self.epochs = IntSlider(value=FIRST.epochs, min=2, max=60, step=2, **wide)
        self.noise = IntSlider(value=0, min=0, max=40, step=5, **wide)
        self.decay = SelectionSlider(options=[("", 0.0)], **wide)
        words.bind_options(self.decay, {value: f"overfit.decay.{name}" for value, name in DECAYS.items()})
        self.augment = Checkbox(indent=False, disabled=True)
        self.again = Button(disabled=True)
        self.controls = {
            "patients": self.patients, "network": self.network, "epochs": self.epochs, "noise": self.noise,
            "decay": self.decay, "augment": self.augment, "again": self.again,
        }  # fmt: skip
        for name, widget in self.controls.items():
            words.bind(widget, "description", f"overfit.control.{name}")
            words.bind(widget, "tooltip", f"overfit.control.{name}_hint")
            if widget is not self.again:
                widget.observe(safely(self.page)(lambda _: self._ask()), "value")
        self.again.on_click(safely(self.page)(lambda _: self._ask(other=True)))
        self.learn, self.try_ = HTML(), HTML()
        self.figures, self.plots = HTML(), CoursePlots()
        self.curve, self.adams, self.heart, self.gallery, self.remembered = (HTML() for _ in range(5))
        self.drawing, self.known_films = ProgressBar(words), card(self.gallery)
        self.stage, self.other = Stage(self.page, self._closely), Button(disabled=True)
        self.stage.layout.display = "none"
        words.bind(self.other, "description", "overfit.control.other")
        words.bind(self.other, "tooltip", "overfit.control.other_hint")
        self.other.on_click(safely(self.page)(lambda _: self._turn_to(self._place + 1)))
        self.assemble(
            Box([
                VBox([card(self.figures, self.plots), card(self.try_)]).add_class("xr-stack"),
                card(self.learn, *self.controls.values(), self.busy),
            ]).add_class("xr-columns"),
            Box([card(self.curve, self.drawing), card(self.adams)]).add_class("xr-columns"),
            Box([self.stage, card(self.heart, self.remembered, self.other)]).add_class("xr-columns"),
            self.known_films,
        )  # fmt: skip

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Take films, and train a first network."""
        films = self.take_films(size=SIZE)
        if films is None:
            return
        self.bench = Workbench(films)
        self.patients.max = self.bench.patients
        for widget in self.controls.values():
            widget.disabled = False
        self._ask()

    def _ask(self, other: bool = False) -> None:
        if self.bench is not None:
            self._draw_number += other
            self.training.ask(
                Settings(
                    self.patients.value, self.network.value, self.epochs.value, self.noise.value / 100,
                    self.augment.value, self.decay.value, self._draw_number,
                )
            )  # fmt: skip

    def _train(self, settings: Settings) -> None:
        assert self.bench is not None
        self.working(True)

        def told(course: "list[Epoch]") -> bool:
            self.course = list(course)
            self.plots.draw(course, settings.epochs)
            return self.training.overtaken

        try:
            run = self.bench.train(settings, told)
            if run is None:
                return
            self.run, self.known = run, None
            self._draw_result()
            self.known = self.bench.by_heart(run, stop=lambda: self.training.overtaken)
            if not self.training.overtaken:
                self._draw_gallery()
                self._turn_to(0)
        finally:
            self.working(False)
        self._learning_curve(settings)  # behind: the network is there, and every control may be moved

    # ------------------------------------------------------------- a film it knows by heart
    def _memories(self) -> list[Memory]:
        """Return those that are shown: false answers tell most."""
        return sorted(self.known or [], key=lambda memory: memory.taught == memory.truth)[:GALLERY]

    def _turn_to(self, place: int) -> None:
        """Have another of the films known by heart shown, large enough to be read."""
        memories = self._memories()
        self.stage.layout.display = None if memories else "none"
        self.other.disabled = len(memories) < 2
        if memories:
            self._place = place % len(memories)
            self.stage.ask(memories[self._place].film)
            self._draw_remembered()

    def _closely(self, number: int) -> "tuple[Radiograph, list[Lesion]]":
        assert self.bench is not None
        return self.bench.wrists.closely(number)

    def _learning_curve(self, settings: Settings) -> None:
        """Draw the learning curve anew when another setting than the number of patients has changed."""
        assert self.bench is not None
        progress, shape = self.drawing, replace(settings, patients=0)
        if self._curve_of == shape or self.training.overtaken:
            return
        steps: list[Step] = []
        with progress.start(len(STEPS), "overfit.status.curve"):
            for step in self.bench.learning_curve(
                settings, stop=lambda: self.training.overtaken or progress.stop_requested
            ):
                steps.append(step)
                progress.advance()
                self.steps = steps
                self._draw_curve()
            if not self.training.overtaken:
                self._curve_of = shape

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        self.learn.value = f"<h2>{self.t('control.title')}</h2>"
        ideas = "".join(f"<li>{self.t(f'try.{idea}')}</li>" for idea in ("few", "size", "wrong", "cure"))
        self.try_.value = f"<h2>{self.t('try.title')}</h2><ol>{ideas}</ol>"
        self._draw_result()
        self._draw_curve()
        self._draw_gallery()
        self._draw_remembered()

    def _draw_result(self) -> None:
        run, head = self.run, f"<h2>{self.t('result.title')}</h2>"
        if run is None:
            self.figures.value = head
        else:
            verdict = f"<p class='xr-verdict' role='status'>{self.t(f'result.{run.verdict}')}</p>"
            turn = self.t(
                f"result.{'turns' if turns(run.epochs) else 'level'}", best=run.best_epoch, rounds=len(run.epochs)
            )
            self.figures.value = f"{head}{figures(run.train.auc, run.valid)}{verdict}<p>{turn}</p>"
        self.plots.draw(self.course, run.settings.epochs if run else self.epochs.value)

    def _draw_curve(self) -> None:
        across = [step.patients for step in self.steps]
        valid = text("lesson.live.valid")
        series = {
            text("lesson.live.train"): (across, [step.train for step in self.steps]),
            valid: (across, [step.valid for step in self.steps]),
        }
        bands = {valid: (across, [step.low for step in self.steps], [step.high for step in self.steps])}
        plot = line_plot(
            series, x=text("overfit.curve.x"), y=text("lesson.live.auc"), bands=bands,
            x_range=(0, max(STEPS)), y_range=(0.4, 1.0), size=(640, 340),
        )  # fmt: skip
        self.curve.value = f"<h2>{self.t('curve.title')}</h2>{plot}<p class='xr-soft'>{self.t('curve.note')}</p>"
        rows = "".join(
            f"<tr><th scope='row'>{name}</th><td>{few:.1f} %</td><td>{many:.1f} %</td></tr>"
            for name, (few, many) in ADAMS.items()
        )
        heads = "".join(f"<th scope='col'>{self.t(f'adams.{name}')}</th>" for name in ("network", "few", "many"))
        yours = ""
        if len(self.steps) > 1:
            first, last = self.steps[0], self.steps[-1]
            yours = self.t(
                "adams.yours",
                few=first.patients,
                many=last.patients,
                low=f"{first.valid:.2f}",
                high=f"{last.valid:.2f}",
            )
        self.adams.value = (
            f"<h2>{self.t('adams.title')}</h2><p>{self.t('adams.why')}</p><table><thead><tr>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{yours}</p><p class='xr-soft'>{self.t('adams.source')}</p>"
        )

    def _draw_gallery(self) -> None:
        head = f"<h2>{self.t('heart.title')}</h2><p>{self.t('heart.lead')}</p>"
        if self.known is None or self.bench is None or self.run is None:
            self.heart.value, self.known_films.layout.display = head, "none"
            return
        wrong = sum(memory.taught != memory.truth for memory in self.known)
        self.goal.check(wrong > 0)
        said = self.t("heart.count", known=len(self.known), films=len(self.run.own), wrong=wrong)
        shown = "".join(self._memory(memory) for memory in self._memories())
        self.heart.value = f"{head}<p role='status'><b>{said}</b></p>"
        self.gallery.value = f"<ul class='xr-gallery'>{shown}</ul>"
        self.known_films.layout.display = None if shown else "none"

    def _draw_remembered(self) -> None:
        """Say what is true of the film on the viewer."""
        memories = self._memories()
        if not memories:
            self.remembered.value = ""
            return
        place = self._place % len(memories)
        at = self.t("heart.place", place=place + 1, films=len(memories))
        truth = self.t("heart.is_broken" if memories[place].truth else "heart.is_whole")
        said = f"<p role='status'><b>{at}</b> {self._told(memories[place])}</p><p>{truth}</p>"
        self.remembered.value = said

    def _told(self, memory: Memory) -> str:
        taught = self.t("heart.broken" if memory.taught else "heart.whole")
        mark = f"<b class='xr-false'>{self.t('heart.false')}</b>" if memory.taught != memory.truth else ""
        numbers = self.t("heart.numbers", seen=round(100 * memory.seen), unseen=round(100 * memory.unseen))
        return f"{taught} {mark}<br>{numbers}"

    def _memory(self, memory: Memory) -> str:
        assert self.bench is not None
        told = self.t("heart.broken" if memory.taught else "heart.whole")
        return f"<li>{picture(self.bench.wrists.films[memory.film], told)}{self._told(memory)}</li>"


def show() -> OverfitLab:
    """Show the lab, in a notebook or as a page."""
    return OverfitLab.show()
