"""GRAZPEDWRI-DX: ``dataset.csv`` and 16-bit PNG films, wherever its four image archives were unpacked."""

from pathlib import Path

import pandas as pd

from ..folder import natural, standard_columns
from ..labels import name_labels, parse_label
from ..table import read_text_table
from .common import Note, files_below, find_below, missing

EXPECTED = "dataset.csv (filestem, patient_id, fracture_visible), *.png"


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return path if find_below(path, _has_table) else None


def _has_table(folder: Path) -> bool:
    file = folder / "dataset.csv"
    if not file.is_file():
        return False
    with file.open("rb") as table:
        return b"filestem" in table.read(200)


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a film; a blank cell of ``fracture_visible`` means that no fracture is visible."""
    films = {file.stem: str(file) for file in files_below(root, ".png", ".jpg", ".jpeg")}
    folder = find_below(root, _has_table)
    assert folder is not None
    rows = name_labels(read_text_table(folder / "dataset.csv")).rename(columns={"patient_id": "patient"})
    rows["fracture"] = parse_label(rows["fracture"].replace("", "0"), "dataset.csv")
    rows["image"] = [films.get(stem, "") for stem in rows["filestem"]]
    rows, notes = missing(rows, "filestem", "dataset.csv")
    plain = [str(column) for column in rows if column not in ("image", "patient", "filestem", "fracture", "timehash")]
    rows[plain] = rows[plain].apply(natural)
    return standard_columns(rows), notes
