"""What an answer is, how it is said, and what it is measured by. Numbers only: no network is known here."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...locale import text
from ...locale.errors import SentenceError
from ...stats.clustered import Figure

Spot = tuple[float, float]


class AnswerError(SentenceError):
    """Films cannot teach or measure an answer; the message says why."""

    section = "tasks.answer."


@dataclass(frozen=True)
class Said:
    """What a model says about one film, in words and in numbers.

    Attributes
    ----------
    label : str
        The answer in the language in use.
    probability : float
        Of the finding, of the class or of the grade that was said; NaN for numbers.
    threshold : float
        Probability from which the answer is yes; NaN elsewhere.
    answers : mapping of str to float
        Probability of each class or grade by its name; of a number ``value``, and ``margin``, to which 9 in 10 films
        keep. Empty for yes or no.
    """

    label: str
    probability: float = float("nan")
    threshold: float = float("nan")
    answers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer(ABC):
    """One kind of answer, bound to the column of the cases table that holds the truth.

    A system gives an *output* for each film, an array whose first axis is films. What it means is the answer's affair:
    log-odds, logits, or a number. What the answer settles on validation films is a dictionary of numbers, its
    *calibration*, which the model's card keeps.

    Attributes
    ----------
    column : str
        Standard name of a label, see :data:`xrlearn.data.labels.LABELS`.
    """

    column: str
    #: whether validation films of one kind alone settle nothing
    kinds: ClassVar[bool] = False
    #: whether the truth of films may be known in part: all but the first column may then lack numbers
    gaps: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What is asked for, in the language in use."""
        return text(f"data.label.{self.column}")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the cases table that hold the truth."""
        return (self.column,)

    @property
    @abstractmethod
    def outputs(self) -> int:
        """How many numbers a network gives for a film."""

    @abstractmethod
    def truth(self, cases: pd.DataFrame) -> NDArray[Any]:
        """Return the truth, (films,)."""

    @abstractmethod
    def say(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> Said:
        """Put what a system gave for one film into words."""

    @abstractmethod
    def table(self, output: NDArray[np.floating], calibration: Mapping[str, float]) -> dict[str, NDArray[Any]]:
        """Return what a system gave for many films as columns for people who go on working with them."""

    @abstractmethod
    def figures(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float], patients: ArrayLike
    ) -> dict[str, Figure]:
        """Return the figures of films with truth, each with its 95 % interval by patient."""

    @abstractmethod
    def summary(self, truth: NDArray[Any]) -> dict[str, Any]:
        """Say in numbers which answers some films have: what a card tells of a split."""

    def calibrate(self, truth: NDArray[Any], output: NDArray[np.floating]) -> dict[str, float]:
        """Settle on validation films what outputs are worth; nothing by default."""
        return {}

    def details(
        self, truth: NDArray[Any], output: NDArray[np.floating], calibration: Mapping[str, float]
    ) -> dict[str, Any]:
        """Return what a card keeps of test films beside the figures; nothing by default."""
        return {}

    def check(self, cases: pd.DataFrame) -> None:
        """Refuse films that can neither teach nor measure.

        Raises
        ------
        AnswerError
            If all have the same answer.
        """
        if len(np.unique(self.truth(cases))) < 2:
            raise AnswerError("one_answer", n=len(cases))

    def check_valid(self, cases: pd.DataFrame) -> None:
        """Refuse validation films of one class only, by which nothing could be settled after the last epoch.

        Raises
        ------
        AnswerError
            If :attr:`kinds` is set, and all films have the same answer.
        """
        if self.kinds and len(cases) and cases[list(self.columns)].nunique().max() < 2:
            raise AnswerError("valid_one_kind", n=len(cases))

    def title(self, figure: str) -> str:
        """Return what a figure of :meth:`figures` is called, in the language in use."""
        return text(f"training.metric.{figure}")
