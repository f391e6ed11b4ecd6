"""One verdict on a film: of yes or no from probability, threshold and place, of a grade or a number from its distance.

Everything that the case review says of the model follows from these tables, so that no two of its sentences disagree.
"""

from dataclasses import dataclass
from typing import Literal

#: ``fracture`` and ``clear`` where probability and threshold speak alike; ``flagged`` where less than an even chance
#: counts as a fracture, because the threshold is low; ``passed`` where more than one does not, because it is high;
#: ``refused`` where the model does not know such films
Says = Literal["fracture", "flagged", "clear", "passed", "refused"]
#: what became of it, once the truth is known; ``here`` and ``elsewhere`` tell where the highest point lies
Outcome = Literal[
    "found_here", "found_elsewhere", "found",
    "missed_here", "missed_elsewhere", "missed",
    "alarm", "cleared", "refused",
]  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What the model says of one film.

    Attributes
    ----------
    says : str
        ``fracture``, ``flagged``, ``clear``, ``passed`` or ``refused``, see :data:`Says`.
    outcome : str or None
        See :data:`Outcome`; None where nobody told the truth.
    """

    says: Says
    outcome: Outcome | None = None

    @property
    def fracture(self) -> bool:
        """Whether it counts as a fracture."""
        return self.says in ("fracture", "flagged")

    @property
    def plain(self) -> bool:
        """Whether probability and threshold speak alike, so that a word for the probability is the answer."""
        return self.says in ("fracture", "clear")


def verdict(
    probability: float, threshold: float, known: bool = True, truth: bool | None = None, hit: bool | None = None
) -> Verdict:
    """Return the verdict.

    Parameters
    ----------
    probability, threshold : float
        From `threshold` on a film counts as broken.
    known : bool
        Whether the model knows films like this one.
    truth : bool or None
        Whether there is a fracture; None where nobody said.
    hit : bool or None
        Whether the highest point of the heat map lies in the fracture; None where there is no map or no box.

    Examples
    --------
    >>> verdict(0.15, 0.12).says, verdict(0.15, 0.5).says
    ('flagged', 'clear')
    >>> verdict(0.3, 0.5, truth=True, hit=True).outcome
    'missed_here'
    """
    if not known:
        return Verdict("refused", None if truth is None else "refused")
    counts, likely = probability >= threshold, probability >= 0.5
    says: Says = ("fracture" if likely else "flagged") if counts else ("passed" if likely else "clear")
    if truth is None:
        return Verdict(says)
    if not truth:
        return Verdict(says, "alarm" if counts else "cleared")
    if counts:
        return Verdict(says, "found" if hit is None else "found_here" if hit else "found_elsewhere")
    return Verdict(says, "missed" if hit is None else "missed_here" if hit else "missed_elsewhere")


#: what became of a class or grade: a grade that is one off is told from one that is further off; of classes that have
#: no order, one is taken for another; ``_low`` is too little disease
Graded = Literal["same", "near_low", "near_high", "far_low", "far_high", "other"]
#: what became of a number: within the reach that counts as right; further, but within the margin that the model itself
#: gives; beyond that
Numbered = Literal["near", "within_low", "within_high", "beyond_low", "beyond_high"]


def graded(said: int, truth: int, ordered: bool) -> Graded:
    """Return the verdict on a class, or with `ordered` on a grade.

    Examples
    --------
    >>> graded(2, 3, ordered=True), graded(4, 2, ordered=True), graded(4, 2, ordered=False)
    ('near_low', 'far_high', 'other')
    """
    if said == truth:
        return "same"
    if not ordered:
        return "other"
    if abs(said - truth) == 1:
        return "near_low" if said < truth else "near_high"
    return "far_low" if said < truth else "far_high"


def numbered(said: float, truth: float, reach: float, margin: float | None = None) -> Numbered:
    """Return the verdict on a number.

    Parameters
    ----------
    said, truth : float
    reach : float
        How near counts as right.
    margin : float or None
        To which 9 in 10 answers keep, as the model says of itself.

    Examples
    --------
    >>> numbered(120, 126, 12), numbered(120, 138, 12, 20), numbered(120, 150, 12, 20)
    ('near', 'within_low', 'beyond_low')
    """
    off = said - truth
    if abs(off) <= reach:
        return "near"
    if margin is not None and abs(off) <= margin:
        return "within_low" if off < 0 else "within_high"
    return "beyond_low" if off < 0 else "beyond_high"
