"""The catalogue: every string that a person sees, in every language.

One TOML file per room (``radiograph.toml``, ``data.toml``, ...) holds English and Chinese side by side. A key is
``room.section.name``; its entry holds one string per language, and ``{name}`` marks a value to be filled in::

    [error.empty]
    en = "The file is empty."
    zh = "文件为空。"

``{n:film|films}`` is a word that follows the number `n`: one form for each plural of the language (CLDR's, in their
order: zero, one, two, few, many, other).

A further language is one file, ``languages/fr.toml`` (``tools/make_language.py`` writes one to begin with), with a
table a room and one string a key. What it does not say yet is said in English.

This room is the ground floor: any other may import it, and it imports none.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from .plurals import counted

T = TypeVar("T")

_HERE = Path(str(files(__name__)))
#: the entry that names each language in itself; who stands there, has every string of the rooms' files
_NAMES = tomllib.loads((_HERE / "common.toml").read_text(encoding="utf-8"))["language"]["name"]

#: languages that every entry of the rooms' files holds, and every card of a data set; the first is that of the code
WRITTEN = tuple(_NAMES)


def _translations() -> dict[str, dict[str, dict[str, str]]]:
    """Return languages with a file of their own, here or in the folder ``XRLEARN_LANGUAGES``: code -> room -> key."""
    tried = os.environ.get("XRLEARN_LANGUAGES")
    found = sorted(chain((_HERE / "languages").glob("*.toml"), Path(tried).glob("*.toml") if tried else ()))
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in found}


_TRANSLATIONS = _translations()

#: language code -> its own name for itself
LANGUAGES: dict[str, str] = _NAMES | {
    lang: rooms.get("common", {}).get("language.name", lang) for lang, rooms in _TRANSLATIONS.items()
}

_current: str | None = None  # until somebody chooses, what the environment says: a forked process is given its own


def language() -> str:
    """Return the language in use, a key of :data:`LANGUAGES`. It starts from ``XRLEARN_LANG``, then ``LANG``."""
    asked = _current or os.environ.get("XRLEARN_LANG", os.environ.get("LANG", ""))[:2]
    return asked if asked in LANGUAGES else WRITTEN[0]


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
    """Return one room's catalogue as ``{"section.name": {"en": ..., "zh": ...}}``, every language in every entry."""
    flat: dict[str, dict[str, str]] = {}

    def walk(prefix: str, node: dict[str, Any]) -> None:
        for key, value in node.items():
            if all(isinstance(inner, str) for inner in value.values()):
                flat[f"{prefix}{key}"] = value
            else:
                walk(f"{prefix}{key}.", value)

    walk("", tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8")))
    for lang, rooms in _TRANSLATIONS.items():
        for key, entry in flat.items():
            entry[lang] = rooms.get(name, {}).get(key, entry[WRITTEN[0]])
    return flat


def rooms() -> list[str]:
    """Return the names of all rooms that have a catalogue."""
    return sorted(file.stem for file in _HERE.glob("*.toml"))


def text(key: str, /, lang: str | None = None, **values: Any) -> str:
    """Return the string for `key` in the language in use, with `values` filled in.

    Parameters
    ----------
    key : str
        ``room.section.name``, for example ``"cli.run.ready"``.
    lang : str, optional
        A key of :data:`LANGUAGES`; the language in use when left out.
    **values
        What fills the ``{placeholders}`` of the entry (``str.format`` rules, and plurals).

    Raises
    ------
    KeyError
        If the catalogue has no such key.

    Examples
    --------
    >>> text("common.not_for_diagnosis", lang="en")
    'For teaching. Not for diagnosis.'
    >>> text("radiograph.table.total", lang="en", good=1, total=1)
    '1 of 1 file was read.'
    """
    name, _, rest = key.partition(".")
    lang = lang or language()
    return room(name)[rest][lang].format(**{name: counted(value, lang) for name, value in values.items()})


def pick(said: Mapping[str, T], lang: str | None = None) -> T:
    """Return what is said in the language in use; where it does not speak that, in the first one it speaks.

    Examples
    --------
    >>> pick({"en": "hand", "zh": "手"}, "zh"), pick({"en": "hand"}, "zh")
    ('手', 'hand')
    """
    return said.get(lang or language(), next(iter(said.values())))


def flow(*sentences: str) -> str:
    """Return sentences one after the other, as the language in use sets them: Chinese has no space between them.

    Examples
    --------
    >>> flow("One.", "Two.")
    'One. Two.'
    """
    whole = ""
    for sentence in sentences:
        whole = text("common.language.flow", before=whole, after=sentence) if whole else sentence
    return whole
