"""Simulated films as people read them: large, of twelve bits and known spacing, each made when it is wanted."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..paths import cache
from .registry import find
from .task import SIMULATED

#: rows of a film for reading: a fissure of half a millimetre is then a few pixels wide
ROWS = 1024


@dataclass(frozen=True)
class ReadingFilms:
    """Simulated patients of every region that a question may be put to; films are made one by one, and kept.

    Attributes
    ----------
    task : str
    n : int
        Films, shared out among the regions as evenly as can be.
    seed : int
        Another seed gives other patients; never :data:`.task.TRAINING_SEED`.
    rows : int
        Of a film.

    Examples
    --------
    >>> films = ReadingFilms("fracture", 4, rows=64)
    >>> films.table()["region"].tolist()
    ['wrist', 'forearm', 'ankle', 'wrist']
    >>> row = films.make(0)
    >>> row["image"].suffix, row["fracture"] in (0, 1), films.there(0)
    ('.dcm', True, True)
    """

    task: str
    n: int
    seed: int = 0
    rows: int = ROWS
    regions: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Take the regions that the task names."""
        task = find(self.task)
        object.__setattr__(self, "regions", (str(task.simulated["region"]), *task.regions))

    def table(self) -> pd.DataFrame:
        """Return one row a film with what may be known before it is made: its region and its place."""
        places = np.arange(self.n)
        regions = [self.regions[place % len(self.regions)] for place in places]
        return pd.DataFrame({"place": places, "region": regions, "split": "test"})

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
        region = self.regions[place % len(self.regions)]
        source = SIMULATED if region == self.regions[0] else f"{SIMULATED} {region}"
        return {**json.loads(told.read_text(encoding="utf-8")), "image": image, "region": region, "source": source}

    def _cohort(self, place: int) -> Any:
        from ..phantom.cohort import Cohort

        return Cohort(self.regions[place % len(self.regions)], self.n, self.seed, self.rows)

    def _files(self, place: int) -> tuple[Path, Path]:
        folder = cache() / "phantom" / "reading" / self._cohort(place).key()
        number = place // len(self.regions)
        return folder / f"{number}.dcm", folder / f"{number}.json"

    def _write(self, place: int, image: Path, told: Path) -> None:
        from ..phantom.dicom import write_dicom

        film, truth = next(self._cohort(place).films(place // len(self.regions), self.n))
        image.parent.mkdir(parents=True, exist_ok=True)
        label = find(self.task).label
        facts = {label: truth.labels[label], "boxes": truth.boxes, "view": truth.view}
        # Another page may be making the same film: each file comes into being whole, what is told of it last.
        for file, content in ((image, write_dicom(film, truth)), (told, json.dumps(facts).encode())):
            partial = file.with_name(f"{file.name}.{os.getpid()}")
            partial.write_bytes(content)
            partial.replace(file)
