"""Made-up films as they lie on a machine, and the environment in which they, and no others, are found."""

import os
from pathlib import Path

import numpy as np
from made_up import make_cases
from PIL import Image


def make_pack(folder: Path, films: int = 160, noise: float = 70) -> Path:
    """Write a pack of made-up films, half with a lesion, under `folder`; return `folder`.

    With this much noise (standard deviation, of 255) a model needs many of them.
    """
    pack = folder / "fracatlas_fracture"
    pack.mkdir(parents=True)
    cases = make_cases(pack, films)
    rng = np.random.default_rng(0)
    for image in cases["image"]:
        grey = np.asarray(Image.open(image), dtype=float)
        grey = 0.6 * grey + rng.normal(40, noise, grey.shape)
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(image)
    cases["filename"] = [Path(image).name for image in cases["image"]]
    cases[["filename", "patient", "fracture"]].to_csv(pack / "labels.csv", index=False)
    return folder


def environment(films: Path, scratch: Path) -> dict[str, str]:
    """Return the environment of a program that finds films in `films`, and keeps what it computes in `scratch`."""
    return os.environ | {
        "XRLEARN_FILMS": str(films),
        "XRLEARN_DATA": str(scratch / "datasets"),
        "XDG_CACHE_HOME": str(scratch / "cache"),
        "OMP_NUM_THREADS": "1",
    }
