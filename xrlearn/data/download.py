"""Downloading one large file over a line that may break: it goes on where it stopped."""

import errno
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pooch
import requests
import urllib3

from .cards import File
from .errors import DataError

#: called with (bytes here now, bytes in all or None)
Received = Callable[[int, int | None], None]

_CHUNK = 1 << 18
_TRIES = 3
_TIMEOUT = (10, 60)


def download(file: File, folder: Path, progress: Received = lambda done, total: None) -> Path:
    """Download `file` into `folder`, check it, and return its path.

    What arrives is kept in ``<name>.part``; a later call continues there (HTTP Range), if the server's copy is
    still the same one (ETag). A file that fails its checksum is thrown away. A complete file is not fetched again.

    Raises
    ------
    DataError
        If the address is gone, the network or the disk fails, or the file is not the published one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel(logging.ERROR)
    try:
        path = pooch.retrieve(
            str(file.url), file.checksum, fname=file.name, path=folder, downloader=_Resuming(folder, file, progress)
        )
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError("wrong_checksum", file=file.name) from None
    except OSError as error:
        raise _disk_error(error, file) from None
    return Path(path)


class _Resuming:
    """A pooch downloader that appends to ``<name>.part`` and hands the complete file over."""

    def __init__(self, folder: Path, file: File, progress: Received) -> None:
        self.part = folder / f"{file.name}.part"
        self.tag = folder / f"{file.name}.part.etag"
        self.file = file
        self.progress = progress

    def __call__(self, url: str, output_file: str, _: Any, check_only: bool = False) -> None:
        most = stalled = 0
        while stalled < _TRIES:
            try:
                total = self._fetch(url)
                break
            except requests.HTTPError as error:
                status = getattr(error.response, "status_code", "?")
                raise DataError("http_status", file=self.file.name, status=status, url=url) from None
            except (requests.RequestException, urllib3.exceptions.HTTPError):
                stalled = 0 if self._here() > most else stalled + 1
                most = max(most, self._here())
            except OSError as error:
                raise _disk_error(error, self.file) from None
        else:
            raise self._broken(url)
        if total is not None and self._here() != total:
            self._forget()
            raise DataError("wrong_size", file=self.file.name)
        self.part.replace(output_file)
        self._forget()

    def _here(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def _broken(self, url: str) -> DataError:
        if not self._here():
            return DataError("no_network", host=requests.utils.urlparse(url).hostname or url)
        return DataError("broken_off", file=self.file.name, mb=round(self._here() / 1e6, 1))

    def _fetch(self, url: str) -> int | None:
        """Fetch what is missing; return the whole file's size, where it is known."""
        here = self._here()
        if here and here == self.file.size:
            return here
        headers = {"Accept-Encoding": "identity"}
        if here:
            headers["Range"] = f"bytes={here}-"
            if self.tag.exists():
                headers["If-Range"] = self.tag.read_text(encoding="ascii")
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            if answer.status_code == 416:  # nothing left after what is here, or the copy here is another one
                if answer.headers.get("Content-Range") == f"bytes */{here}":
                    return here
                self._forget()
                raise requests.ConnectionError("start again")
            answer.raise_for_status()
            if answer.status_code not in (200, 206):
                raise requests.HTTPError(response=answer)
            start, total = _extent(answer, here)
            if start != here:
                self._forget()
            etag = answer.headers.get("ETag", "")
            if etag and not etag.startswith("W/"):
                self.tag.write_text(etag, encoding="ascii", errors="ignore")
            done = start
            with self.part.open("ab") as out:
                # read1 hands over what has arrived; iter_content would drop a chunk that a break leaves incomplete
                while chunk := answer.raw.read1(_CHUNK):
                    out.write(chunk)
                    done += len(chunk)
                    self.progress(done, total or self.file.size)
        if total is not None and done < total:
            raise requests.ConnectionError("ended early")
        return self.file.size or total


def _extent(answer: requests.Response, here: int) -> tuple[int, int | None]:
    """Where the answer's bytes start in the file, and how long the whole file is."""
    if answer.status_code == 206:
        span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != here:
            raise requests.ConnectionError("another range than asked for")
        return here, int(span[2]) if span[2] != "*" else None
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _disk_error(error: OSError, file: File) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataError("disk_full", file=file.name)
    return DataError("cannot_write", file=file.name, reason=error.strerror or error)
