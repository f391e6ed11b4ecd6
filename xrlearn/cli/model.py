"""``xrlearn train``, ``xrlearn evaluate``, ``xrlearn predict``."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..locale import text

if TYPE_CHECKING:
    from ..training import Model


def _sentence(error: Exception) -> click.ClickException:
    return click.ClickException(str(error))


def _write(file: Path | None, content: dict[str, Any]) -> None:
    if file is not None:
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _model(task: str, folder: Path | None) -> "Model":
    from ..orthopaedics import find
    from ..training import load_model, shipped

    find(task)  # an unknown task is said before a missing model
    return shipped(task) if folder is None else load_model(task, folder)


def _bar(label: str) -> Callable[[int, int], None]:
    """Return a progress function that draws one bar per piece of work."""
    from tqdm import tqdm

    bar: tqdm | None = None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, desc=label, unit=text("cli.model.films"))
        bar.update(done - bar.n)
        if done >= total:
            bar.close()
            bar = None

    return progress


_task = click.argument("task")
_source = click.option("--source", type=click.Path(path_type=Path), help=text("cli.model.source"))
_weights = click.option("--weights", type=click.Path(path_type=Path), help=text("cli.model.weights"))
_json = click.option("--json", "file", type=click.Path(path_type=Path), help=text("cli.model.json"))


@click.command(help=text("cli.train.help"))
@_task
@_source
@click.option("--epochs", default=8, show_default=True, help=text("cli.model.epochs"))
@click.option("--size", type=int, help=text("cli.model.size"))
@click.option("--seed", default=0, show_default=True, help=text("cli.model.seed"))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("model"), show_default=True, help=text("cli.model.out")
)
def train(task: str, source: Path | None, epochs: int, size: int | None, seed: int, out: Path) -> None:
    """Train the model of a task, measure it once on its test films, and write weights and card."""
    from tqdm import tqdm

    from ..heatmaps.report import with_figures
    from ..orthopaedics import load
    from ..training import save
    from ..training import train as train_model
    from ..training.live import Curves, LiveCurves

    try:
        cases = load(task, source)
        click.echo(text("cli.model.training", n=int((cases["split"] == "train").sum()), epochs=epochs))
        with tqdm(total=100, unit="%") as bar:

            def draw(curves: Curves) -> None:
                bar.update(round(100 * curves.share) - bar.n)
                if curves.epochs:
                    bar.set_postfix({k: f"{v:.3f}" for k, v in curves.epochs[-1].items() if k != "epoch"})

            model = train_model(task, cases, epochs, size, seed, cbs=[LiveCurves(draw)])
        save(model, out)  # hours of work are safe before anything else can go wrong
        model = with_figures(model, cases, progress=_bar(text("cli.model.measuring")))
    except ValueError as error:
        raise _sentence(error) from error
    click.echo(text("cli.model.saved", path=save(model, out)))


@click.command(help=text("cli.evaluate.help"))
@_task
@_source
@_weights
@_json
def evaluate(task: str, source: Path | None, weights: Path | None, file: Path | None) -> None:
    """Measure a model on films with labels, and its heat map on those with lesion boxes."""
    from ..heatmaps.scoreboard import score_maps, scoreboard, table
    from ..orthopaedics import load
    from ..training import evaluate as measure

    try:
        model = _model(task, weights)
        cases = load(task, source)
        result = measure(model, cases, progress=_bar(text("cli.model.reading")))
        counts: dict[str, Any] = {"n": len(result.cases), "left_out": result.left_out}
        if result.threshold is None:
            click.echo(text("cli.model.measured_answers", **counts))
        else:
            click.echo(text("cli.model.measured", **counts, threshold=result.threshold))
        click.echo(result.table().to_string())
        content = result.to_json()
        if "boxes" in result.cases and result.cases["boxes"].map(bool).any():
            board = scoreboard(score_maps(model, result.cases, progress=_bar(text("cli.model.looking"))))
            click.echo("\n" + text("cli.model.maps", n=int(board["n"].iloc[0])))
            click.echo(table(board).to_string())
            content["heatmaps"] = {str(key).split(".")[-1]: row.to_dict() for key, row in board.iterrows()}
    except ValueError as error:
        raise _sentence(error) from error
    _write(file, content)


@click.command(help=text("cli.predict.help"))
@click.argument("film", type=click.Path(path_type=Path))
@click.option("--task", default="fracture", show_default=True)
@_weights
@_json
def predict(film: Path, task: str, weights: Path | None, file: Path | None) -> None:
    """Say what the model sees on one film."""
    from ..training import predict as read_film

    try:
        result = read_film(film, task, _model(task, weights))
    except ValueError as error:
        raise _sentence(error) from error
    row, column = result.heatmap_peak
    said: dict[str, Any] = {"label": result.label, "row": row, "column": column}
    if math.isnan(result.probability):
        click.echo(text("cli.model.verdict_number", **said))
    else:
        click.echo(text("cli.model.verdict", **said, probability=result.probability))
    for finding in result.warnings:
        click.echo(f"! {finding.text}")
    click.echo(text("common.not_for_diagnosis"))
    _write(file, result.to_json())
