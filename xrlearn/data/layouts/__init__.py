"""Reading public data sets in the folder layout in which they are published: one file per data set."""

from pathlib import Path
from types import ModuleType

import pandas as pd

from ..cases import finish
from ..errors import DataError
from ..films import without_broken, without_gaps
from . import boneage, fracatlas, knee, mura, osteoporosis, spine, wrist

#: data set -> module with ``find_root(path)``, ``read(root)`` and ``EXPECTED``, what its folder must hold
LAYOUTS: dict[str, ModuleType] = {
    "fracatlas": fracatlas,
    "rsna-bone-age": boneage,
    "knee-oa": knee,
    "aasce-spine": spine,
    "grazpedwri-dx": wrist,
    "osteoporosis-knee": osteoporosis,
    "mura": mura,
}


def read_layout(name: str, path: Path) -> pd.DataFrame:
    """Read data set `name`, found at or below `path`, into a cases table.

    Raises
    ------
    DataError
        If the folder does not look as this data set is published; the message says what was expected.
    """
    if name not in LAYOUTS:
        raise DataError("unknown_set", name=name, known=", ".join(LAYOUTS))
    layout = LAYOUTS[name]
    root = layout.find_root(path) if path.is_dir() else None
    if root is None:
        raise DataError("wrong_layout", name=name, folder=path.name or str(path), expected=layout.EXPECTED)
    table, notes = layout.read(root.resolve())
    for leave_out in (without_broken, without_gaps):
        table, said = leave_out(table)
        notes += said
    if table.empty:
        raise DataError("no_films_in_layout", name=name, folder=path.name or str(path), expected=layout.EXPECTED)
    return finish(table, name, notes)


def recognise(path: Path) -> str | None:
    """Return the name of the one data set whose published layout lies at or below `path`; None if none or several."""
    found = [name for name, layout in LAYOUTS.items() if layout.find_root(path)]
    return found[0] if len(found) == 1 else None
