"""MURA v1.1: ``train``, ``valid`` / ``XR_<PART>`` / patient / ``study<n>_positive`` or ``_negative`` / films."""

from pathlib import Path

import pandas as pd

from .common import Note, files_below, find_below

EXPECTED = "train, valid / XR_WRIST / patient00001 / study1_positive / image1.png"


def find_root(path: Path) -> Path | None:
    """Return the folder at or below `path` that holds the data set, or None."""
    return find_below(path, lambda p: any(p.glob("train/XR_*")) or any(p.glob("valid/XR_*")))


def read(root: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return a row a film. A study is positive when a radiologist called it abnormal for any reason."""
    rows = []
    for film in files_below(root, ".png", ".jpg", ".jpeg"):
        if not film.match("*/XR_*/patient*/study*_*/*") or len(film.relative_to(root).parts) != 5:
            continue
        part, region, patient, study = film.relative_to(root).parts[:4]
        outcome = study.rpartition("_")[2]
        if part in ("train", "valid") and outcome in ("positive", "negative"):
            abnormal = int(outcome == "positive")
            rows.append((str(film), patient, abnormal, region.removeprefix("XR_").lower(), study, part))
    return pd.DataFrame(rows, columns=["image", "patient", "abnormal", "region", "study", "official_split"]), []
