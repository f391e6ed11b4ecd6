"""The table of ratings that a study amounts to."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from .protocol import Protocol

#: confidence from which a reader says yes
YES = 50.0

#: columns of :meth:`Store.ratings`
RATINGS = [
    *("reader", "modality", "case", "truth", "score", "seconds", "mark_row", "mark_col", "hit", "position", "session"),
    *("planted", "ai", "threshold", "first_score", "first_seconds", "first_mark_row", "first_mark_col", "trust"),
    *("changed", "timed_out", "practice", "started", "committed", "seniority", "years"),
]
FLOATS = [
    *("truth", "score", "seconds", "mark_row", "mark_col", "hit", "ai", "threshold", "trust"),
    *("first_score", "first_seconds", "first_mark_row", "first_mark_col", "years"),
]
#: columns that come from the answers; the others are the films'
READ = [name for name in RATINGS if name not in ("truth", "hit", "planted", "ai", "threshold")]


@dataclass(frozen=True)
class Study:
    """A study as it is stored: `films` has case, path, truth, boxes, practice, ai, own, threshold, peaks, planted."""

    id: str
    protocol: Protocol
    films: pd.DataFrame


def tabulate(study: Study, read: pd.DataFrame, *, practice: bool = False) -> pd.DataFrame:
    """Return the ratings table of what was read, with what the study knows of the films."""
    films = study.films[["case", "truth", "boxes", "planted", "ai", "threshold"]]
    table = read.merge(films, on="case", how="left", validate="many_to_one")
    table["hit"] = [_hit(*x) for x in table[["mark_row", "mark_col", "boxes"]].itertuples(index=False)]
    table["modality"] = pd.Categorical(table["modality"], [arm.name for arm in study.protocol.arms])
    table = table.astype(dict.fromkeys(FLOATS, float) | {"practice": bool, "timed_out": bool})
    table["seniority"] = table["seniority"].fillna("").astype(str)
    for name in ("started", "committed"):
        table[name] = pd.to_datetime(table[name], utc=True)
    kept = table if practice else table[~table["practice"]]
    return kept[RATINGS].reset_index(drop=True)


def _hit(row: float | None, col: float | None, boxes: list[Any]) -> float:
    """Say whether a mark lies in one of the boxes (1 or 0); nan on a film without boxes."""
    if not boxes:
        return float("nan")
    if row is None or col is None:
        return 0.0
    return float(any(r0 <= row < r1 and c0 <= col < c1 for r0, c0, r1, c1 in boxes))
