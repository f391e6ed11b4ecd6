"""What was worked out on this machine before is not worked out again: arrays, kept under what they were made from."""

import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ..paths import cache

Arrays = Mapping[str, NDArray[np.generic]]

#: files of one kind that are kept; those that were not read for longest make way
ROOM = 100


def worked_out(kind: str, of: object, code: Iterable[str], work: Callable[[], Arrays]) -> Arrays:
    """Return what `work` returns; where it was worked out before, as it was then.

    Parameters
    ----------
    kind : str
        What it is: the name of a folder in the cache.
    of : object
        All that the result depends on; its ``repr`` counts, in which arrays stand as :func:`digest` says.
    code : iterable of str
        The files that work it out (``__file__``): with other words in them, it is worked out again.
    work : callable
        Works it out.

    Examples
    --------
    >>> worked_out("doctest", (2, 3), [__file__], lambda: {"sum": np.array(2 + 3)})["sum"]
    array(5)
    """
    key = blake2b(repr(of).encode(), digest_size=12)
    for source in code:
        key.update(Path(source).read_bytes())
    stored = cache() / "worked-out" / kind / f"{key.hexdigest()}.npz"
    try:
        with stored.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = dict(found)
        os.utime(stored)
        return arrays
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):  # not there, or not whole
        pass
    arrays = dict(work())
    _keep(stored, arrays)
    return arrays


def digest(*arrays: NDArray[np.generic]) -> str:
    """Return a name for these arrays: the same for the same numbers in the same shapes.

    Examples
    --------
    >>> digest(np.zeros(3)) == digest(np.zeros(3)) != digest(np.zeros((3, 1)))
    True
    """
    name = blake2b(digest_size=12)
    for array in arrays:
        name.update(repr((array.shape, array.dtype.str)).encode())
        name.update(np.ascontiguousarray(array).data)
    return name.hexdigest()


def _keep(file: Path, arrays: Arrays) -> None:
    """Write beside, then rename: several processes may do so at once."""
    partial = file.with_suffix(f".{os.getpid()}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as out:
            np.savez(out, **arrays)  # type: ignore[arg-type]
        partial.replace(file)
        for old in sorted(file.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime)[:-ROOM]:
            old.unlink(missing_ok=True)
    except OSError:  # no room on the disk: it is worked out again next time
        partial.unlink(missing_ok=True)
