"""What takes long and is done behind the page: finding and making films, loading models, asking them.

Two threads: one makes films, the other asks models, so that no answer waits for the next patient.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..tasks import find
from ..tasks.task import SIMULATED, Task
from . import case_review_models as models
from .case_review_film import Film
from .case_review_films import ASKED, Films, examples, films_of, sources
from .case_review_kinds import Look, look
from .parts import safely

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..radiograph import Report
    from ..training import Model, Prediction
    from .case_review import CaseReviewPage

#: of simulated films, how many are made before the reader asks for them
AHEAD = 4


class Behind:
    """The threads behind a page, and what they have found out of the film that is open.

    Attributes
    ----------
    status : {"loading", "ready", "missing"}
        Of the model.
    model : Model or None
    films : Films or None
    begun : bool
        Whether the films of a question have been asked for.
    seen : bool
        Whether the model was trained or tuned on the open film.
    each : list of Prediction
        Of every view of it.
    second : list of (Task, Prediction)
        Second opinions.
    companions : list of (Film, Task, Prediction)
        What is said of further views of the patient by the tasks that such views belong to.
    alone : float or None
        Probability by the baseline column alone.
    changed : Prediction or None
        Of the record as the reader has changed it since.
    report, examined
        What the file tells of the patient, once that is known.
    kinds : Look or None
        What this film may be asked.
    """

    def __init__(self, page: "CaseReviewPage") -> None:
        self._page = page
        self.asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self.making = ThreadPoolExecutor(max_workers=1, thread_name_prefix="films")
        self.model: Model | None = None
        self.status = "loading"
        self.films: Films | None = None
        self.begun = False
        # the film that is read before the reader asks for it: of which cases, which row, and what comes of it
        self._next: tuple[Any, int, Future[tuple[Film, bytes]]] | None = None
        self.forget()

    def forget(self) -> None:
        """Drop what belonged to the last film."""
        self.seen, self.examined = False, False
        self.report: Report | None = None
        self.each: list[Prediction] = []
        self.second: list[tuple[Task, Prediction]] = []
        self.companions: list[tuple[Film, Task, Prediction]] = []
        self.alone: float | None = None
        self._predicted: Film | None = None  # which the model has been asked about
        self._besides: Film | None = None  # of which second opinions have been asked for
        self.changed: Prediction | None = None
        self.kinds: Look | None = None

    def _ask(self, work: Callable[..., object], *args: Any) -> None:
        self.asking.submit(safely(self._page.page)(work), *args)

    def _make(self, work: Callable[..., object], *args: Any) -> None:
        self.making.submit(safely(self._page.page)(work), *args)

    @property
    def _state(self) -> Any:
        return self._page.state

    # ------------------------------------------------------------- a question, and its films
    def begin(self, task: Task, source: str | None, folder: str = "", keep: bool = False) -> None:
        """Find the films of a question and load its model; with `keep` the film that is open stays."""
        self.begun = True
        self._ask(self._find, task, source, folder, keep)
        if self.model is None or self.model.card.task != task.name:
            self.status = "loading"
            self._ask(self._load, task)

    def _find(self, task: Task, source: str | None, folder: str, keep: bool) -> None:
        offered = sources(task)
        chosen = offered[0] if source is None else source
        films = films_of(task, chosen, folder)
        page = self._page
        with page.lock:
            if self._state.task is not task:
                return
            self.films = films
            self._state.offer(films.cases, films.make)
            page.where = chosen if chosen in ASKED else "made" if chosen == SIMULATED else "there"
            with page.filling():
                if source is None:
                    page.choose.fill_sources(offered)
                page.choose.fill_regions(self._state.regions())
            page.fill(keep=(keep or source is None) and self._state.film is not None)
            page.draw_choice()
        classes = getattr(self._state.form, "names", None)
        if task.films and classes and task.simulated.get("region") and hasattr(task.answer, "keys"):
            self._make(self._example, task, examples(task, len(classes)))

    def _example(self, task: Task, found: "Iterator[list[str]]") -> None:
        """Find one more example picture; what the reader asks for meanwhile comes before the next."""
        pictures = next(found, None)
        with self._page.lock:
            if pictures is None or self._state.task is not task:
                return
            self._page.input.show(pictures)
        self._make(self._example, task, found)

    def must_make(self, place: int) -> bool:
        """Say whether the film at a place of the reading list has yet to be made."""
        made = self.films.made if self.films else None
        return made is not None and not made.there(self._state.order[place])

    def make_and_open(self, place: int) -> None:
        """Make a film, then open it, unless the reader has gone on."""
        self._make(self._made, self._state.task, place)

    def _made(self, task: Task, place: int) -> None:
        page = self._page
        if self._state.task is not task or page.choose.case.value != place:
            return
        film, data = self._state.fetch(place)
        with page.lock:
            if self._state.task is task and page.choose.case.value == place:
                page.open(film, data)

    def fetch(self, place: int) -> tuple[Film, bytes]:
        """Return the film at a place of the reading list: the one that is read ahead, or it is read now."""
        state, ahead = self._state, self._next
        if ahead is not None and ahead[0] is state.cases and ahead[1] == state.order[place]:
            return ahead[2].result()
        film, data = state.fetch(place)
        return film, data

    def _read_ahead(self) -> None:
        """Read the next film of the list; one that cannot be read says so when the reader asks for it."""
        with self._page.lock:  # the reader may put another question while this one's film is read
            state, here, films = copy(self._state), self._page.choose.case.value, self.films
            if here < 0 or len(state.order) < 2:
                return
            place = (here + 1) % len(state.order)
            row = state.order[place]
            there = films is None or films.made is None or films.made.there(row)
            if not there or (self._next is not None and self._next[0] is state.cases and self._next[1] == row):
                return
            coming: Future[tuple[Film, bytes]] = Future()
            self._next = state.cases, row, coming
        try:
            film, data = state.fetch(place)
        except Exception as fault:
            self._next = None  # who asks again has it read again
            coming.set_exception(fault)
            return
        coming.set_result((film, data))
        with self._page.lock:
            if self._state.cases is state.cases:
                self._page.stage.expect(film)

    def _make_ahead(self) -> None:
        """Make the next film of the list, so that it is there when the reader goes on; the one after it comes next."""
        self._read_ahead()
        n, here = len(self._state.order), self._page.choose.case.value
        made = self.films.made if self.films else None
        if made is None or here < 0:
            return
        for step in range(1, min(AHEAD, n - 1) + 1):
            place = self._state.order[(here + step) % n]
            if not made.there(place):
                made.make(place)
                self._make(self._make_ahead)  # what the reader has asked for meanwhile comes before
                return

    # ------------------------------------------------------------- a film, and what models say of it
    def opened(self, film: Film, data: bytes) -> None:
        """Do what a film that was just opened asks for."""
        self.predict(film)
        if film.radiograph is not None:
            self._ask(self._examine, film, data)
        if self._page.what:
            self.tell_kinds(film)
        self._make(self._make_ahead)

    def predict(self, film: Film | None) -> None:
        """Ask the model about a film."""
        if film is not None:
            self._ask(self._predict, film)

    def _load(self, task: Task) -> None:
        from ..training import shipped
        from ..training.weights import WeightsError

        try:
            model = shipped(task.name)
        except WeightsError:
            model = None
        with self._page.lock:
            if self._state.task is not task:
                return
            self.model, self.status = model, "missing" if model is None else "ready"
            self._page.reply.loaded(model)
            self._page.draw()
        self._predict(self._state.film)

    def _predict(self, film: Film | None) -> None:
        """Ask the model about `film`, unless the reader has gone on to another meanwhile."""
        model, task = self.model, self._state.task
        if model is None or film is None or film is not self._state.film or model.card.task != task.name:
            return
        if film is self._predicted:  # on opening a page it is asked for when the film is there, and when the model is
            return
        self._predicted = film
        prediction, each = models.read(film, task, model)
        known = film.radiograph is not None and model.knows(film.radiograph)
        with self._page.lock:
            if self._state.deliver(film, prediction):
                self.seen, self.each = known, each
                self._page.draw_answers()
        if self._state.opinion is not None:
            self._ask(self._beside, film, task)

    def committed(self) -> None:
        """The reader has answered: ask for what stands beside the model's answer, and not before."""
        if self.model is not None:
            self._ask(self._beside, self._state.film, self._state.task)

    def _beside(self, film: Film, task: Task) -> None:
        """Ask for second opinions, for what is to be said of further views, or what one column alone says."""
        if film is not self._state.film or film is self._besides:
            return
        from ..training import shipped
        from ..training.weights import WeightsError

        self._besides = film
        found: list[tuple[Task, Prediction]] = []
        for other in models.seconds(task):
            if film is not self._state.film:
                return
            try:
                found.append((other, models.read(film, other, shipped(other.name))[0]))
            except WeightsError:
                continue
        others = [(one, find(task.companions[one.view])) for one in film.beside if one.view in task.companions]
        told = [(one, other, models.read(one, other, shipped(other.name))[0]) for one, other in others]
        share = models.alone(task, film.told)
        with self._page.lock:
            if film is self._state.film and (found or told or share is not None):
                self.second, self.companions, self.alone = found, told, share
                self._page.draw_answers()

    def what_if(self, film: Film, row: "Mapping[str, Any]") -> None:
        """Ask the model about a record as the reader has changed it; the answer that counts stays."""
        self._ask(self._changed, film, dict(row))

    def _changed(self, film: Film, row: dict[str, Any]) -> None:
        if self.model is None or film is not self._state.film:
            return
        from ..training import predict

        said = predict(row, self._state.task.name, self.model)
        with self._page.lock:
            if film is self._state.film:
                self.changed = said
                self._page.draw_answers()

    def tell_kinds(self, film: Film) -> None:
        """Find out what a film may be asked."""
        self._ask(self._kinds, film)

    def _kinds(self, film: Film) -> None:
        found = look(film)
        if not found.kinds and film.asks and film.radiograph is not None:  # a photograph is unlike anything both ways
            found = look(replace(film, radiograph=film.radiograph.confirmed(inverted=True)))
        with self._page.lock:
            if film is self._state.film:
                self.kinds = found
                self._page.draw_kinds()

    def _examine(self, film: Film, data: bytes) -> None:
        """Find out what the file tells of the patient, unless the reader has gone on meanwhile."""
        if film is not self._state.film:
            return
        from ..radiograph import deidentify
        from ..radiograph.reading import is_dicom

        report = deidentify(data)[1] if is_dicom(data) else None
        with self._page.lock:
            if film is self._state.film:
                self.report, self.examined = report, True
                self._page.draw_privacy()
