"""Varied copies of films, kept as files: made from training films only, or, wrongly, before the films are divided."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from ..paths import cache
from ..radiograph import read


def with_copies(cases: pd.DataFrame, copies: int, leak: bool = False, seed: int = 0) -> pd.DataFrame:
    """Return a cases table with varied copies of its films: mirrored, turned, shifted, lighter or darker.

    Parameters
    ----------
    cases : pandas.DataFrame
        Films as files. Copies keep the answer and lose boxes and landmarks, which lie elsewhere on them.
    copies : int
        Of each film.
    leak : bool
        Do what must not be done: copy every film first, and then divide films and copies by chance, so that copies of
        one film teach and test. Otherwise training films alone are copied, and their copies teach.
    seed : int
        Of the variations, and of the wrong division.

    Examples
    --------
    >>> import xrlearn as xr
    >>> cases = xr.load("wrist-fracture", n=24, size=64)
    >>> taught = with_copies(cases, 2)
    >>> bool(len(taught) - len(cases) == 2 * (cases["split"] == "train").sum())
    True
    >>> leaked = with_copies(cases, 8, leak=True)
    >>> bool(leaked.groupby("patient")["split"].nunique().max() > 1)
    True
    """
    chosen = cases if leak else cases[cases["split"] == "train"]
    folder = cache() / "copies"
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[Any, Any]] = []
    for case in chosen.to_dict("records"):
        for k in range(copies):
            lost: dict[str, Any] = {"boxes": [], "landmarks": {}}
            lost = {name: nothing for name, nothing in lost.items() if name in case}
            rows.append({**case, "image": str(_copy(Path(case["image"]), folder, k, seed)), **lost})
    out = pd.concat([cases, pd.DataFrame(rows, columns=cases.columns)], ignore_index=True) if rows else cases
    if leak:
        out = out.assign(split=np.random.default_rng(seed).permutation(np.resize(cases["split"], len(out))))
    return out


def _copy(film: Path, folder: Path, number: int, seed: int) -> Path:
    """Return the file of a varied copy; made where it is missing."""
    name = hashlib.blake2b(film.read_bytes() + f"{seed} {number}".encode(), digest_size=8).hexdigest()
    file = folder / f"{name}.png"
    if not file.is_file():
        rng = np.random.default_rng(int(name, 16))
        grey = read(film).pixels
        picture = Image.fromarray(np.round(255 * np.clip(rng.uniform(0.85, 1.15) * grey, 0, 1)).astype(np.uint8))
        picture = ImageOps.mirror(picture) if rng.random() < 0.5 else picture
        across, down = (round(rng.uniform(-0.05, 0.05) * side) for side in picture.size)
        picture = picture.rotate(rng.uniform(-10, 10), Image.Resampling.BILINEAR, translate=(across, down))
        part = file.with_suffix(".part")
        picture.save(part, format="png", compress_level=1)
        part.replace(file)
    return file
