"""Do readers follow the AI where it is wrong, and do they lose what they could do alone?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..stats import auc, proportion_ci
from ..stats.bounded import MIN_READERS, difference_bounds
from .protocol import Protocol
from .results import YES, Estimate, arms, crossed_mean


@dataclass(frozen=True)
class Rate:
    """`k` of `n` with the Wilson 95 % interval; nan where `n` is 0. Answers are counted, not readers."""

    k: int
    n: int
    value: float
    low: float
    high: float


def rate(which: pd.Series) -> Rate:
    """Return the share of true values.

    Examples
    --------
    >>> rate(pd.Series([True, False, False, True])).value
    0.5
    """
    k, n = int(which.sum()), len(which)
    low, high = proportion_ci(k, n) if n else (np.nan, np.nan)
    return Rate(k, n, k / n if n else np.nan, low, high)


@dataclass(frozen=True)
class AutomationBias:
    """What readers do in one arm on the films that the AI gets wrong.

    Attributes
    ----------
    arm, mode : str
        The arm, and how the AI is used in it ("first": before the reader looks; "second": after her own answer).
    commission, omission : Rate
        Share of answers that are wrong with the AI: yes where it reports what is not there; no where it overlooks what
        is there.
    commission_alone, omission_alone : Rate
        The same films, read without AI by the same readers: what they would have got wrong anyway. The difference is
        the bias.
    correct_rejected : Rate
        Share of answers against the AI where it is right: distrust.
    helped, harmed : Rate or None
        Where the reader answered first: share of wrong answers put right after the AI spoke, and of right ones spoilt.
    trust : float
        Mean trust stated (0 to 100); nan where the page did not ask.
    planted : bool
        Whether only planted errors count, or (where none were planted) the AI's own.
    films : int
        Films on which the AI is wrong.
    change : Estimate
        :attr:`excess` with its interval, over readers who have read all these films in both arms.
    """

    arm: str
    mode: str
    commission: Rate
    omission: Rate
    commission_alone: Rate
    omission_alone: Rate
    correct_rejected: Rate
    helped: Rate | None
    harmed: Rate | None
    trust: float
    planted: bool
    films: int
    change: Estimate

    @property
    def excess(self) -> float:
        """Wrong answers on the AI's errors beyond those that readers make alone, as a share of all answers there."""
        with_, alone = (
            (a.k + b.k) / max(a.n + b.n, 1)
            for a, b in ((self.commission, self.omission), (self.commission_alone, self.omission_alone))
        )
        return with_ - alone


def automation_bias(ratings: pd.DataFrame, protocol: Protocol) -> list[AutomationBias]:
    """Return commission and omission in each arm with AI, beside what the same readers do on these films alone.

    Where arms differ in when the AI speaks, comparing them is AI-first v. human-first.

    Parameters
    ----------
    ratings : DataFrame
        Of a study on the confidence scale.
    protocol : Protocol

    References
    ----------
    Goddard, Roudsari & Wyatt (2012), J Am Med Inform Assoc 19:121-127 (commission, omission); Dratsch et al. (2023),
    Radiology 307:e222176.
    """
    table = ratings.assign(
        yes=ratings["score"] >= YES, ai_yes=ratings["ai"] >= ratings["threshold"], sick=ratings["truth"] == 1
    )
    planted = bool((table["planted"] != "").any())
    wrong = (table["planted"] != "") if planted else (table["ai_yes"] != table["sick"])
    table = table.assign(
        commission=wrong & ~table["sick"] & table["ai_yes"], omission=wrong & table["sick"] & ~table["ai_yes"]
    )
    modes = {arm.name: arm.ai for arm in protocol.arms}
    alone = table[table["modality"].map(modes).astype(str) == "none"]
    found = []
    for arm in arms(table):
        if modes[arm] == "none":
            continue
        part = table[table["modality"] == arm]
        same = alone[alone["reader"].isin(part["reader"])]
        first = part[part["first_score"].notna()]
        was_right, is_right = (first["first_score"] >= YES) == first["sick"], first["yes"] == first["sick"]
        agreed = part["ai_yes"] == part["sick"]
        found.append(
            AutomationBias(
                arm,
                modes[arm],
                rate(part.loc[part["commission"], "yes"]),
                rate(~part.loc[part["omission"], "yes"]),
                rate(same.loc[same["commission"], "yes"]),
                rate(~same.loc[same["omission"], "yes"]),
                rate(part.loc[agreed, "yes"] != part.loc[agreed, "ai_yes"]),
                rate(is_right[~was_right]) if len(first) else None,
                rate(~is_right[was_right]) if len(first) else None,
                float(part["trust"].mean()),
                planted,
                part.loc[part["commission"] | part["omission"], "case"].nunique(),
                _more_errors(part, same),
            )
        )
    return found


