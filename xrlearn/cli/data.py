"""``xrlearn data``: list, get and import collections of films."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..locale import text
from .out import Out
from .output import bar, columns, say

if TYPE_CHECKING:
    import pandas as pd

    from ..data.download import Received


def _names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a data set in the shell."""
    from ..data.cards import names

    return [name for name in names() if name.startswith(incomplete)]


@click.group(help=text("cli.data.help"))
def data() -> None:
    """Group of the three verbs."""


@data.command("list", help=text("data.cli.list_help"))
def list_() -> None:
    """Print one line for each public data set."""
    from ..data import imported
    from ..data.cards import data_card, names
    from ..data.registers import imported_registers

    with _plainly():
        here = imported() + imported_registers()
        rows = [[text(f"data.cli.column_{c}") for c in ("name", "tasks", "films", "licence", "access", "here")]]
        for name in names():
            c = data_card(name)
            access, present = text(f"data.cli.access_{c.access}"), text(f"data.cli.{'yes' if name in here else 'no'}")
            rows.append([name, ", ".join(c.tasks), f"{c.images:,}", c.licence.name, access, present])
    for line in columns(rows):
        click.echo(line)
    say(text("data.cli.list_next"))


@data.command("get", help=text("data.cli.get_help"))
@click.argument("name", shell_complete=_names)
@click.option("--yes", is_flag=True, help=text("data.cli.yes_help"))
def get(name: str, yes: bool) -> None:
    """Show the licence, ask, then download and import."""
    from ..data import DataError, imported
    from ..data.cards import data_card
    from ..data.fetch import fetch

    with _plainly():
        c = data_card(name)
        click.echo(f"{c.title}\n{c.citation} {f'https://doi.org/{c.doi}' if c.doi else c.landing}\n")
        click.echo(text("data.cli.licence", name=c.licence.name, sentence=c.licence.sentence))
        if not c.licence.verified:
            click.echo(text("data.cli.not_verified", landing=c.landing))
        if c.access != "download":
            click.echo(f"{c.how_to} {c.landing}")
            return
        if name in imported():
            click.echo(text("data.cli.already", name=name))
            return
        click.echo(text("data.cli.size", gb=c.download_gb))
        if not yes and not _accepted():
            raise DataError("not_accepted", name=name)
        with _bars() as bar:
            cases = fetch(c, bar)
        _report(name, cases)


@data.command("import", help=text("data.cli.import_help"))
@click.argument("name", shell_complete=_names)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", type=Out(), help=text("data.cli.out_help"))
def import_(name: str, path: Path, out: Path | None) -> None:
    """Read a data set as published into one cases table."""
    from ..data import DataError, import_films
    from ..data.registers import REGISTERS, import_register

    with _plainly():
        if name in REGISTERS:
            if out is not None:
                raise DataError("table_out", name=name)
            rows = import_register(name, path)
            click.echo(text("data.cli.imported_rows", n=len(rows), name=name))
            return
        _report(name, import_films(name, path, out))


def _report(name: str, cases: "pd.DataFrame") -> None:
    import pandas as pd

    from ..data import describe, notes

    with pd.option_context("display.unicode.east_asian_width", True):
        click.echo(describe(cases).to_string())
    for note in notes(cases):
        click.echo(f"- {note}")
    click.echo(text("data.cli.imported", name=name))


def _accepted() -> bool:
    try:
        return click.confirm(text("data.cli.accept"), default=False)
    except click.Abort:
        return False


@contextmanager
def _bars() -> Iterator["Callable[[str], Received]"]:
    """One progress bar a file."""
    with ExitStack() as bars:

        def start(name: str) -> "Received":
            shown = bars.enter_context(bar(None, name, "B", unit_scale=True, unit_divisor=1000))

            def show(done: int, total: int | None) -> None:
                shown.total = total
                shown.update(done - shown.n)

            return show

        yield start


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn what can go wrong into one sentence."""
    from ..data import DataError

    try:
        yield
    except DataError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(text("data.cli.os_error", reason=error.strerror or error)) from None
