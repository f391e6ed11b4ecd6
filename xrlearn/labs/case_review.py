"""The case review: a clinician reads films, commits to an answer, and only then sees the model's.

One page for every task: the question decides the form of the answer (:mod:`.case_review_forms`), and with it what the
reader answers with (:mod:`.case_review_inputs`) and how the model's answer is shown (:mod:`.case_review_reply`).

The page is drawn from light parts first. Films, then torch and the model, come in threads behind once the browser
shows the page, and predictions are made there too, so that nothing the reader does has to wait for them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any, ParamSpec, TypeVar

from IPython.display import display
from ipywidgets import HTML, Box, Button, HBox, VBox, Widget

from ..locale import text
from . import case_review_panels as panels
from .case_review_archive import send_back
from .case_review_behind import Behind
from .case_review_choose import WHAT, Chooser, about
from .case_review_film import Film, look_at
from .case_review_films import ASKED
from .case_review_forms import NumberForm
from .case_review_inputs import Input, input_of
from .case_review_measures import Measures
from .case_review_record import RecordForm
from .case_review_reply import Reply
from .case_review_stage import TOOLS, Stages
from .case_review_state import FIRST, CaseReview, NotYet, Opinion
from .parts import Drop, Page, safely
from .parts.reading_keys import ReadingKeys

P = ParamSpec("P")
R = TypeVar("R")


def show() -> None:
    """Show the page, in a notebook or under Voila."""
    display(CaseReviewPage().page)


class CaseReviewPage:
    """The view of a :class:`~.case_review_state.CaseReview`.

    Attributes
    ----------
    state : CaseReview
    page : Page
        What is displayed.
    """

    def __init__(self) -> None:
        self.state = CaseReview(FIRST)
        self.page = Page("review.page.title", "review.page.lead")
        self.lock = RLock()  # the reader's hand and the threads behind take turns
        self.behind = Behind(self)
        self._quiet = False  # controls are being set, not used
        self.what = False  # "what is this film?" is asked
        self.where = "looking"  # or "there", "made", "own", "archive"
        self._build()
        self._listen()
        self._ask_anew()
        self.draw()
        self.page.words.on_switch(self._relabel)

    # ------------------------------------------------------------- the page
    def _build(self) -> None:
        words = self.page.words
        self.choose = Chooser(words, FIRST)
        self.drop = Drop(self._on(self._dropped))

        self.stage = Stages()
        self.viewer = self.stage.viewer
        self.record = RecordForm(self.state.task, words, lambda: None)
        self.record_card = _card(self.record)
        self.film = HTML()
        self.as_is, self.inverted, self.unscaled, self.blacken = Button(), Button(), Button(), Button()
        words.bind(self.as_is, "description", "review.film.as_is")
        words.bind(self.inverted, "description", "review.film.inverted")
        words.bind(self.unscaled, "description", "review.film.unscaled")
        words.bind(self.blacken, "description", "review.film.black_out")
        self.settling = HBox([self.as_is, self.inverted, self.unscaled])
        self.privacy = HTML()
        self.film_card = _card(self.film, self.settling, self.blacken, self.privacy).add_class("xr-film")
        self.measures = Measures(self.viewer, words, self._on, lambda: self.state.film)

        self.keys = ReadingKeys(self._on(self._keyed), self._on(self._entered), self._on(self._turned))
        self.keys.add_class("xr-style")
        self.question, self.hint, self.given = HTML(), HTML(), HTML()
        self.input = Input(self.state.form, words, lambda: None)
        self.asked = Box([self.input])
        self.commit = Button(button_style="primary", disabled=True).add_class("xr-commit")
        words.bind(self.commit, "description", "review.ask.commit")
        self.kinds, self.kind_buttons = HTML(), VBox()
        self.kind_card = _card(self.kinds, self.kind_buttons).add_class("xr-kinds")
        self.tally = HTML()
        self.reply = Reply(self)

        choose = Box([self.choose, self.drop]).add_class("xr-choose")
        left = VBox([
            self.stage,
            self.record_card,
            self.film_card,
            self.measures.card,
            _card(self.tally).add_class("xr-tally"),
        ]).add_class("xr-column")  # fmt: skip
        self.asking = [self.asked, self.hint, self.commit]
        self.ask_card = _card(self.question, *self.asking, self.given).add_class("xr-ask")
        right = VBox([self.kind_card, self.ask_card, *self.reply.cards]).add_class("xr-column").add_class("xr-panels")
        sheets = (Path(__file__).with_suffix(".css"), Path(__file__).with_name("case_review_answers.css"))
        style = HTML(f"<style>{''.join(sheet.read_text(encoding='utf-8') for sheet in sheets)}</style>")
        for card in (self.ask_card, *self.reply.cards, *self.reply.below):
            card.add_class("xr-reply")
        self.page.add(
            style.add_class("xr-style"),
            self.keys,
            choose,
            Box([left, right]).add_class("xr-main"),
            *self.reply.below,
            *send_back(self),
        )
        self.page.body.add_class("xr-review")

    def _listen(self) -> None:
        c = self.choose
        self.viewer.on_msg(self._on(self._opened))
        self.viewer.observe(self._on(self._marked), "mark")
        self.viewer.observe(self._on(self._drawn), "lines")
        c.question.observe(self._on(self._asked_for), "value")
        c.source.observe(self._on(self._sourced), "value")
        c.take.on_click(self._on(lambda _: self._take_folder()))
        c.region.observe(self._on(self._relist), "value")
        c.number.observe(self._on(self._relist), "value")
        c.case.observe(self._on(self._chosen), "value")
        c.previous.on_click(self._on(lambda _: self._step(-1)))
        c.next.on_click(self._on(lambda _: self._step(1)))
        self.as_is.on_click(self._on(lambda _: self._reshow(self.state.settle(False))))
        self.inverted.on_click(self._on(lambda _: self._reshow(self.state.settle(True))))
        self.unscaled.on_click(self._on(lambda _: self._reshow(self.state.settle(False, spacing=False))))
        self.blacken.on_click(self._on(lambda _: self._reshow(self.state.black_out())))
        self.commit.on_click(self._on(self._committed))
        self.reply.listen()

    def _on(self, callback: Callable[P, R]) -> Callable[P, R | None]:
        """Guard a callback, and let one thread in at a time."""

        @wraps(callback)
        def alone(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.lock:
                return callback(*args, **kwargs)

        return safely(self.page)(alone)

    guarded = _on

    def _opened(self, _: Widget, message: dict[str, Any], buffers: list[Any]) -> None:
        """The browser shows the page: fetch what takes longer."""
        if message.get("type") == "ready" and not self.behind.begun:  # a quick reader has put a question already
            self.start()

    def start(self) -> None:
        """Look for films, then load the model, in the thread behind."""
        self.behind.begin(self.state.task, None)

    # ------------------------------------------------------------- which question
    @contextmanager
    def filling(self) -> Iterator[None]:
        """Set the controls without taking it for the reader's doing."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _asked_for(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        self.page.hush()
        self.what = change["new"] == WHAT
        if self.what:
            self.draw()
            if self.state.film is not None:
                self.behind.tell_kinds(self.state.film)
            return
        self._put(change["new"])
        self.behind.begin(self.state.task, None)

    def _put(self, task: str, film: Film | None = None) -> None:
        """Put another question; nothing of the last one stays on the page but the `film` it is put to."""
        self.state.ask(task)
        self.behind.forget()
        self.behind.status, self.where = "loading", "looking"
        with self.filling():
            self.choose.fill_films(0)
            self.choose.folder_shown("")
        self._ask_anew()
        if film is not None:
            self.open(film, b"")  # in one go: the film stays on the screen
        else:
            self.stage.clear()
            self.reply.forget()
            self.draw()

    def _ask_anew(self) -> None:
        """Make the input and the record's form of the question."""
        words = self.page.words
        self.input = input_of(self.state.form, words, self._on(self._ready_to_commit))
        self.asked.children = (self.input,)
        form = self.state.form
        self.keys.signed = form.signed
        self.viewer.compare = "ratio" if isinstance(form, NumberForm) and form.ratio else "angle"
        self.record = RecordForm(self.state.task, words, self._on(self._edited))
        self.record_card.children = (self.record,)
        self.record_card.layout.display = None if self.record.fields else "none"
        for widget in (self.stage, self.drop, self.measures.card):
            widget.layout.display = None if self.state.task.films else "none"

    def take_kind(self, task: str) -> None:
        """Put a question to the film that is open, because its model knows such films."""
        film = self.state.film
        self.what = False
        with self.filling():
            self.choose.question.value = task
        if film is not None:
            film = Film(film.name, film.radiograph, film.findings, region=film.region, view=film.view)
        self._put(task, film)
        self.behind.begin(self.state.task, None, keep=True)

    # ------------------------------------------------------------- which films
    def _sourced(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        self.choose.folder_shown(change["new"])
        if change["new"] not in ASKED:
            self.behind.begin(self.state.task, change["new"])

    def _take_folder(self) -> None:
        self.behind.begin(self.state.task, self.choose.source.value, folder=self.choose.folder.value.strip())

    def _relist(self, _: object) -> None:
        if self.state.cases is not None and not self._quiet:
            self.fill()
            self.draw_choice()

    def fill(self, keep: bool = False) -> None:
        """Make the reading list anew and open its first film, unless a film is to stay."""
        self.state.list_films(self.choose.region.value or None, self.choose.number.value)
        n = len(self.state.order)
        with self.filling():
            self.choose.fill_films(n)
        if n and not keep:
            self.choose.case.value = 0

    def _chosen(self, change: dict[str, Any]) -> None:
        if self._quiet or change["new"] < 0:
            return
        if self.behind.must_make(change["new"]):
            self.viewer.outdated = True
            self.behind.make_and_open(change["new"])
            return
        try:
            self.open(*self.behind.fetch(change["new"]))
        except Exception:
            with self.filling():
                self.choose.case.value = change["old"]
            raise

    def _step(self, by: int) -> None:
        """Go to the next or the previous film; the list is a circle. The keys are the film's, or the answer's, then."""
        n, here = len(self.state.order), self.choose.case.value
        if n:
            self.choose.case.value = (here + by) % n if here >= 0 else 0
            self.page.focus(".xr-stage" if self.state.task.films else ".xr-ask")

    def _dropped(self, data: bytes) -> None:
        told = {name: value for name, value in self.record.row().items() if value}
        self.open(look_at(data, told=told, task=None if self.what else self.state.task), data)
        with self.filling():
            self.choose.case.value = -1

    def _edited(self) -> None:
        """What stands beside the film, or the record itself, was changed by hand."""
        film, row = self.state.film, {name: value for name, value in self.record.row().items() if value}
        if self.state.task.films:
            if film is not None:
                film = self.state.tell(row)
                self.behind.predict(film)
        elif film is not None and self.state.opinion is not None:
            self.behind.what_if(film, row)  # after the answer: how would the model's change?
        else:
            self.open(self.state.record(row), b"")
            with self.filling():
                self.choose.case.value = -1

    def open(self, film: Film, data: bytes) -> None:
        """Put a film that could be read before the reader."""
        self.state.open(film)
        opinion = self.state.opinion
        with self.filling():  # before the film is seen: what is typed from then on stays
            self.input.put(None if opinion is None else opinion.answer, None if opinion is None else opinion.sureness)
            self.record.put(film.told)
        self.behind.forget()
        self.stage.show(film)
        self.page.hush()
        self.reply.forget()
        self.viewer.set_trait("mark", None if opinion is None else opinion.mark)
        self.draw()
        self.behind.opened(film, data)  # what takes longer comes once the film is on its way to the browser

    def _reshow(self, film: Film | None) -> None:
        if film is not None and film.radiograph is not None:
            self.stage.retake(film.radiograph)
            self.draw()
            self.behind.predict(film)
            if self.what:
                self.behind.tell_kinds(film)

    # ------------------------------------------------------------- the reader's answer
    def _marked(self, _: object) -> None:
        opinion = self.state.opinion
        if opinion is not None and self.viewer.mark != opinion.mark:
            self.viewer.set_trait("mark", opinion.mark)  # what was committed stays
        self._draw_hint()

    def _drawn(self, _: object) -> None:
        """Two lines on the film are an answer where an angle or a ratio is asked for."""
        viewer = self.viewer
        if self.state.opinion is None and viewer.lines is not None:
            self.input.drawn(viewer.lines, viewer.degrees_between, viewer.times_as_long)

    def _ready_to_commit(self) -> None:
        idle = self.state.film is None or self.state.opinion is not None or not self.input.given or self.what
        self.commit.disabled = idle

    def _keyed(self, digit: int) -> None:
        """A digit answers as in a reader study."""
        if self.state.film is not None and self.state.opinion is None:
            self.input.keyed(digit)

    def _turned(self) -> None:
        """A minus turns the sign of a number."""
        if self.state.film is not None and self.state.opinion is None:
            self.input.turned()

    def _entered(self) -> None:
        """Enter commits and, once that is done, goes on to the next film."""
        if self.state.opinion is not None:
            self._step(1)
        elif not self.commit.disabled:
            self._committed(None)

    def _committed(self, _: object) -> None:
        if not self.input.given:
            raise NotYet("review.error.answer_first")
        self.state.commit(Opinion(self.input.value, self.input.sureness, self.viewer.mark))
        self.draw_answers()
        self.page.focus(".xr-model")
        self.behind.committed()

    # ------------------------------------------------------------- drawing
    def _relabel(self) -> None:
        for part in (self.choose, self.input, self.record):
            part.relabel()
        if self.state.film is not None:
            self.stage.say_which(self.state.film)
        self.draw()

    def draw(self) -> None:
        """Write everything, in the language in use."""
        with self.lock:
            state = self.state
            self.draw_choice()
            self.film.value = panels.film_panel(state.film)
            shown = state.film is not None and state.film.radiograph is not None
            self.film_card.layout.display = None if shown else "none"
            asked = state.film.doubts if state.film else set()
            self.settling.layout.display = None if asked else "none"
            self.inverted.layout.display = None if asked - {"spacing", "part", "geometry"} else "none"
            self.unscaled.layout.display = None if "spacing" in asked else "none"
            self.blacken.layout.display = None if state.lettering else "none"
            self.viewer.boxes = [tuple(box) for box in state.lettering]
            self.draw_privacy()
            self.draw_kinds()
            self._draw_hint()
            self.measures.draw()
            self.draw_answers()
            self.question.value = f"<h2>{_t('ask.title')}</h2><p>{escape(state.task.title)}</p>"

    def draw_choice(self) -> None:
        """Say which films there are."""
        task = self.state.task
        wanting = len(task.sources) > 1 and not self.choose.real
        self.choose.about.value = escape(about(self.where, len(self.state.order), task.films, wanting))
        self.choose.idle(self.where == "looking")

    def draw_privacy(self) -> None:
        """Say what the file tells of the patient."""
        examined = self.behind.examined
        self.privacy.value = panels.privacy_panel(self.behind.report) if examined else ""
        self.privacy.layout.display = None if examined else "none"

    def draw_kinds(self) -> None:
        """Say which questions this film may be asked."""
        self.kind_card.layout.display = None if self.what else "none"
        mark = self.page.body.add_class if self.what else self.page.body.remove_class
        mark("xr-unasked")  # hides what a question's reader and model answer on
        found = self.behind.kinds
        self.kinds.value = panels.kinds_panel(found, self.state.film) if self.what else ""
        asks = self.state.film is not None and self.state.film.asks
        offered = [] if asks or found is None else found.kinds
        shown: list[Widget] = []
        for key, spoken_for in (("spoken_for", True), ("looks", False)):
            some = [kind for kind in offered if kind.spoken_for == spoken_for]
            if some:
                shown.append(HTML(f"<h3>{_t(f'kind.{key}')}</h3>"))
            for kind in some:
                button = Button(description=kind.task.title)
                button.on_click(self._on(lambda _, name=kind.task.name: self.take_kind(name)))
                shown.append(button)
        self.kind_buttons.children = tuple(shown)

    def _draw_hint(self) -> None:
        form, mark, films = self.state.form, self.viewer.mark, self.state.task.films
        self.hint.value = panels.hint(form, mark, marks=films and self.state.task.boxes)

    def draw_answers(self) -> None:
        """The reader's answer, and behind it the model's and the data set's: nothing of those before she commits."""
        opinion, film = self.state.opinion, self.state.film
        self._ready_to_commit()
        self.tally.value = panels.tally_panel(self.state)
        for widget in self.asking:
            widget.layout.display = None if opinion is None else "none"
        self.given.value = "" if opinion is None else panels.answer_line(self.state.form, opinion)
        self.given.layout.display = "none" if opinion is None else None
        marks = self.state.task.boxes and opinion is None
        self.viewer.tools = TOOLS if marks else TOOLS[:-1]
        if not marks and self.viewer.tool == "mark":
            self.viewer.tool = "window"
        self.reply.draw(film, opinion)


def _t(key: str, **values: Any) -> str:
    return text(f"review.{key}", **values)


def _card(*widgets: Widget) -> VBox:
    return VBox(list(widgets)).add_class("xr-card")
