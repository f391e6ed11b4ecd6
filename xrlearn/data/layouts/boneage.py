"""RSNA bone age: ``<id>.png`` and tables of id, age in months and sex; the folders vary with where it came from."""

from pathlib import Path

import pandas as pd

from ..films import contradictions
from ..labels import name_labels, parse_label
from ..table import read_text_table
from .common import Note, files_below, find_below, missing

EXPECTED = "train.csv / boneage-training-dataset.csv (id, boneage, male), boneage-training-dataset/*.png"


#: how tables say that a child is a boy, in lower case
_MALE = {
    **dict.fromkeys(("true", "1", "1.0", "m", "male", "boy", "yes", "男"), 1),
    **dict.fromkeys(("false", "0", "0.0", "f", "female", "girl", "no", "女"), 0),
}


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return path if find_below(path, _has_table) else None


def _has_table(folder: Path) -> bool:
    return any(_is_table(file) for file in folder.glob("*.csv"))


def _tables(path: Path) -> list[Path]:
    """The tables with bone ages; the test set's table has none."""
    return [file for file in files_below(path, ".csv") if _is_table(file)]


def _is_table(file: Path) -> bool:
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        columns = {cell.strip().lower() for cell in lines.readline(1000).split(",")}
    return "male" in columns and bool({"boneage", "bone age (months)"} & columns)


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a hand with bone age in months, sex and the part of the challenge it belongs to."""
    films = {file.stem: str(file) for file in reversed(files_below(root, ".png", ".jpg", ".jpeg"))}
    parts, notes = [], []
    for file in _tables(root):
        rows = name_labels(read_text_table(file)).rename(columns={"Image ID": "id"})
        rows["bone_age"] = parse_label(rows["bone_age"], file.name, required=True)
        rows["image"] = [films.get(name, "") for name in rows["id"]]
        rows["patient"] = rows["id"]
        said = rows["male"].str.lower()
        rows["male"] = said.map(_MALE)
        if strange := int(rows["male"].isna().sum()):
            notes.append(("no_sex", {"n": strange, "file": file.name, "value": said[rows["male"].isna()].iloc[0]}))
        rows["sex"] = rows["male"].map({1: "M", 0: "F"})
        rows["official_split"] = "valid" if "valid" in file.name.lower() else "train"
        rows, absent = missing(rows, "id", file.name)
        parts.append(rows)
        notes += absent
    table = pd.concat(parts, ignore_index=True)
    table["flag_conflicting_duplicate"], torn = contradictions(table, table["image"])
    return table.drop_duplicates("image"), [("one_film_each", {}), *notes, *torn]
