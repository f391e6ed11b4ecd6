"""The command ``xrlearn``: one file per verb, each imported only when it is called."""

from importlib import import_module
from typing import Any

import click

from ..locale import text
from .guard import sentence, tolerant

#: verb -> file in this folder that defines the click command of that name
_VERBS = {
    "run": "serve",
    "lab": "serve",
    "doctor": "doctor",
    "data": "data",
    "simulate": "simulate",
    "train": "model",
    "evaluate": "model",
    "predict": "model",
    "stats": "stats",
    "study": "study",
}


class _Verbs(click.Group):
    """A group that imports a verb's file only when the verb is used, so that ``xrlearn --help`` answers at once."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        tolerant()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise sentence(error) from error

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


@click.group(cls=_Verbs, help=text("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xrlearn")
def main() -> None:
    """Entry point of the console script."""
