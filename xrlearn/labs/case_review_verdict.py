"""One verdict on a film from three facts: the model's probability, its threshold, and where its highest point lies.

Everything that the case review says of the model follows from this table, so that no two of its sentences disagree.
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
