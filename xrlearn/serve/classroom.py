"""The teacher's page: how many are there and where, what they answered, and how to bring them together.

It knows numbers and no names, keeps them in memory alone, and is there for nobody else.
"""

import json
from collections import Counter
from typing import Any

import tornado.web
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler
from voila.handler import BaseVoilaHandler

from ..labs import turns
from ..labs.plan import CARDS, CLASS, QUESTIONS, room_of
from ..locale import text
from . import pages
from .door import TEACHER
from .kernels import PageKernels, requested_language

#: where everybody may be sent
HOME = "index.ipynb"
ROOMS = {HOME, *CARDS.values()}

ANSWERS = ("a", "b", "c")
_MANY = 1000  # visitors whose answers are kept


class Tally:
    """What was answered: for each visitor the last answer to each question.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.note("someone", "overfit", {"stop": "b"})
    >>> tally.note("someone", "overfit", {"stop": "a", "wrong": "nonsense", "no such question": "a"})
    >>> tally.counts()["overfit"]["stop"]
    [1, 0, 0]
    """

    def __init__(self) -> None:
        self._said: dict[str, dict[tuple[str, str], str]] = {}

    def note(self, visitor: str, lesson: str, answers: dict[str, str]) -> None:
        """Keep one visitor's answers; whatever is no answer to a question of that lesson is left out."""
        if visitor not in self._said and len(self._said) >= _MANY:
            return
        asked = QUESTIONS.get(lesson, {})
        said = {(lesson, q): letter for q, letter in answers.items() if q in asked and letter in ANSWERS}
        self._said.setdefault(visitor, {}).update(said)

    def counts(self) -> dict[str, dict[str, list[int]]]:
        """Return how many chose each answer, for every question of every lesson."""
        seen = Counter((*which, letter) for said in self._said.values() for which, letter in said.items())
        return {
            lesson: {question: [seen[lesson, question, letter] for letter in ANSWERS] for question in asked}
            for lesson, asked in QUESTIONS.items()
        }

    def clear(self) -> None:
        """Forget all of it."""
        self._said.clear()


class Answers(APIHandler):
    """Takes what a page's reader has answered."""

    kernel_manager: PageKernels

    def initialize(self, tally: Tally) -> None:
        """Take the one tally there is."""
        self.tally = tally

    @tornado.web.authenticated
    def post(self, kernel_id: str) -> None:
        """Note the answers of the visitor whose page this is."""
        page = self.kernel_manager.places.pages.get(kernel_id)
        if page is None or page.visitor != self.current_user.username:
            raise tornado.web.HTTPError(404)
        try:
            said = json.loads(self.request.body)
            answers = {str(question): str(answer) for question, answer in said["answers"].items()}
            lesson = str(said["lesson"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise tornado.web.HTTPError(400) from None
        if page.visitor != TEACHER:
            self.tally.note(page.visitor, lesson, answers)
        self.set_status(204)


def _only_for_the_teacher(handler: Any) -> None:
    if handler.current_user is None or handler.current_user.username != TEACHER:
        raise tornado.web.HTTPError(403)


class Teacher(BaseVoilaHandler):
    """The teacher's page."""

    @allow_unauthenticated  # and refused below: a stranger is not even led to where one signs in
    def get(self) -> None:
        """Send it, to the teacher."""
        _only_for_the_teacher(self)
        if self.get_query_argument("token", ""):
            self.redirect("teacher")
            return
        self.set_header("Cache-Control", "no-store")
        lang = requested_language(self.request.query)

        def said(key: str) -> str:
            return text(key, lang)

        lessons = [
            {
                "name": lesson,
                "title": said(f"home.{lesson}.title"),
                "questions": [
                    {
                        "name": question,
                        "asked": said(f"{room_of(lesson)}.quiz.{question}.question"),
                        "answers": [(a, said(f"{room_of(lesson)}.quiz.{question}.{a}"), a == right) for a in ANSWERS],
                    }
                    for question, right in asked.items()
                ],
            }
            for lesson, asked in QUESTIONS.items()
        ]
        plan = [
            (minute, said(f"home.class.{what}"), CARDS.get(page or ""), page and said(f"home.{page}.title"))
            for minute, (what, page) in CLASS.items()
        ]
        titles = {HOME: said("home.page.title")} | {file: said(f"home.{name}.title") for name, file in CARDS.items()}
        self.finish(pages.plain("teacher", self, lang, lessons=lessons, plan=plan, titles=titles))


class Now(APIHandler):
    """How things stand, for the teacher's page; and what the teacher does there."""

    kernel_manager: PageKernels

    def initialize(self, tally: Tally) -> None:
        """Take the one tally there is."""
        self.tally = tally

    def get(self) -> None:
        """Answer with numbers."""
        _only_for_the_teacher(self)
        places = self.kernel_manager.places
        open_ = [page for page in places.pages.values() if page.visitor != TEACHER]
        training, waiting = turns.counts()
        self.finish(
            json.dumps(
                {
                    "people": len({page.visitor for page in open_}),
                    "pages": Counter(page.name for page in open_),
                    "waiting": places.waiting,
                    "training": training,
                    "queued": waiting,
                    "answers": self.tally.counts(),
                    "sent": places.sent[1],
                }
            )
        )

    def post(self) -> None:
        """Send everybody to a page, or forget the answers."""
        _only_for_the_teacher(self)
        where = self.get_body_argument("send", "")
        if where in ROOMS:
            self.kernel_manager.places.send(where)
        elif self.get_body_argument("forget", ""):
            self.tally.clear()
        else:
            raise tornado.web.HTTPError(400)
        self.set_status(204)


def handlers(settings: dict[str, Any]) -> list[Any]:
    """Return where the class's own addresses are answered."""
    tally = {"tally": Tally()}
    return [
        (r"/teacher", Teacher, settings),
        (r"/xrlearn/now", Now, tally),
        (r"/xrlearn/answers/([\w-]+)", Answers, tally),
    ]
