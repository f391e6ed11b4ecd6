"""One way in: a data set's name, a folder or a CSV file becomes a cases table."""

from pathlib import Path

import pandas as pd

from .. import paths
from .cases import save_cases
from .errors import DataError
from .folder import read_folder
from .layouts import read_layout, recognise


def home() -> Path:
    """Return the folder for data sets of this machine: see :func:`xrlearn.paths.kept`."""
    return paths.kept()["datasets"]


def imported() -> list[str]:
    """Return the names of the data sets that were imported on this machine."""
    return sorted(file.parent.name for file in home().glob("*/cases.csv"))


def read_source(source: str | Path, task: str | None = None) -> pd.DataFrame:
    """Read films and labels into a cases table, one row a film.

    Parameters
    ----------
    source : str or path
        Name of an imported data set (see :func:`imported`), a folder with films and ``labels.csv``, a CSV file, or
        a public data set's folder as published.
    task : str, optional
        Label column that must be there with a value in every row, e.g. ``"fracture"``, ``"kl"``, ``"bone_age"``.

    Returns
    -------
    pandas.DataFrame
        ``image`` (absolute path), ``patient``, ``split`` (train, valid, test; see :func:`split_by_patient`), label
        columns (:data:`xrlearn.data.labels.LABELS`), where the source tells them ``boxes`` (list of (row0, col0,
        row1, col1) in pixels of the file), ``landmarks`` (name -> (row, col)), ``region``, ``view``, ``side``,
        ``sex``, ``age``, and the source's other columns. What was assumed or left out: :func:`notes`.

    Raises
    ------
    DataError
        If there is no such source, or a column, row or film is missing or wrong.
    """
    name = str(source)
    path = home() / name / "cases.csv" if name in imported() else Path(source).expanduser()
    if not path.exists():
        raise DataError("no_source", source=name)
    if path.is_dir() and not (path / "labels.csv").is_file():
        published = recognise(path)
        if published is not None:
            return with_label(read_layout(published, path), published, task)
        raise DataError("no_labels_file", folder=path.name, label=task or "fracture")
    try:
        return read_folder(path, task)
    except DataError as error:
        if error.key == "data.error.missing_films" and name in imported():
            raise DataError("moved_films", **error.values | {"set": name}) from None
        raise


def with_label(cases: pd.DataFrame, name: str, task: str | None) -> pd.DataFrame:
    """Return `cases` unchanged, or raise if the label that the task needs is not among their columns."""
    if task is not None and task not in cases:
        raise DataError("no_label_column", file=name, label=task, columns=", ".join(map(str, cases.columns)))
    return cases


def import_films(name: str, path: Path, out: Path | None = None) -> pd.DataFrame:
    """Read a public data set as published, and keep its cases table under its name on this machine.

    The films stay where they are.

    Parameters
    ----------
    name : str
        Name of the data set, see ``xrlearn data list``.
    path : Path
        The folder where it was unpacked, or one of its parents.
    out : Path, optional
        Where to write the table besides.

    Raises
    ------
    DataError
        If the folder does not look as this data set is published.
    """
    cases = read_layout(name, path.expanduser())
    save_cases(cases, home() / name / "cases.csv")
    if out is not None:
        save_cases(cases, out)
    return cases
