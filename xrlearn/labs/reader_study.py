"""The reading page of a reader study: set one up, take part or go on, and read; nothing on it tells the truth."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from html import escape
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from IPython.display import display
from ipywidgets import HTML, BoundedIntText, Box, Button, Dropdown, HBox, Text, VBox, Widget

from ..locale import language, text
from ..progress import Stopped
from ..readers.records import SENIORITIES
from .chances import in_words
from .parts import Page, Viewer, safely
from .rating import Rating
from .reader_study_form import StudyForm
from .reader_study_state import Case, End, Pause, ReaderStudy
from .study_results_state import arm_name

if TYPE_CHECKING:
    from ..readers.records import Feedback, OwnResult

TOOLS = ["window", "pan", "measure", "angle"]
SCALES = {"confidence": "confidence", "ordinal": "grades", "months": "number", "degrees": "number"}

P = ParamSpec("P")
R = TypeVar("R")


def show() -> None:
    """Show the page, in a notebook or under Voila."""
    display(ReaderStudyPage().page)


class ReaderStudyPage:
    """The view of a :class:`~.reader_study_state.ReaderStudy`.

    Attributes
    ----------
    state : ReaderStudy
    page : Page
        What is displayed.
    """

    def __init__(self, state: ReaderStudy | None = None) -> None:
        self.state = ReaderStudy() if state is None else state
        self.page = Page("study.page.title", "study.page.lead")
        self._lock = RLock()  # the reader's hand and the thread behind take turns
        self._behind = ThreadPoolExecutor(max_workers=1, thread_name_prefix="study")
        self._step: Case | Pause | End | None = None
        self._feedback: Feedback | None = None
        self._begun = 0.0
        self._stepped = 0.0
        self._started = False
        self._expired = False
        self._covered = False  # the AI speaks first, and the film is not seen yet
        self._given: tuple[float, tuple[int, int] | None] = (0.0, None)

        self._build()
        self._listen()
        self._turn_to("enter")
        self.draw()
        self.page.words.on_switch(self.draw)

    # ------------------------------------------------------------- the page
    def _build(self) -> None:
        style = HTML(f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>")
        self.screens = {
            "enter": self._build_enter(),
            "code": self._build_code(),
            "read": self._build_read(),
            "rest": self._build_rest(),
        }
        self.page.add(style.add_class("xr-style"), *self.screens.values())
        for name, screen in self.screens.items():
            screen.add_class(f"xr-screen-{name}")
        self.page.body.add_class("xr-study")

    def _build_enter(self) -> Widget:
        words, wide = self.page.words, {"style": {"description_width": "initial"}}
        self.resume_head, self.join_head = HTML(), HTML()
        self.code = Text(continuous_update=False, **wide).add_class("xr-code-field")
        words.bind(self.code, "description", "study.enter.code")
        self.go_on = Button()
        words.bind(self.go_on, "description", "study.enter.go_on")
        self.studies = Dropdown(options=[("–", "")], **wide)
        words.bind(self.studies, "description", "study.enter.study")
        self.seniority = Dropdown(**wide)
        ranks = ("", *SENIORITIES)
        words.bind_options(self.seniority, {rank: f"study.seniority.{rank or 'unsaid'}" for rank in ranks})
        self.seniority.value = ""
        words.bind(self.seniority, "description", "study.enter.seniority")
        self.years = BoundedIntText(value=0, min=0, max=70, **wide)
        words.bind(self.years, "description", "study.enter.years")
        self.join = Button(button_style="primary")
        words.bind(self.join, "description", "study.enter.new_reader")
        self.join_row = HBox([self.studies, self.seniority, self.years, self.join]).add_class("xr-row")
        self.results = HTML()

        self.form = StudyForm(words)
        left = VBox([
            _card(self.resume_head, HBox([self.code, self.go_on]).add_class("xr-row")),
            _card(self.join_head, self.join_row),
            self.results,
        ]).add_class("xr-column")  # fmt: skip
        return Box([left, self.form]).add_class("xr-doors")

    def _build_code(self) -> Widget:
        self.shown_code = HTML()
        self.begin = Button(button_style="primary")
        self.page.words.bind(self.begin, "description", "study.code.begin")
        return _card(self.shown_code, self.begin).add_class("xr-centre")

    def _build_read(self) -> Widget:
        self.ai, self.answer, self.saved = HTML(), HTML(), HTML()
        self.uncover = Button(button_style="primary")
        self.page.words.bind(self.uncover, "description", "study.read.show_film")
        self.viewer = Viewer(tools=TOOLS)
        self.rating = Rating(self._on(self._committed), self._on(self._ran_out), self._on(self.start))
        strip = HBox([self.ai, self.answer, self.uncover]).add_class("xr-strip")
        return VBox([strip, self.viewer, self.rating, self.saved]).add_class("xr-reading")

    def _build_rest(self) -> Widget:
        self.rest = HTML()
        self.next_session = Button(button_style="primary")
        self.page.words.bind(self.next_session, "description", "study.pause.start")
        return _card(self.rest, self.next_session).add_class("xr-centre")

    def _listen(self) -> None:
        self.go_on.on_click(self._on(lambda _: self._resume()))
        self.join.on_click(self._on(lambda _: self._join()))
        self.form.create.on_click(self._on(lambda _: self._create()))
        self.begin.on_click(self._on(lambda _: self._go()))
        self.next_session.on_click(self._on(lambda _: self._go(rested=True)))
        self.uncover.on_click(self._on(lambda _: self._open_film()))
        self.code.observe(self._on(lambda _: self._resume()), "value")  # Enter, or the field is left

    def _on(self, callback: Callable[P, R]) -> Callable[P, R | None]:
        """Guard a callback, and let one thread in at a time."""

        @wraps(callback)
        def alone(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._lock:
                return callback(*args, **kwargs)

        return safely(self.page)(alone)

    # ------------------------------------------------------------- coming in
    def start(self) -> None:
        """Look up the studies of this machine, in the thread behind, once the browser shows the page."""
        if not self._started:
            self._started = True
            self._later(self._list_studies)

    def _list_studies(self, chosen: str | None = None) -> None:
        found = self.state.studies()
        self.studies.options = [(label, name) for name, label in found] or [("–", "")]
        if chosen is not None:
            self.studies.value = chosen
        self.join.disabled = not found
        self._draw_enter()

    def _create(self) -> None:
        protocol = self.form.plan().protocol()
        self.form.create.disabled = True
        self.page.hush()
        self._later(self._create_behind, protocol)

    def _create_behind(self, protocol: Any) -> None:
        """Choose the films and let the AI read them; the page stays alive meanwhile."""
        films = protocol.cases.number + protocol.practice
        progress = self.page.progress

        def made(done: int, _: int) -> bool:
            progress.advance(done - progress.done)
            return progress.stop_requested

        try:
            if wanted := self.state.needs(protocol):
                with progress.start(wanted, "study.new.making", films=wanted):
                    self.state.make_films(protocol, made)
            with progress.start(films, "study.new.looking"):

                def told(done: int, total: int) -> None:
                    if done == 1:
                        progress.say("study.new.reading")
                    progress.advance()

                name = self.state.create(protocol, told)
        except Stopped:
            self.page.say("study.new.stopped", kind="note")
            return
        finally:
            self.form.create.disabled = False
        with self._lock:
            self._list_studies(name)
            key = "done_without" if self.state.passed_over else "done"
            values = {"title": protocol.title, "n": protocol.cases.number, "unknown": self.state.passed_over}
            self.page.say(f"study.new.{key}", kind="note", lead=self.state.lead, **values)

    def _join(self) -> None:
        self.page.hush()
        asked = self.seniority.value or None
        self.state.join(self.studies.value, asked, self.years.value if asked else None)
        self._draw_code()
        self._turn_to("code")
        self.begin.focus()

    def _resume(self) -> None:
        if self.screens["enter"].layout.display == "none":
            return  # leaving the field has done what the button is pressed for
        self.state.resume(self.code.value)
        self.page.hush()
        self._go()

    # ------------------------------------------------------------- reading
    def _go(self, rested: bool = False) -> None:
        """Show what comes next: a film, a pause, or the end."""
        step = self.state.step(rested)
        if isinstance(step, Case):
            self._show_case(step)
        else:
            self._step = step
            self.rating.token = ""
            self.viewer.clear()
            self._draw_rest()
            self._turn_to("rest")
            self.next_session.focus()

    def _show_case(self, case: Case) -> None:
        before = self._step
        same = isinstance(before, Case) and before.reading.case == case.reading.case and self._feedback is None
        self._begun = self._stepped = time.monotonic()
        self._step, self._feedback, self._expired = case, None, False
        self._covered = case.mode == "first" and not same
        if not same:
            self.viewer.tools = [*TOOLS, "mark"] if self.state.protocol.localise else TOOLS
            self.viewer.tool = "mark" if self.state.protocol.localise else "window"
            self.viewer.clear()
        self._turn_to("read")
        if self._covered:
            self.rating.token = ""
            self._draw_read()
            self.uncover.focus()
        else:
            self._open_film()
        self._later(self._prepare, case)

    def _open_film(self) -> None:
        """Put the film on the stage and ask; where the AI speaks first, the reader has seen its answer by now."""
        case = self._step
        assert isinstance(case, Case)
        if self._covered:
            self._begun = time.monotonic()
            self._covered = False
        if self.viewer.shape is None:
            self.viewer.show(case.film)
            self.viewer.set_trait("mark", case.mark)
        self._lay_open(case)
        limit = self.state.limit
        now = time.monotonic()
        with self.rating.hold_sync():
            self.rating.scale = SCALES[self.state.scale]
            self.rating.levels = [str(grade) for grade in self.state.protocol.grades]
            self.rating.value = self._as_shown(case.value)
            self.rating.place, self.rating.total = case.place, case.total
            self.rating.elapsed = now - self._begun if limit is None else case.seconds + now - self._stepped
            self.rating.limit = limit
            self.rating.phase = case.phase
            self.rating.token = case.token
        self._draw_read()

    def _as_shown(self, score: float | None) -> float | None:
        """A score as the rating bar has it: grades by their place in the list, confidence as a whole number."""
        if score is None or SCALES[self.state.scale] == "number":
            return score
        grades = self.state.protocol.grades
        return grades.index(int(score)) if grades else round(score)

    def _lay_open(self, case: Case) -> None:
        """Lay over the film what the arm shows of the AI now; nothing where it shows nothing."""
        if case.ai is None or self._covered or "heatmap" not in case.ai.shows:
            return
        heat = self.state.heatmap(case)
        if heat is not None:
            self.viewer.heat(heat)
            self.viewer.opacity = 0.35
        found = self.state.scale != "confidence" or case.ai.answer >= case.ai.threshold
        if case.ai.peak is not None and found:
            self.viewer.points = [case.ai.peak]

    def _prepare(self, case: Case) -> None:
        """Behind the reader's back: the heat map of this film, then the next film and its heat map."""
        self.state.prepare(case.reading.case)
        with self._lock:
            if self._step is case and self._feedback is None and not self.viewer.heated:
                self._lay_open(case)
        following = self.state.after(case)
        if following is not None:
            self.state.prepare(following)

    def _committed(self, token: str, value: float | None, changed: int) -> None:
        case = self._step
        if not isinstance(case, Case) or token != self.rating.token:
            return  # a press that came too late
        if self._feedback is not None:
            self._go()
            return
        if value is None:
            return
        score = self.state.protocol.grades[int(value)] if self.state.protocol.grades else float(value)
        seconds, mark = time.monotonic() - self._begun, self.viewer.mark
        try:
            mine = self.state.commit(case, score, mark, seconds, changed, self._expired)
        except BaseException:
            self.rating.again()
            raise
        self.page.hush()
        self._feedback = self.state.feedback(case)
        if self._feedback is None:
            self._go()
        else:
            self._show_feedback(case, score, mark)
        if not mine:
            self.page.say("study.error.stale", kind="note")

    def _ran_out(self, token: str) -> None:
        """The time is up: the film is covered, the answer stays open."""
        if isinstance(self._step, Case) and token == self.rating.token:
            mark = self.viewer.mark
            self._expired = True
            self.viewer.clear()
            self.viewer.set_trait("mark", mark)
            self.page.say("study.read.expired", kind="note")

    def _show_feedback(self, case: Case, score: float, mark: tuple[int, int] | None) -> None:
        """Practice only: the truth, once the last answer for this film is in."""
        assert self._feedback is not None
        self._given = score, mark
        if self.viewer.shape is None:
            self.viewer.show(case.film)
        self.viewer.boxes = [tuple(box) for box in self._feedback.boxes]
        with self.rating.hold_sync():
            self.rating.phase = "feedback"
            self.rating.token = case.token + ".feedback"
        self._draw_read()

    def _later(self, work: Callable[..., object], *args: Any) -> None:
        self._behind.submit(safely(self.page)(work), *args)

    # ------------------------------------------------------------- drawing
    def _turn_to(self, screen: str) -> None:
        for name, box in self.screens.items():
            box.layout.display = None if name == screen else "none"
        (self.page.add_class if screen == "read" else self.page.remove_class)("xr-plain")
        if screen != "read":  # there the answer takes the focus
            self.page.focus(f".xr-screen-{screen}")

    def draw(self) -> None:
        """Write everything, in the language in use."""
        with self._lock:
            self._draw_enter()
            if self.state.reader is not None:
                self._draw_code()
            if isinstance(self._step, Case):
                self._draw_read()
            elif self._step is not None:
                self._draw_rest()

    def _draw_enter(self) -> None:
        self.resume_head.value = f"<h2>{_t('enter.resume')}</h2><p>{_t('enter.resume_lead')}</p>"
        none = self.studies.options[0][1] == ""
        lead = "enter.none" if none else "enter.join_lead"
        self.join_head.value = f"<h2>{_t('enter.join')}</h2><p>{_t(lead)}</p>"
        self.join_row.layout.display = "none" if none else None
        self.results.value = f"<p><a href='study-results.ipynb?lang={language()}'>{_t('enter.results')} ›</a></p>"

    def _draw_code(self) -> None:
        assert self.state.reader is not None
        code = escape(self.state.reader.code)
        shown = f"<h2>{_t('code.title')}</h2><p class='xr-code'>{code}</p><p>{_t('code.write')}</p>"
        if any(arm.ai != "none" for arm in self.state.protocol.arms):
            shown += f"<p>{_t('code.ai_errs')}</p>"
        self.shown_code.value = shown

    def _draw_read(self) -> None:
        case = self._step
        assert isinstance(case, Case)
        assert self.state.reader is not None
        how = case.mode if case.mode != "second" else "second_after" if case.ai else "second_before"
        self.rating.note = text(f"study.read.{how}")
        self.uncover.layout.display = None if self._covered else "none"
        self.ai.value = "" if case.ai is None else ai_line(case.ai, self.state.scale)
        notes = []
        if case.reading.practice and self._feedback is None:
            notes.append(_t("read.practice"))
        if self._covered:
            notes.append(_t("read.frozen"))
        if self._feedback is not None:
            notes.append(feedback_line(self._feedback, *self._given, self.state.scale))
        self.answer.value = f"<p role='status'>{' '.join(notes)}</p>" if notes else ""
        self.ai.layout.display = None if self.ai.value else "none"
        self.answer.layout.display = None if notes else "none"
        code = escape(self.state.reader.code)
        self.saved.value = f"<p class='xr-soft'>{_t('read.saved', code=code)}</p>"

    def _draw_rest(self) -> None:
        step = self._step
        assert self.state.reader is not None
        code = self.state.reader.code
        if isinstance(step, Pause):
            head = _t("pause.title", session=step.session, total=step.sessions)
            if step.until is None:
                body = _t("pause.now", code=code)
            else:
                body = _t("pause.wait", code=code, day=step.until.astimezone().strftime("%Y-%m-%d %H:%M"))
            self.next_session.layout.display = None if step.until is None else "none"
        else:
            assert isinstance(step, End)
            head = _t("end.title")
            body = _t("end.said", n=step.answers, code=code, seconds=step.seconds)
            body += "".join(f"</p><p>{own_line(own)}" for own in step.own) + f"</p><p>{_t('end.results')}"
            self.next_session.layout.display = "none"
        self.rest.value = f"<h2>{head}</h2><p>{body}</p>"


