"""Films for tests of the lessons: made up, or few and simulated, and a server over the latter."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from serving import Served, serving

from xrlearn.labs.wrists import Wrists


def few_films(scratch: Path, films: int = 160) -> dict[str, str]:
    """Return the environment of a program whose lessons have so many films, kept in `scratch`."""
    return os.environ | {
        "XRLEARN_LESSON_FILMS": str(films),
        "XDG_CACHE_HOME": str(scratch / "cache"),
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def lessons(scratch: Path, port: int, films: int = 160) -> Iterator[Served]:
    """Serve the pages, with few films."""
    before = dict(os.environ)
    os.environ.update(few_films(scratch, films))
    try:
        with serving("from xrlearn.cli import main; main()", "run", "--no-browser", "--port", str(port)) as served:
            yield served
    finally:
        os.environ.clear()
        os.environ.update(before)


def made_up(n: int = 160, size: int = 32) -> Wrists:
    """Grey noise; a broken film has a faint bright bar somewhere."""
    rng = np.random.default_rng(0)
    films, truth = rng.integers(60, 140, (n, size, size)).astype(np.uint8), rng.integers(0, 2, n)
    for film, broken in zip(films, truth):
        r, c = rng.integers(2, size - 12, 2)
        if broken:
            film[r : r + 3, c : c + 10] += 25
    split = np.array(["train", "valid", "test"])[np.searchsorted([0.6 * n, 0.8 * n], np.arange(n), side="right")]
    return Wrists(pd.DataFrame({"split": split, "fracture": truth}), films, np.zeros((n, 4), int))
