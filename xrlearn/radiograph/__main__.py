"""``python -m xrlearn.radiograph FOLDER``: can the films of a folder be read here? Prints no patient's data."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..locale import text
from .errors import RadiographError
from .reading import read

_COLUMNS = ("file", "source", "size", "bits", "range", "spacing", "seconds", "verdict")


def decode_table(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield one row per file of `folder`, in the order of `_COLUMNS`.

    Size is rows x columns; range the smallest and largest grey value on the scale of 0 to 1; spacing in mm; the verdict
    is ``ok`` or the sentence of the error.
    """
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        start = time.perf_counter()
        try:
            film = read(path)
        except RadiographError as error:
            yield (path.name, "", "", "", "", "", f"{time.perf_counter() - start:.2f}", str(error))
            continue
        seconds = f"{time.perf_counter() - start:.2f}"
        rows, cols = film.pixels.shape
        spacing = "-" if film.spacing_mm is None else "{:g} x {:g}".format(*film.spacing_mm)
        values = f"{film.pixels.min():.3f}-{film.pixels.max():.3f}"
        yield (path.name, film.source, f"{rows} x {cols}", str(film.bits), values, spacing, seconds, "ok")


def main(arguments: list[str]) -> int:
    """Print the table; the exit status is 0 where every file was read."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(text("radiograph.table.usage"), file=sys.stderr)  # noqa: T201  (a command line tool)
        return 2
    rows = list(decode_table(Path(arguments[0])))
    heads = tuple(text(f"radiograph.table.{column}") for column in _COLUMNS)
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads) - 1)]
    for row in (heads, *rows):
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]))  # noqa: T201
    good = sum(row[-1] == "ok" for row in rows)
    print(text("radiograph.table.total", good=good, total=len(rows)))  # noqa: T201
    return 0 if good == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
