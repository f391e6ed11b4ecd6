"""A plain folder of films with ``labels.csv``, as a department keeps it."""

import json
import unicodedata
from pathlib import Path

import pandas as pd

from ..radiograph.spine import CORNERS
from .cases import NESTED, finish
from .errors import DataError
from .films import Note, without_broken
from .labels import LABELS, name_labels, parse_label, sex_of
from .table import read_text_table

#: what films are called; files of other kinds in the folder are no films
SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm"}

_FILM = ("image", "filename", "file", "film", "image_id", "文件名", "影像")
_PATIENT = ("patient", "patient_id", "group", "image_key", "患者", "病人")
_FLAGS = {"view": ("frontal", "lateral", "oblique"), "region": ("hand", "leg", "hip", "shoulder")}


def read_folder(path: Path, label: str | None = None) -> pd.DataFrame:
    """Read a folder with films and ``labels.csv`` into a cases table.

    ``labels.csv`` has a column ``filename`` (relative to the folder, or to ``images/`` in it), label columns, and
    perhaps ``patient`` (or ``patient_id``, ``group``) and ``split``. ``annotations.json`` beside it brings boxes,
    ``landmarks.csv`` brings landmarks.

    Parameters
    ----------
    path : Path
        The folder, or the CSV file itself.
    label : str, optional
        The label column that must be there and complete.

    Returns
    -------
    pandas.DataFrame
        See :func:`xrlearn.data.read_source`.

    Raises
    ------
    DataError
        Naming the column, row or film that is missing or wrong.
    """
    file = path / "labels.csv" if path.is_dir() else path
    table = name_labels(read_text_table(file), label)
    lower = {str(column).lower(): str(column) for column in table}
    film = next((lower[name] for name in _FILM if name in lower), None)
    if film is None:
        raise DataError("no_film_column", file=file.name, columns=_listed(table))
    if label is not None and label not in table:
        raise DataError("no_label_column", file=file.name, label=label, columns=_listed(table))
    if table.empty:
        raise DataError("empty_table", file=file.name)

    names = table.pop(film)
    images = _films(dict(zip(table.index, names)), file)
    out = pd.DataFrame({"image": images}, index=table.index)
    patient = next((lower[name] for name in _PATIENT if name in lower), None)
    if patient is not None:
        out["patient"] = table.pop(patient)
        if (out["patient"] == "").any():
            raise DataError("blank_patient", file=file.name, row=out.index[out["patient"] == ""][0], column=patient)
    for column in table:
        if column in LABELS:
            out[column] = parse_label(table[column], file.name, required=column == label)
        elif column in NESTED:
            out[column] = pd.Series([_nested(cell) for cell in table[column]], index=table.index, dtype=object)
        else:
            out[column] = table[column] if column == "split" else natural(table[column])
    out = standard_columns(out)
    _add_boxes(out, names, file.parent / "annotations.json")
    _add_landmarks(out, names, file.parent / "landmarks.csv")
    unlisted = _unlisted(images)
    broken: list[Note] = []
    if file.name != "cases.csv":  # films of an imported data set were looked at when it was imported
        out, broken = without_broken(out)
    return finish(out, file.name, unlisted + broken)


