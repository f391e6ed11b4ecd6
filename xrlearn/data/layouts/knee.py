"""Knee osteoarthritis (Chen 2018): ``train``, ``val``, ``test`` / KL grade / ``<patient><side>.png``."""

import re
from pathlib import Path

import pandas as pd

from ..films import contradictions
from .common import Note, files_below, find_below

EXPECTED = "train, val, test / 0-4 / 9000099L.png"
_NAME = re.compile(r"(\d{7})([LR])", re.IGNORECASE)
_PARTS = ("train", "val", "test")


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return find_below(path, lambda p: all((p / "train" / str(grade)).is_dir() for grade in range(5)))


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a knee with its KL grade; ``auto_test`` repeats knees of ``test`` and is left out."""
    rows, notes = [], []
    for part in _PARTS:
        for grade in range(5):
            for film in files_below(root / part / str(grade), ".png", ".jpg", ".jpeg"):
                if name := _NAME.fullmatch(film.stem):
                    patient, side = name.groups()
                    rows.append((str(film), patient, grade, side.upper(), part))
    if (root / "auto_test").is_dir():
        notes.append(("auto_test", {"n": len(files_below(root / "auto_test", ".png", ".jpg", ".jpeg"))}))
    table = pd.DataFrame(rows, columns=["image", "patient", "kl", "side", "official_split"])
    table["flag_conflicting_duplicate"], torn = contradictions(table, table["patient"] + table["side"])
    return table, [*notes, *torn]
