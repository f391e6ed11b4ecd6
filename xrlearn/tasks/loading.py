"""The films of a task: simulated, from a public data set, or from a folder."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..locale import text
from .registry import TaskError, find
from .task import SIMULATED, Task

if TYPE_CHECKING:
    import pandas as pd

    from ..phantom.cohort import Cohort
    from ..progress import Progress

Source = str | Path
#: simulated patients of this seed are those that the shipped models learned from; all others are new to them
TRAINING_SEED = 100
#: how many records are simulated where nobody says: they cost nothing
RECORDS = 2000


def source_of(task: str) -> str:
    """Return the first of a task's sources that is on this machine; ``"simulated"`` where it is none of the others.

    Looked for are data sets imported with ``xrlearn data import``, and those of :func:`xrlearn.data.pack`.
    """
    from ..data import imported, pack
    from ..data.registers import register_there

    there = (SIMULATED, *imported())
    return next(
        (name for name in find(task).sources if name in there or pack(name) is not None or register_there(name)),
        SIMULATED,
    )


def load(
    task: str,
    source: "Source | Sequence[Source] | None" = None,
    *,
    n: int | None = None,
    seed: int | None = None,
    site: str | None = None,
    subtlety: float | tuple[float, float] | None = None,
    size: int | None = None,
    copies: int = 0,
    leak: bool = False,
    progress: "Progress | None" = None,
) -> "pd.DataFrame":
    """Return the cases of a task: one row a film, split by patient.

    Parameters
    ----------
    task : str
        Name of a task, see :func:`tasks`.
    source : str or path, optional
        ``"simulated"``, a data set's name, or a folder with films and ``labels.csv``; or several of these, one after
        the other. When left out, the task's first source that is on this machine (see :func:`source_of`).
    n, seed, site, subtlety, size
        Of simulated films (see :class:`xrlearn.phantom.Cohort`): how many (400), which ones (0), from which hospital
        (all), how hard to see the lesion is (all degrees), and how many rows a film has (as many as the task's
        network sees). Giving any of them asks for simulated films. They are made once and kept.
    copies : int
        Varied copies of every training film, which teach beside it (:func:`xrlearn.data.copies.with_copies`).
    leak : bool
        Copy the films before they are divided, so that copies of one film teach and test: a mistake to be seen once.
    progress : callable, optional
        Told (films made, films in all) while simulated films are made; a progress bar by default. If it returns
        True, the work stops.

    Returns
    -------
    pandas.DataFrame
        Columns ``image`` (path), ``patient``, ``split`` (train, valid, test), the columns of the task's
        answer, and what else the source tells: ``boxes`` of lesions in pixels (row0, col0, row1, col1), ``landmarks``
        (name -> (row, column) in pixels), ``region``, ``view``, ``source``.

    Raises
    ------
    TaskError
        If there is no such task, or the source does not carry its label.
    ValueError
        If a number for simulated films is out of range, or they are asked for beside another source.

    Examples
    --------
    >>> cases = load("wrist-fracture", n=4, size=64)
    >>> len(cases), set(cases["fracture"]) <= {0, 1}
    (4, True)
    """
    t = find(task)
    wishes = {"n": n, "seed": seed, "site": site, "subtlety": subtlety, "size": size}
    wished = {name: value for name, value in wishes.items() if value is not None}
    if source is None:
        source = SIMULATED if wished else source_of(task)
    given = [source] if isinstance(source, str | Path) else source
    sources = [SIMULATED if str(one) == SIMULATED else one for one in given]  # the command hands over paths
    if wished and SIMULATED not in sources:
        raise TaskError("not_simulated", names=", ".join(wished))
    if not t.films:
        parts = [_records(t, wished) if s == SIMULATED else _real_records(t, s) for s in sources]
    else:
        parts = [_films(t, s, wished, progress) for s in sources]
    if len(parts) == 1:
        cases = parts[0]
    else:
        import pandas as pd

        cases = pd.concat(parts, ignore_index=True)
    if not copies or not t.films:
        return cases
    from ..data.copies import with_copies

    return with_copies(cases, copies, leak)


def _films(task: Task, source: Source, wished: dict[str, Any], progress: "Progress | None") -> "pd.DataFrame":
    return _simulated(task, wished, progress) if source == SIMULATED else _real(task, source)


def _records(task: Task, wished: dict[str, Any]) -> "pd.DataFrame":
    from ..data.split import split_by_patient
    from ..records import draw

    if beside := [name for name in wished if name not in ("n", "seed")]:
        raise TaskError("no_film_wishes", task=task.name, names=", ".join(beside))
    n = wished.get("n", RECORDS)
    if n < 1:
        raise TaskError("too_few_records")
    cases = draw(task.simulated["records"], n, wished.get("seed", 0))
    return cases.assign(split=split_by_patient(cases["patient"]), source=SIMULATED)


def _real_records(task: Task, source: Source) -> "pd.DataFrame":
    from ..data.registers import read_records

    return read_records(source, task.name, task.label)


def _real(task: Task, source: Source) -> "pd.DataFrame":
    from ..data import imported, pack, read_source

    place = source if source in imported() else pack(str(source)) or source
    cases = read_source(place, task=task.label)
    cases = task.derived(cases) if task.derived else cases
    if missing := [column for column in task.answer.columns if column not in cases]:
        raise TaskError("no_label", label=missing[0], source=Path(source).name)
    return cases.assign(source=SIMULATED if "truth" in cases else Path(source).name)


def cohorts_of(task: Task, **wishes: Any) -> "list[Cohort]":
    """Return the descriptions of a task's simulated films: one a region, which share the films equally.

    Examples
    --------
    >>> [(cohort.region, cohort.n) for cohort in cohorts_of(find("wrist-fracture"), n=4)]
    [('wrist', 4)]
    """
    from ..phantom.cohort import Cohort

    every = [task.simulated, *task.also]
    n = wishes.pop("n", 400)
    shares = [n // len(every) + (k < n % len(every)) for k in range(len(every))] if n > 0 else [n]
    return [
        Cohort(**{"size": task.size, **recipe, **wishes, "n": share})
        for recipe, share in zip(every, shares, strict=False)
        if share or n < 1  # no film at all is refused
    ]


def _simulated(task: Task, wishes: dict[str, Any], progress: "Progress | None") -> "pd.DataFrame":
    from .ready import kept

    cohorts, folders, before = cohorts_of(task, **wishes), [], 0
    every = sum(cohort.n for cohort in cohorts)
    from tqdm.auto import tqdm

    seen = sys.stderr.isatty() or "ipykernel" in sys.modules  # in a file a bar is noise
    hidden = progress is not None or not seen
    with tqdm(total=every, desc=text("tasks.making"), delay=0.5, leave=False, disable=hidden) as bar:
        for cohort in cohorts:

            def draw(done: int, _: int, before: int = before) -> object:
                if progress is not None:
                    return progress(before + done, every)
                bar.update(before + done - bar.n)
                return None

            folders.append(kept(cohort, draw))
            before += cohort.n
    parts = [_of_folder(task, folder) for folder in folders]
    if len(parts) == 1:
        return parts[0]
    import pandas as pd

    return pd.concat(parts, ignore_index=True)


def _of_folder(task: Task, folder: Path) -> "pd.DataFrame":
    from ..data import read_source

    cases = read_source(folder, task=task.label)
    for column in cases.columns.intersection(["truth", "earlier"]):
        cases[column] = [str(folder / name) for name in cases[column]]
    cases = cases.assign(source=SIMULATED)
    return task.derived(cases) if task.derived else cases
