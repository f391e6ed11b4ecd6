"""Reading films beside a model, without widgets: the reader answers first, then the model does, then the data set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tasks import find
from .case_review_film import Box, Film, Spot, checked, digest, look_at, sides_differ
from .case_review_forms import form_of

if TYPE_CHECKING:
    import pandas as pd

    from ..radiograph import Radiograph
    from ..training import Prediction

#: the question that is asked first
FIRST = "fracture"
#: films of a patient that are shown side by side
MOST = 3


class NotYet(Exception):
    """The reader asked for what comes later; `key` names the sentence that says what comes first."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Opinion:
    """What the reader committed to: the answer in the question's form, how sure she was, and the place she marked.

    Attributes
    ----------
    answer : object
        See :mod:`.case_review_forms`.
    sureness : int or None
        50 to 100 %, where the form asks for it.
    mark : (row, col) or None
    """

    answer: Any
    sureness: int | None = None
    mark: Spot | None = None


@dataclass(frozen=True)
class Tally:
    """What this session has come to.

    Attributes
    ----------
    read : int
        Films that the reader has committed to.
    known, reader : int
        Those whose truth is known, and how many of them the reader got right.
    compared, model, both : int
        Those of the known that the model has read too, and how many the model, and both, got right.
    sureness : float or None
        How sure the reader was on average, in percent, over the films whose truth is known; None where nobody asked.
    """

    read: int
    known: int
    reader: int
    compared: int
    model: int
    both: int
    sureness: float | None = None

    @property
    def excess(self) -> float | None:
        """Mean sureness minus the share right, in percentage points; above 0 is over-confident."""
        return None if self.sureness is None else self.sureness - 100 * self.reader / self.known


@dataclass
class Read:
    """A film that the reader has committed to: her opinion, the truth, and the model's answer, if they are known."""

    opinion: Opinion
    truth: Any
    model: Any = None


