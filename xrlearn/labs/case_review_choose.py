"""What is read: the question, where its films come from, and which of them is on the stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from ipywidgets import HTML, BoundedIntText, Button, Dropdown, HBox, Text

from ..locale import room, text
from ..paths import guests
from ..tasks.registry import known
from ..tasks.task import SIMULATED
from .case_review_films import ARCHIVE, ASKED, OWN
from .parts import Words

#: sources that are no collections, and what they are called
_WORDS = {name: f"review.choose.{name}" for name in (SIMULATED, OWN, ARCHIVE)}
#: stands for "what is this film?" among the questions
WHAT = ""


class Chooser(HBox):
    """The controls above the film.

    Attributes
    ----------
    question, source, region, case : Dropdown
    folder : Text
    number : BoundedIntText
        Of the reading list.
    take, previous, next : Button
    about : HTML
    """

    def __init__(self, words: Words, first: str) -> None:
        wide: dict[str, Any] = {"style": {"description_width": "initial"}}
        self._words = words
        self.question, self.source, self.region = Dropdown(**wide), Dropdown(**wide), Dropdown(**wide)
        self.folder, self.take = Text(continuous_update=False, **wide), Button()
        self.number = BoundedIntText(value=1, min=1, max=9999, **wide)
        self.case = Dropdown(options=[("–", -1)], **wide)
        self.previous, self.next = Button(), Button()
        self.about = HTML().add_class("xr-about")
        words.bind_options(
            self.question, {t.name: f"tasks.{t.name}.title" for t in known()} | {WHAT: "review.choose.what"}
        )
        self.question.value = first
        self.fill_sources([SIMULATED, *([] if guests() else [OWN])])
        self.fill_regions([])
        named = {
            "question": self.question, "films": self.source, "folder": self.folder, "region": self.region,
            "list": self.number, "film": self.case, "take": self.take, "previous": self.previous, "next": self.next,
        }  # fmt: skip
        for name, widget in named.items():
            words.bind(widget, "description", f"review.choose.{name}")
        words.bind(self.number, "tooltip", "review.choose.list_hint")
        super().__init__([
            HBox([self.question, self.source, self.folder, self.take]).add_class("xr-asked"),
            HBox([self.region, self.number, self.case, HBox([self.previous, self.next]).add_class("xr-steps")]),
            self.about,
        ])  # fmt: skip
        self.add_class("xr-controls")
        self.folder_shown("")

    def fill_sources(self, sources: Sequence[str]) -> None:
        """Offer places where films come from; the first is chosen."""
        self.source.options = [(_named(s), s) for s in sources]
        self.source.value = sources[0]

    @property
    def real(self) -> bool:
        """Whether collections of real films are offered."""
        return any(source not in _WORDS for _, source in self.source.options)

    def relabel(self) -> None:
        """Take the words again where they are not bound."""
        self.source.set_trait("_options_labels", tuple(_named(s) for _, s in self.source.options))

    def fill_regions(self, regions: Sequence[str]) -> None:
        """Offer the regions of which there are films."""
        there = {region: f"review.region.{region}" for region in regions if f"region.{region}" in room("review")}
        self._words.bind_options(self.region, {"": "review.choose.all", **there})
        self.region.value = ""
        self.region.layout.display = None if len(there) > 1 else "none"

    def fill_films(self, n: int) -> None:
        """Offer the films of a reading list; none is chosen."""
        self.case.options = [("–", -1), *((f"{i + 1} / {n}", i) for i in range(n))]
        self.case.value = -1

    def folder_shown(self, source: str) -> None:
        """Show the field for what a source asks, or hide it where it asks nothing."""
        if source in ASKED:
            self._words.bind(self.folder, "description", ASKED[source])
        for widget in (self.folder, self.take):
            widget.layout.display = None if source in ASKED else "none"

    def idle(self, yes: bool) -> None:
        """Make the list's controls idle while films are looked for."""
        for widget in (self.region, self.number, self.case, self.previous, self.next):
            widget.disabled = yes


def _named(source: str) -> str:
    return text(_WORDS[source]) if source in _WORDS else source


def about(where: str, n: int, films: bool, wanting: bool = False) -> str:
    """Say how many films there are, and where they come from.

    Parameters
    ----------
    where : {"looking", "made", "there", "own", "archive"}
    n : int
    films : bool
        Whether the question is about films; records are drawn.
    wanting : bool
        Whether there are public films for it, but none on this machine.
    """
    if where == "made":
        return text(f"review.choose.{('made_wanting' if wanting else 'made') if films else 'drawn'}", n=n)
    key: Mapping[str, str] = {"looking": "looking", "own": "read", "archive": "fetched", "there": "about"}
    return text(f"review.choose.{key[where]}", n=n)
