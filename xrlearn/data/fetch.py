"""Getting a public data set: download, check, unpack, import."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from .cards import DataCard
from .download import Received, download
from .errors import DataError
from .sources import home, import_films
from .unpack import unpack


def fetch(card: DataCard, progress: Callable[[str], Received] = lambda name: lambda done, total: None) -> pd.DataFrame:
    """Download, unpack and import the data set of `card`; a call that follows a broken one continues it.

    Parameters
    ----------
    card : DataCard
        One with ``access = "download"``.
    progress : callable
        Given a file's name, returns what is told of each piece that arrives.

    Returns
    -------
    pandas.DataFrame
        The cases table, also kept under the data set's name.

    Raises
    ------
    DataError
        If the set cannot be downloaded, is not the published one, or does not fit on the disk.
    """
    if card.access != "download" or card.download_gb is None:
        raise DataError("by_hand", title=str(card.title), how_to=str(card.how_to), landing=str(card.landing))
    place = home() / card.name
    films, parts = place / "films", place / "download"
    parts.mkdir(parents=True, exist_ok=True)
    missing = [file for file in card.files if not _mark(parts, file.name).exists()]
    arrived = sum(part.stat().st_size for part in parts.iterdir())
    needed = 2 * card.download_gb * len(missing) / len(card.files) - arrived / 1e9
    if (free := shutil.disk_usage(place).free / 1e9) < needed:
        raise DataError("disk_too_small", folder=str(home()), needed=round(needed, 1), free=round(free, 1))
    for file in missing:
        path = download(file, parts, progress(file.name))
        if path.suffix == ".zip":
            try:
                unpack(path, films)
            except DataError as error:
                if error.key == "data.error.bad_archive":  # kept, it would be taken for downloaded the next time
                    path.unlink()
                raise
            path.unlink()
        else:
            films.mkdir(exist_ok=True)
            path.replace(films / file.name)
        _mark(parts, file.name).touch()
    cases = import_films(card.name, films)
    shutil.rmtree(parts)
    return cases


def _mark(parts: Path, name: str) -> Path:
    """Present once the file was checked and unpacked, so that it is not fetched twice."""
    return parts / f"{name}.done"
