"""Memory that was used for a moment goes back to the machine."""

import ctypes
import sys
from functools import cache


@cache
def _trim() -> "ctypes._NamedFuncPointer | None":
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # the C library of Alpine has none


def give_back() -> None:
    """Give freed memory back to the machine, which the C library of Linux keeps for later; takes half a millisecond.

    A network that looks at a film needs 40 MB for a moment, and thirty readers' programs stand on one machine.

    Examples
    --------
    >>> give_back()
    """
    if trim := _trim():
        trim(0)
