"""``xrlearn run``, ``xrlearn serve`` and ``xrlearn lab``."""

import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .. import locale
from ..locale import text
from .output import say

#: how far the programs of a class's pages stand behind the server, which answers all of them
_BEHIND = 5


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Serve within this: Ctrl-C ends it, also before there is anything to end; what cannot be done is one sentence."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    except OSError as error:
        raise click.ClickException(str(error)) from error
    say(text("serve.ended"))


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

    with _until_stopped():
        from ..serve.app import open_browser, serve

        serve(port, base_url, ready=ready)


@click.command(help=text("cli.serve.help"))
@click.option("--address", default="127.0.0.1", show_default=True, help=text("serve.option.address"))
@click.option("--port", type=click.IntRange(1, 65535), default=8866, show_default=True, help=text("serve.option.port"))
@click.option("--token", envvar="XRLEARN_TOKEN", show_envvar=True, help=text("serve.option.token"))
@click.option("--password", envvar="XRLEARN_PASSWORD", show_envvar=True, help=text("serve.option.password"))
@click.option("--teacher-token", envvar="XRLEARN_TEACHER_TOKEN", show_envvar=True, help=text("serve.option.teacher"))
@click.option("--certfile", type=click.Path(exists=True, dir_okay=False), help=text("serve.option.certfile"))
@click.option("--keyfile", type=click.Path(exists=True, dir_okay=False), help=text("serve.option.keyfile"))
@click.option("--pages", type=click.IntRange(1), default=30, show_default=True, help=text("serve.option.pages"))
@click.option("--memory", type=click.IntRange(1), default=2048, show_default=True, help=text("serve.option.memory"))
@click.option("--trainings", type=click.IntRange(1), default=os.cpu_count() or 1, help=text("serve.option.trainings"))
@click.option("--lang", type=click.Choice(list(locale.LANGUAGES)), help=text("serve.option.lang"))
@click.option("--base-url", metavar="PATH", help=text("serve.option.base_url"))
def serve(
    address: str,
    port: int,
    token: str | None,
    password: str | None,
    teacher_token: str | None,
    certfile: str | None,
    keyfile: str | None,
    lang: str | None,
    base_url: str | None,
    pages: int,
    memory: int,
    trainings: int,
) -> None:
    """Serve the dashboards to a class."""
    from ..serve.app import Rules
    from ..serve.app import serve as start
    from ..serve.door import Keys, only_this_machine

    for secret in ("XRLEARN_TOKEN", "XRLEARN_PASSWORD", "XRLEARN_TEACHER_TOKEN"):
        os.environ.pop(secret, None)  # the pages' programs have no use for them
    os.environ["XRLEARN_GUESTS"] = "1"
    if lang:
        locale.use(lang)
    if not (token or password or only_this_machine(address)):
        raise click.ClickException(text("serve.beyond", address=address))
    if bool(certfile) != bool(keyfile):
        raise click.ClickException(text("serve.half_tls"))
    if certfile:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certfile, keyfile)
        except (OSError, ssl.SSLError) as error:
            raise click.ClickException(text("serve.no_tls", reason=error.strerror or error)) from error
    keys = Keys.made(token, password, teacher_token)
    rules = Rules(address, keys, certfile, keyfile, pages, memory, trainings, _BEHIND)
    say(text("serve.starting"))

    def ready(reached: str) -> None:
        click.echo(text("serve.open_to", address=reached + (f"?token={keys.token}" if keys.token else "")))
        if keys.password:
            click.echo(text("serve.typed"))
        click.echo(text("serve.teacher_at", address=f"{reached}teacher?token={keys.teacher}"))
        say(text("serve.held_to", pages=pages, memory=memory, trainings=trainings))

    with _until_stopped():
        start(port, base_url, ready=ready, rules=rules)


@click.command(help=text("cli.lab.help"))
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True, help=text("serve.option.port"))
@click.option("--no-browser", is_flag=True, help=text("serve.option.no_browser"))
def lab(folder: Path | None, port: int, no_browser: bool) -> None:
    """Open JupyterLab on the notebooks."""
    from ..serve.lab import start, workspace

    sys.exit(start(workspace(folder), port, no_browser))
