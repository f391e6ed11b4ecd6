"""What a reader has done so far, kept in the browser: without an account, and nothing of it leaves the machine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from traitlets import Dict, Int, Unicode

from .base import Part, source

if TYPE_CHECKING:
    from .quiz import Question


class Journey(Part):
    """On a lesson's page: notes that it was opened, and how many of its questions were answered rightly.

    On the home page, without a `lesson`: shows that on the cards, and saves it to a file or takes it from one.

    Attributes
    ----------
    lesson : str
        Its name on the home page's cards; empty on the home page.
    right, of : int
        Questions answered rightly, and questions in all.
    answers : dict of str to str
        Question -> answer chosen. Where a class is taught from one server, the page tells it, and says so.

    Examples
    --------
    >>> Journey(lesson="overfit", of=3).right
    0
    """

    _esm = source("journey.js")
    section: ClassVar[str] = "journey"

    lesson = Unicode("").tag(sync=True)
    right = Int(0, min=0).tag(sync=True)
    of = Int(0, min=0).tag(sync=True)
    answers = Dict(Unicode()).tag(sync=True)


def noted(lesson: str, questions: "Sequence[Question]") -> Journey:
    """Return what a lesson's page needs to keep its reader's progress; add it anywhere."""
    journey = Journey(lesson=lesson, of=len(questions))

    def count(_: object) -> None:
        journey.right = sum(question.correct is True for question in questions)
        journey.answers = {question.name: question.choice.value for question in questions if question.choice.value}

    for question in questions:
        question.choice.observe(count, "value")
    return journey
