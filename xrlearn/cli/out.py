"""Where a command writes: looked at before the work begins, and never left half written."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..locale import text
from .output import as_json

#: Room that a disk must have for anything to be begun, bytes.
ROOM = 10 * 2**20


class Out(click.Path):
    """A file, or with ``folder=True`` a folder, that will be written; its parents are made when missing."""

    def __init__(self, folder: bool = False) -> None:
        super().__init__(path_type=Path)
        self.folder = folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path, or end the command with a sentence where nothing can be written there."""
        path: Path = super().convert(value, param, ctx)  # type: ignore[assignment]
        if path.is_dir() != self.folder and path.exists():
            self.fail(text("cli.out.is_file" if self.folder else "cli.out.is_folder", path=path), param, ctx)
        try:
            place = path if path.is_dir() else path.parent
            place.mkdir(parents=True, exist_ok=True)
            if not os.access(place, os.W_OK) or (path.is_file() and not os.access(path, os.W_OK)):
                self.fail(text("cli.out.unwritable", path=path, reason=os.strerror(13)), param, ctx)
            if shutil.disk_usage(place).free < ROOM:
                self.fail(text("cli.out.full", path=path), param, ctx)
        except OSError as error:
            self.fail(text("cli.out.unwritable", path=path, reason=error.strerror or error), param, ctx)
        return path


def must_be_empty(folder: Path) -> None:
    """End the command with a sentence where something lies in the folder already."""
    if folder.is_dir() and any(folder.iterdir()):
        raise click.ClickException(text("phantom.cli.not_empty", folder=folder))


def write_json(file: Path | None, content: Any) -> None:
    """Write `content` beside `file`, then put it in its place; nothing where there is no file."""
    if file is None:
        return
    with beside(file) as partial:
        partial.write_text(as_json(content) + "\n", encoding="utf-8")


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it takes its place at the end, and is gone when the work is broken off."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        if path.is_dir():
            path.rmdir()  # an empty one
        partial.replace(path)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)