def _more_errors(aided: pd.DataFrame, alone: pd.DataFrame) -> Estimate:
    """Return how many more answers are wrong with the AI than alone, as a share, on the films where it is wrong."""
    wide = [
        part[part["commission"] | part["omission"]]
        .assign(wrong=lambda t: (t["yes"] != t["sick"]).astype(float))
        .pivot_table(index="reader", columns="case", values="wrong")
        for part in (aided, alone)
    ]
    apart = (wide[0] - wide[1]).dropna()
    if apart.empty:
        return Estimate(np.nan, np.nan, np.nan)
    return crossed_mean(apart.to_numpy(dtype=np.float64), "difference")


@dataclass(frozen=True)
class Skill:
    """How readers do without AI, as the study goes on.

    Attributes
    ----------
    sessions : DataFrame
        reader, session, after_ai (whether a session with AI came before), n, accuracy, auc (nan with one class only).
    change : Estimate
        Mean accuracy of reader-sessions after AI less that of those before, with Welch's t interval; nan where fewer
        than three of each. Below 0 speaks for deskilling - or for fatigue, where AI always came first.
    """

    sessions: pd.DataFrame
    change: Estimate


def skill(ratings: pd.DataFrame, protocol: Protocol) -> Skill:
    """Return unaided performance by session: films of arms without AI, and first answers before a second reader's.

    Examples
    --------
    >>> table = pd.DataFrame({"reader": "A", "modality": "unaided", "session": 1, "truth": [0, 1], "score": [20, 30],
    ...                       "first_score": np.nan})
    >>> skill(table, Protocol.example()).sessions[["session", "accuracy", "auc"]].to_numpy().tolist()
    [[1.0, 0.5, 1.0]]
    """
    aided = ratings["modality"].map({arm.name: arm.ai != "none" for arm in protocol.arms}).astype(bool)
    first = ratings[aided].groupby("reader")["session"].min()
    alone = ratings.assign(score=ratings["score"].where(~aided, ratings["first_score"]))
    alone = alone[alone["score"].notna()]
    rows = []
    for key, part in alone.groupby(["reader", "session"]):
        reader, session = str(key[0]), int(str(key[1]))
        right = (part["score"] >= YES) == (part["truth"] == 1)
        area = auc(part["truth"], part["score"]) if part["truth"].nunique() > 1 else np.nan
        after = bool(reader in first.index and first[reader] < session)
        rows.append((reader, session, after, len(part), float(right.mean()), area))
    sessions = pd.DataFrame(rows, columns=["reader", "session", "after_ai", "n", "accuracy", "auc"])
    before, later = (sessions.loc[sessions["after_ai"] == x, "accuracy"] for x in (False, True))
    if min(len(before), len(later)) < MIN_READERS:
        return Skill(sessions, Estimate(float(later.mean() - before.mean()), np.nan, np.nan))
    return Skill(sessions, _welch(later.to_numpy(), before.to_numpy()))


def _welch(a: NDArray[np.float64], b: NDArray[np.float64]) -> Estimate:
    """Return the difference of two means with Welch's interval."""
    errors = np.array([x.var(ddof=1) / len(x) for x in (a, b)])
    total, difference = errors.sum(), float(a.mean() - b.mean())
    if total < 1e-20:
        return Estimate(difference, np.nan, np.nan)  # alike to the last film: nothing tells how far others would vary
    df = total**2 / (errors**2 / [len(a) - 1, len(b) - 1]).sum()
    return Estimate(difference, *difference_bounds(difference, float(np.sqrt(total)), float(df)))
