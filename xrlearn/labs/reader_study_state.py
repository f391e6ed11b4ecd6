"""A reader's way through a study, without widgets: what is due, what may be shown of it, and what was answered.

What a reader is not yet to know stays in the store: neither the truth nor a planted error is held here.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from ..locale import text
from ..locale.errors import SentenceError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ..progress import Progress
    from ..radiograph import Radiograph
    from ..readers.protocol import Protocol, Scale
    from ..readers.records import AIAnswer, Feedback, OwnResult, Reader, Reading
    from ..readers.shipped import Model
    from ..readers.store import Store

#: films kept in memory: the one on the stage, the one before, and the next
KEPT = 3
#: the longest side of a heat map that is kept, in pixels; all of a study's stay in memory
FINE = 512


class Said(SentenceError):
    """What was asked for does not go together; the message says why."""


@dataclass(frozen=True)
class Plan:
    """A study as the form describes it.

    Attributes
    ----------
    ai : tuple of "concurrent", "second", "first"
        One arm each, beside the arm without AI. A sequential study has one.
    """

    title: str
    number: int = 20
    prevalence: float = 0.5
    design: str = "crossover"
    ai: tuple[str, ...] = ("concurrent",)
    shows: tuple[str, ...] = ("probability", "heatmap")
    practice: int = 2
    commission: int = 2
    omission: int = 2
    washout_days: float = 28
    time_limit_s: float = 0
    own_result: bool = False
    seed: int = 1

    def protocol(self) -> "Protocol":
        """Return it as a protocol.

        Raises
        ------
        Said
            If the numbers do not go together.

        Examples
        --------
        >>> [arm.name for arm in Plan("Ours").protocol().arms]
        ['unaided', 'aided']
        """
        from ..readers.protocol import Protocol

        if not self.ai:
            raise Said("study.error.no_ai")
        if self.design == "sequential" and len(self.ai) > 1:
            raise Said("study.error.one_ai")
        names = {mode: "aided" if len(self.ai) == 1 else f"AI {mode}" for mode in self.ai}
        raw = Protocol.example().model_dump(mode="json", exclude_none=True) | {
            "title": self.title,
            "seed": self.seed,
            "design": self.design,
            "practice": self.practice,
            "washout_days": self.washout_days,
            "time_limit_s": self.time_limit_s,
            "own_result": self.own_result,
            "cases": {"number": self.number, "prevalence": self.prevalence},
            "planted": {"commission": self.commission, "omission": self.omission},
            "arms": [{"name": "unaided"}] + [{"name": n, "ai": mode, "shows": self.shows} for mode, n in names.items()],
        }
        diseased = round(self.number * self.prevalence)
        if self.commission > self.number - diseased or self.omission > diseased:
            raise Said("study.error.planted", with_=diseased, without=self.number - diseased)
        return Protocol.model_validate(raw)


@dataclass(frozen=True, eq=False)
class Case:
    """The film before the reader.

    Attributes
    ----------
    token : str
        Names the answer that is due; a commit bears it.
    place, total : int
        Which film it is, in this session (or among the practice films).
    mode : {"none", "concurrent", "first", "second"}
        The part that the AI plays; in a sequential study it is a second reader.
    phase : {"only", "first", "final"}
        Whether the answer is the only one, or the first or the last of those for this film.
    ai : AIAnswer or None
        What the AI says; None where the reader is not, or not yet, to know.
    seconds : float
        Since the film was first shown, by the store's clock.
    value, mark : float, (row, column) or None
        The reader's earlier answer for this film, from which a final one starts.
    """

    token: str
    reading: "Reading"
    film: "Radiograph"
    place: int
    total: int
    mode: str
    phase: str
    ai: "AIAnswer | None"
    seconds: float
    value: float | None = None
    mark: tuple[int, int] | None = None


@dataclass(frozen=True)
class Pause:
    """Between two sessions; `until` is the end of the washout, None when the next may begin."""

    session: int
    sessions: int
    until: datetime | None


@dataclass(frozen=True)
class End:
    """All is read: how many answers count, the median time of one in seconds, and how the reader did (if allowed)."""

    answers: int
    seconds: float
    own: "tuple[OwnResult, ...]" = ()


class ReaderStudy:
    """One page's view of the store: sets studies up, and leads one reader through hers.

    Parameters
    ----------
    store : Store, optional
        The default store, opened when it is first needed, when left out.
    films : callable, optional
        Called with the protocol for the source's cases table; :func:`xrlearn.readers.films` when left out.
    model : callable, optional
        Reads one film when a study is set up; the model that ships when left out.
    """

    def __init__(
        self,
        store: "Store | None" = None,
        films: "Callable[[Protocol], pd.DataFrame] | None" = None,
        model: "Model | None" = None,
    ) -> None:
        self._store, self._films, self._model = store, films or _from_source, model
        self.reader: Reader | None = None
        self.lead = ""  # code of the leader of the study set up last, shown once
        self.passed_over = 0  # films of the study set up last, because the model does not know films like them
        self._protocol: Protocol | None = None
        self._folder: Path | None = None
        self._order: list[tuple[int, bool, str, str]] = []  # session, practice, arm, case
        self._paths: dict[str, str] = {}
        self._kept: OrderedDict[str, Radiograph] = OrderedDict()
        self._maps: dict[str, NDArray[np.float32] | None] = {}
        self._earlier: dict[str, tuple[float, tuple[int, int] | None]] = {}
        self._lock = RLock()

    @property
    def store(self) -> "Store":
        """The store, opened when it is first asked for."""
        with self._lock:
            if self._store is None:
                from ..readers.store import Store

                self._store = Store()
            return self._store

    def needs(self, protocol: "Protocol") -> int:
        """Return how many simulated films :meth:`make_films` has ready at its end; 0 where films are taken as found."""
        from ..readers.source import needed
        from ..tasks import SIMULATED, source_of

        own = self._films is _from_source
        return needed(protocol) if own and (protocol.source or source_of(protocol.task)) == SIMULATED else 0

    def make_films(self, protocol: "Protocol", progress: "Progress") -> None:
        """Make the simulated films of a study; they are kept, so that :meth:`create` finds them.

        Raises
        ------
        xrlearn.progress.Stopped
            If `progress` stopped it.
        """
        from ..readers import films

        films(protocol, progress)

    # ------------------------------------------------------------- the study's leader
    def studies(self) -> list[tuple[str, str]]:
        """Return the studies, newest first: id, and how a list shows it."""
        return [
            (str(row.study), text("study.enter.listed", title=row.title, study=row.study, readers=row.readers))
            for row in self.store.studies().itertuples()
        ]

    def create(self, protocol: "Protocol", progress: Callable[[int, int], None] | None = None) -> str:
        """Choose the films, let the AI read each once, store the study, and return its id; `lead` is its leader's code.

        Raises
        ------
        StudyError
            If there are too few films.
        """
        from ..readers.lead import new_code
        from ..readers.plan import ai_answers, choose_cases, root

        cases = self._films(protocol)
        chosen = choose_cases(protocol, cases, self._model)
        self.passed_over = chosen.attrs["unknown"]
        answers = ai_answers(protocol, chosen, root(cases), self._model, progress=progress)
        self.lead = new_code()
        return self.store.create(protocol, chosen, answers, self.lead)

    # ------------------------------------------------------------- the reader
    def join(self, study: str, seniority: str | None = None, years: int | None = None) -> "Reader":
        """Take part in a study, saying how experienced one is; return the reader, whose code leads back."""
        return self._enter(self.store.join(study, seniority, years))

    def resume(self, code: str) -> "Reader":
        """Go on where the reader of this code stopped."""
        return self._enter(self.store.resume(code))

    def _enter(self, reader: "Reader") -> "Reader":
        from ..readers.plan import plan, root

        study = self.store.study(reader.study)
        folder = root(self._films(study.protocol))
        for kept in (self._kept, self._maps, self._earlier):
            kept.clear()
        self.reader, self._protocol, self._folder = reader, study.protocol, folder
        self._paths = dict(zip(study.films["case"], study.films["path"]))
        readings = plan(study.protocol, study.films, reader.number)
        self._order = [(r.session, r.practice, r.arm, r.case) for r in readings]
        return reader

    @property
    def protocol(self) -> "Protocol":
        """The protocol of the reader's study."""
        assert self._protocol is not None, "nobody reads yet"
        return self._protocol

    @property
    def scale(self) -> "Scale":
        """The scale of answers."""
        return self.protocol.scale

    @property
    def limit(self) -> float | None:
        """Seconds for a film; None without a limit."""
        return self.protocol.time_limit_s or None

    def step(self, rested: bool = False) -> Case | Pause | End:
        """Return what comes next for the reader.

        Parameters
        ----------
        rested : bool
            The reader has seen the page between two sessions, and begins the next.

        Raises
        ------
        StudyError
            If the film is not there any more.
        """
        assert self.reader is not None, "nobody reads yet"
        code = self.reader.code
        progress = self.store.progress(code)
        if progress.finished:
            mine = self.store.ratings(self.reader.study).query("reader == @self.reader.pseudonym")
            return End(len(mine), float(mine["seconds"].median()), tuple(self.store.own_result(code) or ()))
        reading = self.store.next(code)
        between = progress.session > 1 and progress.session_done == 0 and not (rested or (reading and reading.answers))
        if reading is None or between:
            return Pause(progress.session - 1, progress.sessions, progress.waiting_until)
        film = self.film(reading.case)
        seconds = self.store.begin(code, reading.id)
        return self._case(reading, film, seconds, self.store.ai(code, reading.id))

    def _case(self, reading: "Reading", film: "Radiograph", seconds: float, ai: "AIAnswer | None") -> Case:
        arms = [arm.name for arm in self.protocol.arms]
        sequential = self.protocol.design == "sequential"
        count, at = (len(arms), arms.index(reading.arm)) if sequential else (len(reading.stages), len(reading.answers))
        phase = "only" if count == 1 else "final" if at == count - 1 else "first"
        earlier = self._earlier.get(reading.case) if phase == "final" else None
        if phase == "final" and reading.answers:
            earlier = reading.answers[-1].score, reading.answers[-1].mark
        here = [case for s, p, _, case in self._order if (s, p) == (reading.session, reading.practice)]
        here = list(dict.fromkeys(here))  # a sequential study reads each film in every arm
        return Case(
            token=f"{reading.id}.{len(reading.answers)}",
            reading=reading,
            film=film,
            place=here.index(reading.case) + 1,
            total=len(here),
            mode="second" if sequential else self.protocol.arm(reading.arm).ai,
            phase=phase,
            ai=ai,
            seconds=seconds,
            value=earlier and earlier[0],
            mark=earlier and earlier[1],
        )

    def commit(
        self,
        case: Case,
        score: float,
        mark: tuple[int, int] | None,
        seconds: float,
        changed: int = 0,
        timed_out: bool = False,
    ) -> bool:
        """Save an answer; return False where another tab was quicker, whose answer stands.

        Raises
        ------
        StudyError
            If it cannot be saved.
        """
        from ..readers.records import Answer

        assert self.reader is not None, "nobody reads yet"
        stage = case.reading.stage
        assert stage is not None, "all answers were given"
        answer = Answer(stage, score, mark, seconds, changed, timed_out=timed_out)
        kept = self.store.commit(self.reader.code, case.reading.id, answer)
        self._earlier = {case.reading.case: (kept.score, kept.mark)}
        return kept == answer

    def feedback(self, case: Case) -> "Feedback | None":
        """Return the truth of a practice film once its last answer is saved; None for every other film."""
        assert self.reader is not None, "nobody reads yet"
        if not case.reading.practice or case.phase == "first":
            return None
        return self.store.feedback(self.reader.code, case.reading.id)

    # ------------------------------------------------------------- films and heat maps, in memory
    def film(self, case: str) -> "Radiograph":
        """Return a film of the study, read from its file if it is not at hand.

        Raises
        ------
        StudyError
            If it is gone, or another bears its name.
        RadiographError
            If it cannot be read.
        """
        from ..radiograph import read
        from ..readers.plan import find_film

        with self._lock:
            if case not in self._kept:
                assert self._folder is not None, "nobody reads yet"
                self._kept[case] = read(find_film(self._folder, self._paths[case], case))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return self._kept[case]

    def heatmap(self, case: Case) -> "NDArray[np.float32] | None":
        """Return the AI's heat map where the arm shows it now and it is at hand (see :meth:`prepare`)."""
        from ..readers.plan import dress

        if case.ai is None or "heatmap" not in case.ai.shows:
            return None
        raw = self._maps.get(case.reading.case)
        return raw if raw is None or self.scale != "confidence" else dress(raw, case.ai.own, case.ai.answer)

    def prepare(self, case: str) -> None:
        """Have a film, and its heat map where any arm shows one, at hand. It takes seconds: call it in a thread."""
        film = self.film(case)
        if case in self._maps or not any("heatmap" in arm.shows for arm in self.protocol.arms):
            return
        self._maps[case] = _heatmap(film, self.protocol.task)

    def after(self, case: Case) -> str | None:
        """Return the film that follows, in the order of this reader; None after the last."""
        r = case.reading
        later = [film for _, _, _, film in self._order[r.position + 1 :] if film != r.case]
        return later[0] if later else None


def _from_source(protocol: "Protocol") -> "pd.DataFrame":
    from ..readers import films

    return films(protocol)


def _heatmap(film: "Radiograph", task: str) -> "NDArray[np.float32] | None":
    """Ask the model that ships, and keep as much as the viewer shows; None where there is none, or it needs more."""
    from ..training import predict
    from ..training.prediction import PredictionError
    from ..training.weights import WeightsError

    try:
        heat = predict(film, task).heatmap
    except (WeightsError, PredictionError):
        return None
    if heat is None:
        return None
    step = -(-max(heat.shape) // FINE)
    return heat[::step, ::step].copy()
