"""``xrlearn stats mrmc``, ``xrlearn stats auc``, ``xrlearn stats agreement``."""

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..locale import text
from .guard import sentences
from .out import Out, write_json
from .output import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CSV = click.Path(exists=True, dir_okay=False, path_type=Path)
_scores = click.argument("file", metavar="SCORES", type=_CSV)
_json = click.option("--json", "out", type=Out(), help=text("stats.cli.json"))
_plot = click.option("--plot", type=Out(), help=text("stats.cli.plot"))
_level = click.option("--level", default=0.95, show_default=True, help=text("stats.cli.level"))


@click.group(help=text("cli.stats.help"))
def stats() -> None:
    """Statistics for reader studies."""


def _say(notes: list[str]) -> None:
    for note in notes:
        click.echo(f"! {note}")


def _write(out: Path | None, content: Any, notes: list[str]) -> None:
    write_json(out, plain(content) | {"notes": notes})


def _save(ax: "Axes", file: Path) -> None:
    figure = ax.get_figure(root=True)
    if figure is not None:
        figure.savefig(file, dpi=150)


@stats.command(help=text("stats.cli.mrmc"))
@click.argument("file", metavar="RATINGS", type=_CSV)
@click.option(
    "--covariance",
    type=click.Choice(["jackknife", "delong", "bootstrap"]),
    default="jackknife",
    show_default=True,
    help=text("stats.cli.covariance"),
)
@click.option(
    "--metric",
    type=click.Choice(["auc", "sensitivity", "specificity"]),
    default="auc",
    show_default=True,
    help=text("stats.cli.metric"),
)
@click.option("--threshold", type=float, help=text("stats.cli.threshold"))
@_level
@_json
@_plot
def mrmc(
    file: Path,
    covariance: str,
    metric: str,
    threshold: float | None,
    level: float,
    out: Path | None,
    plot: Path | None,
) -> None:
    """Print per-reader figures, the three analyses and one plain sentence."""
    from ..readers.analysable import ratings_of
    from ..stats import StatsError, mrmc_any_design, plot_mrmc
    from ..stats import mrmc as analyse
    from ..stats.report import any_design_report, mrmc_report

    with sentences():
        ratings, notes = ratings_of(file)
        try:
            result = analyse(ratings, covariance, level, metric=metric, threshold=threshold)
        except StatsError as error:
            if error.key != "stats.error.not_crossed":
                raise
            if plot is not None or covariance != "jackknife":
                raise click.ClickException(text("stats.cli.no_plot")) from None
            partly = mrmc_any_design(ratings, level, metric=metric, threshold=threshold)
            notes.append(text("stats.cli.not_crossed", **error.values))
            click.echo(any_design_report(partly))
            _say(notes)
            _write(out, partly, notes)
            return
    click.echo(mrmc_report(result))
    _say(notes)
    _write(out, result, notes)
    if plot is not None:
        _save(plot_mrmc(result), plot)


@stats.command(help=text("stats.cli.auc"))
@_scores
@_level
@_json
@_plot
def auc(file: Path, level: float, out: Path | None, plot: Path | None) -> None:
    """Print the AUC of each score column, and DeLong's test of each pair."""
    from ..readers.analysable import scores_of
    from ..stats import auc as area
    from ..stats import auc_ci, delong_test, plot_roc
    from ..stats.report import p_text

    with sentences():
        table, notes = scores_of(file, truth=True)
        names = [str(name) for name in table if name != "truth"]
        if "truth" not in table.columns or not names:
            raise click.ClickException(text("stats.cli.columns", file=file.name, wanted="truth, score"))
        areas: dict[str, dict[str, Any]] = {}
        for name in names:
            low, high = auc_ci(table["truth"], table[name], level)
            areas[name] = {"value": area(table["truth"], table[name]), "low": low, "high": high}
        tests = {(a, b): delong_test(table["truth"], table[a], table[b], level) for a, b in combinations(names, 2)}
    notes += [text("stats.cli.below_half", name=name) for name in names if areas[name]["high"] < 0.5]
    for name, figures in areas.items():
        click.echo(text("stats.report.auc_line", name=name, percent=100 * level, **figures))
    for (a, b), test in tests.items():
        values = {key: getattr(test, key) for key in ("difference", "low", "high", "z")}
        click.echo(text("stats.report.test_line", a=a, b=b, p=p_text(test.p), **values))
    _say(notes)
    _write(out, {"auc": areas, "tests": [{"a": a, "b": b, **plain(test)} for (a, b), test in tests.items()]}, notes)
    if plot is not None:
        _save(plot_roc(table["truth"], {name: table[name] for name in names}), plot)


@stats.command(help=text("stats.cli.agreement"))
@_scores
@click.option(
    "--kind",
    type=click.Choice(["categories", "grades", "measurements"]),
    default="categories",
    show_default=True,
    help=text("stats.cli.kind"),
)
@_level
@_json
def agreement(file: Path, kind: str, level: float, out: Path | None) -> None:
    """Print kappas of each pair of readers and of all, or intraclass correlations and limits of agreement."""
    from ..readers.analysable import scores_of
    from ..stats import bland_altman, cohen_kappa, fleiss_kappa, icc

    with sentences():
        table, notes = scores_of(file)
    pairs = list(combinations(table.columns, 2))
    if not pairs:
        raise click.ClickException(text("stats.cli.two_readers"))
    found: dict[str, Any] = {}
    with sentences():
        if kind == "measurements":
            found["icc"] = icc(table, level)
            found["limits"] = [(a, b, bland_altman(table[a], table[b], level)) for a, b in pairs]
        else:
            weights = "quadratic" if kind == "grades" else None
            scale = sorted(set(table.to_numpy().ravel().tolist())) if not table.isna().any(axis=None) else None
            found["pairs"] = [
                (a, b, cohen_kappa(table[a], table[b], weights, level, categories=scale)) for a, b in pairs
            ]
            counts = [[int((row == grade).sum()) for grade in scale or ()] for row in table.to_numpy()]
            found["all"] = fleiss_kappa(counts, level)
    for line in _agreement_lines(found, kind):
        click.echo(line)
    _say(notes)
    for name in ("limits", "pairs"):
        if name in found:
            found[name] = [{"a": a, "b": b, **plain(figures)} for a, b, figures in found[name]]
    _write(out, found, notes)


def _agreement_lines(found: dict[str, Any], kind: str) -> list[str]:
    if kind == "measurements":
        lines = [
            text("stats.report.icc_line", name=name, value=x.value, low=x.low, high=x.high)
            for name, x in found["icc"].items()
        ]
        lines += [
            text("stats.report.limits_line", a=a, b=b, mean=limits.mean, low=limits.low, high=limits.high)
            for a, b, limits in found["limits"]
        ]
        return lines
    name = text(f"stats.report.{'weighted' if kind == 'grades' else 'cohen'}")
    named = {f"{name}, {a}, {b}": kappa for a, b, kappa in found["pairs"]}
    named[text("stats.report.fleiss")] = found["all"]
    return [
        text("stats.report.kappa_line", name=name, value=k.value, low=k.low, high=k.high, se=k.se)
        for name, k in named.items()
    ]
