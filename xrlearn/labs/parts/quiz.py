"""Questions that check understanding: whichever answer is chosen, the page says why it is right or wrong."""

from html import escape
from typing import Any

from ipywidgets import HTML, RadioButtons, VBox

from xrlearn.locale import text

from .words import Words


class Question(VBox):
    """One question with one right answer; each answer chosen is explained, and may be changed.

    Parameters
    ----------
    room, name : str
        The catalogue holds ``room.quiz.name.question``, and for each answer ``room.quiz.name.a`` with its
        explanation ``room.quiz.name.why_a``.
    right : str
        The right answer.
    words : Words
        Of the page it stands on.
    answers : str
        The letters of all answers, in the order in which they are shown.

    Examples
    --------
    >>> question = Question("train_fracture", "split", "b", Words())
    >>> question.choice.value = "a"
    >>> question.correct
    False
    """

    def __init__(self, room: str, name: str, right: str, words: Words, answers: str = "abc") -> None:
        self.name, self._room, self._right = name, room, right
        self._asked, self._said = HTML(), HTML()
        self.choice = RadioButtons().add_class("xr-answers")
        words.bind_options(self.choice, {answer: f"{room}.quiz.{name}.{answer}" for answer in answers})
        words.bind(self.choice, "tooltip", f"{room}.quiz.{name}.question")
        self.choice.value = None
        super().__init__([self._asked, self.choice, self._said])
        self.add_class("xr-question")
        self.choice.observe(self.draw, "value")
        words.on_switch(self.draw)
        self.draw()

    @property
    def correct(self) -> bool | None:
        """Whether the answer now chosen is right; None before there is one."""
        return None if self.choice.value is None else bool(self.choice.value == self._right)

    def draw(self, _: Any = None) -> None:
        """Write question and explanation, in the language in use."""
        asked = text(f"{self._room}.quiz.{self.name}.question")
        self._asked.value = f"<h3>{escape(asked)}</h3>"
        if self.correct is None:
            self._said.value = ""
            return
        verdict = "right" if self.correct else "wrong"
        why = text(f"{self._room}.quiz.{self.name}.why_{self.choice.value}")
        self._said.value = (
            f"<p class='xr-{verdict}' role='status'><b>{escape(text(f'lesson.quiz.{verdict}'))}</b> {escape(why)}</p>"
        )
