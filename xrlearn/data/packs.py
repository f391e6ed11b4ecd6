"""Public data sets that lie ready in one folder, films and ``labels.csv`` each, without having been imported."""

import os
from pathlib import Path

#: data set -> its folder's name there
_FOLDERS = {
    "fracatlas": "fracatlas_fracture",
    "rsna-bone-age": "hand_boneage",
    "knee-oa": "knee_kl",
    "aasce-spine": "spine_ap_aasce",
    "osteoporosis-knee": "knee_osteoporosis",
}


def pack(name: str) -> Path | None:
    """Return a data set's folder below the one that the environment variable ``XRLEARN_FILMS`` names, if it is there.

    Examples
    --------
    >>> pack("no-such-set") is None
    True
    """
    packs = os.environ.get("XRLEARN_FILMS")
    if not packs or name not in _FOLDERS:
        return None
    folder = Path(packs) / _FOLDERS[name]
    return folder if (folder / "labels.csv").is_file() else None
