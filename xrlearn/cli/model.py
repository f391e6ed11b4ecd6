"""``xrlearn train``, ``xrlearn evaluate``, ``xrlearn predict``."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..locale import text
from .check import films_in
from .out import Out, write_json
from .output import bar, say, show

if TYPE_CHECKING:
    import pandas as pd

    from ..training import Model, Prediction

#: what films are called, where a folder is given
_FILMS = (".dcm", ".png", ".jpg", ".jpeg", ".tif", ".tiff", "")


def _sentence(error: Exception) -> click.ClickException:
    return click.ClickException(str(error))


def _model(task: str | None, folder: Path | None) -> "Model":
    """The model of a task, shipped or in `folder`; with a folder alone, the one model that lies there."""
    from ..tasks import find
    from ..training import load_model, shipped

    if task is None and folder is not None:
        found = sorted(folder.glob("*.safetensors"))
        if len(found) == 1:
            task = found[0].stem
    task = task or "fracture"
    find(task)  # an unknown task is said before a missing model
    return shipped(task) if folder is None else load_model(task, folder)


@contextmanager
def _watched(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give the progress function of a bar that counts films."""
    with bar(None, text(label), unit=text("cli.model.films"), delay=0.5) as shown:
        yield show(shown)


def _cases(task: str, sources: tuple[Path, ...], n: int | None, seed: int | None) -> "pd.DataFrame":
    """The cases of a task; films that must be simulated first are counted."""
    from ..tasks import load

    with _watched("tasks.making") as progress:
        return load(task, sources or None, n=n, seed=seed, progress=progress)


