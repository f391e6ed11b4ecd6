"""Reading a table of text exactly as it was written, whatever program wrote it."""

import csv
import io
from pathlib import Path

import pandas as pd

from .errors import DataError


def read_text_table(path: Path, header: bool = True) -> pd.DataFrame:
    """Read a comma-, semicolon- or tab-separated file; every cell stays text.

    UTF-8 (with or without byte-order mark), UTF-16 and GB18030, in which Chinese Excel writes, are understood.

    Parameters
    ----------
    path : Path
    header : bool
        Whether the first line names the columns; without it they are called 0, 1, ...

    Returns
    -------
    pandas.DataFrame
        Cells without surrounding blanks; the index is the line number in the file, counted from 1.

    Raises
    ------
    DataError
        If the file is absent, empty, not a text table, or a line has more cells than there are columns.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError("unreadable_table", file=path.name, reason=error.strerror or error) from None
    if b"\x00" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("not_a_table", file=path.name)
    reader = csv.reader(io.StringIO(_decode(raw, path), newline=""), delimiter=_delimiter(raw))
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error:
        raise DataError("not_a_table", file=path.name) from None
    if not lines:
        raise DataError("empty_table", file=path.name)
    columns: list = lines.pop(0)[1] if header else list(range(len(lines[0][1])))
    while header and columns and not columns[-1]:
        columns.pop()
    if repeated := [name for name in columns if columns.count(name) > 1]:
        raise DataError("repeated_column", file=path.name, column=repeated[0])
    width = len(columns)
    for number, cells in lines:
        if any(cells[width:]):
            raise DataError("too_many_cells", file=path.name, row=number, columns=width)
    rows = [(cells + [""] * width)[:width] for _, cells in lines]
    return pd.DataFrame(rows, columns=columns, index=[number for number, _ in lines], dtype=str)


def _decode(raw: bytes, path: Path) -> str:
    encodings = ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError("not_a_table", file=path.name)


def _delimiter(raw: bytes) -> str:
    first = raw.lstrip(b"\xff\xfe\xef\xbb\xbf\r\n").replace(b"\x00", b"").split(b"\n", 1)[0].decode("latin-1")
    return max(",;\t", key=first.count)
