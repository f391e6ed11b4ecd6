"""People of 50 and more, and who of them breaks a hip within ten years.

The chance is 1 - exp(-H): H is that of a woman of 70 with average bone for her age and no risk factor, times a hazard
ratio for each thing that a record tells.

- Hip fracture within ten years of women without risk factors and with BMI 25: 0.2, 0.7, 2.3, 7.0 % at 50, 60, 70, 80
  years; of men 0.1, 0.4, 1.3, 3.4 % (Kanis et al., Osteoporos Int 2008, table 2, checked): the source of :data:`AGE`,
  :data:`MALE` and :data:`BASE`.
- A standard deviation less bone mineral density at the hip: 2.6 (Marshall et al., BMJ 1996).
- Previous fracture 1.86 (Kanis et al., Bone 2004), a parent's hip fracture 2.27 (Kanis et al., Bone 2004), rheumatoid
  arthritis 1.95, more than two units of alcohol a day 1.68 (Kanis et al., Osteoporos Int 2005): as quoted by FRAX's
  authors, not checked here. Smoking 1.39 (Vestergaard & Mosekilde, J Intern Med 2003, checked).
- Estimates, no published value stands behind them: glucocorticoids 2.0, two falls or more in a year 1.8, lipids and
  glucose (almost nothing), how common each factor is, how bone is lost with age, and who was never measured.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .columns import SEX, Column

#: hazard ratios
RATIOS = {
    "previous_fracture": 1.86,
    "parent_hip_fracture": 2.27,
    "smoker": 1.39,
    "glucocorticoids": 2.0,
    "arthritis_rheumatoid": 1.95,
    "alcohol": 1.68,
    "falls": 1.8,
}
#: hazard ratio of a standard deviation less bone than is usual at this age and sex
BONE = 2.6
#: hazard ratios of ten years, and of a man against a woman of his age
AGE, MALE = 3.2, 0.54
#: cumulated hazard of a woman of 70 with usual bone and without risk factors
BASE = 0.0235

COLUMNS = (
    Column("age", 18, 110),
    SEX,
    Column("bmi", 10, 130),
    Column("t_score", -7, 6),
    *(Column(name) for name in RATIOS),
    Column("cholesterol", 1, 20),
    Column("glucose", 1, 60),
)
#: how many of the women of 70 have each factor; previous fractures and falls become more common with age
_COMMON = {
    "previous_fracture": 0.25,
    "parent_hip_fracture": 0.12,
    "smoker": 0.14,
    "glucocorticoids": 0.04,
    "arthritis_rheumatoid": 0.02,
    "alcohol": 0.06,
    "falls": 0.15,
}


def usual_t_score(age: NDArray[np.floating], male: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean T-score of the femoral neck at an age (an estimate: half a unit is lost in ten years)."""
    return np.asarray(-1.4 + 0.5 * male - 0.05 * (age - 70), dtype=np.float64)


def people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return `n` people: :data:`COLUMNS`, the true ``chance``, and ``future_hip_fracture``."""
    age = np.clip(rng.normal(70, 9, n), 50, 95).round()
    male = (rng.random(n) < 0.4).astype(float)
    bmi = np.clip(rng.normal(27, 4.5, n), 15, 55).round(1)
    bone = rng.normal(0, 1, n) + 0.04 * (bmi - 27)  # the heavy have denser bones
    older = (age - 70) / 10
    table = pd.DataFrame({"age": age, "sex": np.where(male == 1, "M", "F"), "bmi": bmi})
    table["t_score"] = (usual_t_score(age, male) + bone).round(1)
    for name, common in _COMMON.items():
        lean = 0.35 * older if name in ("previous_fracture", "falls") else 0.0
        table[name] = (rng.random(n) < 1 / (1 + np.exp(-(np.log(common / (1 - common)) + lean)))).astype(int)
    table["cholesterol"] = np.clip(rng.normal(5.4, 1.1, n), 2, 11).round(1)
    table["glucose"] = np.clip(np.exp(rng.normal(1.72, 0.2, n)), 3, 25).round(1)
    table["chance"] = 1 - np.exp(-hazard(table, bone))
    table["future_hip_fracture"] = (rng.random(n) < table["chance"]).astype(int)
    table["t_score"] = table["t_score"].mask(rng.random(n) < 0.15)  # never measured
    return table


def hazard(table: pd.DataFrame, bone: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the cumulated hazard of ten years; `bone` is in standard deviations from what is usual."""
    found = BASE * AGE ** ((table["age"].to_numpy() - 70) / 10) * BONE ** (-bone)
    found = found * np.where(table["sex"] == "M", MALE, 1.0)
    for name, ratio in RATIOS.items():
        found = found * ratio ** table[name].to_numpy(dtype=float)
    return np.asarray(found, dtype=np.float64)
