"""``xrlearn run`` and ``xrlearn lab``."""

import sys
from pathlib import Path

import click

from .. import locale
from ..locale import text
from .output import say


@click.command(help=text("cli.run.help"))
@click.option("--port", type=click.IntRange(1, 65535), default=8866, show_default=True, help=text("serve.option.port"))
@click.option("--no-browser", is_flag=True, help=text("serve.option.no_browser"))
@click.option("--lang", type=click.Choice(list(locale.LANGUAGES)), help=text("serve.option.lang"))
@click.option("--base-url", metavar="PATH", help=text("serve.option.base_url"))
def run(port: int, no_browser: bool, lang: str | None, base_url: str | None) -> None:
    """Serve the dashboards."""
    if lang:
        locale.use(lang)
    say(text("serve.starting"))

    def ready(address: str) -> None:
        click.echo(text("serve.ready", address=address))
        if not no_browser and not base_url:
            open_browser(address)

    try:
        from ..serve.app import open_browser, serve

        serve(port, base_url, ready=ready)
    except KeyboardInterrupt:
        pass  # before there was anything to end
    except OSError as error:
        raise click.ClickException(str(error)) from error
    say(text("serve.ended"))


@click.command(help=text("cli.lab.help"))
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True, help=text("serve.option.port"))
@click.option("--no-browser", is_flag=True, help=text("serve.option.no_browser"))
def lab(folder: Path | None, port: int, no_browser: bool) -> None:
    """Open JupyterLab on the notebooks."""
    from ..serve.lab import start, workspace

    sys.exit(start(workspace(folder), port, no_browser))
