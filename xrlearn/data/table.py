"""Reading a table of text exactly as it was written, whatever program wrote it; and what its cells mean as numbers."""

import csv
import io
import re
from pathlib import Path

import pandas as pd

from .errors import DataError

#: What a case is called that has the disease (1) or not (0), in lower case.
TRUTH_WORDS = {
    **dict.fromkeys(
        ("0", "0.0", "false", "no", "n", "negative", "neg", "-", "normal", "healthy", "benign", "absent"), 0
    ),
    **dict.fromkeys(("否", "无", "阴性", "正常", "没有"), 0),
    **dict.fromkeys(("1", "1.0", "true", "yes", "y", "positive", "pos", "+", "abnormal", "diseased", "malignant"), 1),
    **dict.fromkeys(("fracture", "fractured", "disease", "present", "是", "有", "阳性", "异常", "骨折", "患病"), 1),
}
_HIGH = re.compile(rb"[\x80-\xff]+")


def read_text_table(path: Path, header: bool = True) -> pd.DataFrame:
    """Read a comma-, semicolon- or tab-separated file; every cell stays text.

    UTF-8 (with or without byte-order mark), UTF-16, Windows-1252 and GB18030, in which Chinese Excel writes, are
    understood, and the line ``sep=;`` with which Excel announces a separator.

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
    content = read_text(path)
    announced = re.match(r"\s*\"?sep=(.)\"?[ \t]*\r?\n", content, re.IGNORECASE)
    rest = content[announced.end() :] if announced else content
    skipped = 1 if announced else 0
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=announced[1] if announced else _delimiter(rest))
    try:
        lines = [
            (reader.line_num + skipped, [cell.strip() for cell in cells])
            for cells in reader
            if any(map(str.strip, cells))
        ]
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


def read_text(path: Path) -> str:
    """Return the text of a file, in whichever of the encodings of :func:`read_text_table` it was written.

    Raises
    ------
    DataError
        If it cannot be opened or is no text.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError("unreadable_table", file=path.name, reason=error.strerror or error) from None
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in raw[:4096] and not wide:
        raise DataError("not_a_table", file=path.name)
    for encoding in ["utf-16"] if wide else ["utf-8-sig", *_guesses(raw)]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError("not_a_table", file=path.name)


def _guesses(raw: bytes) -> list[str]:
    """Chinese characters are pairs of high bytes; an accented letter of Windows-1252 mostly stands alone."""
    runs = [len(run) % 2 for run in _HIGH.findall(raw)]
    chinese = runs.count(0) > runs.count(1)
    return ["gb18030", "cp1252"] if chinese else ["cp1252", "gb18030"]


def _delimiter(content: str) -> str:
    first = content.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def standard_names(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the table with columns of these names so spelled, whatever capitals and blanks they were written with.

    >>> list(standard_names(pd.DataFrame(columns=["Reader ", "SCORE"]), ("reader", "score")))
    ['reader', 'score']
    """
    found: dict[str, str] = {}
    for column in table:
        plain = re.sub(r"[\s_]+", "_", str(column).strip().lower())
        if plain in names and plain not in table and plain not in found.values():
            found[str(column)] = plain
    return table.rename(columns=found)


def number(cell: str) -> float | None:
    """Return what a cell says as a number: ``0.5``, ``0,5``, ``50 %``; None where it is none.

    >>> number("0,85"), number("85 %"), number("n/a")
    (0.85, 85.0, None)
    """
    plain = cell.strip().rstrip("%").strip()
    if re.fullmatch(r"[+-]?\d*,\d+", plain):
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


def numbers(column: pd.Series, file: str) -> pd.Series:
    """Return a column of text as numbers, NaN where it is blank.

    Raises
    ------
    DataError
        At the first cell that is no number.

    Examples
    --------
    >>> numbers(pd.Series(["1,5", "", "2"], name="score"), "ratings.csv").tolist()
    [1.5, nan, 2.0]
    """
    found = []
    for row, cell in column.items():
        value = number(cell) if cell else float("nan")
        if value is None:
            raise DataError("not_a_number", file=file, row=row, column=column.name, value=cell[:40])
        found.append(value)
    return pd.Series(found, index=column.index, name=column.name, dtype=float)


def truths(column: pd.Series, file: str) -> tuple[pd.Series, bool]:
    """Return a column of truths as 0 and 1, and whether they were written as 1 and 2; blank cells are NaN.

    Raises
    ------
    DataError
        At the first cell that says neither.

    Examples
    --------
    >>> truths(pd.Series(["yes", "No"], name="truth"), "a.csv")[0].tolist()
    [1.0, 0.0]
    >>> truths(pd.Series(["1", "2"], name="truth"), "a.csv")[0].tolist()
    [0.0, 1.0]
    """
    cells = column.str.strip().str.lower()
    shifted = {number(cell) for cell in cells if cell} == {1.0, 2.0}
    words = {"1": 0, "2": 1, "1.0": 0, "2.0": 1} if shifted else TRUTH_WORDS
    for row, cell in cells.items():
        if cell and cell not in words:
            raise DataError("not_a_truth", file=file, row=row, column=column.name, value=cell[:40])
    return cells.map(words).astype(float), shifted
