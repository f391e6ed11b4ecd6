"""The table of ratings that a reader study leaves behind, checked and made into arrays."""

from typing import Any

import numpy as np
import pandas as pd

from .checks import Floats, StatsError, labels, numbers

COLUMNS = ("reader", "modality", "case", "truth", "score")


def crossed(ratings: pd.DataFrame) -> tuple[np.ndarray, Floats, tuple[Any, ...], tuple[Any, ...]]:
    """Return truth, scores, modalities and readers of a fully crossed table, see :func:`arranged`.

    Raises
    ------
    StatsError
        If not every reader has read every case in every modality.
    """
    present, scores, modalities, readers, cases = arranged(ratings)
    gaps = np.argwhere(np.isnan(scores))
    if len(gaps):
        first = {"modality": modalities[gaps[0][0]], "reader": readers[gaps[0][1]], "case": cases[gaps[0][2]]}
        raise StatsError("not_crossed", count=len(gaps), **first)
    return present, scores, modalities, readers


def arranged(ratings: pd.DataFrame) -> tuple[np.ndarray, Floats, tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]:
    """Return truth (cases,), scores (modalities, readers, cases), modalities, readers and cases of a table.

    Scores of what was not read are nan.

    Parameters
    ----------
    ratings : DataFrame
        Columns reader, modality, case, truth, score; other columns are ignored. The order of rows does not matter.
        Modalities and readers come out sorted, or in the order of the categories of a categorical column.

    Raises
    ------
    StatsError
        If a column or a value is missing, a rating is doubled, or a case has two truths.
    """
    ratings = pd.DataFrame(ratings)
    absent = [name for name in COLUMNS if name not in ratings.columns]
    if absent:
        raise StatsError("columns", absent=", ".join(absent), wanted=", ".join(COLUMNS))
    table = ratings[list(COLUMNS)]
    if table.empty:
        raise StatsError("empty", name="ratings")
    if table.isna().any(axis=None):
        worst = table.isna().sum()
        raise StatsError("missing", name=", ".join(worst[worst > 0].index), count=int(worst.to_numpy().sum()))
    numbers("score", table["score"])
    labels(table["truth"])
    doubled = table.duplicated(["reader", "modality", "case"])
    if doubled.any():
        first = table[doubled].iloc[0]
        raise StatsError("doubled", reader=first["reader"], modality=first["modality"], case=first["case"])
    truth = table.groupby("case", observed=True)["truth"].agg(["min", "max"])
    torn = truth.index[truth["min"] != truth["max"]]
    if len(torn):
        raise StatsError("two_truths", case=torn[0])
    wide = table.pivot(index=["modality", "reader"], columns="case", values="score").astype(np.float64)
    modalities, readers = (
        tuple(table[name].astype("category").cat.remove_unused_categories().cat.categories)
        for name in ("modality", "reader")
    )
    full = wide.reindex(pd.MultiIndex.from_product([modalities, readers], names=["modality", "reader"]))
    scores = full.to_numpy().reshape(len(modalities), len(readers), -1)
    present = truth.loc[full.columns, "min"].to_numpy(dtype=float) == 1
    if present.all() or not present.any():
        raise StatsError("one_class", positives=int(present.sum()), negatives=int((~present).sum()))
    return present, scores, modalities, readers, tuple(full.columns)
