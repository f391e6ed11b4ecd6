"""``xrlearn prepare``: make what the lessons need ahead of a class."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..locale import text
from .output import bar, say, show

if TYPE_CHECKING:
    from ..labs.prepare import Piece


@click.command(help=text("cli.prepare.help"))
@click.pass_context
def prepare(ctx: click.Context) -> None:
    """Make every piece that is not here yet; Ctrl-C ends it, and what is whole is kept."""
    from ..labs.prepare import pieces
    from . import STOPPED

    work = pieces()
    with _stoppable() as stopped:
        for number, piece in enumerate(work, 1):
            say(text("cli.prepare.making", number=number, total=len(work), what=piece.title))
            try:
                _make(piece, stopped)
            except Exception:
                if not stopped():
                    raise
            if stopped():
                click.echo(text("cli.prepare.stopped"), err=True)
                ctx.exit(STOPPED)
    say(text("cli.prepare.done"))


def _make(piece: "Piece", stopped: Callable[[], bool]) -> None:
    with bar(None) as shown:
        draw = show(shown)

        def told(done: int, total: int) -> bool:
            draw(done, total)
            return stopped()

        piece.make(told)


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C ask for an end, so that what is half done can be put away; a second one does not wait for that."""
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
