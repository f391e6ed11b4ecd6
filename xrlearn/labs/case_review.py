"""The case review: a clinician reads films, commits to an answer, and only then sees the model's.

The page is drawn from light parts first. Films, then torch and the model, come in a second thread once the browser
shows the page, and predictions are made there too, so that nothing the reader does has to wait for them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from IPython.display import display
from ipywidgets import HTML, BoundedIntText, Box, Button, Dropdown, HBox, IntSlider, ToggleButtons, VBox, Widget

from .. import locale
from ..locale import text
from . import case_review_panels as panels
from .card_figures import CardFigures
from .case_review_state import CaseReview, Film, NotYet, Opinion, look_at
from .chances import Operating
from .parts import Drop, Page, Viewer, safely
from .parts.reading_keys import ReadingKeys, confidence

if TYPE_CHECKING:
    from ..radiograph import Report
    from ..tasks.reading import ReadingFilms
    from ..training import Model

TASK = "fracture"
#: simulated films to make where no public ones are on the machine
MADE = 60
#: of these, how many are made before the reader asks for them
AHEAD = 4
TOOLS = ["window", "pan", "measure", "angle", "mark"]

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
        self.state = CaseReview()
        self.page = Page("review.page.title", "review.page.lead")
        self._lock = RLock()  # the reader's hand and the thread behind take turns
        self._behind = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._started = False
        self._quiet = False  # controls are being set, not used
        self._films = "looking"  # or "there", "made"
        self._status = "loading"  # or "ready", "missing"
        self._made: ReadingFilms | None = None  # where films are simulated
        self._model: Model | None = None
        self._shown = CardFigures()  # of the model, beside the film under review
        self._operating: Operating | None = None
        self._seen = False
        self._report: Report | None = None
        self._examined = False

        self._build()
        self._listen()
        self.draw()
        self.page.words.on_switch(self.draw)

    # ------------------------------------------------------------- the page
    def _build(self) -> None:
        words = self.page.words
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}

        self.region = Dropdown(**wide)
        words.bind_options(self.region, {"": "review.choose.all"})
        self.region.value = ""
        self.number = BoundedIntText(value=1, min=1, max=9999, **wide)
        self.case = Dropdown(options=[("–", -1)], **wide)
        self.previous, self.next = Button(), Button()
        for widget, name in ((self.region, "region"), (self.number, "list"), (self.case, "film")):
            words.bind(widget, "description", f"review.choose.{name}")
        words.bind(self.previous, "description", "review.choose.previous")
        words.bind(self.next, "description", "review.choose.next")
        words.bind(self.number, "tooltip", "review.choose.list_hint")
        self.about = HTML().add_class("xr-about")

        self.viewer = Viewer(tools=TOOLS)
        self.drop = Drop(self._on(self._dropped))
        self.film = HTML()
        self.as_is, self.inverted = Button(), Button()
        words.bind(self.as_is, "description", "review.film.as_is")
        words.bind(self.inverted, "description", "review.film.inverted")
        self.settling = HBox([self.as_is, self.inverted])
        self.blacken = Button()
        words.bind(self.blacken, "description", "review.film.black_out")
        self.privacy = HTML()

        self.question, self.given = HTML(), HTML()
        self.answer = ToggleButtons().add_class("xr-answer")
        words.bind_options(self.answer, {False: "review.ask.no", True: "review.ask.yes"})
        self.answer.value = None
        words.bind(self.answer, "tooltip", "review.ask.question")
        self.sure = IntSlider(value=75, min=50, max=100, step=5, continuous_update=False, **wide)
        words.bind(self.sure, "description", "review.ask.sure")
        self.commit = Button(button_style="primary", disabled=True).add_class("xr-commit")
        words.bind(self.commit, "description", "review.ask.commit")
        self.hint = HTML()

        self.model, self.truth, self.tally = HTML().add_class("xr-model"), HTML(), HTML()
        self.truth_card = _card(self.truth)

        self.cost_lead = HTML().add_class("xr-lead")
        self.threshold = IntSlider(value=50, min=1, max=99, **wide)
        words.bind(self.threshold, "description", "review.cost.threshold")
        self.prevalence = IntSlider(value=20, min=1, max=60, **wide)
        words.bind(self.prevalence, "description", "review.cost.prevalence")
        self.cost, self.roc = HTML(), HTML()
        self.cost_body = Box([VBox([self.threshold, self.prevalence, self.cost]), self.roc]).add_class("xr-cost")
        self.card = HTML()

        steps = HBox([self.previous, self.next]).add_class("xr-steps")
        controls = HBox([self.region, self.number, self.case, steps, self.about])
        choose = Box([controls.add_class("xr-controls"), self.drop]).add_class("xr-choose")
        left = VBox([
            self.viewer,
            _card(self.film, self.settling, self.blacken, self.privacy).add_class("xr-film"),
            _card(self.tally).add_class("xr-tally"),
        ]).add_class("xr-column")  # fmt: skip
        self.asking = [self.answer, self.sure, self.hint, self.commit]
        right = VBox([
            _card(self.question, *self.asking, self.given),
            _card(self.model),
            self.truth_card,
        ]).add_class("xr-column").add_class("xr-panels")  # fmt: skip
        style = HTML(f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>")
        self.page.add(
            style.add_class("xr-style"),
            ReadingKeys(self._on(self._keyed), self._on(self._entered)).add_class("xr-style"),
            choose,
            Box([left, right]).add_class("xr-main"),
            _card(self.cost_lead, self.cost_body),
            _card(self.card),
        )
        self.page.body.add_class("xr-review")

    def _listen(self) -> None:
        self.viewer.on_msg(self._on(self._opened))
        self.viewer.observe(self._on(self._marked), "mark")
        self.region.observe(self._on(self._relist), "value")
        self.number.observe(self._on(self._relist), "value")
        self.case.observe(self._on(self._chosen), "value")
        self.previous.on_click(self._on(lambda _: self._step(-1)))
        self.next.on_click(self._on(lambda _: self._step(1)))
        self.answer.observe(self._on(lambda _: self._ready_to_commit()), "value")
        self.as_is.on_click(self._on(lambda _: self._settled(False)))
        self.inverted.on_click(self._on(lambda _: self._settled(True)))
        self.blacken.on_click(self._on(lambda _: self._reshow(self.state.black_out())))
        self.commit.on_click(self._on(self._committed))
        for slider in (self.threshold, self.prevalence):
            slider.observe(self._on(lambda _: self._draw_answers()), "value")

    def _on(self, callback: Callable[P, R]) -> Callable[P, R | None]:
        """Guard a callback, and let one thread in at a time."""

        @wraps(callback)
        def alone(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._lock:
                return callback(*args, **kwargs)

        return safely(self.page)(alone)

    # ------------------------------------------------------------- the thread behind
    def _opened(self, _: Widget, message: dict[str, Any], buffers: list[Any]) -> None:
        """The browser shows the page: fetch what takes longer."""
        if message.get("type") == "ready" and not self._started:
            self._started = True
            self.start()

    def start(self) -> None:
        """Look for films, then load the model, in the thread behind."""
        self._later(self._find_films)
        self._later(self._load_model)

    def _later(self, work: Callable[..., object], *args: Any) -> None:
        self._behind.submit(safely(self.page)(work), *args)

    def _find_films(self) -> None:
        from ..tasks import SIMULATED, load, source_of
        from ..tasks.reading import ReadingFilms

        made = source_of(TASK) == SIMULATED
        # Models have learned from simulated patients of another seed, so all of these may be read.
        self._made = ReadingFilms(TASK, MADE) if made else None
        cases = load(TASK) if self._made is None else self._made.table()
        with self._lock:
            self.state.offer(cases, self._made.make if self._made else None)
            self._films = "made" if made else "there"
            regions = {region: f"review.region.{region}" for region in self.state.regions()}
            with self._filling():
                self.page.words.bind_options(self.region, {"": "review.choose.all"} | regions)
                self.region.value = ""
            self._fill(keep=self.state.film is not None)
            self._draw_choice()

    def _make_ahead(self) -> None:
        """Make the next film of the list, so that it is there when the reader goes on; the one after it comes next."""
        n, here = len(self.state.order), self.case.value
        if self._made is None or here < 0:
            return
        for step in range(1, min(AHEAD, n - 1) + 1):
            place = self.state.order[(here + step) % n]
            if not self._made.there(place):
                self._made.make(place)
                self._later(self._make_ahead)  # what the reader has asked for meanwhile comes before
                return

    def _load_model(self) -> None:
        from ..training import shipped
        from ..training.weights import WeightsError

        try:
            model = shipped(TASK)
        except WeightsError:
            model = None
        with self._lock:
            self._model, self._status = model, "missing" if model is None else "ready"
            if model is not None:
                self.threshold.value = round(100 * model.card.threshold)
            self.draw()

    def _predict(self, film: Film) -> None:
        """Ask the model about `film`, unless the reader has gone on to another meanwhile."""
        if self._model is None or film is not self.state.film:
            return
        from ..training import predict

        prediction = predict(film.radiograph, TASK, self._model)
        known = self._model.knows(film.radiograph)
        with self._lock:
            if self.state.deliver(film, prediction):
                self._seen = known
                self._draw_answers()

    def _examine(self, film: Film, data: bytes) -> None:
        """Find out what the file tells of the patient."""
        from ..radiograph import deidentify
        from ..radiograph.reading import is_dicom

        report = deidentify(data)[1] if is_dicom(data) else None
        with self._lock:
            if film is self.state.film:
                self._report, self._examined = report, True
                self._draw_privacy()

    # ------------------------------------------------------------- what the reader does
    @contextmanager
    def _filling(self) -> Iterator[None]:
        """Set the controls without taking it for the reader's doing."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _relist(self, _: object) -> None:
        if self.state.cases is not None and not self._quiet:
            self._fill()
            self._draw_choice()

    def _fill(self, keep: bool = False) -> None:
        """Make the reading list anew and open its first film, unless a film is to stay."""
        self.state.list_films(self.region.value or None, self.number.value)
        n = len(self.state.order)
        with self._filling():
            self.case.options = [("–", -1), *((f"{i + 1} / {n}", i) for i in range(n))]
            self.case.value = -1
        if n and not keep:
            self.case.value = 0

    def _chosen(self, change: dict[str, Any]) -> None:
        if self._quiet or change["new"] < 0:
            return
        try:
            self._open(*self.state.fetch(change["new"]))
        except Exception:
            with self._filling():
                self.case.value = change["old"]
            raise

    def _step(self, by: int) -> None:
        """Go to the next or the previous film; the list is a circle."""
        n = len(self.state.order)
        if n:
            here = self.case.value
            self.case.value = (here + by) % n if here >= 0 else 0

    def _dropped(self, data: bytes) -> None:
        self._open(look_at(data), data)
        with self._filling():
            self.case.value = -1

    def _open(self, film: Film, data: bytes) -> None:
        """Put a film that could be read before the reader."""
        self.state.open(film)
        self._report, self._examined, self._seen = None, False, False
        self.page.hush()
        opinion = self.state.opinion
        self.viewer.show(film.radiograph)
        self.answer.value = None if opinion is None else opinion.fracture
        self.sure.value = 75 if opinion is None else opinion.sureness
        self.viewer.set_trait("mark", None if opinion is None else opinion.mark)
        self.draw()
        self._later(self._predict, film)
        self._later(self._examine, film, data)
        self._later(self._make_ahead)

    def _settled(self, inverted: bool) -> None:
        """The reader has said how the film is to be shown: show it so, and let the model look."""
        self._reshow(self.state.settle(inverted))

    def _reshow(self, film: Film | None) -> None:
        if film is not None:
            self.viewer.show(film.radiograph)
            self.draw()
            self._later(self._predict, film)

    def _marked(self, _: object) -> None:
        opinion = self.state.opinion
        if opinion is not None and self.viewer.mark != opinion.mark:
            self.viewer.set_trait("mark", opinion.mark)  # what was committed stays
        self._draw_hint()

    def _ready_to_commit(self) -> None:
        self.commit.disabled = self.state.film is None or self.state.opinion is not None or self.answer.value is None

    def _keyed(self, digit: int) -> None:
        """A digit answers as in a reader study: from 0, surely none, to 9, surely a fracture."""
        if self.state.film is not None and self.state.opinion is None:
            self.answer.value = confidence(digit) > 50
            self.sure.value = max(confidence(digit), 100 - confidence(digit))

    def _entered(self) -> None:
        """Enter commits and, once that is done, goes on to the next film."""
        if self.state.opinion is not None:
            self._step(1)
        elif not self.commit.disabled:
            self._committed(None)

    def _committed(self, _: object) -> None:
        if self.answer.value is None:
            raise NotYet("review.error.answer_first")
        self.state.commit(Opinion(bool(self.answer.value), int(self.sure.value), self.viewer.mark))
        self._draw_answers()
        self.page.focus(".xr-model")

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        with self._lock:
            self._choose_figures()
            self._draw_choice()
            self.question.value = f"<h2>{_t('ask.title')}</h2><p>{_t('ask.question')}</p>"
            self.film.value = panels.film_panel(self.state.film)
            self.film.layout.display = None if self.state.film else "none"
            self.settling.layout.display = None if self.state.film and self.state.film.asks else "none"
            self.blacken.layout.display = None if self.state.lettering else "none"
            self.viewer.boxes = [tuple(box) for box in self.state.lettering]
            self._draw_privacy()
            card = self._model.card if self._model else None
            self.card.value = panels.card_panel(card, locale.language(), self._shown)
            self._draw_hint()
            self._draw_answers()

    def _choose_figures(self) -> None:
        """Take the figures of films like the one under review."""
        if self._model is not None:
            film = self.state.film
            self._shown = CardFigures.beside(self._model.card, film.source if film else None)
            self._operating = Operating.of(self._shown.figures)

    def _draw_choice(self) -> None:
        n = len(self.state.order)
        self.about.value = _t(
            {"looking": "choose.looking", "made": "choose.made", "there": "choose.about"}[self._films], n=n
        )
        for widget in (self.region, self.number, self.case, self.previous, self.next):
            widget.disabled = self._films == "looking"

    def _draw_privacy(self) -> None:
        self.privacy.value = panels.privacy_panel(self._report) if self._examined else ""
        self.privacy.layout.display = None if self._examined else "none"

    def _draw_hint(self) -> None:
        mark = self.viewer.mark
        said = _t("ask.mark") if mark is None else _t("ask.marked", row=mark[0], col=mark[1])
        self.hint.value = (
            f"<p class='xr-soft'>{panels.flow(_t('ask.sure_ends'), said)}</p><p class='xr-soft'>{_t('ask.keys')}</p>"
        )

    def _draw_answers(self) -> None:
        """The reader's answer, and behind it the model's and the data set's: nothing of those before she commits."""
        state = self.state
        opinion, film = state.opinion, state.film
        self._ready_to_commit()
        self._draw_cost()
        self.tally.value = panels.tally_panel(state.tally())
        for widget in self.asking:
            widget.layout.display = None if opinion is None else "none"
        self.answer.disabled = film is None
        self.given.value = "" if opinion is None else panels.answer_line(opinion)
        self.given.layout.display = "none" if opinion is None else None
        self.viewer.tools = TOOLS if opinion is None else TOOLS[:-1]
        head = f"<h2>{_t('model.title')}</h2>"
        if film is None or opinion is None:
            soon = panels.flow(_t("model.waiting"), _t(f"model.{self._status}"))
            self.model.value = f"{head}<p class='xr-soft'>{soon}</p>"
            self.truth_card.layout.display = "none"
            return
        if self.viewer.tool == "mark":
            self.viewer.tool = "window"
        prediction = state.prediction
        if prediction is None:
            waiting = "thinking" if self._status == "ready" else self._status
            self.model.value = f"{head}<p role='status'>{_t(f'model.{waiting}')}</p>"
        else:
            answer = panels.model_panel(prediction, opinion, film, self._threshold(), self._base(), self._seen)
            if prediction.known and film.source is not None and self._operating is None:
                answer += f"<p class='xr-caution' role='note'>{_t('model.unmeasured')}</p>"
            self.model.value = head + answer
            if prediction.known and prediction.heatmap is not None and not self.viewer.heated:
                self.viewer.heat(prediction.heatmap)
            peak = prediction.heatmap_peak if prediction.known else None
            self.viewer.points = [] if peak is None else [peak]
        self.viewer.boxes = [tuple(box) for box in state.boxes]
        said = panels.truth_panel(state.truth, film, opinion, prediction, self._threshold())
        self.truth.value = f"<h2>{_t('truth.title')}</h2>{said}"
        self.truth_card.layout.display = None

    def _draw_cost(self) -> None:
        """The price of the threshold, counted on films like this one; none where the model does not know such films."""
        unknown = self.state.opinion is not None and not getattr(self.state.prediction, "known", True)
        if unknown:
            lead = "unknown"
        elif self._model is None or self._operating is not None:
            lead = "lead"
        else:
            lead = "none_like" if self._model.card.figures else "absent"
        priced = self._operating is not None and not unknown
        self.cost_lead.value = f"<h2>{_t('cost.title')}</h2><p>{_t(f'cost.{lead}')}</p>"
        self.cost_body.layout.display = None if priced else "none"
        if priced and self._operating is not None and self._model is not None:
            threshold, own = self._threshold(), self._model.card.threshold
            self.cost.value = panels.cost_panel(self._operating, threshold, self.prevalence.value, own, self._shown)
            self.roc.value = panels.roc_plot(self._operating, threshold)

    def _threshold(self) -> float:
        """The threshold chosen; the slider at rest stands for the model's own, which is no whole percent."""
        own = self._model.card.threshold if self._model else 0.5
        return own if self.threshold.value == round(100 * own) else self.threshold.value / 100

    def _base(self) -> int | None:
        """Fractures among 100 of the films that the model was calibrated on; None where they are not like this one."""
        card, film = self._model.card if self._model else None, self.state.film
        part = card.data.get("splits", {}).get("valid") if card else None
        if part is None or film is None or card is None or film.source != card.figures.get("source"):
            return None
        return round(100 * part["positive"] / part["films"])


def _t(key: str, **values: Any) -> str:
    return text(f"review.{key}", **values)


def _card(*widgets: Widget) -> VBox:
    return VBox(list(widgets)).add_class("xr-card")
