"""The lab of choosing a network: try networks, choose one by validation, open the test set once; compare families."""

from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Box, Button, Checkbox, Dropdown, FloatSlider, IntSlider, SelectionSlider, VBox, Widget

from ..locale import text
from .choose_network_state import AUGMENT, SIZE, Trial, Workbench
from .course import CoursePlots, figures
from .lab import Lab, card, picture
from .parts import ProgressBar, line_plot, safely
from .parts.latest import Latest
from .parts.stage import Stage

if TYPE_CHECKING:
    from ..radiograph import Radiograph
    from ..training.miniature.tiny import Epoch, Recipe
    from .filmed import Lesion

#: pull of the weights towards zero -> name in the catalogue
DECAYS = {0.0: "none", 0.3: "weak", 1.0: "moderate", 3.0: "strong"}
ACTIVATIONS = ("relu", "leaky", "gelu", "tanh", "sigmoid", "none")
LISTED = 8  # networks shown in the list of those tried
MANY_LOOKS = 30  # end of the axis on which the price of looking is drawn


class ChoiceLab(Lab):
    """The view of a :class:`~.choose_network_state.Workbench`."""

    room = "choose_network"

    def __init__(self) -> None:
        super().__init__()
        self.bench: Workbench | None = None
        self.trial: Trial | None = None
        self.course: list[Epoch] = []
        self.training: Latest[Recipe] = Latest(self._train, self.page.run, self.page.turn)
        self._seed = self._place = 0
        self._build()
        self.draw()

    def _build(self) -> None:
        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}, "disabled": True}
        self.width = SelectionSlider(options=[2, 4, 8, 16], value=8, **wide)
        self.depth = IntSlider(value=3, min=1, max=5, **wide)
        self.activation = Dropdown(**wide)
        words.bind_options(self.activation, {name: f"choose_network.activation.{name}" for name in ACTIVATIONS})
        self.activation.value = "relu"
        self.decay = SelectionSlider(options=[("", 0.0)], **wide)
        words.bind_options(self.decay, {value: f"choose_network.decay.{name}" for value, name in DECAYS.items()})
        self.dropout = FloatSlider(value=0.0, min=0.0, max=0.6, step=0.1, readout_format=".1f", **wide)
        self.augment = Checkbox(indent=False, disabled=True)
        self.epochs = IntSlider(value=12, min=2, max=24, step=2, **wide)
        self.again = Button(disabled=True)
        self.controls: dict[str, Widget] = {
            "width": self.width, "depth": self.depth, "activation": self.activation, "decay": self.decay,
            "dropout": self.dropout, "augment": self.augment, "epochs": self.epochs, "again": self.again,
        }  # fmt: skip
        guard = safely(self.page)
        for name, widget in self.controls.items():
            words.bind(widget, "description", f"choose_network.control.{name}")
            words.bind(widget, "tooltip", f"choose_network.control.{name}_hint")
            if widget is not self.again:
                widget.observe(guard(lambda _: self._ask()), "value")
        self.again.on_click(guard(lambda _: self._ask(other=True)))
        self.stage = Stage(self.page, self._closely, self._show)
        self.told, self.other = Checkbox(indent=False, disabled=True), Button(disabled=True)
        for name, widget in (("told", self.told), ("other", self.other)):
            words.bind(widget, "description", f"choose_network.control.{name}")
            words.bind(widget, "tooltip", f"choose_network.control.{name}_hint")
        self.told.observe(guard(lambda _: self._draw_told()), "value")
        self.other.on_click(guard(lambda _: self._turn_to(self._place + 1)))
        self.film_lead, self.seen, self.gallery = HTML(), HTML(), HTML()
        self.open, self.compare = Button(disabled=True), Button(disabled=True)
        words.bind(self.open, "description", "choose_network.test.open")
        words.bind(self.compare, "description", "choose_network.family.train")
        self.open.on_click(guard(self._open_test))
        self.compare.on_click(guard(lambda _: self.page.run(self._compare)))
        self.comparing = ProgressBar(words)
        self.sets, self.learn, self.figures = HTML(), HTML(), HTML()
        self.tried, self.test_lead, self.test = HTML(), HTML(), HTML()
        self.family_lead, self.families = HTML(), HTML()
        self.plots = CoursePlots()
        self.assemble(
            Box([
                VBox([card(self.figures, self.plots), card(self.tried)]).add_class("xr-stack"),
                card(self.learn, *self.controls.values(), self.busy),
            ]).add_class("xr-columns"),
            Box([
                card(self.test_lead, self.open, self.test).add_class("xr-steps"),
                card(self.sets),
            ]).add_class("xr-columns"),
            Box([
                self.stage,
                card(self.film_lead, self.told, self.other, self.seen),
            ]).add_class("xr-columns"),
            card(self.gallery),
            card(self.family_lead, self.compare, self.comparing, self.families).add_class("xr-steps"),
        )  # fmt: skip

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Take films, and train a first network."""
        films = self.take_films(size=SIZE)
        if films is None:
            return
        self.bench = Workbench(films)
        for widget in (*self.controls.values(), self.open, self.compare, self.told, self.other):
            widget.disabled = False
        self.draw()
        self._ask()
        self._turn_to(0)

    def _turn_to(self, place: int) -> None:
        """Have another of the validation films shown, large enough to be read."""
        assert self.bench is not None
        numbers = self.bench.mixed()
        self._place = place % len(numbers)
        self.stage.ask(numbers[self._place])

    def _closely(self, number: int) -> "tuple[Radiograph, list[Lesion]]":
        assert self.bench is not None
        return self.bench.wrists.closely(number)

    def _show(self) -> None:
        assert self.stage.film is not None
        self.stage.viewer.show(self.stage.film)
        self._draw_told()

    def recipe(self) -> "Recipe":
        """Return what the controls say."""
        from ..training.miniature.tiny import Recipe

        return Recipe(
            self.width.value, self.depth.value, self.activation.value, self.decay.value,
            round(self.dropout.value, 1), AUGMENT if self.augment.value else (), epochs=self.epochs.value,
            seed=self._seed,
        )  # fmt: skip

    def _ask(self, other: bool = False) -> None:
        if self.bench is not None:
            self._seed += other
            self.training.ask(self.recipe())

    def _train(self, recipe: "Recipe") -> None:
        assert self.bench is not None
        self.working(True)

        def told(course: "list[Epoch]") -> bool:
            self.plots.draw(course, recipe.epochs)
            return self.training.overtaken

        try:
            trial = self.bench.train(recipe, told)
            if trial is not None:
                self.trial, self.course = trial, trial.epochs
                self._draw_result()
                self._draw_tried()
                self._draw_test()
        finally:
            self.working(False)

    def _open_test(self, _: Widget) -> None:
        if self.bench is not None and self.trial is not None:
            self.bench.open_test(self.trial)
            self._draw_test()
            self._draw_tried()

    def _compare(self) -> None:
        from ..training.miniature.families import FAMILIES

        assert self.bench is not None
        self.compare.disabled = True
        try:
            with self.page.turn() as granted, self.comparing.start(len(FAMILIES), "choose_network.family.training"):
                if not granted:
                    return
                for _ in self.bench.families(self.recipe(), stop=lambda: self.comparing.stop_requested):
                    self.comparing.advance()
                    self._draw_families()
        finally:
            self.compare.disabled = False

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        self.learn.value = f"<h2>{self.t('control.title')}</h2>"
        self.test_lead.value = f"<h2>{self.t('test.title')}</h2><p>{self.t('test.lead')}</p>"
        self.family_lead.value = f"<h2>{self.t('family.title')}</h2><p>{self.t('family.lead')}</p>"
        counts = {split: self.bench.count(split) if self.bench else "…" for split in ("train", "valid", "test")}
        sets = "".join(f"<li>{self.t(f'sets.{split}', films=films)}</li>" for split, films in counts.items())
        self.sets.value = f"<h2>{self.t('sets.title')}</h2><ul>{sets}</ul><p>{self.t('sets.patients')}</p>"
        self.gallery.value = self._films()
        self._draw_told()
        self._draw_result()
        self._draw_tried()
        self._draw_test()
        self._draw_families()

    def _films(self) -> str:
        """Show a few validation films as the network sees them, with their answers."""
        if self.bench is None:
            return ""
        items = ""
        for number, broken in self.bench.shown():
            name = self.t("sets.broken" if broken else "sets.whole")
            items += f"<li>{picture(self.bench.wrists.films[number], name)}{name}</li>"
        return f"<p>{self.t('sets.shown', size=SIZE)}</p><ul class='xr-gallery'>{items}</ul>"

    def _draw_told(self) -> None:
        """Ask what the film shows, or say it and frame the fracture."""
        head = f"<h2>{self.t('film.title')}</h2><p>{self.t('film.lead')}</p>"
        if self.bench is None or self.stage.number is None:
            self.film_lead.value = head
            return
        numbers = self.bench.mixed()
        broken = self.bench.wrists.truth[numbers[self._place]]
        said = self.t("film.broken" if broken else "film.whole") if self.told.value else self.t("film.asked")
        at = self.t("film.place", place=self._place + 1, films=len(numbers))
        self.film_lead.value = f"{head}<p role='status'><b>{at}</b> {said}</p>"
        self.stage.viewer.boxes = list(self.stage.boxes) if self.told.value else []
        small = picture(self.bench.wrists.films[numbers[self._place]], self.t("film.seen", size=SIZE))
        self.seen.value = f"<p>{self.t('film.seen', size=SIZE)}</p><div class='xr-gallery'>{small}</div>"

    def _draw_result(self) -> None:
        head, trial = f"<h2>{self.t('result.title')}</h2>", self.trial
        said = ""
        if trial is not None:
            said = figures(trial.train, trial.valid) + "<p class='xr-soft' role='status'>" + self.t(
                "result.size", numbers=f"{trial.parameters:,}", seconds=f"{trial.seconds:.1f}"
            ) + "</p>"  # fmt: skip
        self.figures.value = head + said
        self.plots.draw(self.course, trial.recipe.epochs if trial else self.epochs.value)

    def _draw_tried(self) -> None:
        bench, head = self.bench, f"<h2>{self.t('tried.title')}</h2>"
        own = [trial for trial in bench.trials.values() if not trial.family] if bench else []
        if not own or bench is None:
            self.tried.value = f"{head}<p>{self.t('tried.none')}</p>"
            return
        own.sort(key=lambda trial: -trial.valid.auc)
        columns = ("network", "valid", "test")
        heads = "".join(f"<th scope='col'>{self.t(f'tried.{name}')}</th>" for name in columns)
        rows = ""
        for trial in own[:LISTED]:
            look = bench.looks.get((trial.family, trial.recipe))
            mark = " class='xr-now'" if trial is self.trial else ""
            rows += (
                f"<tr{mark}><td>{self._describe(trial.recipe)}</td><td>{_auc(trial.valid)}</td>"
                f"<td>{_auc(look) if look else self.t('tried.closed')}</td></tr>"
            )
        note = self.t("tried.note", tried=len(own), shown=min(len(own), LISTED))
        seen = [
            figure for trial in own[:LISTED] for figure in (trial.valid, bench.looks.get((trial.family, trial.recipe)))
        ]
        if any(figure and f"{figure.auc:.2f}" == "1.00" for figure in seen):
            note = f"{note} {self.t('tried.perfect')}"
        self.tried.value = (
            f"{head}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p class='xr-soft'>{note}</p>"
        )

    def _describe(self, recipe: "Recipe") -> str:
        """Say in a few words what a network was made of."""
        said = [
            self.t("tried.shape", depth=recipe.depth, width=recipe.width),
            self.t(f"activation.{recipe.activation}"),
            self.t("tried.epochs", epochs=recipe.epochs),
        ]
        if recipe.weight_decay:
            said.append(self.t("tried.decay", strength=text(f"choose_network.decay.{DECAYS[recipe.weight_decay]}")))
        if recipe.dropout:
            said.append(self.t("tried.dropout", share=f"{recipe.dropout:.1f}"))
        if recipe.augment:
            said.append(self.t("tried.augment"))
        if recipe.seed:
            said.append(self.t("tried.seed", seed=recipe.seed + 1))
        return ", ".join(said)

    def _draw_test(self) -> None:
        bench, trial = self.bench, self.trial
        if bench is None or trial is None or not bench.looks:
            self.test.value = ""
            return
        look, looks = bench.looks.get((trial.family, trial.recipe)), len(bench.looks)
        self.goal.check(looks > 1)
        if looks == 1:
            (figure,) = bench.looks.values()
            said = self.t("test.one", auc=f"{figure.auc:.2f}", low=f"{figure.low:.2f}", high=f"{figure.high:.2f}",
                          films=bench.count("test"))  # fmt: skip
        else:
            said = self.t("test.many", looks=looks, best=f"{bench.best_look.auc:.2f}", price=f"{bench.price():z.3f}")
        if look is None:
            said += " " + self.t("test.closed")
        across = list(range(1, MANY_LOOKS + 1))
        price = {
            text("choose_network.test.luck"): (across, [bench.price(k) for k in across]),
            text("choose_network.test.you"): ([min(looks, MANY_LOOKS)], [bench.price(min(looks, MANY_LOOKS))]),
        }
        plot = line_plot(
            price, x=text("choose_network.test.x"), y=text("choose_network.test.y"), x_range=(0, MANY_LOOKS),
            size=(560, 260),
        )  # fmt: skip
        self.test.value = f"<p class='{'xr-right' if looks == 1 else 'xr-wrong'}' role='status'>{said}</p>{plot}"

    def _draw_families(self) -> None:
        if self.bench is None:
            return  # torch comes with the families, and the page is drawn before
        from ..training.miniature.families import FAMILIES

        latest = {trial.family: trial for trial in self.bench.trials.values() if trial.family}
        columns = ("name", "idea", "full", "numbers", "seconds", "valid")
        heads = "".join(f"<th scope='col'>{self.t(f'family.{name}')}</th>" for name in columns)
        rows = ""
        for family in FAMILIES:
            trial = latest.get(family.name)
            measured = (f"{trial.parameters:,}", f"{trial.seconds:.1f}", _auc(trial.valid)) if trial else ("–",) * 3
            cells = (self.t(f"family.{family.name.lower()}"), f"{family.member}: {family.millions:g}", *measured)
            rows += f"<tr><th scope='row'>{family.name}<br><small>{family.year}</small></th>"
            rows += "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        note = self.t("family.note") if len(latest) == len(FAMILIES) else ""
        self.families.value = (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p role='status'>{note}</p>"
        )


def _auc(figure: Any) -> str:
    return f"{figure.auc:.2f} ({figure.low:.2f}–{figure.high:.2f})"


def show() -> ChoiceLab:
    """Show the lab, in a notebook or as a page."""
    return ChoiceLab.show()
