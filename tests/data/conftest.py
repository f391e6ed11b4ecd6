"""Small films and folders made here, so that these tests need no real data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def data_home(tmp_path_factory, monkeypatch) -> Path:
    """Data sets of a test live in a folder of its own."""
    home = tmp_path_factory.mktemp("data-home")
    monkeypatch.setenv("XRLEARN_DATA", str(home))
    return home


@pytest.fixture
def film() -> Callable[..., Path]:
    """Write a small grey film whose values depend on `seed` alone."""

    def write(path: Path, seed: int = 0, size: tuple[int, int] = (40, 32)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        grey = np.random.default_rng(seed).integers(0, 255, size=size[::-1], dtype=np.uint8)
        Image.fromarray(grey).save(path)
        return path

    return write


@pytest.fixture
def folder(tmp_path, film) -> Path:
    """A department's own folder: three films of two patients."""
    for seed, name in enumerate(("a.png", "b.png", "c.png")):
        film(tmp_path / "images" / name, seed)
    (tmp_path / "labels.csv").write_text(
        "filename,fracture,patient\nimages/a.png,0,p1\nimages/b.png,1,p1\nimages/c.png,1,p2\n"
    )
    return tmp_path
