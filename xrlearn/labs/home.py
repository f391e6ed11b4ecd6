"""The home page: the map of the course, and where a clinician starts. Drawn from text alone, it opens at once."""

from contextlib import suppress
from html import escape
from pathlib import Path

from IPython.display import display
from ipywidgets import HTML, Button, ToggleButtons, VBox

from .. import paths
from ..locale import language, text
from .parts import Page, ProgressBar, safely
from .parts.journey import Journey
from .parts.page import served
from .plan import CARDS, CLASS, COURSE
from .reading import picture_of

LESSONS = tuple(COURSE)
#: track -> its cards, in order
TRACKS = {
    "course": tuple(CARDS),
    "hour": ("choose_network", "overfit", "shortcuts", "review"),
    "review": ("review", "black_box", "bone_age"),
    "study": ("study", "results"),
    "teachers": (),
}


def show() -> None:
    """Show the page, in a notebook or under Voila."""
    home = Home()
    display(home.page)
    home.page.run(home.look)


class Home:
    """The home page.

    Attributes
    ----------
    page : Page
        What is displayed.
    track : ToggleButtons
        The way through the course that the reader chose: a key of :data:`TRACKS`.
    films : bool or None
        Whether there are public films on this machine; None before :meth:`look`, which takes a second.
    """

    def __init__(self) -> None:
        self.films: bool | None = None
        self.page = Page("home.page.title", "home.page.lead", home=None)
        self.track = ToggleButtons().add_class("xr-tracks")
        self.page.words.bind_options(self.track, {name: f"home.track.{name}" for name in TRACKS})
        self.page.words.bind(self.track, "tooltip", "home.track.title")
        self.track.value = "course"
        self._cards, self._here = HTML(), HTML()
        style = HTML(f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>")
        self.ready, self.progress = Button(), ProgressBar(self.page.words)
        self.page.words.bind(self.ready, "description", "home.here.prepare")
        self.page.words.bind(self.ready, "tooltip", "home.here.prepare_hint")
        here = VBox([self._here, self.ready, self.progress]).add_class("xr-machine")
        self.page.add(style.add_class("xr-style"), self.track, self._cards, Journey(), here)
        self.page.body.add_class("xr-home")
        self.draw()
        self.track.observe(safely(self.page)(lambda _: self.draw()), "value")
        self.ready.on_click(safely(self.page)(lambda _: self.page.run(self.prepare)))
        self.page.words.on_switch(self.draw)

    def look(self) -> None:
        """Look for public films on this machine, and say so on the page."""
        from ..tasks import SIMULATED, source_of

        self.films = source_of("fracture") != SIMULATED
        self.draw()

    def prepare(self) -> None:
        """Make all that the pages make when first opened, as ``xrlearn prepare`` does, until it is stopped."""
        from ..progress import Stopped
        from .prepare import pieces

        progress, work = self.progress, pieces()

        def told(done: int, total: int) -> bool:
            progress.advance(round(100 * done / max(total, 1)) - progress.done)
            return progress.stop_requested

        self.ready.disabled = True
        try:
            for number, piece in enumerate(work, 1):
                with progress.start(100, "home.here.making", number=number, pieces=len(work), what=piece.title):
                    with suppress(Stopped):
                        piece.make(told)
                    if progress.stop_requested:
                        self.page.say("home.here.stopped", kind="note")
                        return
            self.page.say("home.here.prepared", kind="note")
        finally:
            self.ready.disabled = False

    def draw(self) -> None:
        """Write everything, in the language in use."""
        track = str(self.track.value)
        lead = f"<p class='xr-lead'>{_t(f'lead.{track}')}</p>"
        self._cards.value = lead + (teachers() if track == "teachers" else cards(TRACKS[track]))
        films = {None: "looking", True: "films", False: "simulated"}[self.films]
        model = "model" if (paths.WEIGHTS / "fracture.safetensors").is_file() else "no_model"
        lines = "".join(f"<li>{_t(f'here.{key}')}</li>" for key in (films, model, "private"))
        self._here.value = f"<section class='xr-here'><h2>{_t('here.title')}</h2><ul>{lines}</ul></section>"


def cards(names: tuple[str, ...]) -> str:
    """Return cards in this order; the whole course has its lessons apart from what one does with them."""
    if names != TRACKS["course"]:
        return f"<div class='xr-cards'>{''.join(card(name, i) for i, name in enumerate(names, 1))}</div>"
    lessons = "".join(card(name, i) for i, name in enumerate(LESSONS, 1))
    others = "".join(card(name) for name in names if name not in LESSONS)
    return (
        f"<div class='xr-cards xr-map'>{lessons}</div>"
        f"<h2 class='xr-apart'>{_t('track.apart')}</h2><div class='xr-cards xr-map'>{others}</div>"
    )


def card(name: str, number: int | None = None) -> str:
    """Return the card of one page as HTML; it is no link where its notebook does not exist yet.

    Under Voila a card opens the page; in JupyterLab it opens the notebook itself. On a lesson's card the browser writes
    how far the reader has come (see :class:`.journey.Journey`).
    """
    notebook = CARDS[name]
    place = f"<span class='xr-number' aria-hidden='true'>{number}</span>" if number else ""
    first = f"<span class='xr-start'>{_t('card.first')}</span>" if number == 1 else ""
    words = (
        f"{picture_of(name)}{first}<h2>{place}{_t(f'{name}.title')}</h2>"
        f"<span class='xr-time'>{_t(f'{name}.time')}</span>"
        f"<p>{_t(f'{name}.what')}</p><p class='xr-after'>{_t(f'{name}.after')}</p>"
    )
    lesson = f" data-lesson='{name}'" if name in LESSONS else ""
    if not (paths.NOTEBOOKS / notebook).is_file():
        return f"<div class='xr-door xr-closed'{lesson}>{words}<span class='xr-open'>{_t('card.soon')}</span></div>"
    open_ = _t("card.open" if served() else "card.notebook")
    address = f"{notebook}?lang={language()}" if served() else notebook
    foot = f"<span class='xr-foot'><span class='xr-open'>{open_} ›</span><span class='xr-kept'></span></span>"
    return f"<a class='xr-door' href='{address}'{lesson}>{words}{foot}</a>"


def teachers() -> str:
    """Return the teacher's page as HTML: a class of 90 minutes, and a note on each lesson."""
    plan = "".join(
        f"<tr><th scope='row'>{minute}′</th><td>{_t(f'class.{what}')}</td></tr>" for minute, (what, _) in CLASS.items()
    )
    notes = "".join(f"<section><h3>{_t(f'{name}.title')}</h3><p>{_t(f'note.{name}')}</p></section>" for name in LESSONS)
    lesson = f"<h2>{_t('class.title')}</h2><table>{plan}</table><p>{_t('class.before')}</p>"
    each = f"<h2>{_t('note.title')}</h2>{notes}"
    return "".join(f"<div class='xr-card xr-teachers'>{part}</div>" for part in (lesson, each))


def _t(key: str) -> str:
    return escape(text(f"home.{key}"), quote=False)
