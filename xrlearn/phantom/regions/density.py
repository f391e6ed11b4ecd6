"""Bone mineral density by age and sex, and what the World Health Organization calls it.

Means of the femoral neck in the reference population NHANES III (Looker et al., Osteoporos Int 1998), rounded, as
T-scores: standard deviations from the mean of young adults of the same sex.
"""

import numpy as np

_AGE = (25, 45, 55, 65, 75, 85)
_MEAN = {"F": (0.0, -0.35, -0.85, -1.4, -1.95, -2.4), "M": (0.0, -0.5, -0.75, -1.0, -1.35, -1.75)}


def t_score(age_years: float, sex: str, rng: np.random.Generator) -> float:
    """Draw a T-score: the mean of that age and sex, and one standard deviation around it."""
    return float(np.interp(age_years, _AGE, _MEAN[sex]) + rng.standard_normal())


def who_class(t_score: float) -> int:
    """Return 0 normal, 1 osteopenia (T-score below -1), 2 osteoporosis (-2.5 or less): WHO Technical Report 843, 1994.

    >>> [who_class(t) for t in (0.0, -1.0, -1.01, -2.5)]
    [0, 0, 1, 2]
    """
    return 2 if t_score <= -2.5 else int(t_score < -1)
