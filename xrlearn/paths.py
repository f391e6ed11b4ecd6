"""Where the parts that are not code live, and where what a user keeps does: ``XRLEARN_HOME`` moves all of that."""

import getpass
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

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


def _home() -> Path | None:
    """Return the folder that ``XRLEARN_HOME`` names, or None."""
    named = os.environ.get("XRLEARN_HOME")
    return Path(named).expanduser().absolute() if named else None


def guests() -> bool:
    """Return whether the pages are for people who have no account on this machine (``xrlearn serve`` says so).

    What belongs to whoever runs the server, such as folders on its disk, is not offered to them.
    """
    return bool(os.environ.get("XRLEARN_GUESTS"))


def kept() -> dict[str, Path]:
    """Return the folders in which everything lies that a user keeps on this machine.

    ``cache`` holds what can be made or fetched again, ``datasets`` the public collections, ``studies`` the readings
    of reader studies, which are not to lose. All three lie under ``XRLEARN_HOME`` where that is set; ``XRLEARN_DATA``
    moves the collections alone. What a reader has done in the lessons is kept by her browser.

    Examples
    --------
    >>> sorted(kept())
    ['cache', 'datasets', 'studies']
    """
    chosen = os.environ.get("XRLEARN_DATA")
    return {"cache": cache(), "datasets": Path(chosen) if chosen else _collections(), "studies": studies()}


def _collections() -> Path:
    home = _home()
    return home / "datasets" if home else cache() / "datasets"


def studies() -> Path:
    """Return the folder for reader studies: never the cache, because nobody can make a reading again."""
    home = _home()
    return home / "studies" if home else user_data_path("xrlearn", appauthor=False)


def cache() -> Path:
    """Return the folder for what can be computed or downloaded again; it is made when missing.

    Where the user's cache cannot be written, it is a folder of the user's own among the temporary files.
    """
    home = _home()
    folder = home / "cache" if home else user_cache_path("xrlearn", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    own = Path(tempfile.gettempdir()) / f"xrlearn-{getpass.getuser()}"
    own.mkdir(mode=0o700, exist_ok=True)
    return own
