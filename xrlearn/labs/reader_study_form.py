"""The form by which a reader study is set up: defaults that make a sound small study, and no file to write."""

from html import escape
from typing import Any

from ipywidgets import HTML, BoundedIntText, Button, Checkbox, Dropdown, HBox, Text, ToggleButtons, VBox

from ..locale import LANGUAGES, text
from .parts import Words
from .reader_study_state import Plan

MODES = ("concurrent", "second", "first")
DESIGNS = ("crossover", "sequential")
#: field -> value it starts with, smallest, largest
NUMBERS = {
    "number": (20, 2, 1000),
    "prevalence": (50, 5, 95),
    "practice": (2, 0, 50),
    "commission": (2, 0, 100),
    "omission": (2, 0, 100),
    "washout": (28, 0, 365),
    "limit": (0, 0, 3600),
}
#: what the helper for the size of a study starts from: readers, and points of AUC worth finding
SIZE = {"readers": (6, 2, 100), "points": (5, 1, 30)}


class StudyForm(VBox):
    """The fields of a :class:`~.reader_study_state.Plan`, and the button that sets the study up.

    Examples
    --------
    >>> form = StudyForm(Words())
    >>> form.numbers["number"].value = 40
    >>> form.plan().number, form.plan().ai
    (40, ('concurrent',))
    """

    def __init__(self, words: Words) -> None:
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        self._head, self._arms, self._design, self._planted = HTML(), HTML(), HTML(), HTML()
        self.title = Text(value=text("study.new.default_name"), **wide).add_class("xr-wide")
        words.bind(self.title, "description", "study.new.name")
        self.numbers = {
            name: BoundedIntText(value=value, min=low, max=high, **wide) for name, (value, low, high) in NUMBERS.items()
        }
        for name, field in self.numbers.items():
            words.bind(field, "description", f"study.new.{name}")
        self.design = ToggleButtons()
        words.bind_options(self.design, {name: f"study.new.{name}" for name in DESIGNS})
        self.design.value = DESIGNS[0]
        words.bind(self.design, "description", "study.new.design")
        self.modes = {name: Checkbox(value=name == "concurrent", indent=False) for name in MODES}
        for name, box in self.modes.items():
            words.bind(box, "description", f"study.new.{name}")
        self.shows = Dropdown(**wide)
        words.bind_options(self.shows, {name: f"study.new.{name}" for name in ("both", "probability", "heatmap")})
        self.shows.value = "both"
        words.bind(self.shows, "description", "study.new.shows")
        self.own_result = Checkbox(value=False, indent=False)
        words.bind(self.own_result, "description", "study.new.own_result")
        self.size = {name: BoundedIntText(value=v, min=low, max=high, **wide) for name, (v, low, high) in SIZE.items()}
        for name, field in self.size.items():
            words.bind(field, "description", f"study.size.{name}")
        self.enough = HTML()
        self.create = Button()
        words.bind(self.create, "description", "study.new.create")

        n = self.numbers
        super().__init__([
            self._head,
            self.title,
            _row(n["number"], n["prevalence"], n["practice"]),
            self.design,
            self._design,
            _row(self._arms, *self.modes.values()),
            self.shows,
            _row(n["commission"], n["omission"]),
            self._planted,
            _row(n["washout"], n["limit"]),
            self.own_result,
            _row(*self.size.values()),
            self.enough,
            self.create,
        ])  # fmt: skip
        self.add_class("xr-card").add_class("xr-form")
        self.design.observe(self.draw, "value")
        for field in (n["number"], *self.size.values()):
            field.observe(self._draw_size, "value")
        words.on_switch(self.draw)
        self.draw()

    def plan(self) -> Plan:
        """Return the study as the form stands."""
        n = {name: field.value for name, field in self.numbers.items()}
        return Plan(
            title=self.title.value.strip() or text("study.new.default_name"),
            number=n["number"],
            prevalence=n["prevalence"] / 100,
            design=self.design.value,
            ai=tuple(name for name, box in self.modes.items() if box.value),
            shows=("probability", "heatmap") if self.shows.value == "both" else (self.shows.value,),
            practice=n["practice"],
            commission=n["commission"],
            omission=n["omission"],
            washout_days=n["washout"],
            time_limit_s=n["limit"],
            own_result=self.own_result.value,
        )

    def draw(self, _: Any = None) -> None:
        """Write what explains the fields, in the language in use."""
        if self.title.value in {text("study.new.default_name", lang) for lang in LANGUAGES}:
            self.title.value = text("study.new.default_name")
        self._head.value = f"<h2>{_t('title')}</h2><p>{_t('lead')}</p>"
        self._arms.value = f"<span>{_t('arms')}</span>"
        self._design.value = f"<p class='xr-soft'>{_t(f'{self.design.value}_hint')}</p>"
        self._planted.value = f"<p class='xr-soft'>{_t('planted_hint')}</p>"
        self._draw_size()

    def _draw_size(self, _: Any = None) -> None:
        n, readers, points = self.numbers["number"].value, self.size["readers"].value, self.size["points"].value
        self.enough.value = (
            f"<p class='xr-soft' role='status'>{escape(size_sentence(n, readers, points), quote=False)}</p>"
        )


def size_sentence(films: int, readers: int, points: int) -> str:
    """Say how likely a study of this size is to find a difference, and how many films it takes.

    Parameters
    ----------
    films, readers : int
    points : int
        Difference in the area under the ROC curve, in hundredths.

    Examples
    --------
    >>> size_sentence(165, 10, 5).split(".")[0]
    'With 10 readers and 165 films, a difference of 5 points of AUC is found in 90 of 100 such studies'
    """
    from ..stats import StatsError, mrmc_power, mrmc_sample_size
    from ..stats.planning import VAN_DYKE, VAN_DYKE_CASES

    given: dict[str, Any] = {"difference": points / 100, "pilot_cases": VAN_DYKE_CASES}
    power = mrmc_power(VAN_DYKE, readers, films, **given).power
    said: dict[str, Any] = {"readers": readers, "films": films, "points": points, "percent": round(100 * power)}
    try:
        wanted = mrmc_sample_size(VAN_DYKE, readers, **given).cases
    except StatsError:
        return text("study.size.never", **said)
    return text("study.size.enough" if wanted <= films else "study.size.wanted", wanted=wanted, **said)


def _row(*widgets: Any) -> HBox:
    return HBox(list(widgets)).add_class("xr-row")


def _t(key: str) -> str:
    return escape(text(f"study.new.{key}"), quote=False)
