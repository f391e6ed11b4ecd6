"""Unpacking an archive from the internet without trusting it."""

import errno
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from .errors import DataError

#: films hardly shrink in an archive: one that grows more than this is no archive of films
_GROWTH = 30
_FILES = 300_000


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the zip `archive` into `folder`, and the zips that lie in it (one level).

    Raises
    ------
    DataError
        If it is damaged or locked, would write outside `folder`, or would grow beyond all measure or the disk.
    """
    _unpack(archive, folder)
    for inner in sorted(folder.rglob("*.zip")):
        _unpack(inner, inner.parent)
        inner.unlink()


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = [m for m in zipped.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            _check(members, archive, folder)
            for member in members:
                target = folder / PurePosixPath(member.filename)
                target.parent.mkdir(parents=True, exist_ok=True)
                with zipped.open(member) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise DataError("bad_archive", file=archive.name) from None
    except RuntimeError:
        raise DataError("locked_archive", file=archive.name) from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # zipfile seeks before the start of an archive that lacks its beginning
            raise DataError("bad_archive", file=archive.name) from None
        raise DataError("cannot_write", file=archive.name, reason=error.strerror or error) from None


def _check(members: list[zipfile.ZipInfo], archive: Path, folder: Path) -> None:
    size = sum(member.file_size for member in members)
    if len(members) > _FILES or size > _GROWTH * archive.stat().st_size + 10_000_000:
        raise DataError("too_large_archive", file=archive.name, gb=round(size / 1e9, 1), n=len(members))
    folder.mkdir(parents=True, exist_ok=True)
    if size > shutil.disk_usage(folder).free:
        raise DataError("disk_full_unpacking", file=archive.name, gb=round(size / 1e9, 1))
    for member in members:
        name = PurePosixPath(member.filename)
        outside = name.is_absolute() or ".." in name.parts or ":" in member.filename or "\\" in member.filename
        if outside or stat.S_ISLNK(member.external_attr >> 16):
            raise DataError("unsafe_archive", file=archive.name, name=member.filename[:80])
