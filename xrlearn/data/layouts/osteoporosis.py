"""Knee X-ray Osteoporosis Database: one folder a class, films with mixed suffixes."""

from pathlib import Path

import pandas as pd

from ..films import contradictions
from ..labels import LABELS
from .common import Note, files_below, find_below, fingerprint, join_identical

EXPECTED = "normal, osteopenia, osteoporosis / *.jpg, *.JPEG, *.png"
_CLASSES = ("normal", "osteopenia", "osteoporosis")


def _folders(path: Path) -> dict[str, Path]:
    """The class folders, whatever the case of their names."""
    return {sub.name.strip().lower(): sub for sub in path.iterdir() if sub.is_dir()}


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return find_below(path, lambda p: set(_CLASSES) <= set(_folders(p)))


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a film with its class; films that contradict an identical one are marked."""
    folders, words = _folders(root), LABELS["osteoporosis"].words
    rows = pd.DataFrame(
        [
            (str(film), f"{name}-{film.stem}", words[name])
            for name in _CLASSES
            for film in files_below(folders[name], ".jpg", ".jpeg", ".png")
        ],
        columns=["image", "patient", "osteoporosis"],
    )
    rows, notes = join_identical(rows)
    prints = pd.Series([fingerprint(Path(image)) for image in rows["image"]], index=rows.index)
    rows["flag_conflicting_duplicate"], torn = contradictions(rows, prints)
    return rows, [("one_film_each", {}), *notes, *torn]
