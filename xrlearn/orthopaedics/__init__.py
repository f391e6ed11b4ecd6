"""The orthopaedic tasks: one short file each, and the two verbs that list and load them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..locale import text
from .ankle_fracture import ANKLE_FRACTURE
from .bone_age import BONE_AGE
from .cobb_angle import COBB_ANGLE
from .distal_radius_fracture import DISTAL_RADIUS_FRACTURE
from .femoral_neck_fracture import FEMORAL_NECK_FRACTURE
from .fracture import FRACTURE
from .hip_fracture import HIP_FRACTURE
from .hip_oa import HIP_OA
from .intertrochanteric_fracture import INTERTROCHANTERIC_FRACTURE
from .knee_oa import KNEE_OA
from .osteoporosis import OSTEOPOROSIS
from .proximal_humerus_fracture import PROXIMAL_HUMERUS_FRACTURE
from .spine_alignment import SPINE_ALIGNMENT
from .task import SIMULATED, Task
from .wrist_fracture import WRIST_FRACTURE

if TYPE_CHECKING:
    import pandas as pd

    from ..phantom.cohort import Progress

__all__ = ["SIMULATED", "Task", "asking", "find", "load", "source_of", "tasks"]

_TASKS = {
    task.name: task
    for task in (
        FRACTURE,
        WRIST_FRACTURE,
        DISTAL_RADIUS_FRACTURE,
        PROXIMAL_HUMERUS_FRACTURE,
        FEMORAL_NECK_FRACTURE,
        INTERTROCHANTERIC_FRACTURE,
        HIP_FRACTURE,
        ANKLE_FRACTURE,
        BONE_AGE,
        KNEE_OA,
        HIP_OA,
        COBB_ANGLE,
        SPINE_ALIGNMENT,
        OSTEOPOROSIS,
    )
}

#: where a data set's films may lie beside the repository, when they were not imported: pack folder of each data set
_PACKS = {
    "fracatlas": "fracatlas_fracture",
    "rsna-bone-age": "hand_boneage",
    "knee-oa": "knee_kl",
    "aasce-spine": "spine_ap_aasce",
    "osteoporosis-knee": "knee_osteoporosis",
}


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


def asking(label: str) -> Task:
    """Return the first task that asks for a label (a column of the cases table).

    Raises
    ------
    TaskError
        If no task does; the message lists those that there are.

    Examples
    --------
    >>> asking("fracture").name
    'fracture'
    """
    found = next((task for task in _TASKS.values() if task.label == label), None)
    return found or find(label)


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
            text("tasks.table.data"): ", ".join(
                text("tasks.source.simulated") if name == SIMULATED else name for name in t.sources
            ),
        }
        for t in _TASKS.values()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def source_of(task: str) -> Path | str:
    """Return the first of a task's sources that is on this machine; ``"simulated"`` where it is none of the others.

    Looked for are data sets imported with ``xrlearn data import``, and packs in the folder that the environment
    variable ``XRLEARN_FILMS`` names or, where it names none, in ``shared/realdata`` beside the repository.
    """
    from ..data import imported

    for name in find(task).sources:
        if name == SIMULATED or name in imported():
            return name
        if (folder := _pack(name)) is not None:
            return folder
    return SIMULATED


def _pack(name: str) -> Path | None:
    """The pack of a data set beside the repository, if it is there."""
    from ..paths import NOTEBOOKS

    packs = Path(os.environ.get("XRLEARN_FILMS") or NOTEBOOKS.parent.parent / "shared" / "realdata")
    folder = packs / _PACKS.get(name, "")
    return folder if name in _PACKS and (folder / "labels.csv").is_file() else None


def load(
    task: str,
    source: str | Path | None = None,
    *,
    n: int | None = None,
    seed: int | None = None,
    site: str | None = None,
    subtlety: float | tuple[float, float] | None = None,
    size: int | None = None,
    progress: "Progress | None" = None,
) -> "pd.DataFrame":
    """Return the cases of a task: one row a film, split by patient.

    Parameters
    ----------
    task : str
        Name of a task, see :func:`tasks`.
    source : str or path, optional
        ``"simulated"``, a data set's name, or a folder with films and ``labels.csv``. When left out, the task's first
        source that is on this machine (see :func:`source_of`).
    n, seed, site, subtlety, size
        Of simulated films (see :class:`xrlearn.phantom.Cohort`): how many (400), which ones (0), from which hospital
        (all), how hard to see the lesion is (all degrees), and how many rows a film has (as many as the task's
        network sees). Giving any of them asks for simulated films. They are made once and kept.
    progress : callable, optional
        Told (films made, films in all) while simulated films are made; a progress bar by default. If it returns
        True, the work stops.

    Returns
    -------
    pandas.DataFrame
        Columns ``image`` (path), ``patient``, ``split`` (train, valid, test), the task's label, and what else
        the source tells: ``boxes`` of lesions in pixels (row0, col0, row1, col1), ``region``, ``view``. Simulated
        films bring ``truth``, the path of everything that is known about them (see :class:`xrlearn.phantom.Truth`).

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
    if source == SIMULATED:
        return _simulated(t, {"n": 400, "size": t.size} | wished, progress)
    if wished:
        raise TaskError(text("tasks.error.not_simulated", names=", ".join(wished)))
    from ..data import imported, read_source

    if source not in imported():
        source = _pack(str(source)) or source
    cases = read_source(source, task=t.label)
    if t.label not in cases:
        raise TaskError(text("tasks.error.no_label", label=t.label, source=Path(source).name))
    return cases


def _simulated(task: Task, wishes: dict[str, Any], progress: "Progress | None") -> "pd.DataFrame":
    from ..data import read_source
    from ..phantom.cohort import Cohort, kept

    if not task.simulated:
        raise TaskError(text("tasks.error.no_films", task=task.title, sources=", ".join(task.sources)))
    cohort = Cohort(**{**task.simulated, **wishes})
    if progress is not None:
        folder = kept(cohort, progress)
    else:
        from tqdm.auto import tqdm

        with tqdm(total=cohort.n, desc=text("tasks.making"), delay=0.5, leave=False) as bar:

            def draw(done: int, _: int) -> None:
                bar.update(done - bar.n)

            folder = kept(cohort, draw)
    cases = read_source(folder, task=task.label)
    cases["truth"] = [str(folder / name) for name in cases["truth"]]
    return cases
