"""``xrlearn study new``, ``list``, ``export``, ``import``, ``simulate``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..locale import text
from .out import Out, beside
from .output import bar, show

if TYPE_CHECKING:
    from ..readers import Store

_database = click.option("--database", metavar="URL", help=text("readers.cli.database"))
_protocol = click.Path(dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)


@click.group(help=text("cli.study.help"))
def study() -> None:
    """Reader studies."""


@contextmanager
def _store(url: str | None) -> Iterator["Store"]:
    """Open the store; what is wrong with a study is told in one sentence."""
    from ..data import DataError
    from ..readers import Store, StudyError
    from ..tasks import TaskError

    try:
        with Store(url) as store:
            yield store
    except (StudyError, DataError, TaskError) as error:
        raise click.ClickException(str(error)) from None


@study.command(help=text("readers.cli.new"))
@click.argument("protocol", type=_protocol, required=False)
@click.option("--example", is_flag=True, help=text("readers.cli.example"))
@_database
def new(protocol: Path | None, example: bool, database: str | None) -> None:
    """Choose the films, let the AI read them, and store the study."""
    from ..readers.protocol import example_text

    if example:
        click.echo(example_text(), nl=False)
        return
    from ..readers import Protocol, ai_answers, choose_cases, films
    from ..readers.lead import new_code
    from ..readers.plan import root

    with _store(database) as store:
        plan = Protocol.example() if protocol is None else Protocol.read(protocol)
        cases = films(plan)
        chosen = choose_cases(plan, cases)
        answers = None
        if plan.has_ai:
            with bar(len(chosen), text("readers.cli.reading")) as shown:
                answers = ai_answers(plan, chosen, root(cases), progress=show(shown))
        code = new_code()
        made = store.create(plan, chosen, answers, code)
    if chosen.attrs["unknown"]:
        click.echo(text("readers.cli.passed_over", number=chosen.attrs["unknown"]))
    click.echo(text("readers.cli.made", study=made, films=len(chosen)))
    click.echo(text("readers.cli.lead_code", code=code))


@study.command("list", help=text("readers.cli.list"))
@_database
def list_(database: str | None) -> None:
    """Print one line a study."""
    with _store(database) as store:
        table = store.studies()
    if table.empty:
        click.echo(text("readers.cli.none"))
    for row in table.itertuples():
        values = {name: getattr(row, name) for name in ("study", "title", "readers", "done", "total")}
        click.echo(text("readers.cli.line", **values, date=f"{row.created:%Y-%m-%d}"))


@study.command(help=text("readers.cli.export"))
@click.argument("study_id", metavar="STUDY")
@click.argument("folder", type=Out(folder=True))
@click.option("--lead", default="", metavar="CODE", help=text("readers.cli.lead"))
@_database
def export(study_id: str, folder: Path, lead: str, database: str | None) -> None:
    """Write protocol, films, ratings and iMRMC file."""
    from ..readers import StudyError
    from ..readers.exchange import export as write

    with _store(database) as store:
        if folder.is_dir() and any(folder.iterdir()):
            raise StudyError("folder_taken", folder=folder.name)
        store.check_lead(study_id.upper(), lead)
        with beside(folder) as partial:
            write(store, study_id.upper(), partial)
    click.echo(text("readers.cli.exported", folder=folder))


@study.command("import", help=text("readers.cli.import"))
@click.argument("folder", type=_folder)
@_database
def import_(folder: Path, database: str | None) -> None:
    """Build an exported study anew."""
    from ..readers.exchange import replay

    with _store(database) as store:
        made = replay(folder, store)
        click.echo(text("readers.cli.imported", study=made, readers=len(store.readers(made))))


@study.command(help=text("readers.cli.simulate"))
@click.argument("protocol", type=_protocol, required=False)
@click.option("--readers", type=click.IntRange(1, 100), default=6, show_default=True, help=text("readers.cli.readers"))
@click.option("--seed", type=int, default=0, show_default=True, help=text("readers.cli.seed"))
@_database
def simulate(protocol: Path | None, readers: int, seed: int, database: str | None) -> None:
    """Let made-up readers read made-up films, and print what the analysis says."""
    from ..readers import Protocol
    from ..readers.simulate import department

    with _store(database) as store:
        plan: Protocol = Protocol.example() if protocol is None else Protocol.read(protocol)
        with bar(readers, text("readers.cli.simulating")) as shown:
            made = department(store, plan, readers, seed, progress=show(shown))
        click.echo(text("readers.cli.simulated", study=made, readers=readers))
        for line in _summary(store, made):
            click.echo(line)


def _summary(store: "Store", study_id: str) -> Iterator[str]:
    """Say in a few lines what a study came to."""
    from ..readers.results import arms, compare, errors
    from ..stats import StatsError
    from ..stats.report import mrmc_report

    ratings = store.ratings(study_id)
    if store.study(study_id).protocol.scale != "confidence":
        yield errors(ratings).round(3).to_string(index=False)
    elif len(arms(ratings)) > 1:
        try:
            yield mrmc_report(compare(ratings))
        except StatsError as error:
            yield str(error)
