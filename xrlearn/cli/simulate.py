"""``xrlearn simulate``: films of a region, with their labels and truth, into a folder."""

from pathlib import Path

import click

from ..locale import text
from .out import Out, beside, must_be_empty
from .output import bar, say, show


def _regions(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a region in the shell."""
    from ..phantom import region_names

    return [name for name in region_names() if name.startswith(incomplete)]


@click.command(help=text("cli.simulate.help"))
@click.argument("region", shell_complete=_regions)
@click.option("-n", "n", default=100, show_default=True, help=text("phantom.cli.n"))
@click.option("--seed", default=0, show_default=True, help=text("phantom.cli.seed"))
@click.option("--size", default=256, show_default=True, help=text("phantom.cli.size"))
@click.option("--out", type=Out(folder=True), required=True, help=text("phantom.cli.out"))
@click.option("--view", "views", multiple=True, help=text("phantom.cli.view"))
@click.option("--site", help=text("phantom.cli.site"))
@click.option("--lesion", "lesions", multiple=True, help=text("phantom.cli.lesion"))
@click.option("--subtlety", type=click.FloatRange(0, 1), help=text("phantom.cli.subtlety"))
@click.option("--dicom", is_flag=True, help=text("phantom.cli.dicom"))
def simulate(
    region: str,
    n: int,
    seed: int,
    size: int,
    out: Path,
    views: tuple[str, ...],
    site: str | None,
    lesions: tuple[str, ...],
    subtlety: float | None,
    dicom: bool,
) -> None:
    """Write `n` films of a region, with ``labels.csv`` and ``truth/``, into a new folder."""
    from ..phantom import Cohort, region_names
    from ..phantom.cohort import write
    from ..tasks.ready import bones

    bones()
    if region not in region_names():
        raise click.ClickException(text("phantom.cli.no_region", name=region, known=", ".join(region_names())))
    must_be_empty(out)
    try:
        wished = (0.0, 1.0) if subtlety is None else subtlety
        cohort = Cohort(region, n, seed, size, views, site, wished, mix=dict.fromkeys(lesions, 1.0))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with bar(n, unit=text("cli.model.films")) as shown, beside(out) as partial:
        write(cohort, partial, show(shown), dicom=dicom)
    say(text("phantom.cli.done", n=n, folder=out))
