"""``xrlearn pacs``: films of an archive, and answers stored beside them."""

from typing import TYPE_CHECKING, Any

import click

from ..locale import text
from .guard import sentences
from .model import _beside, _say, _tasks
from .out import Out, write_json
from .output import columns, say

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = ("uid", "patient", "date", "description", "modalities")
_json = click.option("--json", "file", type=Out(), help=text("stats.cli.json"))


class _Plainly(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; what the archive, the film or the model object to is one sentence."""
        with sentences():
            return super().invoke(ctx)


@click.group(cls=_Plainly, help=text("cli.pacs.help"))
def pacs() -> None:
    """Ask the archive that the environment names."""


@pacs.command(help=text("pacs.cli.find"))
@click.option("--patient", default="", help=text("pacs.cli.patient"))
@click.option("--accession", default="", help=text("pacs.cli.accession"))
@click.option("--date", default="", metavar="YYYYMMDD[-YYYYMMDD]", help=text("pacs.cli.date"))
@click.option("--study", default="", metavar="UID", help=text("pacs.cli.study"))
@_json
def find(patient: str, accession: str, date: str, study: str, file: "Path | None") -> None:
    """List studies, or the films of one study."""
    from ..pacs import Archive

    archive = Archive()
    if study:
        places = archive.films(study)
        for place in places:
            click.echo(str(place))
        say(text("pacs.cli.films", n=len(places)))
        write_json(file, [str(place) for place in places])
        return
    found = archive.studies(patient, accession, date)
    if found:
        heads = [text(f"pacs.column.{name}") for name in _COLUMNS]
        for line in columns([heads, *([getattr(one, name) for name in _COLUMNS] for one in found)]):
            click.echo(line)
    say(text("pacs.cli.studies", n=len(found)))
    write_json(file, [vars(one) for one in found])


@pacs.command(help=text("pacs.cli.fetch"))
@click.argument("place", metavar="STUDY/SERIES/INSTANCE")
@_json
def fetch(place: str, file: "Path | None") -> None:
    """Fetch a film into memory, and say what it is; nothing of it is kept."""
    from ..pacs import Archive, Place
    from ..radiograph import quality, read

    film = read(Archive().fetch(Place.named(place)))
    rows, cols = film.pixels.shape
    told: dict[str, Any] = {
        "part": film.body_part, "view": film.view, "side": film.side, "rows": rows, "columns": cols, "bits": film.bits,
        "spacing_mm": film.spacing_mm, "source": film.source,
    }  # fmt: skip
    for name, value in told.items():
        click.echo(f"{text(f'pacs.column.{name}')}: {'-' if value in (None, '') else value}")
    for finding in quality(film):
        click.echo(f"! {finding.text}")
    write_json(file, told)


@pacs.command(help=text("pacs.cli.answer"))
@click.argument("place", metavar="STUDY/SERIES/INSTANCE")
@click.option("--task", default="fracture", show_default=True, shell_complete=_tasks, help=text("cli.model.task"))
@click.option("--with", "beside", multiple=True, metavar="NAME=VALUE", help=text("cli.model.with"))
@_json
def answer(place: str, task: str, beside: tuple[str, ...], file: "Path | None") -> None:
    """Ask a model about a film of the archive, and store what it says beside the film."""
    from ..pacs import Archive, Place
    from ..pacs.answers import answer as store

    kept = store(Archive(), Place.named(place), task, _beside(beside))
    _say(kept.said)
    click.echo(text("pacs.cli.kept", report=kept.report, capture=kept.capture))
    click.echo(text("common.not_for_diagnosis"))
    write_json(file, kept.said.to_json() | {"report": str(kept.report), "capture": str(kept.capture)})
