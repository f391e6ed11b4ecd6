"""Reading films beside a model, without widgets: the reader answers first, then the model does, then the data set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ..radiograph import Finding, Radiograph
    from ..training import Prediction

#: a spot or a box on a film, in its pixels
Spot = tuple[int, int]
Box = tuple[float, float, float, float]

REGIONS = ("wrist", "hand", "forearm", "ankle", "leg", "hip", "shoulder")


class NotYet(Exception):
    """The reader asked for what comes later; `key` names the sentence that says what comes first."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, eq=False)
class Film:
    """One film under review, with what its data set says of it; that is not for the reader's eyes before she commits.

    Attributes
    ----------
    name : str
        A digest of the file: the same film is known again, whatever it was called.
    findings : sequence of Finding
        What speaks against the picture itself.
    truth : bool or None
        Whether there is a fracture; None where nobody said.
    boxes : sequence of (row0, col0, row1, col1)
        Where the fractures lie.
    region, view : str
        What the data set says beyond the header; may be empty.
    source : str or None
        Where the film comes from, as the cases table says; None for one that was dropped.
    """

    name: str
    radiograph: "Radiograph"
    findings: "Sequence[Finding]" = ()
    truth: bool | None = None
    boxes: Sequence[Box] = ()
    region: str = ""
    view: str = ""
    source: str | None = None

    @property
    def asks(self) -> bool:
        """Whether the reader must say how the film is to be shown before the model looks at it."""
        return any(finding.asks for finding in self.findings)

    def holds(self, spot: Spot | None) -> bool | None:
        """Say whether `spot` lies in a box; None where there is no spot or no box."""
        if spot is None or not self.boxes:
            return None
        row, col = spot
        return any(r0 <= row < r1 and c0 <= col < c1 for r0, c0, r1, c1 in self.boxes)