def _tasks(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a task in the shell."""
    from ..tasks.registry import known

    return [task.name for task in known() if task.name.startswith(incomplete)]


_task = click.argument("task", shell_complete=_tasks)
_source = click.option(
    "--source", "sources", type=click.Path(path_type=Path), multiple=True, help=text("cli.model.source")
)
_weights = click.option("--weights", type=click.Path(path_type=Path), help=text("cli.model.weights"))
_json = click.option("--json", "file", type=Out(), help=text("cli.model.json"))


@click.command(help=text("cli.train.help"))
@_task
@_source
@click.option("--n", type=click.IntRange(min=1), help=text("cli.model.n"))
@click.option("--films-seed", type=click.IntRange(min=0), help=text("cli.model.films_seed"))
@click.option("--epochs", type=click.IntRange(min=1), default=3, show_default=True, help=text("cli.model.epochs"))
@click.option("--size", type=click.IntRange(min=32), help=text("cli.model.size"))
@click.option("--system", metavar="FAMILY", help=text("cli.model.system"))
@click.option("--network", metavar="NAME", help=text("cli.model.network"))
@click.option("--layers", type=click.Choice(["all", "last"]), help=text("cli.model.layers"))
@click.option("--seed", default=0, show_default=True, help=text("cli.model.seed"))
@click.option("--begin", metavar="FOLDER|shipped", help=text("cli.model.begin"))
@click.option("--out", type=Out(folder=True), default=Path("model"), show_default=True, help=text("cli.model.out"))
def train(
    task: str,
    sources: tuple[Path, ...],
    n: int | None,
    films_seed: int | None,
    epochs: int,
    size: int | None,
    system: str | None,
    network: str | None,
    layers: str | None,
    seed: int,
    begin: str | None,
    out: Path,
) -> None:
    """Train the model of a task, measure it once on its test films, and write weights and card."""
    from ..heatmaps.report import with_figures
    from ..tasks import find
    from ..training import save
    from ..training import train as train_model
    from ..training.learners.processes import first as measures
    from ..training.live import Curves, LiveCurves
    from ..training.systems import system_of

    try:
        cases = _cases(task, sources, n, films_seed)
        say(text("cli.model.training", n=int((cases["split"] == "train").sum()), epochs=epochs))
        with bar(100, unit="%") as shown:

            def draw(curves: Curves) -> None:
                shown.update(round(100 * curves.share) - shown.n)
                if curves.epochs:
                    shown.set_postfix({k: f"{v:.3f}" for k, v in curves.epochs[-1].items() if k != "epoch"})

            told = {"size": size, "system": system, "network": network, "train": layers}
            options: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
            known = signature(system_of(find(task), system).learner).parameters
            if strange := [name for name in options if name not in ("system", *known)]:
                raise click.UsageError(text("cli.model.no_option", task=task, names=", ".join(strange)))
            first = None if begin is None else _model(task, None if begin == "shipped" else Path(begin))
            model = train_model(task, cases, epochs, seed, cbs=[LiveCurves(draw)], begin=first, **options)
        if not measures():  # one of several processes of the same training: another writes
            return
        save(model, out)  # hours of work are safe before anything else can go wrong
        test = {str(source): part for source, part in cases.groupby("source", sort=False)}
        with _watched("cli.model.measuring") as progress:
            model = with_figures(model, test, progress=progress)
    except ValueError as error:
        raise _sentence(error) from error
    say(text("cli.model.saved", path=save(model, out)))


@click.command(help=text("cli.evaluate.help"))
@_task
@_source
@click.option("--n", type=click.IntRange(min=1), help=text("cli.model.n"))
@click.option("--films-seed", type=click.IntRange(min=0), help=text("cli.model.films_seed"))
@_weights
@_json
def evaluate(
    task: str,
    sources: tuple[Path, ...],
    n: int | None,
    films_seed: int | None,
    weights: Path | None,
    file: Path | None,
) -> None:
    """Measure a model on films with labels, and its heat map on those with lesion boxes."""
    from ..heatmaps.report import board
    from ..heatmaps.scoreboard import table
    from ..training import evaluate as measure

    try:
        model = _model(task, weights)
        cases = _cases(task, sources, n, films_seed)
        with _watched("cli.model.reading") as progress:
            result = measure(model, cases, progress=progress)
        counts: dict[str, Any] = {"n": len(result.cases), "left_out": result.left_out}
        threshold = result.calibration.get("threshold")
        if threshold is None:
            click.echo(text("cli.model.measured_answers", **counts))
        else:
            click.echo(text("cli.model.measured", **counts, threshold=threshold))
        click.echo(result.table().to_string())
        content = result.to_json()
        with _watched("cli.model.looking") as progress:
            maps = board(model, result, progress=progress)
        if maps is not None:
            click.echo("\n" + text("cli.model.maps", n=int(maps["n"].iloc[0])))
            click.echo(table(maps).to_string())
            content["heatmaps"] = {str(key).split(".")[-1]: row.to_dict() for key, row in maps.iterrows()}
    except ValueError as error:
        raise _sentence(error) from error
    write_json(file, content)


def _films(paths: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """The films named, those of folders in the order of their names; and the files there that are no films by name."""
    films: list[Path] = []
    others: list[Path] = []
    for path in paths:
        for p in films_in((path,)):
            named = p is path or (p.suffix.lower() in _FILMS and p.name[0] != ".")
            (films if named else others).append(p)
    return films, others


def _beside(words: tuple[str, ...]) -> dict[str, str]:
    """``("sex=F",)`` -> ``{"sex": "F"}``."""
    for word in words:
        if "=" not in word:
            raise click.BadParameter(text("cli.model.bad_with", word=word))
    return dict(word.split("=", 1) for word in words)


@click.command(help=text("cli.predict.help"))
@click.argument("films", type=click.Path(path_type=Path), nargs=-1)
@click.option("--task", shell_complete=_tasks, help=text("cli.model.task"))
@click.option("--with", "beside", multiple=True, metavar="NAME=VALUE", help=text("cli.model.with"))
@click.option("--grey", type=click.Choice(["as-is", "inverted"]), help=text("cli.model.grey"))
@_weights
@_json
def predict(
    films: tuple[Path, ...],
    task: str | None,
    beside: tuple[str, ...],
    grey: str | None,
    weights: Path | None,
    file: Path | None,
) -> None:
    """Say what a model sees on films."""
    from ..radiograph import read
    from ..training import predict as read_film

    told: list[dict[str, Any]] = []
    failed, many = False, len(films) > 1 or (len(films) == 1 and films[0].is_dir())
    try:
        model, row = _model(task, weights), _beside(beside)
    except ValueError as error:
        raise _sentence(error) from error
    if model.task.films == (not films):
        raise click.UsageError(
            text("cli.model.film_missing" if model.task.films else "records.error.no_film", task=model.card.task)
        )
    if not films:
        try:
            result = read_film(row, model=model)
        except ValueError as error:
            raise _sentence(error) from error
        _say(result)
        click.echo(text("common.not_for_diagnosis"))
        write_json(file, result.to_json())
        return
    named, others = _films(films)
    if not named:
        raise click.ClickException(text("cli.model.empty", folder=", ".join(map(str, films))))
    for film in named:
        try:
            image = read(film) if grey is None else read(film).confirmed(inverted=grey == "inverted")
            result = read_film({"image": image, **row}, model=model)
        except ValueError as error:
            if not many:
                raise _sentence(error) from error
            failed = True
            click.echo(f"{film.name}: {error}", err=True)
            told.append({"film": film.name, "error": str(error)})
            continue
        if many:
            click.echo(f"{film.name}:")
        _say(result)
        told.append(({"film": film.name} if many else {}) | result.to_json())
    if others:
        names = ", ".join(p.name for p in others[:5]) + (", ..." if len(others) > 5 else "")
        click.echo(text("cli.model.skipped", n=len(others), names=names), err=True)
        told += [{"film": p.name, "skipped": True} for p in others]
    click.echo(text("common.not_for_diagnosis"))
    write_json(file, told if many else told[0])
    if failed:
        raise SystemExit(1)


def _say(result: "Prediction") -> None:
    if not result.known:
        click.echo(result.label)
    elif math.isnan(result.probability):
        click.echo(text("cli.model.verdict_number", label=result.label))
    else:
        click.echo(text("cli.model.verdict", label=result.label, probability=result.probability))
    if result.known and result.heatmap_peak is not None:
        row, column = result.heatmap_peak
        click.echo(text("cli.model.peak", row=row, column=column))
    for finding in result.warnings:
        if finding.text != result.label:
            click.echo(f"! {finding.text}")
