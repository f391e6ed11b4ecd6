"""People of 50 and more, their habits and their use of care, and who of them has osteoarthritis.

As Lim et al. 2019 did, nothing is asked that needs an examination. Two kinds of columns must be told apart:

- Causes. Odds ratios of the knee: women 1.68, previous injury 2.83, obesity 2.66, overweight 1.98 (Silverwood et al.,
  Osteoarthritis Cartilage 2015, pooled, checked). Age, heavy work and how common arthritis is: estimates.
- Consequences: who has arthritis sees doctors more often, walks less, has more pain and takes more pain killers.
  All of these are estimates. They help a model and explain nothing: it finds arthritis that is treated already.
"""

import numpy as np
import pandas as pd

from .columns import SEX, Column

#: odds ratios of causes
RATIOS = {"female": 1.68, "knee_injury": 2.83, "overweight": 1.98, "obese": 2.66, "heavy_work": 1.4}
#: odds ratio of ten years (an estimate)
AGE = 1.9
#: log-odds of a slim man of 62 without any of these (an estimate)
_BASE = -2.9

COLUMNS = (
    Column("age", 18, 110),
    SEX,
    Column("bmi", 10, 130),
    Column("knee_injury"),
    Column("heavy_work"),
    Column("smoker"),
    Column("walking_days", 0, 7),
    Column("visits", 0, 365),
    Column("health", 1, 5),
    Column("pain_killers"),
    Column("income", 1, 4),
)


def people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return `n` people: :data:`COLUMNS`, the true ``chance`` by their causes, and ``osteoarthritis``."""
    age = np.clip(rng.normal(62, 9, n), 50, 95).round()
    female = rng.random(n) < 0.56
    table = pd.DataFrame({"age": age, "sex": np.where(female, "F", "M")})
    table["bmi"] = np.clip(rng.normal(25, 3.6, n), 15, 50).round(1)
    table["knee_injury"] = (rng.random(n) < 0.08).astype(int)
    table["heavy_work"] = (rng.random(n) < 0.3).astype(int)
    table["smoker"] = (rng.random(n) < np.where(female, 0.06, 0.3)).astype(int)
    table["income"] = np.clip(np.round(rng.normal(2.7 - 0.4 * (age - 62) / 10, 1.0, n)), 1, 4)
    table["chance"] = chance(table)
    ill = rng.random(n) < table["chance"].to_numpy()
    table["osteoarthritis"] = ill.astype(int)
    table["walking_days"] = rng.binomial(7, np.where(ill, 0.5, 0.58))
    table["visits"] = rng.negative_binomial(1.5, 1.5 / (1.5 + np.where(ill, 13, 9)))
    table["health"] = np.clip(np.round(rng.normal(np.where(ill, 3.3, 2.9), 0.9, n)), 1, 5)
    table["pain_killers"] = (rng.random(n) < np.where(ill, 0.28, 0.14)).astype(int)
    table["income"] = table["income"].mask(rng.random(n) < 0.08)  # not said
    return table


def chance(table: pd.DataFrame) -> pd.Series:
    """Return the chance of osteoarthritis by its causes alone."""
    factors = {
        "female": table["sex"] == "F",
        "knee_injury": table["knee_injury"] == 1,
        "overweight": table["bmi"].between(25, 30, inclusive="left"),
        "obese": table["bmi"] >= 30,
        "heavy_work": table["heavy_work"] == 1,
    }
    odds = sum(np.log(RATIOS[name]) * present.astype(float) for name, present in factors.items())
    return 1 / (1 + np.exp(-(_BASE + np.log(AGE) * (table["age"] - 62) / 10 + odds)))
