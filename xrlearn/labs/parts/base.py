"""What our browser widgets have in common: files beside the code, and words that come from the catalogue."""

from pathlib import Path
from typing import Any, ClassVar

import anywidget
from traitlets import Dict, Unicode

from xrlearn import locale

_HERE = Path(__file__).parent


def source(*names: str) -> str:
    """Return the text of files in this folder, joined: an anywidget takes one script and one style sheet."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


def labels(section: str, room: str = "parts") -> dict[str, str]:
    """Return every string of one section of the catalogue, unformatted, in the language in use.

    Examples
    --------
    >>> locale.use("en")
    >>> labels("drop")["choose"]
    'Choose a file'
    """
    prefix = section + "."
    entries = locale.room(room).items()
    return {key.removeprefix(prefix): words[locale.language()] for key, words in entries if key.startswith(prefix)}


class Part(anywidget.AnyWidget):
    """A browser widget whose visible strings are the catalogue section `section` of room ``parts``.

    Its script reads them from the trait `labels`, so that :meth:`relabel` switches the language of an open page.
    """

    section: ClassVar[str]
    labels = Dict(Unicode()).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(labels=labels(self.section), **traits)

    def relabel(self) -> None:
        """Take the words again, in the language now in use."""
        self.labels = labels(self.section)
