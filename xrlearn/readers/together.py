"""What readers and AI are worth together: side by side, averaged, by vote, and with work divided between them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from ..stats import auc, proportion_ci
from .errors import StudyError
from .protocol import Protocol
from .results import YES, arms, by_case, complete, matrix

Floats = NDArray[np.float64]


def _parts(ratings: pd.DataFrame, protocol: Protocol) -> tuple[pd.DataFrame, str, list[str]]:
    """Return the complete table, its unaided arm, and its aided ones."""
    table = complete(ratings)
    alone = [arm for arm in arms(table) if protocol.arm(arm).ai == "none"]
    if not alone or table["ai"].isna().any():
        raise StudyError("no_pair")
    return table, alone[0], [arm for arm in arms(table) if arm not in alone]


def together(ratings: pd.DataFrame, protocol: Protocol, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Return what each way of joining readers and AI gives on the study's films.

    Parameters
    ----------
    ratings : DataFrame
    protocol : Protocol
    resamples, seed : int
        Of the bootstrap of cases that gives the intervals; the readers are held fixed.

    Returns
    -------
    DataFrame
        method: "reader" (alone, mean of the readers), "ai", "aided:<arm>" (mean of the readers with AI), "reader_ai"
        (each reader's answer averaged with the AI's), "readers" (mean answer of all readers), "readers_ai" (that
        averaged with the AI's), and for a lesion also "majority" of the readers and "majority_ai" (AI has one vote);
        value, low, high: accuracy for a lesion, else RMSE; auc, sensitivity, specificity (nan for measurements).

    Raises
    ------
    StudyError
        If nobody has finished, or there is no arm without AI or no answer of the AI.

    Notes
    -----
    On the confidence scale AI and reader are averaged as probabilities after the AI's was moved on the logit scale so
    that its threshold is one half.
    """
    table, alone, aided = _parts(ratings, protocol)
    truth, ai = by_case(table, "truth"), by_case(table, "ai")
    lesion = protocol.scale == "confidence"
    own = matrix(table, alone)
    if lesion:
        own, ai = own / 100, _centred(ai, by_case(table, "threshold"))
    joined = {
        "reader": own,
        "ai": ai[None],
        **{f"aided:{arm}": matrix(table, arm) / (100 if lesion else 1) for arm in aided},
        "reader_ai": (own + ai) / 2,
        "readers": own.mean(axis=0, keepdims=True),
        "readers_ai": (own.mean(axis=0, keepdims=True) + ai) / 2,
    }
    if lesion:
        votes = np.vstack([own, ai]) >= 0.5
        joined["majority"] = votes[:-1].mean(axis=0, keepdims=True)
        joined["majority_ai"] = votes.mean(axis=0, keepdims=True)
    rng = np.random.default_rng(seed)
    n = len(truth)
    weights = np.vstack([np.full(n, 1 / n), rng.multinomial(n, [1 / n] * n, resamples) / n])
    rows = []
    for name, scores in joined.items():
        if lesion:
            right = _credit(scores, truth, half=name.startswith("majority"))
            values = weights @ right.mean(axis=0)
            areas = float(np.mean([auc(truth, s) for s in scores])) if 0 < truth.mean() < 1 else np.nan
            parts = [float(right[:, truth == x].mean()) if (truth == x).any() else np.nan for x in (1, 0)]
        else:
            values = np.sqrt(weights @ ((scores - truth) ** 2).T).mean(axis=1)
            areas, parts = np.nan, [np.nan, np.nan]
        low, high = np.quantile(values[1:], [0.025, 0.975])
        if lesion and values[0] in (0.0, 1.0):  # no film tells how far others would vary, and drawing them anew neither
            low, high = proportion_ci(int(values[0]) * n, n)
        rows.append((name, float(values[0]), float(low), float(high), areas, *parts))
    return pd.DataFrame(rows, columns=["method", "value", "low", "high", "auc", "sensitivity", "specificity"])


def _centred(p: Floats, threshold: Floats) -> Floats:
    """Return probabilities moved on the logit scale so that `threshold` becomes one half."""
    moved = logit(np.clip(p, 1e-6, 1 - 1e-6)) - logit(np.clip(threshold, 1e-6, 1 - 1e-6))
    centred: Floats = 1 / (1 + np.exp(-moved))
    return centred


def _credit(scores: Floats, truth: Floats, *, half: bool) -> Floats:
    """Return 1 for a right answer and 0 for a wrong one; with `half`, a drawn vote is right half of the time."""
    right = ((scores >= 0.5) == (truth == 1)).astype(np.float64)
    return np.where(half & (scores == 0.5), 0.5, right)


@dataclass(frozen=True)
class Deferral:
    """Which films to hand over: the AI answers those that it is surest of, the readers the rest.

    Attributes
    ----------
    share : ndarray, (cases + 1,)
        Share of films handed to the readers, from 0 (AI alone) to 1 (readers alone).
    accuracy, sensitivity, specificity : ndarray, (cases + 1,)
        Of the two together; readers count with their mean.
    best : float
        Share at which accuracy is highest (the smallest such). Found on these very films it flatters: choose it on
        others before using it.
    """

    share: Floats
    accuracy: Floats
    sensitivity: Floats
    specificity: Floats
    best: float


def deferral(ratings: pd.DataFrame, protocol: Protocol) -> Deferral:
    """Return the deferral curve of a study on the confidence scale: least sure films of the AI go to readers first.

    The AI's sureness is how far its probability lies from its threshold, in log odds.

    References
    ----------
    Mozannar & Sontag (2020), ICML (learning to defer); Leibig et al. (2022), Lancet Digit Health 4:e507-e519.
    """
    table, alone, _ = _parts(ratings, protocol)
    sick = by_case(table, "truth") == 1
    ai = _centred(by_case(table, "ai"), by_case(table, "threshold"))
    machine = (ai >= 0.5) == sick
    humans = ((matrix(table, alone) >= YES) == sick).mean(axis=0)
    order = np.argsort(np.abs(logit(ai)), kind="stable")
    n = len(sick)
    handed = np.zeros((n + 1, n), dtype=bool)
    handed[:, order] = np.arange(n + 1)[:, None] > np.arange(n)
    right = np.where(handed, humans, machine.astype(np.float64))
    accuracy = right.mean(axis=1)
    found, cleared = (right[:, x].mean(axis=1) if x.any() else np.full(n + 1, np.nan) for x in (sick, ~sick))
    share = np.arange(n + 1) / n
    return Deferral(share, accuracy, found, cleared, float(share[accuracy.argmax()]))
