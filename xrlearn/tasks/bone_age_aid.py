"""What does a reader gain by the model? Bone age by reader, by model, and by the mean of both (Tajmir et al. 2019).

Published, of 280 hands of 5 to 18 years: root mean square error of six paediatric radiologists 0.661 years, of the
model 0.601, of readers with the model 0.508; in months 7.9, 7.2 and 6.1. Here the readers are simulated with that
spread; the model is that of `bone-age`, and its answers are its own.

To learn from it: two that err independently are better together than either. Had Tajmir's readers and model erred
independently, their mean would have reached 0.45 years; 0.508 tells that both find the same hands hard.
"""

from dataclasses import replace

from .answers import AidedNumber
from .bone_age import BONE_AGE

_YEARS = 0.661  # Tajmir's readers without the model
_SHARES = tuple(round(0.3 + 0.01 * k, 2) for k in range(71))  # of the way to a grown hand: from 5 years on

BONE_AGE_AID = replace(
    BONE_AGE,
    name="bone-age-aid",
    simulated={**BONE_AGE.simulated, "patient": {"adult": False, "age_share": _SHARES}},
    answer=AidedNumber(**vars(BONE_AGE.answer), reader=12 * _YEARS),
    recipe={"as": "bone-age"},
    published="tasks.bone-age-aid.published",
    measured="tasks.bone-age-aid.measured",
)
