"""What comes with a wrist film: the clinician's request, and the laboratory.

Neither says what the film shows. A fall, swelling and a tender snuffbox are more frequent with a fracture, gout and
pain without injury less; inflammation raises C-reactive protein and urate where something else hurts, and those who
break a wrist lack vitamin D a little more often. How much more often are estimates, chosen so that words alone reach an
AUC of about 0.8 and the laboratory alone about 0.65: no published value stands behind them.
"""

from zlib import crc32

import numpy as np
import pandas as pd

from .columns import Column

#: C-reactive protein mg/l, urate umol/l, 25-hydroxyvitamin D nmol/l
LABORATORY = (Column("crp", 0, 500), Column("urate", 50, 1200), Column("vitamin_d", 5, 300))
#: share of patients of whom no blood was taken
NOT_TAKEN = 0.2

#: phrase in English and Chinese -> how often with a fracture, how often without
_HAPPENED = {
    ("Fall on the outstretched hand.", "跌倒时手掌撑地。"): (0.52, 0.27),
    ("Fell from a bicycle.", "骑车摔倒。"): (0.16, 0.09),
    ("Sports injury.", "运动损伤。"): (0.12, 0.12),
    ("Hit by a ball.", "被球击中。"): (0.05, 0.10),
    ("No injury remembered.", "无明确外伤史。"): (0.05, 0.17),
    ("Gout, painful wrist.", "痛风，腕部疼痛。"): (0.01, 0.08),
    ("Pain for months.", "腕痛数月。"): (0.02, 0.10),
    ("Pain.", "疼痛。"): (0.07, 0.07),
}
_FOUND = {
    ("Swollen.", "肿胀。"): (0.62, 0.33),
    ("Deformed.", "畸形。"): (0.12, 0.01),
    ("Tender snuffbox.", "鼻烟窝压痛。"): (0.28, 0.14),
    ("Tender over the distal radius.", "桡骨远端压痛。"): (0.45, 0.18),
    ("Full range of movement.", "活动不受限。"): (0.05, 0.28),
    ("Old fracture known.", "既往骨折史。"): (0.10, 0.14),
    ("Fracture?", "骨折？"): (0.55, 0.50),
}


def beside(cases: pd.DataFrame) -> pd.DataFrame:
    """Return `cases` with ``request`` and :data:`LABORATORY`, drawn for each patient by ``fracture``.

    A patient of the same name and truth has the same request, whatever else is in the table.

    Examples
    --------
    >>> both = beside(pd.DataFrame({"patient": ["wrist-7", "wrist-8"], "fracture": [1, 0]}))
    >>> sorted(both.columns), beside(both.iloc[1:])["request"].iloc[0] == both["request"].iloc[1]
    (['crp', 'fracture', 'patient', 'request', 'urate', 'vitamin_d'], True)
    """
    told = [_told(str(row.get("patient", "")), bool(row["fracture"])) for row in cases.to_dict("records")]
    return cases.assign(**pd.DataFrame(told, index=cases.index))


def _told(patient: str, broken: bool) -> dict[str, object]:
    rng = np.random.default_rng(crc32(f"{patient} {broken}".encode()))
    language, which = int(rng.integers(2)), 0 if broken else 1
    shares = np.array([share[which] for share in _HAPPENED.values()])
    phrases = [[*_HAPPENED][int(rng.choice(len(shares), p=shares / shares.sum()))]]
    phrases += [phrase for phrase, share in _FOUND.items() if rng.random() < share[which]]
    request = ("" if language else " ").join(phrase[language] for phrase in phrases)
    inflamed = rng.random() < (0.06 if broken else 0.25)
    blood = {
        "crp": round(float(np.exp(rng.normal(3.2 if inflamed else 1.3, 0.8))), 1),
        "urate": float(round(np.clip(rng.normal(430 if inflamed else 320, 75), 120, 900))),
        "vitamin_d": float(round(np.clip(rng.normal(46 if broken else 54, 20), 8, 160))),
    }
    if rng.random() < NOT_TAKEN:
        blood = dict.fromkeys(blood, float("nan"))
    return {"request": request, **blood}
