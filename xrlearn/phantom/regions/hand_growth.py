"""How a hand grows: when each ossification centre appears, fills its bone and fuses, and how long the hand is.

Ages are bone ages: a child with a bone age of ten years shows what the median ten-year-old shows.

Sources. Appearance: medians of Garn, Rohmann and Silverman, Med Radiogr Photogr 1967, to the month or so; the pisiform
after Greulich and Pyle, Radiographic Atlas of Skeletal Development of the Hand and Wrist, 1959. Fusion and the age at
which an epiphysis is as wide as its metaphysis: read off the standards of Greulich and Pyle and of Gilsanz and Ratib,
Hand Bone Age, 2005, to half a year; the order is theirs (distal phalanges, then metacarpals, proximal and middle
phalanges, ulna, radius last). Spread of bone age among healthy children: the Brush Foundation's children in Greulich
and Pyle. Growth of the hand follows median stature of the CDC growth charts 2000.
"""

from dataclasses import dataclass

import numpy as np

#: bone age (months) at which the last growth plate is closed: nothing changes after it
MATURE = {"F": 216.0, "M": 228.0}


@dataclass(frozen=True)
class Centre:
    """An ossification centre. Every entry is a pair of years: girls, boys.

    Parameters
    ----------
    appears : (float, float)
        Half of the children show it.
    fills : (float, float)
        A carpal bone has reached its shape; an epiphysis is as wide as its metaphysis.
    fuses : (float, float), optional
        The growth plate is closed; a carpal bone has none.
    """

    appears: tuple[float, float]
    fills: tuple[float, float]
    fuses: tuple[float, float] | None = None

    def filled(self, years: float, sex: str) -> float:
        """Return the width of the centre as a share of its final width: 0 before it appears, 1 when it fills.

        >>> centre = Centre(appears=(2, 3), fills=(8, 10))
        >>> centre.filled(1.9, "F"), centre.filled(8.0, "F"), centre.filled(2.9, "M")
        (0.0, 1.0, 0.0)
        """
        k = "FM".index(sex)
        done = (years - self.appears[k]) / (self.fills[k] - self.appears[k])
        return 0.0 if done < 0 else float(0.2 + 0.8 * min(done, 1.0) ** 0.5)

    def gap(self, years: float, sex: str) -> float:
        """Return the width of the growth plate as a share of its width in a young child: 1 down to 0 at fusion."""
        assert self.fuses is not None
        left = self.fuses["FM".index(sex)] - years
        return float(np.interp(left, [0.0, 0.4, 1.2, 3.0, 8.0], [0.0, 0.22, 0.5, 0.75, 1.0]))

    def scar(self, years: float, sex: str) -> float:
        """Return how dense the plates of bone at the growth plate are: 1 while it grows, 0 four years after fusion."""
        assert self.fuses is not None
        return float(np.interp(years - self.fuses["FM".index(sex)], [0.0, 1.0, 4.0], [1.0, 0.45, 0.0]))


_WIDE = (7.0, 9.0)
_PROXIMAL, _MIDDLE, _DISTAL, _METACARPAL = (14.5, 16.3), (14.8, 16.5), (13.4, 15.6), (14.6, 16.4)

#: bone -> its centre (carpal bones) or the centre of its epiphysis (the others)
CENTRES: dict[str, Centre] = {
    "capitate": Centre((0.2, 0.25), (9.5, 11.5)),
    "hamate": Centre((0.2, 0.3), (9.5, 11.5)),
    "triquetrum": Centre((1.7, 2.4), (10.0, 12.0)),
    "lunate": Centre((2.6, 4.1), (10.0, 12.0)),
    "scaphoid": Centre((4.1, 5.7), (10.5, 12.5)),
    "trapezium": Centre((4.1, 5.9), (10.5, 12.5)),
    "trapezoid": Centre((4.2, 6.2), (10.5, 12.5)),
    "pisiform": Centre((8.5, 10.5), (12.0, 14.5)),
    "sesamoid": Centre((10.8, 12.8), (13.0, 15.0)),
    "radius": Centre((0.85, 1.1), (6.5, 8.0), (17.0, 18.5)),
    "ulna": Centre((5.3, 7.1), (10.0, 12.5), (16.2, 17.8)),
    "metacarpal 1": Centre((1.6, 2.6), _WIDE, (14.2, 16.2)),
    "metacarpal 2": Centre((1.1, 1.6), _WIDE, _METACARPAL),
    "metacarpal 3": Centre((1.2, 1.8), _WIDE, _METACARPAL),
    "metacarpal 4": Centre((1.3, 2.0), _WIDE, _METACARPAL),
    "metacarpal 5": Centre((1.35, 2.2), _WIDE, _METACARPAL),
    "proximal phalanx 1": Centre((1.75, 3.0), _WIDE, (14.0, 16.0)),
    "proximal phalanx 2": Centre((0.85, 1.4), _WIDE, _PROXIMAL),
    "proximal phalanx 3": Centre((0.85, 1.35), _WIDE, _PROXIMAL),
    "proximal phalanx 4": Centre((0.9, 1.5), _WIDE, _PROXIMAL),
    "proximal phalanx 5": Centre((1.2, 1.8), _WIDE, _PROXIMAL),
    "middle phalanx 2": Centre((1.4, 2.2), _WIDE, _MIDDLE),
    "middle phalanx 3": Centre((1.25, 2.0), _WIDE, _MIDDLE),
    "middle phalanx 4": Centre((1.3, 2.1), _WIDE, _MIDDLE),
    "middle phalanx 5": Centre((2.0, 3.4), (8.0, 10.0), _MIDDLE),
    "distal phalanx 1": Centre((1.0, 1.5), (7.0, 9.0), (13.2, 15.4)),
    "distal phalanx 2": Centre((2.1, 3.2), _WIDE, _DISTAL),
    "distal phalanx 3": Centre((1.5, 2.4), _WIDE, _DISTAL),
    "distal phalanx 4": Centre((1.5, 2.4), _WIDE, _DISTAL),
    "distal phalanx 5": Centre((2.0, 3.3), _WIDE, _DISTAL),
}
CARPALS = tuple(name for name, centre in CENTRES.items() if centre.fuses is None and name != "sesamoid")

_YEARS = [0, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20]
_STATURE_CM = {  # medians
    "F": [49, 65, 74, 85.5, 94, 101, 115, 127.5, 138, 151.5, 160, 162.5, 163, 163.3],
    "M": [50, 67, 75.5, 87, 95.5, 102.5, 115.5, 128, 138.5, 149, 164, 173.5, 176, 176.8],
}
_ADULT_HAND_MM = {"F": 181.0, "M": 194.0}  # ANSUR 1988, wrist crease to tip of the middle finger


def hand_mm(years: float, sex: str) -> float:
    """Return the median length of the hand, mm.

    >>> round(hand_mm(30, "M")), round(hand_mm(8, "F"))
    (194, 141)
    """
    stature = _STATURE_CM[sex]
    return float(np.interp(years, _YEARS, stature)) / stature[-1] * _ADULT_HAND_MM[sex]


def bone_age_sd(years: float) -> float:
    """Return the standard deviation of bone age (months) among healthy children of one age.

    >>> bone_age_sd(9)
    11.0
    """
    return float(np.interp(years, [0.5, 1, 2, 3, 5, 7, 9, 17], [1.2, 2, 4, 6, 9, 10, 11, 12.5]))