@dataclass(frozen=True)
class Opinion:
    """What the reader committed to: the answer, how sure she was (50 to 100 %), and the place she marked."""

    fracture: bool
    sureness: int
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
        How sure the reader was on average, in percent, over the films whose truth is known.
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
class _Record:
    opinion: Opinion
    truth: bool | None
    model: bool | None = None


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

    def __init__(self) -> None:
        self.cases: pd.DataFrame | None = None
        self._make: Callable[[int], Mapping[str, Any]] | None = None
        self.order: list[int] = []
        self.film: Film | None = None
        self._prediction: Prediction | None = None
        self._records: dict[str, _Record] = {}

    # ------------------------------------------------------------- which film
    def offer(self, cases: "pd.DataFrame", make: "Callable[[int], Mapping[str, Any]] | None" = None) -> None:
        """Take the films that may be read: those of the test part, on which no model was trained or tuned.

        With `make`, the table knows of each film its region alone; called with a row's number, it returns the rest.
        """
        self._make = make
        self.cases = cases[cases["split"] == "test"].reset_index(drop=True)
        self.list_films()

    def list_films(self, region: str | None = None, number: int = 1) -> None:
        """Make a reading list; the same number gives the same films in the same order."""
        assert self.cases is not None, "no films were offered"
        order = list(range(len(self.cases)))
        Random(number).shuffle(order)
        if region is not None:
            regions = self.cases["region"].astype(str).str.split("+")
            order = [i for i in order if region in regions[i]]
        self.order = order

    def regions(self) -> list[str]:
        """Return the regions of which there are films."""
        if self.cases is None or "region" not in self.cases:
            return []
        there = {part for region in self.cases["region"].astype(str) for part in region.split("+")}
        return [region for region in REGIONS if region in there]

    def fetch(self, place: int) -> tuple[Film, bytes]:
        """Read the film at `place` of the reading list; return it and its file. The film now open stays.

        Raises
        ------
        RadiographError
            If the film cannot be read.
        """
        assert self.cases is not None, "no films were offered"
        row = self._make(self.order[place]) if self._make else self.cases.iloc[self.order[place]]
        data = Path(row["image"]).read_bytes()
        boxes, region, view, source, side = (row.get(name) for name in ("boxes", "region", "view", "source", "side"))
        film = look_at(
            data,
            truth=bool(row["fracture"]),
            boxes=[tuple(box) for box in boxes] if isinstance(boxes, list) else (),
            region=region if isinstance(region, str) else "",
            view=view if isinstance(view, str) else "",
            source=source if isinstance(source, str) else None,
            side=side if isinstance(side, str) else None,
        )
        return film, data

    def open(self, film: Film) -> None:
        """Put `film` before the reader. If she has committed to it in this session, her answer stands."""
        self.film, self._prediction = film, None

    def settle(self, inverted: bool) -> Film | None:
        """Take the reader's answer to the question that the open film asks: right as it is, or inverted."""
        if self.film is not None:
            radiograph = self.film.radiograph.confirmed(inverted)
            self.open(replace(self.film, radiograph=radiograph, findings=_checked(radiograph, self.film.source)))
        return self.film

    @property
    def lettering(self) -> Sequence[tuple[int, int, int, int]]:
        """Where there seems to be text in the open film's picture; empty once it is blacked out."""
        found = (finding.values.get("boxes") for finding in self.film.findings) if self.film else ()
        return next((boxes for boxes in found if boxes), [])

    def black_out(self) -> Film | None:
        """Black out what looks like text in the open film; the film stays the same film, as does what was answered."""
        from ..radiograph import black_out

        if self.film is not None and self.lettering:
            radiograph = black_out(self.film.radiograph, self.lettering)
            self.open(replace(self.film, radiograph=radiograph, findings=_checked(radiograph, self.film.source)))
        return self.film

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
        self._records[self.film.name] = _Record(opinion, self.film.truth)
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
    def truth(self) -> bool | None:
        """What the data set says: fracture or not; None where it says nothing.

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
        known = [r for r in self._records.values() if r.truth is not None]
        compared = [r for r in known if r.model is not None]
        return Tally(
            read=len(self._records),
            known=len(known),
            reader=sum(r.opinion.fracture == r.truth for r in known),
            compared=len(compared),
            model=sum(r.model == r.truth for r in compared),
            both=sum(r.model == r.truth == r.opinion.fracture for r in compared),
            sureness=sum(r.opinion.sureness for r in known) / len(known) if known else None,
        )

    def _after_commit(self) -> Film:
        if self.film is None or self.opinion is None:
            raise NotYet("review.error.answer_first")
        return self.film

    def _score(self) -> None:
        """Note the model's answer, at its own threshold, beside the reader's; it has none on films it does not know."""
        if self.opinion is None or self._prediction is None or self.film is None:
            return
        if self._prediction.known:
            said = self._prediction.probability >= self._prediction.threshold
            self._records[self.film.name].model = said


def look_at(
    data: bytes,
    truth: bool | None = None,
    boxes: Sequence[Box] = (),
    region: str = "",
    view: str = "",
    source: str | None = None,
    side: str | None = None,
) -> Film:
    """Read a file and check the picture's quality; nothing of the file is kept but its pixels and header facts.

    What the data set says of the `side` counts where the file's header does not say it.

    Raises
    ------
    RadiographError
        If it is not a film that can be read.
    """
    from ..radiograph import read

    radiograph = read(data)
    if radiograph.side is None and side in ("L", "R"):
        radiograph = replace(radiograph, side=side)
    name = blake2b(data, digest_size=16).hexdigest()
    return Film(name, radiograph, _checked(radiograph, source), truth, boxes, region, view, source)


def _checked(radiograph: "Radiograph", source: str | None) -> "list[Finding]":
    """What speaks against the picture; a simulated film has no patient whom its marker's letters could name."""
    from ..radiograph import quality
    from ..tasks import SIMULATED

    found = quality(radiograph)
    return found if source != SIMULATED else [f for f in found if f.key != "radiograph.quality.text"]
