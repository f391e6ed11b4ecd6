"""The edge of the command line: whatever goes wrong inside, outside it is one sentence."""

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .. import __version__
from ..locale import text


class Unexpected(click.ClickException):
    """A fault of the programme or of the machine; the command ends with 2."""

    exit_code = 2


def sentence(error: Exception) -> Unexpected:
    """Return what is said of an exception that no verb expected: of the machine, or of a fault with a file to send."""
    if isinstance(error, OSError) and error.errno is not None:
        name = Path(os.fsdecode(error.filename)).name if isinstance(error.filename, str | bytes) else "-"
        return Unexpected(text("cli.guard.machine", name=name, reason=error.strerror or type(error).__name__))
    file = _report(error)
    return Unexpected(text("cli.guard.unexpected", file=file if file else "-"))


@contextmanager
def sentences() -> Iterator[None]:
    """What is wrong with what was given, or with what was asked, is told in its one sentence."""
    from ..locale.errors import SentenceError

    try:
        yield
    except SentenceError as error:
        raise click.ClickException(str(error)) from None


def _report(error: Exception) -> Path | None:
    """Write where the exception came from, without its message and without values: these may tell of a patient."""
    places = traceback.format_list(traceback.extract_tb(error.__traceback__))
    kinds = [type(error).__name__]
    while (error := error.__cause__ or error.__context__) is not None:  # type: ignore[assignment]
        kinds.append(type(error).__name__)
    head = f"xrlearn {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n"
    content = head + "".join(places) + " <- ".join(kinds) + "\n"
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        file = folder / f"xrlearn-fault-{os.getpid()}.txt"
        try:
            file.write_text(content, encoding="utf-8")
        except OSError:
            continue
        return file
    return None


def tolerant() -> None:
    """Let a terminal that lacks a sign (a Windows code page) show a question mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if callable(change := getattr(stream, "reconfigure", None)):
            change(errors="replace")
