"""FracAtlas: ``dataset.csv`` and ``images/Fractured``, ``images/Non_fractured``; boxes from the COCO file."""

import json
from collections import defaultdict
from pathlib import Path

import pandas as pd

from ..errors import DataError
from ..folder import standard_columns
from ..labels import name_labels, parse_label
from ..table import read_text_table
from .common import Note, find_below, join_identical, missing

EXPECTED = "dataset.csv, images/Fractured, images/Non_fractured"
#: no patient is published; films with neighbouring numbers are often of one person (a stand-in, not the truth)
RUN = 10


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return find_below(path, lambda p: (p / "dataset.csv").is_file() and (p / "images" / "Fractured").is_dir())


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a film with fracture, boxes, region, view and the publisher's split of the fractured ones."""
    published = read_text_table(root / "dataset.csv")
    if not {"image_id", "fractured"} <= set(published):
        raise DataError("wrong_layout", name="fracatlas", folder=root.name, expected=EXPECTED)
    rows = name_labels(published)
    rows["fracture"] = parse_label(rows["fracture"], "dataset.csv", required=True)
    # The table decides: the published archive holds two fractured films in both folders.
    folder = rows["fracture"].map({1: "Fractured", 0: "Non_fractured"})
    paths = [root / "images" / sub / name for sub, name in zip(folder, rows["image_id"])]
    rows["image"] = [str(p) if p.is_file() else "" for p in paths]
    rows["patient"] = [f"run{int(name[3:10]) // RUN:04d}" for name in rows["image_id"]]
    rows, notes = missing(rows, "image_id", "dataset.csv")
    rows, joined = join_identical(rows)
    boxes = _boxes(root / "Annotations" / "COCO JSON" / "COCO_fracture_masks.json")
    split = _official_split(root / "Utilities" / "Fracture Split")
    rows["boxes"] = pd.Series([boxes.get(name, []) for name in rows["image_id"]], index=rows.index, dtype=object)
    rows["official_split"] = [split.get(name, "") for name in rows["image_id"]]
    flags = ["hand", "leg", "hip", "shoulder", "mixed", "hardware", "multiscan", "frontal", "lateral", "oblique"]
    rows = rows.astype({flag: int for flag in [*flags, "fracture_count"] if flag in rows})
    return standard_columns(rows), [("stand_in", {"n": RUN}), *notes, *joined]


def _boxes(file: Path) -> dict[str, list[tuple[float, float, float, float]]]:
    """COCO boxes (x, y, width, height) as (row0, col0, row1, col1), by film."""
    if not file.is_file():
        return {}
    try:
        coco = json.loads(file.read_text(encoding="utf-8"))
        names = {image["id"]: image["file_name"] for image in coco["images"]}
        boxes = defaultdict(list)
        for mark in coco["annotations"]:
            x, y, width, height = map(float, mark["bbox"])
            boxes[names[mark["image_id"]]].append((y, x, y + height, x + width))
    except (ValueError, KeyError, TypeError):
        raise DataError("bad_annotations", file=file.name) from None
    return boxes


def _official_split(folder: Path) -> dict[str, str]:
    """The publisher's division of the fractured films."""
    files = {part: folder / f"{part}.csv" for part in ("train", "valid", "test")}
    return {name: part for part, file in files.items() if file.is_file() for name in read_text_table(file)["image_id"]}
