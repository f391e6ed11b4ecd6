"""Many simulated films in one folder: pictures, ``labels.csv`` and the truth of each, made once and kept.

A cohort is described by a :class:`Cohort`; the same description gives the same films. Patient number `k` depends on the
description's seed and on `k` alone, so the first hundred films of a thousand are those of a hundred.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

from ..paths import cache
from ..progress import Progress, Stopped
from ..radiograph import Radiograph
from .dicom import write_dicom
from .film import shoot
from .region import Region, Streams, region
from .site import SITES
from .truth import Truth

#: room on the disk for kept cohorts; those that were not used for longest make way
ROOM_BYTES = 1_500_000_000
#: patients are numbered from seed * _APART, so that cohorts of different seeds share nobody
_APART = 1_000_000
_LONG_AGO = 500_000_000  # what an earlier film's seed is moved by
_WORTH_A_PROCESS = 48  # films: starting another Python costs as much as making these


@lru_cache(maxsize=1)
def edition() -> str:
    """Return a digest of the simulator itself: another edition makes other films, so kept ones are made anew."""
    digest = blake2b(digest_size=6)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Cohort:
    """A description of simulated films.

    Attributes
    ----------
    region : str
        See :func:`.region.region_names`.
    n : int
        Films; a patient has one in each of `views`.
    seed : int
        Another seed gives other patients.
    size : int
        Rows of a film.
    views : tuple of str
        The region's first view when empty.
    site : str or None
        The hospital, a name in :data:`.site.SITES`; None sends each patient to one at random.
    subtlety : float or (float, float)
        Of every lesion, 0 obvious to 1 occult; two numbers give a range to draw from.
    mix : dict
        Lesion (``"none"`` for none) -> share; the region's own when empty.
    patient : dict
        Patient parameters that are set rather than drawn.
    pairs : bool
        Every patient has a lesion and is filmed twice in each view, without it and with it, and is the same in all
        else; ``labels.csv`` then has a column ``pair``.
    earlier : bool
        Every film has an earlier one of the same body before the lesion, positioned and exposed on another day;
        ``labels.csv`` then has a column ``earlier``. Not together with `pairs`.

    Examples
    --------
    >>> Cohort("wrist", 3).key() == Cohort("wrist", 3).key() != Cohort("wrist", 4).key()
    True
    """

    region: str
    n: int
    seed: int = 0
    size: int = 256
    views: tuple[str, ...] = ()
    site: str | None = None
    subtlety: float | tuple[float, float] = (0.0, 1.0)
    mix: dict[str, float] = field(default_factory=dict)
    patient: dict[str, Any] = field(default_factory=dict)
    pairs: bool = False
    earlier: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked before the first film.

        Raises
        ------
        ValueError
            Naming the number or word that is wrong.
        KeyError
            If there is no such region.
        """
        place = region(self.region)
        object.__setattr__(self, "views", tuple(self.views) or (next(iter(place.views)),))
        if not isinstance(self.subtlety, int | float):
            object.__setattr__(self, "subtlety", tuple(self.subtlety))
        for given, known in ((self.views, place.views), (self.mix, ("none", *place.lesions))):
            if strange := [word for word in given if word not in known]:
                raise ValueError(f"{strange[0]!r} is not one of {', '.join(known)}")
        if self.site is not None and self.site not in SITES:
            raise ValueError(f"{self.site!r} is not one of {', '.join(SITES)}")
        if self.n < 1 or self.seed < 0 or self.size < 32:
            raise ValueError("n must be at least 1, seed at least 0, size at least 32")
        if not all(0 <= s <= 1 for s in self.range):
            raise ValueError("subtlety must lie between 0 and 1")
        if self.pairs and self.earlier:
            raise ValueError("films come in pairs or with an earlier one, not both")

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest subtlety."""
        return self.subtlety if isinstance(self.subtlety, tuple) else (self.subtlety, self.subtlety)

    def key(self) -> str:
        """Return a name for this description: the same for the same films."""
        words = json.dumps([edition(), asdict(self)], sort_keys=True)
        return f"{self.region}-{self.n}-{blake2b(words.encode(), digest_size=6).hexdigest()}"

    def films(self, part: int = 0, parts: int = 1) -> Iterator[tuple[Radiograph, Truth]]:
        """Make the films one after the other; of several `parts`, only those of every `parts`-th patient.

        Where each has an earlier one, that comes first and is not counted.
        """
        place, each = region(self.region), len(self.views) * (1 + self.pairs)
        for k in range(part, -(-self.n // each), parts):
            person, lesion, subtlety, site = self._patient(place, self.seed * _APART + k)
            found = (None, lesion) if self.pairs else (lesion,)
            bodies = [place.build(person, one, subtlety, Streams(person["id"])) for one in found]
            bodies = [replace(body, scale=bodies[0].scale) for body in bodies]
            shots = [(v, body) for v in range(len(self.views)) for body in bodies]
            before = place.build(person, None, subtlety, Streams(person["id"])) if self.earlier else None
            for v, body in shots[: self.n - k * each]:
                seed = person["id"] + v * _APART // 2
                if before is not None:
                    yield shoot(
                        place, self.views[v], person, before, SITES[site], seed + _LONG_AGO, self.size, subtlety
                    )
                yield shoot(place, self.views[v], person, body, SITES[site], seed, self.size, subtlety)

    def _patient(self, place: Region, number: int) -> tuple[dict[str, Any], str | None, float, str]:
        rng = Streams(number)("cohort")
        chance, site = rng.random(), sorted(SITES)[int(rng.integers(len(SITES)))]
        subtlety = float(rng.uniform(*self.range))
        mix = self.mix or {lesion or "none": share for lesion, share in place.mix.items()}
        mix = {lesion: share for lesion, share in mix.items() if lesion != "none"} if self.pairs else mix
        names, shares = list(mix), np.cumsum([*mix.values()])
        lesion = names[min(int(np.searchsorted(shares / shares[-1], chance, side="right")), len(names) - 1)]
        found = None if lesion == "none" else lesion
        # Who has no lesion is of the age and sex of those who have one: neither gives the answer away.
        alike = {name: share for name, share in mix.items() if name != "none" and share > 0} or {lesion: 1.0}
        like = rng.choice([*alike], p=np.array([*alike.values()]) / sum(alike.values())) if found is None else lesion
        person = place.person(number, None if like == "none" else str(like), self.patient)
        return person, found, subtlety, self.site or site


def write(
    cohort: Cohort, folder: Path, progress: Progress | None = None, workers: int | None = None, dicom: bool = False
) -> None:
    """Write a cohort's films, ``labels.csv`` and ``truth/`` into an empty or new folder.

    Parameters
    ----------
    cohort : Cohort
    folder : Path
    progress : callable, optional
        Told (films made, films in all) as they come; if it returns True, the work stops.
    workers : int, optional
        Processes beside this one; by default one a core where there are enough films to be worth it.
    dicom : bool
        Films as DICOM objects of the site's own bits (see :mod:`.dicom`) instead of 8-bit PNG.

    Raises
    ------
    Stopped
        If `progress` said so.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "truth").mkdir(exist_ok=True)
    rows: list[dict[str, Any]] = []
    parts = _parts(cohort, workers)
    made = _together(cohort, folder, dicom, parts) if parts else _alone(cohort, folder, dicom)
    try:
        for row in made:
            rows.append(row)
            if progress is not None and progress(len(rows), cohort.n) is True:
                raise Stopped
    finally:
        made.close()  # type: ignore[attr-defined]  # both are generators
    rows.sort(key=lambda row: row["filename"])
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(rows)


