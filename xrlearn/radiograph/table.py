"""One line about a film for ``xrlearn check``: how it is stored, and whether it can be read. No patient's data."""

import time
from pathlib import Path

from .errors import RadiographError
from .reading import read


def line(path: Path) -> tuple[str, ...]:
    """Return file, format, size, bits, range, spacing, seconds and verdict of a film.

    Size is rows x columns; range the smallest and largest grey value on the scale of 0 to 1; spacing in mm; the verdict
    is ``ok`` or the sentence of the error.
    """
    start = time.perf_counter()
    try:
        film = read(path)
    except RadiographError as error:
        return (path.name, "", "", "", "", "", f"{time.perf_counter() - start:.2f}", str(error))
    seconds = f"{time.perf_counter() - start:.2f}"
    rows, cols = film.pixels.shape
    spacing = "-" if film.spacing_mm is None else "{:g} x {:g}".format(*film.spacing_mm)
    values = f"{film.pixels.min():.3f}-{film.pixels.max():.3f}"
    return (path.name, film.source, f"{rows} x {cols}", str(film.bits), values, spacing, seconds, "ok")
