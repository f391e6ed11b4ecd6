"""Read a film from a path, from bytes or from an open file, whatever format it is in."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from .errors import RadiographError
from .film import Radiograph
from .limits import MAX_BYTES

#: Beginnings of files that people drop by mistake -> what to call them (catalogue key of the sentence).
_NOT_FILMS = (
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"%PDF", "pdf"),
)
_TURN = threading.RLock()
_RASTER = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read(source: str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO) -> Radiograph:
    """Read one radiograph.

    The format is recognised by the content, not by the name: DICOM (with or without its preamble, every transfer syntax
    that an installed decoder knows), PNG, JPEG and TIFF of 8 and 16 bits. Grey values keep all their bits.

    Parameters
    ----------
    source : path, bytes or binary file
        An open file is read from its present position to its end.

    Returns
    -------
    Radiograph

    Raises
    ------
    RadiographError
        For anything that is not one readable radiograph; its ``str()`` says in one sentence what is wrong. No other
        exception is raised, and nothing is allocated before the size in the header has been checked.

    Notes
    -----
    The film stays in memory: nothing is written, and what the libraries would log or warn of is kept back, because it
    may quote the header.

    Examples
    --------
    >>> read(b"")
    Traceback (most recent call last):
    ...
    xrlearn.radiograph.errors.RadiographError: The file is empty (0 bytes); please export or copy it again.
    """
    data = to_bytes(source)
    with quietly() as heard:
        try:
            return _decode(data, heard)
        except RadiographError:
            raise
        except ImportError as error:
            raise RadiographError("radiograph.error.decoder", package=error.name or "imagecodecs") from None
        # Dozens of decoders meet hostile bytes here; whatever they raise, the user needs one sentence.
        # `from None`: their messages may quote the header.
        except Exception as error:
            if "requires the 'imagecodecs'" in str(error):  # tifffile's way of saying ImportError
                raise RadiographError("radiograph.error.decoder", package="imagecodecs") from None
            raise RadiographError("radiograph.error.damaged") from None


def _decode(data: bytes, heard: list[warnings.WarningMessage]) -> Radiograph:
    if not data:
        raise RadiographError("radiograph.error.empty")
    if data[128:132] == b"DICM":
        return _dicom(data, heard)
    for magic, key in _NOT_FILMS:
        if data.startswith(magic):
            raise RadiographError(f"radiograph.error.{key}")
    for magic, name in _RASTER.items():
        if data.startswith(magic):
            from .raster import read_pillow

            return read_pillow(data, name)
    if data.startswith(_TIFF):
        from .raster import read_tiff

        return read_tiff(data)
    if is_dicom(data):
        return _dicom(data, heard)
    raise RadiographError("radiograph.error.unknown")


def _dicom(data: bytes, heard: list[warnings.WarningMessage]) -> Radiograph:
    from .dicom import read_dicom

    return read_dicom(data, heard)


def is_dicom(data: bytes) -> bool:
    r"""Tell whether `data` is DICOM: by its prefix, or without one by a plausible first element.

    >>> is_dicom(bytes(128) + b"DICM"), is_dicom(b"\x89PNG")
    (True, False)
    """
    if data[128:132] == b"DICM" or data.startswith(b"DICM"):
        return True
    group, element = int.from_bytes(data[0:2], "little"), int.from_bytes(data[2:4], "little")
    if group not in (0x0002, 0x0008) or element > 0x0100 or len(data) < 16:
        return False
    explicit = data[4:6] in (b"UL", b"UI", b"CS", b"DA", b"TM", b"SH", b"LO", b"OB")
    return explicit or int.from_bytes(data[4:8], "little") <= 64


def to_bytes(source: object) -> bytes:
    """Return the content of `source`, at most `MAX_BYTES` of it."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, (bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, PathLike)):
        data = _file(source)
    elif hasattr(source, "read"):
        try:
            data = source.read(MAX_BYTES + 1)
        except Exception:
            raise RadiographError("radiograph.error.unreadable") from None
        if not isinstance(data, bytes):
            raise RadiographError("radiograph.error.unreadable")
    else:
        raise RadiographError("radiograph.error.unreadable")
    if len(data) > MAX_BYTES:
        raise RadiographError("radiograph.error.too_many_bytes", limit=MAX_BYTES // 2**20)
    return data


def _file(source: str | PathLike[str]) -> bytes:
    try:
        path = Path(source)
        if path.is_dir():
            raise RadiographError("radiograph.error.folder")
        if not path.exists():
            raise RadiographError("radiograph.error.missing")
        if not path.is_file():
            raise RadiographError("radiograph.error.unreadable")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except RadiographError:
        raise
    except (OSError, ValueError, TypeError):
        raise RadiographError("radiograph.error.unreadable") from None


@contextmanager
def quietly() -> Iterator[list[warnings.WarningMessage]]:
    """Collect the warnings of the libraries and hold back their logs, which may quote a patient's data.

    Both are settings of the whole process, so threads take turns.
    """
    loggers = [logging.getLogger(name) for name in ("pydicom", "pylibjpeg", "libjpeg", "openjpeg", "tifffile", "PIL")]
    with _TURN, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield heard
        finally:
            for logger, level in zip(loggers, levels):
                logger.setLevel(level)
