"""Where the parts that are not code live: in the repository while developing, inside the package once installed."""

import getpass
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

_PACKAGE = Path(__file__).resolve().parent


def _share(name: str) -> Path:
    installed = _PACKAGE / "share" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


#: the lessons and dashboards
NOTEBOOKS = _share("notebooks")
#: one folder per public data set, with its card
DATASETS = _share("datasets")
#: trained weights (safetensors) with their model cards (JSON)
WEIGHTS = _PACKAGE / "weights"


def cache() -> Path:
    """Return the folder for what can be computed or downloaded again; it is made when missing.

    Where the user's cache cannot be written, it is a folder of the user's own among the temporary files.
    """
    folder = user_cache_path("xrlearn", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    own = Path(tempfile.gettempdir()) / f"xrlearn-{getpass.getuser()}"
    own.mkdir(mode=0o700, exist_ok=True)
    return own
