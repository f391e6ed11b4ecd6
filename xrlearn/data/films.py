"""Films and labels that cannot be used, found before anything learns from them: one filter for every source."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from .labels import LABELS

#: a remark about what was left out or assumed: (name below ``data.note``, values)
Note = tuple[str, dict[str, Any]]
#: so many names a note tells
_NAMED = 5


def readable(film: Path) -> bool:
    """Tell whether a film is there as a whole.

    PNG is judged by the check sums of its parts, JPEG by decoding it at reduced size, anything else by reading it.
    """
    try:
        state = film.stat()
    except OSError:
        return False
    return _readable(str(film), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _readable(film: str, size: int, changed: int) -> bool:
    if not film.lower().endswith((".png", ".jpg", ".jpeg")):
        from ..radiograph import RadiographError, read

        try:
            read(film)
        except RadiographError:
            return False
        return True
    try:
        with Image.open(film) as picture:
            if picture.format == "PNG":
                picture.verify()
            else:
                picture.draft("L", (64, 64))
                picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def without_broken(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Leave out films that are damaged or cut short, and say which."""
    whole = pd.Series([readable(Path(image)) for image in rows["image"]], index=rows.index, dtype=bool)
    return rows[whole].copy(), _note("broken", rows[~whole])


def without_gaps(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Leave out films with a label or a landmark that is no number, and say which."""
    there = [name for name in LABELS if name in rows]
    finite = pd.Series(np.isfinite(rows[there].to_numpy(dtype=float)).all(axis=1), index=rows.index)
    if "landmarks" in rows:
        points = rows["landmarks"].map(lambda marks: marks.values() if isinstance(marks, dict) else marks)
        finite &= points.map(lambda marks: bool(np.isfinite([list(at) for at in marks]).all()))
    return rows[finite].copy(), _note("no_number", rows[~finite])


def contradictions(rows: pd.DataFrame, key: pd.Series) -> tuple[pd.Series, list[Note]]:
    """Return 1 for the films that share a `key` with one of another label, else 0, and say which they are."""
    torn = pd.Series(data=False, index=rows.index)
    for name in (name for name in LABELS if name in rows):
        torn |= rows.groupby(key)[name].transform("nunique") > 1
    return torn.astype(int), _note("conflicting", rows[torn])


def _note(name: str, rows: pd.DataFrame) -> list[Note]:
    if rows.empty:
        return []
    names = [Path(image).name for image in rows["image"].iloc[:_NAMED]]
    return [(name, {"n": len(rows), "names": ", ".join(names) + (", ..." if len(rows) > _NAMED else "")})]
