"""Which films get no answer, because they are none that the model knows or because their grey values are in doubt?

Foreign films should get none, a task's own should.

    python benchmarks/out_of_distribution.py [TASK ...] [--own FILMS]

A task's own films are those of fresh simulated patients (seed 0); where it learns from real films too, of patients kept
apart. "adult" and "child" are patients of an age that the task's own films do not have.
"""

import argparse
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from common import say
from sklearn.datasets import load_sample_images

import xrlearn as xr
from xrlearn.data import pack, read_source
from xrlearn.phantom import Cohort
from xrlearn.phantom import region as find_region
from xrlearn.phantom.cohort import kept
from xrlearn.radiograph import Radiograph, quality
from xrlearn.tasks import SIMULATED, Task, find
from xrlearn.tasks.registry import known
from xrlearn.training import shipped
from xrlearn.training.out_of_distribution import OutOfDistribution

TEST_SEED = 0
#: what FracAtlas shows, beside wrists: to models that learn from it these are no foreign regions
FRACATLAS = {"wrist", "hand", "forearm", "knee", "ankle", "heel", "hip", "shoulder"}
#: tasks all of whose patients are adults, or children, and what a patient of the other kind is
AGES = {
    "distal-radius-fracture": ("child", {"age_years": 8.0, "hand_mm": 135.0}),
    "bone-age": ("adult", {"adult": True}),
}
INFANT_HIPS = {"hip-fracture", "femoral-neck-fracture", "intertrochanteric-fracture", "hip-oa"}


def sources(task: str) -> tuple[str, ...]:
    """Return where the task's model learns from."""
    return tuple(find(task).recipe.get("sources", (SIMULATED,)))


def cases(task: str, source: str, n: int, seed: int) -> pd.DataFrame:
    """Return simulated films of a seed's patients, or all of a data set."""
    return xr.load(task, n=n, seed=seed) if source == SIMULATED else xr.load(task, source)


@cache
def own(task: str, source: str, n: int) -> list[Radiograph]:
    """Return films like those that the task's model learns from, of patients that it has not seen."""
    films = cases(task, source, n, TEST_SEED)
    if source != SIMULATED:
        films = films[films["split"] == "test"].sample(n, random_state=TEST_SEED)
    return [xr.read(path) for path in films["image"]]


@cache
def simulated(region: str, view: str, n: int, **patient: object) -> list[Radiograph]:
    """Return simulated films without a lesion."""
    cohort = Cohort(region, n, TEST_SEED, 224, (view,), mix={"none": 1.0}, patient=patient)
    return [xr.read(path) for path in read_source(kept(cohort))["image"]]


def first_view(task: Task) -> tuple[str, str]:
    """Return the region of a task's simulated films, and their first view."""
    place = task.simulated["region"]
    return place, (*task.simulated.get("views", ()), *find_region(place).views)[0]


def negative(film: Radiograph) -> Radiograph:
    """Return a film as a picture on which bone is dark."""
    return Radiograph(1 - film.pixels)


def upside_down(film: Radiograph) -> Radiograph:
    """Return a film with its feet up."""
    return Radiograph(film.pixels[::-1].copy())


def thorax(film: Radiograph) -> Radiograph:
    """Return the upper half of a film of a trunk."""
    return Radiograph(film.pixels[: len(film.pixels) // 2].copy())


def photographs(n: int = 20) -> Iterator[Radiograph]:
    """Return pieces of two photographs, in grey."""
    rng = np.random.default_rng(TEST_SEED)
    pictures = [picture.mean(2) / 255 for picture in load_sample_images().images]
    for k in range(n):
        grey, side = pictures[k % 2], int(rng.integers(150, 420))
        row, column = (int(rng.integers(room - side + 1)) for room in grey.shape)
        yield Radiograph(grey[row : row + side, column : column + side].astype(np.float32))


def greys(n: int = 12) -> Iterator[Radiograph]:
    """Return uniform films from black to white."""
    return (Radiograph(np.full((200, 160 + 40 * (k % 2)), k / (n - 1), np.float32)) for k in range(n))


def noises(n: int = 12) -> Iterator[Radiograph]:
    """Return films of white noise."""
    rng = np.random.default_rng(TEST_SEED)
    return (Radiograph(rng.random((200, 160), np.float32)) for _ in range(n))


def real(*patterns: str) -> list[Radiograph]:
    """Return real films of the folder of DICOM files, where it is on this machine."""
    packs = pack("fracatlas")
    folder = packs.parent / "dicom_radiographs" / "files" if packs else Path("nowhere")
    return [xr.read(path) for pattern in patterns for path in sorted(folder.glob(pattern))]


def foreign(task: str, films: list[Radiograph]) -> Iterator[tuple[str, Iterable[Radiograph]]]:
    """Return kinds of film that the task's model must call strange; `films` are its own."""
    region = find(task).simulated["region"]
    familiar = {region} if sources(task) == (SIMULATED,) else FRACATLAS
    elsewhere = sorted({first_view(t) for t in known() if t.films and t.simulated["region"] not in familiar})
    yield "other region", [film for place, view in elsewhere for film in simulated(place, view, 8)]
    if task in AGES:
        kind, patient = AGES[task]
        yield kind, simulated(*first_view(find(task)), 30, **patient)
    if task in INFANT_HIPS:
        yield "infant (real)", real("331_DDH_*.dcm")
    yield "chest (real)", real("orthanc_issue44*", "txrv_mono2*")
    yield "thorax of a spine film", [thorax(film) for film in simulated("spine", "AP", 8)]
    yield "photograph", photographs()
    yield "uniform grey", greys()
    yield "noise", noises()
    yield "negative", map(negative, films)
    yield "(upside down)", map(upside_down, films)


def silent(score: OutOfDistribution, films: Iterable[Radiograph]) -> str:
    """Return how many films get no answer."""
    found = [score.score(film) > 1 or any(finding.asks for finding in quality(film)) for film in films]
    return f"{sum(found)} / {len(found)}" if found else ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--own", type=int, default=60, help="own films of each source")
    wanted = parser.parse_args()
    rows: dict[str, dict[str, str]] = {}
    for task in wanted.tasks or [t.name for t in known() if t.films]:
        score, row = shipped(task).distribution, rows.setdefault(task, {})
        for source in sources(task):
            row["own" if source == SIMULATED else "own, real"] = silent(score, own(task, source, wanted.own))
        films = [film for source in sources(task) for film in own(task, source, wanted.own)]
        row |= {kind: silent(score, strange) for kind, strange in foreign(task, films)}
    columns = list(dict.fromkeys(kind for row in rows.values() for kind in row))
    say(f"| task | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for task, row in rows.items():
        say(f"| {task} | {' | '.join(row.get(kind, '') for kind in columns)} |")


if __name__ == "__main__":
    main()
