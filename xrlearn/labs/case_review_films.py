"""Where the films of a question come from, and example pictures of its classes."""

import base64
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..locale.errors import SentenceError
from ..paths import cache, guests
from ..tasks.task import SIMULATED, Task

if TYPE_CHECKING:
    import pandas as pd

    from ..tasks.reading import ReadingFilms
    from .case_review_archive import ArchiveFilms

#: simulated films to make for a question, and records to draw
MADE, DRAWN = 60, 300
#: patients looked through for an example of each class, their seed, and rows of a picture
LOOKED_AT, EXAMPLE_SEED, PICTURE = 64, 9, 112
#: stands for a labelled folder of the reader's own, and for the archive (PACS) that the environment names
OWN, ARCHIVE = "own", "archive"
#: sources of which the reader says more, and what is asked
ASKED = {OWN: "review.choose.folder", ARCHIVE: "review.choose.number"}


@dataclass(frozen=True)
class Films:
    """The cases of a question from one source.

    Attributes
    ----------
    cases : pandas.DataFrame
    made : ReadingFilms, ArchiveFilms or None
        Who makes or fetches them one by one.
    source : str
    """

    cases: "pd.DataFrame"
    made: "ReadingFilms | ArchiveFilms | None" = None
    source: str = SIMULATED

    @property
    def make(self) -> Callable[[int], Mapping[str, Any]] | None:
        """What makes a film, if they are made one by one."""
        return self.made.make if self.made else None


def sources(task: Task) -> list[str]:
    """Return where films of a question can come from on this machine, first choice first, and a folder of one's own.

    First come the films that the model knows best: those of the collection that it has learned from.

    Examples
    --------
    >>> from ..tasks import find
    >>> sources(find("bone-age"))[-1]
    'own'
    """
    from ..data import imported, pack
    from ..data.registers import register_there
    from ..pacs.settings import configured

    there = (SIMULATED, *imported())
    found = [name for name in task.sources if name in there or pack(name) is not None or register_there(name)]
    learned = [name for name in task.recipe.get("sources", ()) if name in found]
    ours = [*([ARCHIVE] if task.films and configured() else []), *([] if guests() else [OWN])]
    return [*dict.fromkeys([*learned, *found]), *ours]


@lru_cache(maxsize=1)
def _unchanged(task: str, source: str, labels: Path, changed: int) -> "pd.DataFrame":
    """Return a public collection's cases, read once until its labels change: 16 MB that pages share."""
    from ..tasks import load

    return load(task, source)


def _collection(task: str, source: str) -> "pd.DataFrame":
    """Return the cases of a collection, or of tables that were brought in."""
    from ..data import pack
    from ..tasks import load

    folder = pack(source)
    if folder is None:
        return load(task, source)
    labels = folder / "labels.csv"
    return _unchanged(task, source, labels, labels.stat().st_mtime_ns)


def films_of(task: Task, source: str, folder: str = "") -> Films:
    """Return the cases of a question: from a collection, simulated, or from where `folder` says more (:data:`ASKED`).

    Of a folder of one's own all films may be read: whether a model has seen one of them is found by its fingerprint.

    Raises
    ------
    DataError, TaskError
        If the folder cannot be used; the message says why.
    """
    from ..tasks import load
    from ..tasks.reading import ReadingFilms

    if source in ASKED and guests():  # the page's script may ask for what is not offered
        raise SentenceError("review.error.guests")
    if source == ARCHIVE:
        from .case_review_archive import ArchiveFilms

        fetched = ArchiveFilms(folder)
        return Films(fetched.table(), fetched, ARCHIVE)
    if source == OWN:
        return Films(load(task.name, Path(folder).expanduser()).assign(split="test"), source=source)
    if source != SIMULATED:
        return Films(_collection(task.name, source), source=source)
    if not task.films:
        return Films(load(task.name, SIMULATED, n=DRAWN).assign(split="test"))
    # Models have learned from simulated patients of another seed, so all of these may be read.
    made = ReadingFilms(task.name, MADE, every_view=True)
    return Films(made.table(), made)


def examples(task: Task, classes: int) -> Iterator[list[str]]:
    """Find a simulated film of every class of a question; return the pictures so far as addresses, one a class.

    They are made once and kept. Patients are taken as they come; a class that is not among the first ones stays
    without a picture.
    """
    from ..phantom.cohort import Cohort

    recipe = {**task.simulated, "views": tuple(task.simulated.get("views", ()))[:1]}
    cohort = Cohort(**{**recipe, "n": LOOKED_AT, "seed": EXAMPLE_SEED, "size": 192})
    folder = cache() / "phantom" / "examples" / cohort.key()
    files = [folder / f"{task.label}-{k}.webp" for k in range(classes)]
    yield [_address(file) for file in files]
    films = cohort.films() if not (folder / "done").is_file() else iter(())
    for film, truth in films:
        k = int(truth.labels.get(task.label, -1))
        if 0 <= k < classes and not files[k].is_file():
            folder.mkdir(parents=True, exist_ok=True)
            files[k].write_bytes(_small(film))
        yield [_address(file) for file in files]
        if all(file.is_file() for file in files):
            break
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "done").touch()


def _address(file: Path) -> str:
    if not file.is_file():
        return ""
    return f"data:image/webp;base64,{base64.b64encode(file.read_bytes()).decode()}"


def _small(film: Any) -> bytes:
    """Return the middle of a film as a small square picture."""
    from PIL import Image, ImageOps

    from ..training.films import displayed

    picture, stored = Image.fromarray(displayed(film)), io.BytesIO()
    ImageOps.fit(picture, (PICTURE, PICTURE), Image.Resampling.LANCZOS).save(stored, "WEBP", quality=80)
    return stored.getvalue()
