"""Made-up films for tests: grey limbs, some with a bright spot for a lesion. Small, quick, and exactly known."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from xrlearn.data import split_by_patient

#: a plan of a reader study that is soon read: four films, no practice, no errors of the AI, no washout
PLAN = {"number": 4, "practice": 0, "commission": 0, "omission": 0, "washout_days": 0, "shows": ("probability",)}


def film(rng: np.random.Generator, lesion: tuple[int, int] | None, rows: int = 80, columns: int = 64) -> np.ndarray:
    """A limb across the film, 8 bits; the lesion, if any, is a bright spot of 12 pixels around (row, column)."""
    x = np.arange(columns)
    limb = 90 * np.exp(-(((x - columns * rng.uniform(0.4, 0.6)) / (columns * 0.2)) ** 2))
    grey = 30 + limb[None, :] + rng.normal(0, 6, (rows, columns))
    if lesion is not None:
        grey[lesion[0] - 6 : lesion[0] + 6, lesion[1] - 6 : lesion[1] + 6] += 110
    return grey.clip(0, 255).astype(np.uint8)


def make_cases(folder: Path, n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Write `n` films of n/2 patients; half of the patients have a lesion. Return their cases table."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        patient = i // 2
        broken = patient % 2
        at = (int(rng.integers(12, 68)), int(rng.integers(12, 52))) if broken else None
        path = folder / f"film{i:03d}.png"
        Image.fromarray(film(rng, at)).save(path)
        boxes = [(at[0] - 6.0, at[1] - 6.0, at[0] + 6.0, at[1] + 6.0)] if at else []
        rows.append({"image": str(path), "patient": f"p{patient}", "fracture": broken, "boxes": boxes})
    cases = pd.DataFrame(rows)
    return cases.assign(split=list(split_by_patient(cases["patient"], seed=0)))
