"""The cases table: one row a film, with its patient, its set and its labels."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from ..locale import text
from .errors import DataError
from .labels import LABELS
from .split import split_by_patient

_SPLITS = ("train", "valid", "test")
_FIRST = ["image", "patient", "split", *LABELS, "boxes", "landmarks", "region", "view", "side", "sex", "age"]
#: columns that hold lists; they are JSON in a CSV file
NESTED = ("boxes", "landmarks")


def finish(table: pd.DataFrame, where: str, notes: list[tuple[str, dict[str, Any]]] | None = None) -> pd.DataFrame:
    """Make a cases table of rows with ``image``, labels and perhaps ``patient`` and ``split``.

    Films without a patient column count as one patient each. A ``split`` that the source brings is kept when it
    keeps patients together; otherwise films are divided by :func:`split_by_patient`.

    Raises
    ------
    DataError
        If the source's own split is none, or puts one patient on both sides of it.
    """
    notes = list(notes or [])
    cases = table.reset_index(drop=True)
    if "patient" not in cases:
        cases["patient"] = [Path(image).stem for image in cases["image"]]
        notes.append(("no_patient", {}))
    if "split" in cases:
        cases["split"] = [_own_split(value, where) for value in cases["split"]]
        sets = cases.groupby("patient")["split"].nunique()
        if (sets > 1).any():
            raise DataError("leaking_split", file=where, patient=sets[sets > 1].index[0], n=int((sets > 1).sum()))
    else:
        cases["split"] = split_by_patient(cases["patient"])
    cases = cases[[c for c in _FIRST if c in cases] + [c for c in cases if c not in _FIRST]]
    cases.attrs["notes"] = notes
    return cases


def _own_split(value: str, where: str) -> str:
    name = {"training": "train", "val": "valid", "validation": "valid", "testing": "test"}.get(
        value.lower(), value.lower()
    )
    if name not in _SPLITS:
        raise DataError("bad_split", file=where, value=value[:40])
    return name


def notes(cases: pd.DataFrame) -> list[str]:
    """Return, in the language in use, what was left out or assumed while reading these cases."""
    return [text(f"data.note.{key}", **values) for key, values in cases.attrs.get("notes", [])]


def save_cases(cases: pd.DataFrame, path: Path) -> None:
    """Write a cases table as CSV; boxes and landmarks become JSON."""
    out = cases.copy()
    for column in NESTED:
        if column in out:
            out[column] = [json.dumps(value) for value in out[column]]
    path.parent.mkdir(parents=True, exist_ok=True)
    out.to_csv(path, index=False)


def describe(cases: pd.DataFrame) -> pd.DataFrame:
    """Count films, patients and labels in each set.

    Returns
    -------
    pandas.DataFrame
        One row each for training, validation, test and all films. Classes and grades are counted; measurements
        (bone age in months, Cobb angle in degrees) are given as median and range.

    Examples
    --------
    >>> cases = pd.DataFrame({"image": ["a", "b", "c"], "patient": ["1", "1", "2"],
    ...                       "split": ["train", "train", "test"], "fracture": [0, 1, 1]})
    >>> print(describe(cases))
                films  patients  fracture 0  fracture 1
    training        2         1           1           1
    validation      0         0           0           0
    test            1         1           0           1
    all             3         2           1           2
    """
    rows = {}
    for name in (*_SPLITS, "all"):
        part = cases if name == "all" else cases[cases["split"] == name]
        row: dict[str, Any] = {
            text("data.describe.films"): len(part),
            text("data.describe.patients"): part["patient"].nunique(),
        }
        for label in [label for label in LABELS if label in cases]:
            title = text(f"data.label.{label}")
            values = part[label].dropna()
            if LABELS[label].whole:
                counts = Counter(values.astype(int))
                row |= {f"{title} {value}": counts[value] for value in sorted(set(cases[label].dropna().astype(int)))}
            else:
                span = f"{values.median():.4g} ({values.min():.4g}-{values.max():.4g})"
                row[title] = span if len(values) else "-"
            if cases[label].isna().any():
                row[text("data.describe.unlabelled", label=title)] = int(part[label].isna().sum())
        rows[text(f"data.describe.{name}")] = row
    return pd.DataFrame.from_dict(rows, orient="index")
