"""AASCE 2019 / SpineWeb 16: films, and tables without header in which row i of each belongs to film i."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ...radiograph.spine import CORNERS
from ..errors import DataError
from ..table import read_text_table
from .common import Note, find_below, join_identical, missing

EXPECTED = "data/training/*.jpg, labels/training/filenames.csv, angles.csv, landmarks.csv"
#: a Cobb angle above this is a mis-clicked landmark, not a spine
IMPOSSIBLE = 100.0
_CASE = re.compile(r"-(\d+) ?[A-Z]* ?AP", re.IGNORECASE)


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return find_below(path, lambda p: (p / "labels" / "training" / "filenames.csv").is_file() and (p / "data").is_dir())


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a film with the largest Cobb angle, all three angles and 68 landmarks."""
    parts = [_part(root, part) for part in ("training", "test") if (root / "labels" / part / "filenames.csv").is_file()]
    rows, notes = missing(pd.concat(parts, ignore_index=True), "name", "filenames.csv")
    rows, joined = join_identical(rows)
    rows["landmarks"] = pd.Series(
        [_pixels(image, marks) for image, marks in zip(rows["image"], rows["landmarks"])],
        index=rows.index,
        dtype=object,
    )
    rows["flag_vertebra_order"] = [int(not _downwards(marks)) for marks in rows["landmarks"]]
    if disordered := int(rows["flag_vertebra_order"].sum()):
        notes.append(("vertebra_order", {"n": disordered}))
    if doubtful := int(rows["flag_cobb_gt100"].sum()):
        notes.append(("doubtful_cobb", {"n": doubtful, "limit": f"{IMPOSSIBLE:g}"}))
    return rows.drop(columns="name"), [("case_number", {}), *notes, *joined]


def _part(root: Path, part: str) -> pd.DataFrame:
    labels = root / "labels" / part
    names = read_text_table(labels / "filenames.csv", header=False)[0]
    try:
        angles = read_text_table(labels / "angles.csv", header=False).to_numpy().astype(float)
        marks = read_text_table(labels / "landmarks.csv", header=False).to_numpy().astype(float)
    except ValueError as error:
        raise error if isinstance(error, DataError) else DataError("bad_annotations", file=f"labels/{part}") from None
    if not len(names) == len(angles) == len(marks) or angles.shape[1] != 3 or marks.shape[1] != 136:
        raise DataError("bad_annotations", file=f"labels/{part}")
    films = [root / "data" / part / name for name in names]
    table = pd.DataFrame({"image": [str(f) if f.is_file() else "" for f in films], "name": list(names)})
    cases = [_CASE.search(name) for name in names]
    table["patient"] = [f"case{case[1]}" if case else name for case, name in zip(cases, names)]
    table["cobb"] = angles.max(axis=1)
    table[["angle1_deg", "angle2_deg", "angle3_deg"]] = angles
    table["flag_cobb_gt100"] = (table["cobb"] > IMPOSSIBLE).astype(int)
    table["official_split"] = part
    table["landmarks"] = pd.Series(list(marks), dtype=object)
    return table


def _pixels(image: str, marks: np.ndarray) -> dict[str, tuple[float, float]]:
    """68 x then 68 y, as parts of width and height, to corner -> (row, col) in pixels of the film."""
    with Image.open(image) as film:
        width, height = film.size
    at = [(round(y * height, 2), round(x * width, 2)) for x, y in zip(marks[:68].tolist(), marks[68:].tolist())]
    return dict(zip(CORNERS, at, strict=True))


def _downwards(landmarks: dict[str, tuple[float, float]]) -> bool:
    """Whether each vertebra lies below the one before it."""
    rows = np.array(list(landmarks.values()))[:, 0].reshape(17, 4).mean(axis=1)
    return bool((np.diff(rows) > 0).all())
