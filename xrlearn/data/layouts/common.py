"""What the readers of published layouts share: finding the folder, finding films, joining identical ones."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pandas as pd
from PIL import Image

from ..films import Note, without_broken

__all__ = ["Note", "files_below", "find_below", "fingerprint", "join_identical", "missing"]

_DEPTH = 5
_FOLDERS = 5_000


def find_below(path: Path, looks_right: Callable[[Path], bool]) -> Path | None:
    """Return the first folder at or below `path`, level by level, that looks right.

    Archives wrap their content in parent folders, sometimes twice; the search goes five levels deep.
    """
    level, seen = [path], 0
    for _ in range(_DEPTH):
        for folder in level:
            if looks_right(folder):
                return folder
        seen += len(level)
        if seen > _FOLDERS:
            return None
        level = sorted(sub for folder in level for sub in _subfolders(folder))
    return None


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [sub for sub in folder.iterdir() if sub.is_dir() and not _hidden(sub)]
    except PermissionError:
        return []


def _hidden(path: Path) -> bool:
    return path.name.startswith((".", "__MACOSX"))


def files_below(path: Path, *suffixes: str) -> list[Path]:
    """Return all files with these suffixes (any case) at or below `path`, without what macOS leaves behind."""
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in suffixes and not any(_hidden(p) for p in (file, *file.relative_to(path).parents))
    )


def missing(rows: pd.DataFrame, column: str, table: str) -> tuple[pd.DataFrame, list[Note]]:
    """Drop rows whose ``image`` is blank, and say how many there were and which was the first."""
    absent = rows[rows["image"] == ""]
    if absent.empty:
        return rows, []
    note = ("missing", {"n": len(absent), "total": len(rows), "file": table, "name": absent[column].iloc[0]})
    return rows[rows["image"] != ""], [note]


def fingerprint(image: Path) -> str | None:
    """Return a hash of the film's grey values, equal for identical films; None if the file cannot be decoded.

    JPEG files are decoded at reduced size, which is many times faster and still tells films apart.
    """
    try:
        with Image.open(image) as film:
            film.draft("L", (256, 256))
            return sha256(repr(film.size).encode() + film.convert("L").tobytes()).hexdigest()
    except (OSError, SyntaxError, ValueError):
        return None


def join_identical(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Give identical films one patient, and leave out films that are cut short.

    The same film under two names would otherwise stand in the training and in the test set. When two patients
    share a film, all their films become one patient's.
    """
    rows, notes = without_broken(rows)
    kept = [fingerprint(Path(image)) or image for image in rows["image"]]
    rows["patient"] = _joined(rows["patient"], kept)
    if repeated := len(kept) - len(set(kept)):
        notes.append(("identical", {"n": repeated}))
    return rows, notes


def _joined(patients: Iterable[str], marks: Iterable[str]) -> list[str]:
    """Union of patients that share a mark; each group is called by its first patient."""
    parent: dict[str, str] = {}

    def top(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    owner: dict[str, str] = {}
    patients = list(patients)
    for patient, mark in zip(patients, marks):
        a, b = top(patient), top(owner.setdefault(mark, patient))
        parent[max(a, b)] = min(a, b)
    return [top(patient) for patient in patients]
