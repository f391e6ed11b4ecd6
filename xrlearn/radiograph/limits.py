"""How large a film may be. Everything is checked against the header, before memory is asked for."""

from .errors import RadiographError

#: Bytes of a file. 64 million pixels of 16 bits, uncompressed, and twice that for comfort.
MAX_BYTES = 256 * 2**20

#: Pixels of a film. A stitched film of the whole spine, 43 cm x 120 cm at 0.1 mm, has 52 million.
MAX_PIXELS = 64_000_000


def check_size(rows: int, cols: int) -> None:
    """Refuse a film of no pixels or of more than `MAX_PIXELS`.

    Raises
    ------
    RadiographError
        With the size in its sentence.

    Examples
    --------
    >>> check_size(60_000, 60_000)
    Traceback (most recent call last):
    ...
    xrlearn.radiograph.errors.RadiographError: This picture claims 60000 x 60000 pixels; films of up to 64 million
    pixels can be read.
    """
    if rows <= 0 or cols <= 0:
        raise RadiographError("radiograph.error.no_pixels")
    if rows * cols > MAX_PIXELS:
        raise RadiographError("radiograph.error.too_large", rows=rows, cols=cols, limit=MAX_PIXELS // 10**6)
