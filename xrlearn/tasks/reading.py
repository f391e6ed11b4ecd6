"""Simulated films as people read them: large, of twelve bits and known spacing, each made when it is wanted."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..paths import cache
from .registry import find
from .task import SIMULATED

if TYPE_CHECKING:
    from ..phantom.cohort import Cohort

#: rows of a film for reading: a fissure of half a millimetre is then a few pixels wide
ROWS = 1024


@dataclass(frozen=True)
class ReadingFilms:
    """Simulated patients of every region that a question may be put to; films are made one by one, and kept.

    Every other film is of the task's own region, made as the task wants them (view, lesions, kind of patient).

    Attributes
    ----------
    task : str
    n : int
        Films.
    seed : int
        Another seed gives other patients; never :data:`.task.TRAINING_SEED`.
    rows : int
        Of a film.

    Examples
    --------
    >>> films = ReadingFilms("fracture", 4, rows=64)
    >>> films.table()["region"].tolist()
    ['wrist', 'forearm', 'wrist', 'ankle']
    >>> row = films.make(0)
    >>> row["image"].suffix, row["fracture"] in (0, 1), films.there(0)
    ('.dcm', True, True)
    """

    task: str
    n: int
    seed: int = 0
    rows: int = ROWS

    def region(self, place: int) -> str:
        """Return the region of a film."""
        task = find(self.task)
        return task.regions[place // 2 % len(task.regions)] if place % 2 and task.regions else self._own

    @property
    def _own(self) -> str:
        return str(find(self.task).simulated["region"])

    def table(self) -> pd.DataFrame:
        """Return one row a film with what may be known before it is made: its region."""
        return pd.DataFrame({"region": [self.region(place) for place in range(self.n)], "split": "test"})

    def there(self, place: int) -> bool:
        """Say whether a film has been made before."""
        return self._files(place)[1].is_file()

    def make(self, place: int) -> Mapping[str, Any]:
        """Return a film as a row of a cases table: ``image`` (DICOM) and what is true of it; made where it is missing.

        ``source`` names the region, too, where it is another than the task's own: what was measured on simulated films
        was measured on those of its own region.
        """
        image, told = self._files(place)
        if not told.is_file():
            self._write(place, image, told)
        region = self.region(place)
        source = SIMULATED if region == self._own else f"{SIMULATED} {region}"
        return {**json.loads(told.read_text(encoding="utf-8")), "image": image, "region": region, "source": source}

    def _cohort(self, place: int) -> "Cohort":
        from ..phantom.cohort import Cohort

        region = self.region(place)
        wanted = dict(find(self.task).simulated) if region == self._own else {"region": region}
        views = wanted.get("views", ())[:1]  # a reader has one film of a patient
        return Cohort(**{**wanted, "n": self.n, "seed": self.seed, "size": self.rows, "views": views})

    def _files(self, place: int) -> tuple[Path, Path]:
        folder = cache() / "phantom" / "reading" / self._cohort(place).key()
        return folder / f"{place}.dcm", folder / f"{place}.json"

    def _write(self, place: int, image: Path, told: Path) -> None:
        from ..phantom.dicom import write_dicom

        film, truth = next(self._cohort(place).films(place, self.n))
        image.parent.mkdir(parents=True, exist_ok=True)
        label = find(self.task).label
        facts = {
            label: truth.labels[label], "boxes": truth.boxes, "view": truth.view, "sex": truth.patient.get("sex", ""),
            "subtlety": truth.settings["subtlety"], "patient": f"{truth.region}-{truth.patient['id']}",
        }  # fmt: skip
        # Another page may be making the same film: each file comes into being whole, what is told of it last.
        for file, content in ((image, write_dicom(film, truth)), (told, json.dumps(facts).encode())):
            partial = file.with_name(f"{file.name}.{os.getpid()}")
            partial.write_bytes(content)
            partial.replace(file)
