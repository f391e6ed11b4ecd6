"""Osteoarthritis of the knee: what Kellgren and Lawrence's grades mean in millimetres, and how a grade is drawn.

The grades in words are those of Kellgren and Lawrence, Ann Rheum Dis 1957: 1 doubtful narrowing or possible lipping,
2 definite osteophytes, 3 definite narrowing with moderate osteophytes and some sclerosis, 4 large osteophytes, marked
narrowing, severe sclerosis and definite deformity. Their atlas shows pictures and no numbers, as does that of Altman
and Gold (Osteoarthritis Cartilage 2007), which grades narrowing and osteophytes 0 to 3: the numbers below are this
simulator's, chosen so that joint spaces and margins of each grade spread as on films of the Osteoarthritis Initiative.
"""

from dataclasses import dataclass

import numpy as np

COMPARTMENTS = ("medial", "lateral")
#: margins of the joint on which osteophytes grow
MARGINS = ("medial femur", "lateral femur", "medial tibia", "lateral tibia")
POSSIBLE_MM, DEFINITE_MM, LARGE_MM = 0.5, 1.2, 3.0  # osteophytes
DOUBTFUL, NARROWED, MARKED = 0.14, 1 / 4, 2 / 3  # shares of the joint space that are lost
SEVERE, DEFORMED_MM = 0.6, 1.0  # gain of subchondral bone; bone worn off the plateau


@dataclass(frozen=True)
class Arthritis:
    """How far the disease has gone.

    Parameters
    ----------
    narrowing : dict
        Compartment -> share of its healthy joint space that is lost, 0 to 1.
    osteophyte_mm : dict
        Margin (see :data:`MARGINS`) -> how far its osteophyte stands out.
    sclerosis : float
        By what share the bone under the worse compartment is denser.
    attrition_mm : float
        Bone worn off the tibial plateau of the worse compartment.
    spiking_mm : float
        By how much the tibial spines are drawn out.
    worse : str
        The compartment that lost more.
    """

    narrowing: dict[str, float]
    osteophyte_mm: dict[str, float]
    sclerosis: float
    attrition_mm: float
    spiking_mm: float
    worse: str


def kellgren_lawrence(narrowing: float, osteophyte_mm: float, sclerosis: float, attrition_mm: float) -> int:
    """Return the Kellgren-Lawrence grade, 0 to 4, of a knee.

    Parameters
    ----------
    narrowing : float
        Share of the joint space lost in the worse compartment.
    osteophyte_mm : float
        Size of the largest osteophyte.
    sclerosis : float
        Share by which the subchondral bone of that compartment is denser.
    attrition_mm : float
        Bone worn off its plateau.

    Examples
    --------
    >>> kellgren_lawrence(0.05, 0.2, 0.0, 0.0), kellgren_lawrence(0.2, 0.5, 0.0, 0.0)
    (0, 1)
    >>> kellgren_lawrence(0.2, 2.5, 0.1, 0.0), kellgren_lawrence(0.5, 3.0, 0.3, 0.0), kellgren_lawrence(0.9, 6, 1.0, 2)
    (2, 3, 4)
    """
    if osteophyte_mm < DEFINITE_MM:
        return int(osteophyte_mm >= POSSIBLE_MM or narrowing >= DOUBTFUL)
    if narrowing < NARROWED:
        return 2
    worst = narrowing >= MARKED and osteophyte_mm >= LARGE_MM and sclerosis >= SEVERE and attrition_mm >= DEFORMED_MM
    return 4 if worst else 3


#: what a grade does not name varies alike in neighbours, so that they pass into one another (estimates);
#: grade -> ranges of narrowing, of the largest osteophyte (mm), of sclerosis and of attrition (mm)
_RANGE = {
    0: ((0.0, 0.12), (0.0, 0.48), (0.0, 0.25), (0.0, 0.0)),
    1: ((0.0, 0.24), (0.5, 1.18), (0.0, 0.35), (0.0, 0.0)),
    2: ((0.0, 0.23), (1.22, 2.6), (0.0, 0.45), (0.0, 0.0)),
    3: ((0.27, 0.65), (1.4, 4.5), (0.1, 0.8), (0.0, 0.7)),
    4: ((0.70, 0.97), (3.2, 7.5), (0.75, 1.3), (1.3, 4.5)),
}


def drawn(kl: int, rng: np.random.Generator) -> Arthritis:
    """Draw a knee of grade `kl`; six of seven lose the medial compartment."""
    ranges = _RANGE[kl]
    loss, largest, dense, worn = (float(rng.uniform(*r)) for r in ranges)
    worse = "medial" if rng.random() < 0.86 else "lateral"
    other = float(rng.uniform(-0.3, 0.15) * min(loss, 0.5)) if kl < 4 else float(rng.uniform(-0.25, 0.15))
    order = [m for m in MARGINS if m.startswith(worse)] + [m for m in MARGINS if not m.startswith(worse)]
    # The largest is most often in the worse compartment; the others follow it.
    first = int(rng.choice(4, p=(0.3, 0.3, 0.25, 0.15)))
    share = rng.uniform(0.3, 0.95, 4)
    share[first] = 1.0
    return Arthritis(
        {c: loss if c == worse else other for c in COMPARTMENTS},
        {m: round(largest * float(s), 3) for m, s in zip(order, share)},
        dense,
        worn,
        float(rng.uniform(0, (2.0, 2.2, 2.6, 3.2, 3.8)[kl])),
        worse,
    )
