"""What the labs of the lessons share: the frame, the films behind it, cards, and the questions at the end.

A lesson is a state without widgets, a view that derives from :class:`Lab`, a catalogue file and a script.
"""

import base64
import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from IPython.display import display
from ipywidgets import HTML, Button, VBox, Widget

from ..locale import text
from .parts import Page, safely
from .parts.goal import Goal
from .parts.journey import noted
from .parts.page import served
from .parts.quiz import Question
from .parts.terms import prose
from .plan import QUESTIONS
from .reading import Reading

if TYPE_CHECKING:
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from .wrists import Wrists

_STYLES = ("case_review.css", "train_fracture.css", "lab.css")


class Lab:
    """A page on which one thing can be tried.

    A lab sets :attr:`room`, builds its widgets, hands them to :meth:`assemble`, takes its films
    in :meth:`begin` and writes everything in :meth:`draw`.

    Attributes
    ----------
    room : str
        Its catalogue file; it holds ``page.title``, ``page.lead``, ``quiz.title`` and the questions.
    page : Page
        What is displayed.
    goal : Goal
        Its one task; the lab says when it is done.
    """

    room: ClassVar[str]

    def __init__(self) -> None:
        home = "index.ipynb" if served() else None
        self.page = Page(f"{self.room}.page.title", f"{self.room}.page.lead", home=home)
        self.page.words.on_switch(self.draw)
        self.lesson, self.goal = Reading(self.room, self.page.words), Goal(self.room, self.page.words)
        self._again = Button(button_style="primary")
        self.page.words.bind(self._again, "description", "lesson.films.again")
        self._again.layout.display = "none"
        self._again.on_click(safely(self.page)(lambda _: self.page.run(self.begin)))
        self.asked = [Question(self.room, name, right, self.page.words) for name, right in QUESTIONS[self.room].items()]
        self._quiz_title, self.busy = HTML(), HTML()

    @classmethod
    def show(cls) -> "Self":
        """Show the lab, in a notebook or as a page, and begin behind it."""
        lab = cls()
        display(lab.page)
        lab.page.run(lab._begin)
        return lab

    def _begin(self) -> None:
        from ..tasks.ready import bones

        bones()
        self.begin()

    def begin(self) -> None:
        """Take films and do what comes first; runs in a thread, and again when it was stopped."""

    def draw(self) -> None:
        """Write everything, in the language in use; the lab's own comes first."""
        self._quiz_title.value = f"<h2>{escape(text('lesson.quiz.title'))}</h2>"
        self.working(bool(self.busy.value))

    def working(self, yes: bool) -> None:
        """Say in :attr:`busy` that a network is in training, or no longer."""
        self.busy.value = f"<p class='xr-busy' role='status'>{escape(text('lesson.live.training'))}</p>" if yes else ""

    def assemble(self, *widgets: Widget) -> None:
        """Put the lab's widgets between what is read first and what it showed; the questions come last."""
        here = Path(__file__)
        sheets = [here.with_name(name) for name in _STYLES]
        own = here.with_name(f"{self.room}.css")
        style = "\n".join(s.read_text(encoding="utf-8") for s in (*sheets, own) if s.is_file())
        self.page.add(
            HTML(f"<style>{style}</style>").add_class("xr-style"), self.lesson.first, self.goal, self._again, *widgets,
            self.lesson.showed, card(self._quiz_title, *self.asked), noted(self.room, self.asked),
        )  # fmt: skip
        self.page.body.add_class("xr-review").add_class("xr-training").add_class("xr-lab")

    def take_films(self, **wishes: Any) -> "Wrists | None":
        """Return simulated wrists (:func:`.wrists.load`), or None when the reader stopped; then a button goes on."""
        from .wrists import load_behind

        self._again.layout.display = "none"
        films = load_behind(self.page, **wishes)
        if films is None:
            self._again.layout.display = None
        else:
            self.page.hush()
        return films

    def t(self, key: str, **values: Any) -> str:
        """Return a sentence of the lab's catalogue as HTML, its words of the trade explained (see :func:`.prose`)."""
        return prose(f"{self.room}.{key}", **values)


def card(*widgets: Widget) -> VBox:
    """Return a white card that holds `widgets` below each other."""
    return VBox(widgets).add_class("xr-card")


def picture(film: "NDArray[np.uint8]", alt: str) -> str:
    """Return a film, (rows, columns), as an HTML image; `alt` is HTML already."""
    from PIL import Image

    stored = io.BytesIO()
    Image.fromarray(film).save(stored, "PNG")
    return f"<img alt=\"{alt}\" src='data:image/png;base64,{base64.b64encode(stored.getvalue()).decode()}'>"