def _parts(cohort: Cohort, workers: int | None) -> int:
    return min(os.cpu_count() or 1, 4, cohort.n // _WORTH_A_PROCESS) if workers is None else workers


def _alone(cohort: Cohort, folder: Path, dicom: bool, part: int = 0, parts: int = 1) -> Iterator[dict[str, Any]]:
    before = ""
    for k, (film, truth) in enumerate(cohort.films(part, parts)):
        if cohort.pairs:
            pair = f"{truth.region}-{truth.patient['id']}-{truth.view}"
            yield _keep(film, truth, folder, dicom, ("-whole", "-broken")[k % 2]) | {"pair": pair}
        elif cohort.earlier and k % 2 == 0:
            before = _keep(film, truth, folder, dicom, "-earlier")["filename"]
        elif cohort.earlier:
            yield _keep(film, truth, folder, dicom) | {"earlier": before}
        else:
            yield _keep(film, truth, folder, dicom)


def _together(cohort: Cohort, folder: Path, dicom: bool, parts: int) -> Iterator[dict[str, Any]]:
    """Let other processes make the films; each prints the row of every film it has written."""
    words = json.dumps(asdict(cohort))
    start = f"import sys; from {__name__} import _part; _part(*sys.argv[1:])"
    command = [sys.executable, "-c", start, words, str(folder), "dicom" if dicom else "", str(parts)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    working = [
        subprocess.Popen([*command, str(part)], stdout=subprocess.PIPE, text=True, env=env, encoding="utf-8")
        for part in range(parts)
    ]
    try:
        waiting = list(working)
        while waiting:
            for process in list(waiting):
                assert process.stdout is not None
                if line := process.stdout.readline():
                    yield json.loads(line)
                else:
                    waiting.remove(process)
                    if process.wait():
                        raise RuntimeError(f"a process that makes films ended with {process.returncode}")
    finally:
        for process in working:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _keep(film: Radiograph, truth: Truth, folder: Path, dicom: bool, which: str = "") -> dict[str, Any]:
    """Write one film and its truth; return its row of ``labels.csv``."""
    name = f"{truth.patient['id']:09d}-{truth.view}{which}"
    picture = folder / "images" / f"{name}.{'dcm' if dicom else 'png'}"
    if dicom:
        picture.write_bytes(write_dicom(film, truth))
    else:
        Image.fromarray(np.round(film.pixels * 255).astype(np.uint8)).save(picture, compress_level=1)
    (folder / "truth" / f"{name}.json").write_text(truth.to_json(), encoding="utf-8")
    told = {
        "filename": f"images/{picture.name}",
        "truth": f"truth/{name}.json",
        "patient": f"{truth.region}-{truth.patient['id']}",
        "region": truth.region,
        "view": truth.view,
        "side": truth.side,
        "sex": truth.patient.get("sex", ""),
        "age": truth.patient.get("age_years", ""),
        "site": truth.settings["name"],
        "subtlety": round(truth.settings["subtlety"], 4),
        "spacing_mm": round((film.spacing_mm or (0.0, 0.0))[0], 5),
        **truth.labels,
        "boxes": json.dumps(truth.boxes),
        "landmarks": json.dumps({name: [round(x, 2) for x in at] for name, at in truth.landmarks.items()}),
    }
    return told | {k: v for k, v in truth.measurements.items() if k not in told}


def kept(cohort: Cohort, progress: Progress | None = None) -> Path:
    """Return a cohort's folder in the cache; it is made when missing, and others make way (:data:`ROOM_BYTES`).

    Where another process is making the same films, this one waits for them instead of making them a second time.
    """
    home = cache() / "phantom" / "cohorts"
    home.mkdir(parents=True, exist_ok=True)
    folder = home / cohort.key()
    if not (folder / "labels.csv").is_file():
        with _alone_with(home / f"{cohort.key()}.lock", cohort.n, progress):
            if not (folder / "labels.csv").is_file():
                partial = home / f"{cohort.key()}.{os.getpid()}.partial"
                shutil.rmtree(partial, ignore_errors=True)
                try:
                    write(cohort, partial, progress)
                    shutil.rmtree(folder, ignore_errors=True)
                    partial.replace(folder)
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
                _make_room(home, folder)
    os.utime(folder)
    return folder


@contextmanager
def _alone_with(file: Path, n: int, progress: Progress | None) -> Iterator[None]:
    """Hold a lock that only one process can hold; `progress` may stop the wait for it."""
    lock = FileLock(file)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            if progress is not None and progress(0, n) is True:
                raise Stopped from None
    try:
        yield
    finally:
        lock.release()


def _make_room(home: Path, newest: Path) -> None:
    folders = sorted((f for f in home.iterdir() if f.is_dir() and f != newest), key=lambda f: f.stat().st_mtime)
    sizes = {f: sum(p.stat().st_size for p in f.rglob("*") if p.is_file()) for f in (*folders, newest)}
    for folder in folders:
        if sum(sizes.values()) <= ROOM_BYTES:
            break
        shutil.rmtree(folder, ignore_errors=True)
        del sizes[folder]


def _part(words: str, folder: str, dicom: str, parts: str, part: str) -> None:
    """Make one part of a cohort: what :func:`_together` starts another Python for, and ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    for row in _alone(Cohort(**json.loads(words)), Path(folder), bool(dicom), int(part), int(parts)):
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
