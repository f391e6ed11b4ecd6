"""The orthopaedic tasks: one short file each, and the two verbs that list and load them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..locale import text
from .fracture import FRACTURE
from .task import Task

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Task", "find", "load", "source_of", "tasks"]

_TASKS = {task.name: task for task in (FRACTURE,)}

#: where a data set's films may lie beside the repository, when they were not imported: pack folder of each data set
_PACKS = {"fracatlas": "fracatlas_fracture"}


class TaskError(ValueError):
    """There is no such task, or no films for it; the message says what to do."""


def find(name: str) -> Task:
    """Return the task called `name`.

    Raises
    ------
    TaskError
        If there is none; the message lists those that there are.

    Examples
    --------
    >>> find("fracture").size
    320
    """
    if name not in _TASKS:
        raise TaskError(text("tasks.error.unknown", name=name, known=", ".join(_TASKS)))
    return _TASKS[name]


def tasks() -> "pd.DataFrame":
    """Return the table of tasks: what each asks, the published figure, and what we measure.

    Examples
    --------
    >>> list(tasks().columns)
    ['task', 'published', 'we measure', 'data']
    """
    import pandas as pd

    rows = {
        t.name: {
            text("tasks.table.task"): t.title,
            text("tasks.table.published"): text(t.published),
            text("tasks.table.measured"): text(t.measured),
            text("tasks.table.data"): ", ".join(t.sources),
        }
        for t in _TASKS.values()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def source_of(task: str) -> Path | str | None:
    """Return where films for `task` lie on this machine, or None.

    Looked for in this order: data sets imported with ``xrlearn data import``; packs in the folder that the
    environment variable ``XRLEARN_FILMS`` names or, where it names none, in ``shared/realdata`` beside the repository.
    """
    from ..data import imported
    from ..paths import NOTEBOOKS

    packs = Path(os.environ.get("XRLEARN_FILMS") or NOTEBOOKS.parent.parent / "shared" / "realdata")
    for name in find(task).sources:
        if name in imported():
            return name
        if (packs / _PACKS[name] / "labels.csv").is_file():
            return packs / _PACKS[name]
    return None


def load(task: str, source: str | Path | None = None) -> "pd.DataFrame":
    """Return the cases of a task: one row a film, split by patient.

    Parameters
    ----------
    task : str
        Name of a task, see :func:`tasks`.
    source : str or path, optional
        An imported data set's name, or a folder with films and ``labels.csv``. When left out, the films that
        are on this machine are used (see :func:`source_of`).

    Returns
    -------
    pandas.DataFrame
        Columns ``image`` (path), ``patient``, ``split`` (train, valid, test), the task's label, and what else
        the source tells: ``boxes`` of lesions in pixels (row0, col0, row1, col1), ``region``, ``view``.

    Raises
    ------
    TaskError
        If no films are found, or the source does not carry the task's label.
    """
    from ..data import read_source

    t = find(task)
    source = source or source_of(task)
    if source is None:
        raise TaskError(text("tasks.error.no_films", task=t.title, sources=", ".join(t.sources)))
    cases = read_source(source, task=t.label)
    if t.label not in cases:
        raise TaskError(text("tasks.error.no_label", label=t.label, source=Path(source).name))
    return cases
