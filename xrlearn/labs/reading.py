"""The lesson around a lab, as its page shows it: what to read first, the steps with their code, and what it showed.

All of it stands in the lesson's notebook, where cells are tagged: ``read`` and ``showed`` are shown as prose, ``lab``
is the lab itself, ``notebook`` is for JupyterLab alone, and everything else is a step, folded away on the page.
"""

import base64
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from ipywidgets import HTML

from .. import locale, paths
from ..locale import text
from .parts.page import served
from .parts.words import Words
from .plan import COURSE

#: a picture a page, drawn by tools/make_pictures.py from simulated films
PICTURES = Path(__file__).with_name("pictures")


@dataclass(frozen=True)
class Prose:
    """A lesson's prose as HTML: what to read first, its steps with their code, and what the lab showed."""

    read: str
    steps: str
    showed: str


@cache
def prose_of(lesson: str, lang: str) -> Prose:
    """Return the prose of a lesson; in the first written language where there is none in `lang`.

    Examples
    --------
    >>> "examination papers" in prose_of("overfit", "en").read
    True
    """
    import mistune

    markdown = mistune.create_markdown(escape=True)
    own = paths.NOTEBOOKS / lang / COURSE[lesson]
    file = own if own.is_file() else paths.NOTEBOOKS / COURSE[lesson]
    parts: dict[str, list[str]] = {"read": [], "showed": [], "steps": []}
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        tags, source = cell["metadata"].get("tags", []), "".join(cell["source"])
        if cell["cell_type"] == "code":
            if "lab" not in tags:
                parts["steps"].append(f"<pre tabindex='0'><code>{escape(source)}</code></pre>")
        elif "notebook" not in tags:
            parts[next((tag for tag in tags if tag in parts), "steps")].append(str(markdown(source)))
    return Prose(*("\n".join(parts[name]) for name in ("read", "steps", "showed")))


@cache
def picture_of(page: str) -> str:
    """Return the picture of a page as HTML; it says nothing that the words beside it do not say, so it has no text."""
    stored = base64.b64encode((PICTURES / f"{page}.webp").read_bytes()).decode()
    return f"<img class='xr-picture' alt='' width='480' height='200' src='data:image/webp;base64,{stored}'>"


class Reading:
    """What a served page shows of the lesson around its lab; in JupyterLab the notebook itself does.

    Parameters
    ----------
    lesson : str
        A key of :data:`.plan.COURSE`.
    words : Words
        The page's.

    Attributes
    ----------
    first, showed : HTML
        What stands before the lab, and after it.
    """

    def __init__(self, lesson: str, words: Words) -> None:
        self.lesson = lesson
        self.first, self.showed = (HTML().add_class("xr-card").add_class("xr-prose") for _ in range(2))
        words.on_switch(self.draw)
        self.draw()

    def draw(self) -> None:
        """Write both, in the language in use."""
        for part in (self.first, self.showed):
            part.layout.display = None if served() else "none"
        if served():
            prose = prose_of(self.lesson, locale.language())
            how = escape(text("lesson.page.run", notebook=COURSE[self.lesson]))
            steps = (
                f"<details><summary>{escape(text('lesson.page.steps'))}</summary><p>{how}</p>{prose.steps}</details>"
            )
            head = f"<h2>{escape(text('lesson.page.read'))}</h2>"
            self.first.value = (
                f"<div class='xr-first'><div>{head}{prose.read}</div>{picture_of(self.lesson)}</div>{steps}"
            )
            self.showed.value = prose.showed
