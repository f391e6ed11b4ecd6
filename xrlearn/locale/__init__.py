"""The catalogue: every string that a person sees, in English and Chinese, side by side.

One TOML file per room (``radiograph.toml``, ``data.toml``, ...). A key is ``room.section.name``; its entry holds one
string per language, and ``{name}`` marks a value to be filled in::

    [error.empty]
    en = "The file is empty."
    zh = "文件为空。"

This room is the ground floor: any other may import it, and it imports none.
"""

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

#: language code -> its own name for itself
LANGUAGES = {"en": "English", "zh": "中文"}

_current = os.environ.get("XRLEARN_LANG", os.environ.get("LANG", "en"))[:2]
if _current not in LANGUAGES:
    _current = "en"


def language() -> str:
    """Return the language in use: ``"en"`` or ``"zh"``. It starts from ``XRLEARN_LANG``, then ``LANG``."""
    return _current


def use(lang: str) -> None:
    """Switch the language of this process.

    Raises
    ------
    ValueError
        If `lang` is not one of :data:`LANGUAGES`.
    """
    global _current
    if lang not in LANGUAGES:
        raise ValueError(f"{lang!r} is not one of {', '.join(LANGUAGES)}")
    _current = lang


@cache
def room(name: str) -> dict[str, dict[str, str]]:
    """Return one room's catalogue as ``{"section.name": {"en": ..., "zh": ...}}``."""
    flat: dict[str, dict[str, str]] = {}

    def walk(prefix: str, node: dict[str, Any]) -> None:
        for key, value in node.items():
            if all(isinstance(inner, str) for inner in value.values()):
                flat[f"{prefix}{key}"] = value
            else:
                walk(f"{prefix}{key}.", value)

    walk("", tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8")))
    return flat


def rooms() -> list[str]:
    """Return the names of all rooms that have a catalogue."""
    return sorted(f.name.removesuffix(".toml") for f in files(__name__).iterdir() if f.name.endswith(".toml"))


def text(key: str, /, lang: str | None = None, **values: Any) -> str:
    """Return the string for `key` in the language in use, with `values` filled in.

    Parameters
    ----------
    key : str
        ``room.section.name``, for example ``"cli.run.ready"``.
    lang : str, optional
        ``"en"`` or ``"zh"``; the language in use when left out.
    **values
        What fills the ``{placeholders}`` of the entry (``str.format`` rules).

    Raises
    ------
    KeyError
        If the catalogue has no such key.

    Examples
    --------
    >>> text("common.not_for_diagnosis", lang="en")
    'For teaching. Not for diagnosis.'
    """
    name, _, rest = key.partition(".")
    return room(name)[rest][lang or _current].format(**values)