class CaseReview:
    """One reader's session. All of it lives in memory and ends with the page.

    Neither the model's prediction nor the truth can be had before :meth:`commit`, and what was committed stays.

    Examples
    --------
    >>> import numpy as np
    >>> from xrlearn.radiograph import Radiograph
    >>> review = CaseReview()
    >>> review.open(Film("a", Radiograph(np.zeros((4, 4), np.float32)), truth=True))
    >>> review.truth
    Traceback (most recent call last):
    ...
    xrlearn.labs.case_review_state.NotYet: review.error.answer_first
    >>> review.commit(Opinion(True, 80))
    >>> review.truth
    True
    """

    def __init__(self, task: str = FIRST) -> None:
        self._read: dict[str, dict[str, Read]] = {}
        self.ask(task)

    def ask(self, task: str) -> None:
        """Put another question: its films are to be offered anew; what was answered to each question stays."""
        self.task = find(task)
        self.form = form_of(self.task.answer)
        self.cases: pd.DataFrame | None = None
        self._make: Callable[[int], Mapping[str, Any]] | None = None
        self.order: list[int] = []
        self.film: Film | None = None
        self._prediction: Prediction | None = None
        self._records = self._read.setdefault(task, {})

    # ------------------------------------------------------------- which film
    def offer(self, cases: "pd.DataFrame", make: "Callable[[int], Mapping[str, Any]] | None" = None) -> None:
        """Take the films that may be read: those of the test part, on which no model was trained or tuned.

        With `make`, the table knows of each film its region alone; called with a row's number, it returns the rest.
        """
        self._make = make
        self.cases = cases[cases["split"] == "test"].reset_index(drop=True)
        self.list_films()

    def list_films(self, region: str | None = None, number: int = 1) -> None:
        """Make a reading list; the same number gives the same films in the same order.

        Of a patient whose views are read together it holds the first; views that the question is not put to lie beside
        another.
        """
        assert self.cases is not None, "no films were offered"
        order = list(range(len(self.cases)))
        if "companion" in self.cases:
            order = [i for i in order if not self.cases["companion"].iloc[i]]
        if self._together:
            order = [i for i in order if self._views(i)[0] == i]
        Random(number).shuffle(order)
        if region is not None:
            regions = self.cases["region"].astype(str).str.split("+")
            order = [i for i in order if region in regions[i]]
        self.order = order

    @property
    def _together(self) -> bool:
        """Whether the views of a patient are read together."""
        return bool(getattr(self.task.answer, "together", False)) and self.cases is not None and "patient" in self.cases

    def _views(self, i: int) -> list[int]:
        """Return the rows of the patient of row `i`, a few at most; this alone where nobody says who is on a film."""
        assert self.cases is not None
        source = self.cases["source"].iloc[i] if "source" in self.cases else ""
        if "patient" not in self.cases or not _told_apart(source):
            return [i]
        rows = np.flatnonzero((self.cases["patient"] == self.cases["patient"].iloc[i]).to_numpy())
        return [int(k) for k in rows] if self._together else [i, *(int(k) for k in rows if k != i)][:MOST]

    def regions(self) -> list[str]:
        """Return the regions of which there are films, in the order of the table."""
        if self.cases is None or "region" not in self.cases:
            return []
        return list(dict.fromkeys(part for region in self.cases["region"].astype(str) for part in region.split("+")))

    def fetch(self, place: int) -> tuple[Film, bytes]:
        """Read the film at `place` of the reading list; return it and its file. The film now open stays.

        Raises
        ------
        RadiographError
            If the film cannot be read.
        """
        assert self.cases is not None, "no films were offered"
        i = self.order[place]
        film, data = self._fetched(i)
        if film.radiograph is None:
            return film, data
        others = [self._fetched(k)[0] for k in self._views(i) if k != i]
        if self._together:
            others = [replace(other, role="together") for other in others]
            truths = [f.truth for f in (film, *others) if f.truth is not None]
            film = replace(film, truth=max(truths) if truths else None)
        else:
            others = [replace(other, role="side" if sides_differ(film, other) else "view") for other in others]
        if isinstance(before := film.told.get("earlier"), str) and before:
            others.append(replace(look_at(Path(before).read_bytes(), source=film.source), role="earlier"))
        return replace(film, beside=others), data

    def _fetched(self, i: int) -> tuple[Film, bytes]:
        assert self.cases is not None
        row: Mapping[Any, Any] = self._make(i) if self._make else self.cases.iloc[i].to_dict()
        truth = self.form.truth(row)
        if not self.task.films:
            told = {name: row[name] for name in row if name not in (*self.task.answer.columns, "split")}
            return Film(digest(told), None, truth=truth, told=told, source=row.get("source")), b""
        data = row["data"] if "data" in row else Path(row["image"]).read_bytes()
        boxes, landmarks = row.get("boxes"), row.get("landmarks")
        words = {
            name: value for name in ("region", "view", "source", "side") if isinstance(value := row.get(name), str)
        }
        film = look_at(
            data,
            truth=truth,
            boxes=[tuple(box) for box in boxes] if isinstance(boxes, list) else (),
            landmarks=landmarks if isinstance(landmarks, dict) else {},
            told={name: row[name] for name in (*self.task.inputs, *self.task.beside, "earlier") if name in row},
            **words,
            task=self.task,
        )
        return replace(film, why={name: row[name] for name in ("lesion", "subtlety") if name in row}), data

    def tell(self, told: Mapping[str, Any]) -> Film | None:
        """Take what stands beside the open film, such as the patient's sex; what was answered stays."""
        if self.film is not None:
            before = {"earlier": self.film.told["earlier"]} if "earlier" in self.film.told else {}
            self.open(replace(self.film, told={**told, **before}))
        return self.film

    def record(self, told: Mapping[str, Any]) -> Film:
        """Return a record that the reader has filled in as a film without pixels; nobody knows its truth."""
        return Film(digest(told), None, told=told)

    def open(self, film: Film) -> None:
        """Put `film` before the reader. If she has committed to it in this session, her answer stands."""
        self.film, self._prediction = film, None

    def settle(self, inverted: bool, spacing: bool = True) -> Film | None:
        """Take the reader's answer to what the open film asks: right as it is, inverted, or of no known spacing."""
        if self.film is not None and self.film.radiograph is not None:
            radiograph = self.film.radiograph.confirmed(inverted)
            radiograph = radiograph if spacing else replace(radiograph, spacing_mm=None)
            self._retake(radiograph)
        return self.film

    @property
    def lettering(self) -> Sequence[tuple[int, int, int, int]]:
        """Where there seems to be text in the open film's picture; empty once it is blacked out."""
        found = (finding.values.get("boxes") for finding in self.film.findings) if self.film else ()
        return next((boxes for boxes in found if boxes), [])

    def black_out(self) -> Film | None:
        """Black out what looks like text in the open film; the film stays the same film, as does what was answered."""
        from ..radiograph import black_out

        if self.film is not None and self.film.radiograph is not None and self.lettering:
            radiograph = black_out(self.film.radiograph, self.lettering)
            self._retake(radiograph)
        return self.film

    def _retake(self, radiograph: "Radiograph") -> None:
        """Take the open film as it is now; it stays the same film, as does what was answered."""
        assert self.film is not None
        findings = checked(radiograph, self.film.source, self.task)
        self.open(replace(self.film, radiograph=radiograph, findings=findings))

    # ------------------------------------------------------------- reader first
    @property
    def opinion(self) -> Opinion | None:
        """What the reader committed to on this film; None before."""
        record = self._records.get(self.film.name) if self.film else None
        return record.opinion if record else None

    def commit(self, opinion: Opinion) -> None:
        """Fix the reader's answer, once and for all.

        Raises
        ------
        NotYet
            If there is no film, or the answer has been given before.
        """
        if self.film is None:
            raise NotYet("review.error.no_film")
        if self.opinion is not None:
            raise NotYet("review.error.committed")
        self._records[self.film.name] = Read(opinion, self.film.truth)
        self._score()

    # ------------------------------------------------------------- then model and data set
    def deliver(self, film: Film, prediction: "Prediction") -> bool:
        """Take the model's prediction for `film`; return False, and forget it, if another film is open by now."""
        if film is not self.film:
            return False
        self._prediction = prediction
        self._score()
        return True

    @property
    def prediction(self) -> "Prediction | None":
        """The model's prediction; None while it is still at work.

        Raises
        ------
        NotYet
            If the reader has not committed.
        """
        self._after_commit()
        return self._prediction

    @property
    def truth(self) -> Any:
        """What the data set says, in the question's form; None where it says nothing.

        Raises
        ------
        NotYet
            If the reader has not committed.
        """
        return self._after_commit().truth

    @property
    def boxes(self) -> Sequence[Box]:
        """Where the data set sees the fractures.

        Raises
        ------
        NotYet
            If the reader has not committed.
        """
        return self._after_commit().boxes

    def tally(self) -> Tally:
        """Return what this session has come to."""
        known = [r for r in self.known() if r.opinion.answer is not None]
        compared = [r for r in known if r.model is not None]
        you = {id(r): bool(self.form.right(r.opinion.answer, r.truth)) for r in known}
        model = {id(r): bool(self.form.right(r.model, r.truth)) for r in compared}
        sure = [r.opinion.sureness for r in known if r.opinion.sureness is not None]
        return Tally(
            read=len(self._records),
            known=len(known),
            reader=sum(you.values()),
            compared=len(compared),
            model=sum(model.values()),
            both=sum(you[id(r)] and model[id(r)] for r in compared),
            sureness=sum(sure) / len(sure) if sure else None,
        )

    def known(self) -> list[Read]:
        """Return what the reader has committed to in this session on films whose truth is known, oldest first."""
        return [r for r in self._records.values() if r.truth is not None]

    def _after_commit(self) -> Film:
        if self.film is None or self.opinion is None:
            raise NotYet("review.error.answer_first")
        return self.film

    def _score(self) -> None:
        """Note the model's answer, at its own threshold, beside the reader's; it has none on films it does not know."""
        if self.opinion is None or self._prediction is None or self.film is None:
            return
        self._records[self.film.name].model = self.form.of(self._prediction)


@lru_cache(maxsize=32)
def _told_apart(source: str) -> bool:
    """Whether a collection says who is on a film; whose card counts no patients has but a guess."""
    from ..data.cards import data_card, names

    return source not in names() or data_card(source).patients is not None
