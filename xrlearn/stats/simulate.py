"""Reader studies out of thin air, with known truth: the model that MRMC methods are tried on."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .checks import StatsError


def roe_metz(
    readers: int = 5,
    normal: int = 50,
    diseased: int = 50,
    auc: float = 0.855,
    difference: float = 0.0,
    *,
    reader: float = 0.011,
    case: float = 0.3,
    modality_reader: float = 0.011,
    modality_case: float = 0.3,
    reader_case: float = 0.2,
    error: float = 0.2,
    seed: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Draw the ratings of a fully crossed study with two modalities from Roe and Metz's model.

    Parameters
    ----------
    readers, normal, diseased : int
        Size of the study.
    auc : float
        Expected AUC of modality 1 for a reader of average skill.
    difference : float
        Expected AUC of modality 2 less that of modality 1; 0 draws a null study.
    reader, case, modality_reader, modality_case, reader_case, error : float
        Variance components; those of cases and error must sum to 1. The defaults are Roe and Metz's "HH" structure
        (high correlation between cases and between readers).
    seed : int or Generator

    Returns
    -------
    DataFrame
        Columns reader, modality (1, 2), case, truth, score, as :func:`xrlearn.stats.mrmc` takes them.

    References
    ----------
    Roe & Metz (1997), Acad Radiol 4:298-303 and 4:587-600.

    Examples
    --------
    >>> roe_metz(readers=2, normal=3, diseased=3).shape
    (24, 5)
    """
    if abs(case + modality_case + reader_case + error - 1) > 1e-9:
        raise StatsError("components")
    rng = np.random.default_rng(seed)
    n = normal + diseased
    truth = np.repeat([0, 1], [normal, diseased])

    def effect(variance: float, *shape: int) -> np.ndarray:
        return np.sqrt(variance) * rng.standard_normal(shape)

    spread = np.sqrt(2 * (1 + reader + modality_reader))
    shift = spread * ndtri([auc, auc + difference])
    skill = effect(reader, 1, readers, 2) + effect(modality_reader, 2, readers, 2)
    score = shift[:, None, None] * truth + skill[:, :, truth]
    score = score + effect(case, 1, 1, n) + effect(modality_case, 2, 1, n) + effect(reader_case, 1, readers, n)
    score = score + effect(error, 2, readers, n)
    index = pd.MultiIndex.from_product([(1, 2), range(1, readers + 1), range(1, n + 1)])
    table = index.to_frame(index=False, name=["modality", "reader", "case"])
    table["truth"], table["score"] = truth[table["case"] - 1], score.ravel()
    return table[["reader", "modality", "case", "truth", "score"]]
