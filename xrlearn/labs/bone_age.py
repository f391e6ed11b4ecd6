"""The bone-age lab: a machine that shows its working, place by place, and that can be argued with."""

from html import escape
from typing import Any

from ipywidgets import HTML, Box, Button, Checkbox, Dropdown, IntSlider, ToggleButtons, VBox

from ..locale import text
from .bone_age_state import GROUPS, YEARS, Films, Hand, Wish, answer, expected_errors, follow, mean_error, shares
from .lab import Lab, card
from .parts import safely
from .parts.latest import Latest
from .parts.viewer import Viewer
from .places_plot import Words, ages_of_places, outlines_of_places

#: Lee and others 2017: % of girls and of boys within one year and within two
LEE = {"girls": (90.4, 98.1), "boys": (94.2, 99.0)}
#: Tajmir and others 2019: root mean squared error, years
TAJMIR = {"reader": 0.661, "machine": 0.601, "together": 0.508}
_OTHER = {"F": "M", "M": "F"}


class BoneAgeLab(Lab):
    """The view of a film and its readings.

    Attributes
    ----------
    films : Films
    hand : Hand or None
        The film now shown; None before the first is made.
    followed : dict
        Year -> what the machine read, of the child that was followed last.
    """

    room = "bone_age"

    def __init__(self) -> None:
        super().__init__()
        self.films = Films()
        self.hand: Hand | None = None
        self.followed: dict[int, dict[str, float]] = {}
        self._followed_of: Wish | None = None
        self._wished: Wish | None = None  # whose film is shown
        self._child, self._ready = 1, False
        self.reading: Latest[Wish] = Latest(self._read, self.page.run)
        self._build()
        self.draw()

    def _build(self) -> None:
        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        self.source, self.sex, self.told = (ToggleButtons() for _ in range(3))
        words.bind_options(self.source, {False: "bone_age.source.simulated", True: "bone_age.source.real"})
        words.bind_options(self.sex, {sex: f"bone_age.sex.{sex.lower()}" for sex in "FM"})
        words.bind_options(self.told, {False: "bone_age.told.true", True: "bone_age.told.other"})
        self.source.value, self.sex.value, self.told.value = False, "F", False
        self.source.layout.display = "none"
        self.age = IntSlider(value=10, min=YEARS[0], max=YEARS[-1], **wide)
        self.site, self.other = Dropdown(**wide), Button()
        self.groups = {group: Checkbox(value=True, indent=False).add_class(f"xr-{group}") for group in GROUPS}
        self.go = Button(disabled=True)
        for name in ("source", "age", "sex", "site", "other", "told", "go"):
            widget = getattr(self, name)
            words.bind(widget, "tooltip", f"bone_age.control.{name}_hint")
            if not isinstance(widget, ToggleButtons):
                words.bind(widget, "description", f"bone_age.control.{name}")
        for group, box in self.groups.items():
            words.bind(box, "description", f"bone_age.group.{group}")
        self.said, self.plot, self.try_ = (HTML() for _ in range(3))
        self.viewer = Viewer(tools=["window", "pan", "measure"], height=720)
        self.child_head, self.group_head, self.told_head, self.told_said = (HTML() for _ in range(4))
        self.years, self.table, self.worth = HTML(), HTML(), HTML()
        child = card(self.child_head, self.source, self.age, Box([self.sex, self.other]).add_class("xr-row"), self.site)
        speak = card(self.group_head, *self.groups.values())
        self.assemble(
            Box([
                VBox([self.viewer]).add_class("xr-stack").add_class("xr-in-sight"),
                VBox([child, card(self.said), speak]).add_class("xr-stack"),
            ]).add_class("xr-columns"),
            Box([
                card(self.plot),
                VBox([card(self.told_head, self.told, self.told_said), card(self.try_)]).add_class("xr-stack"),
            ]).add_class("xr-columns"),
            card(self.years, self.go, self.table), card(self.worth),
        )  # fmt: skip
        guard = safely(self.page)
        for control in (self.source, self.age, self.sex, self.site):
            control.observe(guard(lambda _: self._ask()), "value")
        self.other.on_click(guard(lambda _: self._ask(other=True)))
        for control in (self.told, *self.groups.values()):
            control.observe(guard(lambda _: self._draw_reading()), "value")
        self.go.on_click(guard(lambda _: self.page.run(self.follow)))

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Load the simulator and the networks, look for real films, and take the first film."""
        from ..phantom import SITES

        self.page.words.bind_options(self.site, {name: f"phantom.site.{name}" for name in SITES})
        self.site.value = "modern_dr"
        self._ready, self.go.disabled = True, False
        self._ask()
        if self.films.look():
            self.source.layout.display = None

    def _wish(self) -> Wish:
        return Wish(self._child, 12 * self.age.value, self.sex.value, self.site.value, self.source.value)

    def _ask(self, other: bool = False) -> None:
        self._child += other
        if self._ready:
            for control in (self.age, self.sex, self.site):  # a real child has its own
                control.layout.display = "none" if self.source.value else None
            self.go.disabled = self.source.value
            self.viewer.outdated = True
            self.reading.ask(self._wish())

    def _read(self, wish: Wish) -> None:
        """Take the film of `wish`, and read it as what it is and as the other sex."""
        try:
            hand = self.films.take(wish)
        except BaseException:
            self.viewer.outdated = False
            raise
        # The same child at another age keeps the place that the reader has enlarged.
        kin = self._wished is not None and (self._wished.child, self._wished.real) == (wish.child, wish.real)
        same = kin and self.viewer.shape == hand.pixels.shape
        self.viewer.outlines = []  # those of the film before
        self.viewer.show(hand.pixels, hand.spacing_mm, again=same)
        self.viewer.outdated = self.reading.overtaken
        told = [hand.sex, _OTHER[hand.sex]]
        hand.read(told[self.told.value])
        self.hand, self._wished = hand, wish
        self._draw_reading()
        if not self.reading.overtaken:
            hand.read(told[not self.told.value])
            self._draw_told()

    def follow(self) -> None:
        """Film the child now chosen on every birthday; what was read before a stop is shown."""
        wish, progress = self._wish(), self.page.progress
        self.go.disabled, self.followed, self._followed_of = True, {}, wish
        try:
            with progress.start(len(YEARS), "bone_age.follow.working"):
                for year, reading in follow(self.films, wish, lambda: progress.stop_requested):
                    self.followed[year] = {"all": answer(reading) or 0.0, **expected_errors(reading)}
                    progress.advance()
        finally:
            self.go.disabled = self.source.value
        self._draw_table()

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        self.child_head.value = f"<h2>{self.t('child.title')}</h2>"
        self.group_head.value = f"<h2>{self.t('group.title')}</h2><p class='xr-soft'>{self.t('group.lead')}</p>"
        self.told_head.value = f"<h2>{self.t('told.title')}</h2><p>{self.t('told.lead')}</p>"
        ideas = "".join(f"<li>{self.t(f'try.{idea}')}</li>" for idea in ("young", "old", "alone"))
        self.try_.value = f"<h2>{self.t('try.title')}</h2><ol>{ideas}</ol>"
        self.years.value = f"<h2>{self.t('follow.title')}</h2><p>{self.t('follow.lead')}</p>"
        self._draw_reading()
        self._draw_told()
        self._draw_table()
        self._draw_worth()

    def _draw_reading(self) -> None:
        """Draw film, places and answer; the mean is worked out anew, nothing is read again."""
        hand, head = self.hand, f"<h2>{self.t('result.title')}</h2>"
        if hand is None:
            self.said.value = f"{head}<p class='xr-busy' role='status'>{self.t('result.loading')}</p>"
            return
        told = _OTHER[hand.sex] if self.told.value else hand.sex
        reading = hand.read(told)
        groups = [group for group, box in self.groups.items() if box.value]
        months = answer(reading, groups)
        names = {place: _place(place) for places in GROUPS.values() for place in places}
        self.said.value = head + self._verdict(hand, told, months)
        self.viewer.outlines = outlines_of_places(reading, groups, names)
        words = Words(
            names, *(text(f"bone_age.plot.{name}") for name in ("axis", "share", "truth", "machine", "title"))
        )
        self.plot.value = ages_of_places(reading, groups, shares(reading, groups), hand.months, months, words)

    def _verdict(self, hand: Hand, told: str, months: float | None) -> str:
        figures = {"reviewers" if hand.real else "truth": f"<dd>{_age(hand.months)}</dd>"}
        if months is None:
            said = self.t("result.none")
        else:
            figures = {"machine": f"<dd class='xr-main-figure'>{_age(months)}</dd>", **figures}
            off = round(months - hand.months)
            self.goal.check(abs(off) > 12 and not all(box.value for box in self.groups.values()))
            said = self.t(f"result.{'close' if abs(off) < 6 else 'old' if off > 0 else 'young'}", months=abs(off))
        if told != hand.sex:
            said += " " + self.t("result.lied")
        sex = text(f"bone_age.sex.{hand.sex.lower()}")
        parts = "".join(f"<dt>{self.t(f'result.{name}', sex=sex)}</dt>{figure}" for name, figure in figures.items())
        return f"<dl class='xr-figures'>{parts}</dl><p class='xr-verdict' role='status'>{said}</p>"

    def _draw_told(self) -> None:
        if self.hand is None or len(self.hand.readings) < 2:
            self.told_said.value = ""
            return
        girl, boy = (answer(self.hand.read(sex)) or 0.0 for sex in "FM")
        said = self.t("told.said", girl=_age(girl), boy=_age(boy), months=abs(round(boy - girl)))
        self.told_said.value = f"<p role='status'><b>{said}</b></p><p class='xr-soft'>{self.t('told.why')}</p>"

    def _draw_table(self) -> None:
        if not self.followed or self._followed_of is None:
            self.table.value = ""
            return
        heads = "".join(f"<th scope='col'>{year}</th>" for year in self.followed)
        worst = max(max(row[group] for group in GROUPS) for row in self.followed.values())
        body = ""
        for group in GROUPS:
            cells = "".join(_cell(row[group], worst) for row in self.followed.values())
            body += f"<tr class='xr-{group}'><th scope='row'>{escape(text(f'bone_age.group.{group}'))}</th>{cells}</tr>"
        read = "".join(f"<td>{row['all'] / 12:.1f}</td>" for row in self.followed.values())
        sex = text(f"bone_age.sex.{self._followed_of.sex.lower()}")
        site = text(f"phantom.site.{self._followed_of.site}")
        self.table.value = (
            f"<p><b>{self.t('follow.caption', sex=sex, site=site)}</b></p><div class='xr-wide'><table class='xr-years'>"
            f"<thead><tr><th scope='col'>{self.t('follow.year')}</th>{heads}</tr></thead>"
            f"<tbody>{body}<tr><th scope='row'>{self.t('follow.read')}</th>{read}</tr></tbody></table></div>"
            f"<p class='xr-soft'>{self.t('follow.note')}</p>"
        )

    def _draw_worth(self) -> None:
        rows = "".join(
            f"<tr><th scope='row'>{self.t(f'worth.{who}')}</th><td>{one:.1f} %</td><td>{two:.1f} %</td></tr>"
            for who, (one, two) in LEE.items()
        )
        heads = "".join(f"<th scope='col'>{self.t(f'worth.{name}')}</th>" for name in ("lee", "one", "two"))
        tajmir = self.t("worth.tajmir", **{who: f"{error:.3f}" for who, error in TAJMIR.items()})
        ours = ""
        if (figures := mean_error("rsna-bone-age")) is not None:
            ours = f"<p>{self.t('worth.ours', **figures)} <code>{figures['command']}</code></p>"
        self.worth.value = (
            f"<h2>{self.t('worth.title')}</h2>{ours}"
            f"<p>{self.t('worth.limits')}</p><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{tajmir}</p><p class='xr-soft'>{self.t('worth.note')}</p>"
        )


def _place(name: str) -> str:
    """Return the name of a place in the language in use: ``pip 3``, ``carpus``."""
    kind, _, ray = name.partition(" ")
    if name == "dip 1":  # the thumb has one joint between its phalanges
        kind = "ip"
    return text(f"bone_age.place.{kind}", ray=ray)


def _age(months: float) -> str:
    years, left = divmod(round(months), 12)
    return escape(text("bone_age.age", years=years, months=left))


def _cell(error: float, worst: float) -> str:
    """A cell of the table: the surer, the darker; the number says the same."""
    return f"<td style='background: rgb(0 90 150 / {0.7 * (1 - error / worst):.2f})'>{error:.0f}</td>"


show = BoneAgeLab.show
