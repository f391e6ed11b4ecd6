"""``xrlearn deidentify``: films without the patient, under new names."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import click

from ..locale import text
from .check import films_in
from .out import Out, beside, must_be_empty, write_json
from .output import say

_PATH = click.Path(exists=True, path_type=Path)


@click.command(help=text("cli.deidentify.help"))
@click.argument("films", metavar="FILM_OR_FOLDER...", nargs=-1, required=True, type=_PATH)
@click.option("--out", type=Out(folder=True), required=True, help=text("cli.deidentify.out"))
@click.option("--black-out", is_flag=True, help=text("cli.deidentify.black_out"))
@click.option("--json", "file", type=Out(), help=text("stats.cli.json"))
@click.pass_context
def deidentify(ctx: click.Context, films: tuple[Path, ...], out: Path, black_out: bool, file: Path | None) -> None:
    """Write every film named into a new folder as film-0001 and so on; end with 1 where one could not be read."""
    from ..radiograph import RadiographError

    must_be_empty(out)
    told: list[dict[str, Any]] = []
    failed = 0
    with beside(out) as partial:
        partial.mkdir()
        for path in films_in(films):
            try:
                data, suffix, warnings, boxes = _cleaned(path, black_out)
            except RadiographError as error:
                failed += 1
                click.echo(f"{path.name}: {error}", err=True)
                continue
            name = f"film-{len(told) + 1:04d}{suffix}"
            (partial / name).write_bytes(data)
            click.echo(" ".join([f"{path.name} -> {name}:", *map(text, warnings)]))
            told.append({"file": name, "boxes": boxes, "warnings": [text(key) for key in warnings]})
    write_json(file, told)
    say(text("cli.deidentify.done", n=len(told), folder=out))
    ctx.exit(1 if failed else 0)


def _cleaned(path: Path, black_out: bool) -> tuple[bytes, str, Sequence[str], Sequence[tuple[int, ...]]]:
    """Return a film's bytes without the patient, its suffix, what is to be said, and where text was seen.

    Of a PNG, JPEG or TIFF only the grey values are kept, as PNG.
    """
    import numpy as np
    from PIL import Image

    from .. import radiograph as xray
    from ..radiograph.reading import is_dicom, to_bytes

    data = to_bytes(path)
    if is_dicom(data):
        cleaned, report = xray.deidentify(data, black_out=black_out)
        return cleaned, ".dcm", report.warnings, report.boxes
    film = xray.read(data)
    boxes, warnings = xray.lettering(film.pixels), ["radiograph.deidentify.look"]
    if boxes and black_out:
        film, warnings = xray.black_out(film, boxes), ["radiograph.deidentify.blackened", *warnings]
    elif boxes:
        warnings = ["radiograph.deidentify.burned_in_seen", *warnings]
    kind, full = (np.uint8, 255) if film.bits <= 8 else (np.uint16, 65535)
    png = BytesIO()
    Image.fromarray(np.rint(film.pixels * full).astype(kind)).save(png, "PNG")
    return png.getvalue(), ".png", warnings, boxes
