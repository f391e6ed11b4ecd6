"""Films and bones that ship with the package, so that a first lesson begins at once: unpacked where made ones are kept.

The simulator would make the same, in most of a minute; ``make ready-films`` packs them, and tests hold them beside what
the simulator makes today.
"""

import io
import json
import os
import shutil
import tarfile
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from ..paths import cache

if TYPE_CHECKING:
    from ..phantom.cohort import Cohort
    from ..progress import Progress

PACKS = Path(__file__).with_name("packs")


def file_of(cohort: "Cohort") -> Path:
    """Return where a cohort's films ship, if they do.

    Examples
    --------
    >>> from xrlearn.phantom.cohort import Cohort
    >>> file_of(Cohort("wrist", 3)).name
    'wrist-3-9c8b40cf.tar.xz'
    """
    words = json.dumps(asdict(cohort), sort_keys=True).encode()
    return PACKS / f"{cohort.region}-{cohort.n}-{blake2b(words, digest_size=4).hexdigest()}.tar.xz"


def kept(cohort: "Cohort", progress: "Progress | None" = None) -> Path:
    """Return a cohort's folder in the cache: unpacked where its films ship, else made when missing.

    Parameters
    ----------
    cohort, progress
        See :func:`xrlearn.phantom.cohort.kept`.

    Raises
    ------
    xrlearn.progress.Stopped
        If `progress` stopped the making.
    """
    from ..phantom.cohort import kept as made

    unpack(cohort)
    return made(cohort, progress)


def unpack(cohort: "Cohort") -> bool:
    """Put a cohort's films among those that were made, where they ship and are not there yet; say whether they ship.

    Parameters
    ----------
    cohort : Cohort

    Notes
    -----
    Several processes may do so at once: each unpacks beside the place, and the first one there stays.
    """
    file = file_of(cohort)
    bones()  # for those that do not ship, and for films that are made once more to be read
    if not file.is_file():
        return False
    folder = cache() / "phantom" / "cohorts" / cohort.key()
    if not (folder / "labels.csv").is_file():
        _extract(file, folder)
    return True


def bones() -> None:
    """Put the bones that the simulator prepares (15 s for all regions) into the cache, where they are not there yet.

    They are those of one version of the scanned bones and of one way to prepare them, which the folder's name tells;
    with any other they are prepared when first asked for.
    """
    for file in PACKS.glob("meshes-*.tar.xz"):
        folder = cache() / "phantom" / file.name.removesuffix(".tar.xz")
        if not folder.is_dir():
            _extract(file, folder)


def _extract(file: Path, folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(file) as packed:
            packed.extractall(partial, filter="data")
        partial.replace(folder)
    except (OSError, tarfile.TarError):  # another process was first; or there is no room, which is said
        pass
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def pack(folder: Path, file: Path) -> None:
    """Write what lies in `folder` into `file`, as the package ships it.

    Parameters
    ----------
    folder : Path
        Films, see :func:`xrlearn.phantom.cohort.kept`; or bones.
    file : Path
        See :func:`file_of`.
    """
    from PIL import Image

    file.parent.mkdir(exist_ok=True)
    with tarfile.open(file, "w:xz", preset=9) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if path.suffix == ".png":  # xz finds more in grey values than in what deflate has left of them
                bare = io.BytesIO()
                with Image.open(path) as picture:
                    picture.save(bare, "PNG", compress_level=0)
                content = bare.getvalue()
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