def own_line(own: "OwnResult") -> str:
    """How the reader did in one arm, as counts: one reader's few films make no rate."""
    counts = {name: getattr(own, name) for name in ("found", "diseased", "cleared", "normal")}
    return _t("end.own", arm=arm_name(own.arm), **counts)


def ai_line(ai: Any, scale: str) -> str:
    """What the arm shows of the AI's answer, in words."""
    if "probability" not in ai.shows:
        words = _t("read.heat_only")
    elif scale == "confidence":
        words = _t(
            "read.probability", words=text(f"review.scale.{in_words(ai.answer)}"), percent=round(100 * ai.answer)
        )
    else:
        words = f"{ai.answer:.0f}"
    return f"<p class='xr-ai' role='status'><b>{_t('read.ai')}</b> {words}</p>"


def feedback_line(feedback: "Feedback", score: float, mark: tuple[int, int] | None, scale: str) -> str:
    """What is true of a practice film, and how the reader did."""
    if scale != "confidence":
        return _t("read.was_value", value=feedback.truth)
    there = feedback.truth == 1
    parts = [_t("read.was_yes" if there else "read.was_no")]
    parts.append(_t("read.you_right" if (score > 50) == there else "read.you_wrong"))
    if there and mark is not None and feedback.boxes:
        row, col = mark
        hit = any(r0 <= row < r1 and c0 <= col < c1 for r0, c0, r1, c1 in feedback.boxes)
        parts.append(_t("read.mark_hit" if hit else "read.mark_missed"))
    return " ".join(parts)


def _t(key: str, **values: Any) -> str:
    return escape(text(f"study.{key}", **values), quote=False)


def _card(*widgets: Widget) -> VBox:
    return VBox(list(widgets)).add_class("xr-card")
