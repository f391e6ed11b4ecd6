"""``xrlearn completion``: the lines with which a shell completes verbs, options, tasks, regions and data sets."""

import click
from click.shell_completion import get_completion_class

from ..locale import text


@click.command(help=text("cli.completion.help"), epilog=text("cli.completion.how"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script of a shell."""
    from . import main

    script = get_completion_class(shell)
    if script is not None:
        click.echo(script(main, {}, "xrlearn", "_XRLEARN_COMPLETE").source())
