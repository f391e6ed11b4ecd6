"""How every verb speaks: sentences that ``--quiet`` leaves out, bars on a terminal only, and JSON that is JSON."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tqdm import tqdm


def quiet() -> bool:
    """Whether only results and errors are wanted (``xrlearn --quiet``)."""
    context = click.get_current_context(silent=True)
    return context is not None and bool((context.find_root().obj or {}).get("quiet"))


def say(sentence: str) -> None:
    """Print what is not a result: what goes on, what was written where. Left out under ``--quiet``."""
    if not quiet():
        click.echo(sentence)


@contextmanager
def bar(total: int | None, label: str | None = None, unit: str = "", **options: Any) -> Iterator["tqdm"]:
    """Show a progress bar on stderr where that is a terminal; nowhere else, and not under ``--quiet``."""
    from tqdm import tqdm

    with tqdm(total=total, desc=label, unit=unit, disable=True if quiet() else None, **options) as shown:
        yield shown


def show(shown: "tqdm") -> Callable[[int, int], None]:
    """Return the progress function of a bar: told (done, in all), it draws how far the work has come."""

    def told(done: int, total: int) -> None:
        shown.total = total
        shown.update(done - shown.n)

    return told


def plain(value: Any) -> Any:
    """Return what JSON can hold: tables as lists of rows, paths as text, and null for what is not a finite number.

    Examples
    --------
    >>> plain({"auc": float("nan"), "readers": (1, 2)})
    {'auc': None, 'readers': [1, 2]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if hasattr(value, "to_dict"):
        return plain(value.to_dict("records"))
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_json(content: Any) -> str:
    """Return `content` as JSON that every reader of JSON accepts.

    Examples
    --------
    >>> print(as_json([float("inf")]))
    [
      null
    ]
    """
    return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)


def columns(rows: list[list[str]]) -> list[str]:
    """Return rows as lines whose columns stand below each other; a Chinese character takes two places.

    Examples
    --------
    >>> for line in columns([["名称", "n"], ["ab", "12"]]):
    ...     print(line)
    名称  n
    ab    12
    """
    widths = [max(map(_width, column)) for column in zip(*rows)]
    return ["  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths)).rstrip() for row in rows]


def _width(cell: str) -> int:
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)
