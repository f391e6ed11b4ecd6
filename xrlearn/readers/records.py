"""What passes between a study's store and those who use it."""

from dataclasses import dataclass
from datetime import datetime

#: row and column in the film's own pixels
Spot = tuple[int, int]
#: what a reader may be, from the least experienced up
SENIORITIES = ("student", "resident", "specialist", "consultant")
#: first row, first column, last row, last column
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Answer:
    """One committed answer.

    Attributes
    ----------
    stage : {"alone", "aided"}
        Before or with what the AI says.
    score : float
        On the protocol's scale: confidence 0 to 100 that there is a lesion, a grade, months or degrees.
    mark : (row, column) or None
        Where the reader saw it, in the film's pixels.
    seconds : float
        Time spent looking, as the page measured it.
    changed : int
        How often the answer was moved before it was committed.
    trust : float or None
        How far the reader trusts the AI here, 0 to 100, where the page asked.
    timed_out : bool
        Whether the time limit committed it.
    """

    stage: str
    score: float
    mark: Spot | None = None
    seconds: float = 0.0
    changed: int = 0
    trust: float | None = None
    timed_out: bool = False


@dataclass(frozen=True)
class Reading:
    """One film to be read by one reader in one arm.

    Attributes
    ----------
    position : int
        Place in the reader's whole list, from 0.
    session : int
        From 1. Practice comes first in session 1.
    arm, case : str
    practice : bool
        The answer may be shown after the last stage, and is left out of the results.
    stages : tuple of str
        Which answers are asked for, in turn.
    answers : tuple of Answer
        Those given so far.
    id : int
        The store's number of it.
    """

    position: int
    session: int
    arm: str
    case: str
    practice: bool = False
    stages: tuple[str, ...] = ("alone",)
    answers: tuple[Answer, ...] = ()
    id: int = 0

    @property
    def stage(self) -> str | None:
        """The answer that is due; None when all were given."""
        return self.stages[len(self.answers)] if len(self.answers) < len(self.stages) else None


@dataclass(frozen=True)
class AIAnswer:
    """What the AI says of a film in a study.

    Attributes
    ----------
    answer : float
        Probability 0 to 1 on the confidence scale, otherwise a grade, months or degrees. It may be planted.
    own : float
        What the model itself said, before planting; for :func:`~xrlearn.readers.plan.dress`.
    peak : (row, column) or None
        Where its evidence is strongest.
    threshold : float
        Probability from which it says yes (confidence scale).
    shows : tuple of str
        What of it the arm shows: "probability", "heatmap".
    """

    answer: float
    own: float
    threshold: float
    peak: Spot | None
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Feedback:
    """The truth of a film: after a practice film, or after the reader's last."""

    truth: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Reader:
    """A reader of a study; `code` resumes and is the only secret, `pseudonym` is the name in every table.

    `seniority` is one of :data:`SENIORITIES` and `years` how long she has read radiographs, where she said so.
    """

    code: str
    number: int
    pseudonym: str
    study: str
    seniority: str | None = None
    years: int | None = None


@dataclass(frozen=True)
class OwnResult:
    """What a reader who has finished may know of herself in one arm: right answers among films with and without."""

    arm: str
    found: int
    diseased: int
    cleared: int
    normal: int


@dataclass(frozen=True)
class ReaderProgress:
    """How far a reader is.

    Attributes
    ----------
    done, total : int
        Films, practice included.
    session, sessions : int
        Session of the next film (the last when finished).
    session_done, session_total : int
        Films within that session.
    waiting_until : datetime or None
        End of the washout (UTC) before which no film is given.
    """

    done: int
    total: int
    session: int
    sessions: int
    session_done: int
    session_total: int
    waiting_until: datetime | None = None

    @property
    def finished(self) -> bool:
        """Whether every film has been read."""
        return self.done == self.total