def standard_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Add ``view``, ``region``, ``side`` and ``sex`` where published columns tell them under other names.

    Examples
    --------
    >>> standard_columns(pd.DataFrame({"frontal": [1], "lateral": [1], "male": [0]}))[["view", "sex"]].values.tolist()
    [['frontal+lateral', 'F']]
    """
    for name, flags in _FLAGS.items():
        if name not in table and all(flag in table for flag in flags[:2]):
            present = [flag for flag in flags if flag in table]
            table[name] = ["+".join(f for f, on in zip(present, row) if on == 1) for row in table[present].to_numpy()]
    if "view" not in table and "projection" in table:
        table["view"] = table["projection"].map({1: "frontal", 2: "lateral", 3: "oblique"}).fillna("")
    table = table.rename(columns={"laterality": "side", "gender": "sex", "age_years": "age"})
    if "sex" not in table and "male" in table:
        table["sex"] = table["male"]
    if "sex" in table:
        table["sex"] = [sex_of(value) or value for value in table["sex"]]
    return table


def _listed(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns[:12]))


def _films(names: dict[int, str], file: Path) -> list[str]:
    """Return the absolute path of each film, or raise with how many are missing and which is first."""
    base = file.parent.resolve()
    found: dict[str, int] = {}
    missing: list[tuple[int, str]] = []
    for row, name in names.items():
        if not name:
            raise DataError("blank_film", file=file.name, row=row)
        name = name.replace("\\", "/")
        spelled = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
        path = next((p for n in (name, *spelled) for p in (base / n, base / "images" / n) if p.is_file()), None)
        if path is None:
            missing.append((row, name))
        elif str(path) in found:
            raise DataError("repeated_film", file=file.name, row=row, first=found[str(path)], name=name)
        else:
            found[str(path)] = row
    if missing:
        row, name = missing[0]
        raise DataError("missing_films", file=file.name, n=len(missing), total=len(names), name=name, row=row)
    return list(found)


def _unlisted(images: list[str]) -> list:
    listed = set(images)
    folders = {Path(image).parent for image in images}
    present = (p for folder in folders for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    extra = sorted(p.name for p in present if str(p) not in listed)
    return [("unlisted", {"n": len(extra), "name": extra[0]})] if extra else []


def natural(column: pd.Series) -> pd.Series:
    """Numbers where every filled cell is one, text otherwise."""
    filled = column[column != ""]
    numbers = pd.to_numeric(filled, errors="coerce")
    if filled.empty or numbers.isna().any():
        return column
    numbers = numbers.reindex(column.index)
    return numbers.astype(int) if numbers.notna().all() and (numbers % 1 == 0).all() else numbers


def _nested(cell: str) -> list | dict:
    """Boxes as a list of tuples, landmarks as name -> (row, column)."""
    try:
        value = json.loads(cell) if cell else []
    except json.JSONDecodeError:
        value = []
    if isinstance(value, dict):
        return {name: tuple(at) for name, at in value.items()}
    return [tuple(inner) for inner in value]


def _add_boxes(table: pd.DataFrame, names: pd.Series, file: Path) -> None:
    """``annotations.json``: film name -> {"bbox_xywh": [[x, y, width, height], ...]} in pixels of the film."""
    if not file.is_file() or "boxes" in table:
        return
    try:
        marks = {name: entry["bbox_xywh"] for name, entry in json.loads(file.read_text(encoding="utf-8-sig")).items()}
        boxes = {
            name: [(float(y), float(x), float(y + h), float(x + w)) for x, y, w, h in found]
            for name, found in marks.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataError("bad_annotations", file=file.name) from None
    table["boxes"] = pd.Series(
        [boxes.get(n, boxes.get(Path(n).name, [])) for n in names], index=table.index, dtype=object
    )


def _add_landmarks(table: pd.DataFrame, names: pd.Series, file: Path) -> None:
    """``landmarks.csv``: film name, then x and y of each landmark in turn, in pixels of the film.

    Landmarks are called as their first column without its ``_x``; 68 of them are the corners of the spine.
    """
    if not file.is_file() or "landmarks" in table:
        return
    marks = read_text_table(file)
    film = marks.pop(str(marks.columns[0]))
    called = [str(column).removesuffix("_x") for column in marks.columns[::2]]
    called = list(CORNERS) if len(called) == len(CORNERS) else called
    try:
        xy = marks.to_numpy().astype(float).reshape(len(marks), -1, 2)
    except ValueError:
        raise DataError("bad_annotations", file=file.name) from None
    points = {name: {at: (y, x) for at, (x, y) in zip(called, row)} for name, row in zip(film, xy.tolist())}
    table["landmarks"] = pd.Series([points.get(name, {}) for name in names], index=table.index, dtype=object)
