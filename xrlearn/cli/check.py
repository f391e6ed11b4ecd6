"""``xrlearn check``: can these films be read here? Prints no patient's data."""

from collections.abc import Iterator
from pathlib import Path

import click

from ..locale import text
from .out import Out, write_json
from .output import columns, say

_PATH = click.Path(exists=True, path_type=Path)
_COLUMNS = ("file", "source", "size", "bits", "range", "spacing", "seconds", "verdict")


@click.command(help=text("cli.check.help"))
@click.argument("films", metavar="FILM_OR_FOLDER...", nargs=-1, required=True, type=_PATH)
@click.option("--json", "out", type=Out(), help=text("stats.cli.json"))
@click.pass_context
def check(ctx: click.Context, films: tuple[Path, ...], out: Path | None) -> None:
    """Read every film named, and those in the folders named; end with 1 where one cannot be read."""
    from ..radiograph.table import line

    rows = [line(path) for path in [*films_in(films)]]
    heads = [text(f"radiograph.table.{column}") for column in _COLUMNS]
    for shown in columns([heads, *map(list, rows)]):
        click.echo(shown)
    good = sum(verdict == "ok" for *_, verdict in rows)
    say(text("radiograph.table.total", good=good, total=len(rows)))
    write_json(out, [dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    ctx.exit(0 if good == len(rows) else 1)


def films_in(named: tuple[Path, ...]) -> Iterator[Path]:
    """Give the files named, and those in the folders named; a folder without any ends the command with a sentence."""
    for path in named:
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        if not files:
            raise click.ClickException(text("cli.model.empty", folder=path))
        yield from files
