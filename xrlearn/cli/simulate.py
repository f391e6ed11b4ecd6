"""``xrlearn simulate``: films of a region, with their labels and truth, into a folder."""

from pathlib import Path

import click

from ..locale import text
from .out import Out, beside


@click.command(help=text("cli.simulate.help"))
@click.argument("region")
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
    from tqdm import tqdm

    from ..phantom import Cohort, region_names
    from ..phantom.cohort import write

    if region not in region_names():
        raise click.ClickException(text("phantom.cli.no_region", name=region, known=", ".join(region_names())))
    if out.is_dir() and any(out.iterdir()):
        raise click.ClickException(text("phantom.cli.not_empty", folder=out))
    try:
        wished = (0.0, 0.8) if subtlety is None else subtlety
        cohort = Cohort(region, n, seed, size, views, site, wished, mix=dict.fromkeys(lesions, 1.0))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with tqdm(total=n, unit=text("cli.model.films")) as bar:

        def draw(done: int, _: int) -> None:
            bar.update(done - bar.n)

        with beside(out) as partial:
            write(cohort, partial, draw, dicom=dicom)
    click.echo(text("phantom.cli.done", n=n, folder=out))
