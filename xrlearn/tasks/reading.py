"""Simulated films as people read them: large, of twelve bits and known spacing, each made when it is wanted."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..data.labels import name_labels
from ..paths import cache
from .registry import find
from .task import SIMULATED, Task

if TYPE_CHECKING:
    from ..phantom.cohort import Cohort
    from ..phantom.truth import Truth

#: rows of a film for reading: a fissure of half a millimetre is then a few pixels wide; tests ask for fewer
ROWS = int(os.environ.get("XRLEARN_READING_ROWS", "1024"))


@dataclass(frozen=True)
class ReadingFilms:
    """Simulated patients of every region that a question may be put to; films are made one by one, and kept.

    They are made as the task wants them (view, lesions, kind of patient), and where it may be put to further regions
    every other film is of one of these.

    Attributes
    ----------
    task : str
    n : int
        Films.
    seed : int
        Another seed gives other patients; never :data:`.task.TRAINING_SEED`.
    rows : int
        Of a film.
    every_view : bool
        Where a task learns from several views of a patient, these come one after the other; otherwise a reader has one
        film of a patient.

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
    every_view: bool = False

    def region(self, place: int) -> str:
        """Return the region of a film."""
        return str(self._recipe(place)["region"])

    def _recipe(self, place: int) -> Mapping[str, Any]:
        task = find(self.task)
        also: tuple[Mapping[str, Any], ...] = getattr(task, "also", ())
        if also:
            return (task.simulated, *also)[place % (1 + len(also))]
        if place % 2 and task.regions:
            return {"region": task.regions[place // 2 % len(task.regions)]}
        return task.simulated

    def _patient(self, place: int) -> tuple[int, int]:
        """Return who is on a film, and in which of the views."""
        return divmod(place, max(1, len(self._views(place))))

    def _views(self, place: int) -> tuple[str, ...]:
        views: tuple[str, ...] = tuple(self._recipe(place).get("views", ()))
        return (*views, *find(self.task).companions) if self.every_view else views[:1]

    def table(self) -> pd.DataFrame:
        """Return one row a film with what may be known before it is made: its region, and who is on it.

        ``companion`` says that the question is put to another view of this patient.
        """
        rows = []
        for place in range(self.n):
            patient, view = self._patient(place)
            companion = view >= max(1, len(self._recipe(place).get("views", ())))
            rows.append((self.region(place), f"{self.region(place)}-{patient}", companion))
        return pd.DataFrame(rows, columns=["region", "patient", "companion"]).assign(split="test")

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
            self._write(place)
        task = find(self.task)
        own = {str(recipe["region"]) for recipe in (task.simulated, *getattr(task, "also", ()))}
        region = self.region(place)
        source = SIMULATED if region in own else f"{SIMULATED} {region}"
        return {**json.loads(told.read_text(encoding="utf-8")), "image": image, "region": region, "source": source}

    def _cohort(self, place: int) -> "Cohort":
        from ..phantom.cohort import Cohort

        wanted = {"n": self.n, "seed": self.seed, "size": self.rows, "views": self._views(place)}
        return Cohort(**{**self._recipe(place), **wanted})

    def _files(self, place: int) -> tuple[Path, Path]:
        folder = cache() / "phantom" / "reading" / self._cohort(place).key()
        return folder / f"{place}.dcm", folder / f"{place}.{self.task}.json"

    def _write(self, place: int) -> None:
        """Make all films of a patient."""
        from ..phantom.dicom import write_dicom
        from .ready import bones

        bones()
        patient, view = self._patient(place)
        cohort = self._cohort(place)
        shots = list(cohort.films(patient, self.n))
        before = shots[::2] if cohort.earlier else []
        for k, (film, truth) in enumerate(shots[1::2] if before else shots):
            image, told = self._files(place - view + k)
            image.parent.mkdir(parents=True, exist_ok=True)
            facts = _facts(find(self.task), truth)
            files = {image: write_dicom(film, truth)}
            if before:
                facts["earlier"] = str(image.with_name(f"{image.stem}-earlier.dcm"))
                files[Path(facts["earlier"])] = write_dicom(*before[k])
            files[told] = json.dumps(facts, default=float).encode()
            # Another page may be making the same film: each file comes into being whole, what is told of it last.
            for file, content in files.items():
                partial = file.with_name(f"{file.name}.{os.getpid()}")
                partial.write_bytes(content)
                partial.replace(file)


def _facts(task: Task, truth: "Truth") -> dict[str, Any]:
    """Return what is true of a film, as far as the task asks for it or reads it beside the film."""
    points = task.settings.get("points", ())
    told: dict[str, Any] = {
        **truth.measurements, **truth.labels,
        "sex": truth.patient.get("sex", ""), "age": truth.patient.get("age_years", ""),
        "region": truth.region, "view": truth.view, "side": truth.side,
        "source": SIMULATED, "patient": f"{truth.region}-{truth.patient['id']}",
    }  # fmt: skip
    names = name_labels(pd.DataFrame(columns=[*told])).columns  # what is measured may be asked for, too
    told = dict(zip(names, told.values(), strict=True))
    if derived := getattr(task, "derived", None):
        told = derived(pd.DataFrame([told])).iloc[0].to_dict()
    wanted = (*task.beside, *task.answer.columns, *task.inputs, "sex", "lesion", "region", "view", "side")
    return {
        **{name: told[name] for name in wanted if name in told and pd.notna(told[name])},
        "patient": f"{truth.region}-{truth.patient['id']}",
        "subtlety": truth.settings["subtlety"],
        "boxes": truth.boxes,
        "landmarks": {name: [round(x, 2) for x in truth.landmarks[name]] for name in points if name in truth.landmarks},
    }
