"""The command ``xrlearn``: one file per verb, each imported only when it is called.

It ends with 0 where all went well; with 1 where something was amiss, which one sentence on stderr says; with 2 where
the command was not understood; with 130 where it was stopped with Ctrl-C.
"""

import logging
import traceback
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..locale import text
from .guard import sentence, tolerant

#: verb -> file in this folder that defines the click command of that name
_VERBS = {
    "run": "serve",
    "serve": "serve",
    "lab": "serve",
    "prepare": "prepare",
    "doctor": "doctor",
    "tasks": "tasks",
    "data": "data",
    "simulate": "simulate",
    "check": "check",
    "deidentify": "deidentify",
    "train": "model",
    "evaluate": "model",
    "predict": "model",
    "stats": "stats",
    "study": "study",
    "pacs": "pacs",
    "completion": "completion",
}

#: package -> the extra that brings it
_EXTRAS = {
    **dict.fromkeys(("ipykernel", "jupyter_server", "jupyterlab", "tornado", "voila"), "serve"),
    **dict.fromkeys(("alembic", "psycopg", "pydantic_core", "sqlalchemy"), "study"),
    **dict.fromkeys(("dicomweb_client", "highdicom"), "pacs"),
}

#: exit status of a command that was stopped with Ctrl-C, as shells have it
STOPPED = 130


class _Verbs(click.Group):
    """A group that imports a verb's file only when the verb is used, so that ``xrlearn --help`` answers at once."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        tolerant()
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _VERBS:
            return None
        command: click.Command = getattr(import_module(f".{_VERBS[name]}", __name__), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(text("cli.commands")):
            formatter.write_dl([(verb, text(f"cli.{verb}.help")) for verb in _VERBS])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(text("cli.exit.title")):
            formatter.write_dl([(str(code), text(f"cli.exit.code_{code}")) for code in (0, 1, 2, STOPPED)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; whatever goes wrong in it is one sentence."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\n" + text("cli.stopped"), err=True)
            ctx.exit(STOPPED)
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if (ctx.obj or {}).get("verbose"):
                click.echo(traceback.format_exc(), err=True)
            if isinstance(error, click.ClickException):
                raise
            extra = _EXTRAS.get((error.name or "").split(".")[0]) if isinstance(error, ModuleNotFoundError) else None
            if extra is not None:
                raise click.ClickException(text("cli.not_installed", extra=extra)) from None
            raise sentence(error) from error


@click.group(cls=_Verbs, help=text("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="xrlearn")
@click.option("-q", "--quiet", is_flag=True, help=text("cli.option.quiet"))
@click.option("-v", "--verbose", is_flag=True, help=text("cli.option.verbose"))
@click.pass_context
def main(ctx: click.Context, quiet: bool, verbose: bool) -> None:
    """Entry point of the console script."""
    ctx.obj = {"quiet": quiet, "verbose": verbose}
    if verbose:
        logging.basicConfig(level=logging.INFO)
