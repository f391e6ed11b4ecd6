"""The home page: where a clinician starts. Drawn from text alone, so that it opens at once."""

import os
from html import escape
from pathlib import Path

from IPython.display import display
from ipywidgets import HTML

from .. import paths
from ..locale import language, text
from .parts import Page

#: card -> its notebook, in the order of the page
CARDS = {
    "review": "case-review.ipynb",
    "train": "train-a-fracture-detector.ipynb",
    "study": "reader-study.ipynb",
    "results": "study-results.ipynb",
}


def show() -> None:
    """Show the page, in a notebook or under Voila."""
    home = Home()
    display(home.page)
    home.page.run(home.look)


class Home:
    """The home page.

    Attributes
    ----------
    page : Page
        What is displayed.
    films : bool or None
        Whether there are films on this machine; None before :meth:`look`, which takes a second.
    """

    def __init__(self) -> None:
        self.films: bool | None = None
        self.page = Page("home.page.title", "home.page.lead", home=None)
        self._cards, self._here = HTML(), HTML()
        style = HTML(f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>")
        self.page.add(style.add_class("xr-style"), self._cards, self._here)
        self.page.body.add_class("xr-home")
        self.draw()
        self.page.words.on_switch(self.draw)

    def look(self) -> None:
        """Look for films on this machine, and say so on the page."""
        from ..orthopaedics import source_of

        self.films = source_of("fracture") is not None
        self.draw()

    def draw(self) -> None:
        """Write everything, in the language in use."""
        self._cards.value = "<div class='xr-cards'>" + "".join(card(name) for name in CARDS) + "</div>"
        films = {None: "looking", True: "films", False: "no_films"}[self.films]
        model = "model" if (paths.WEIGHTS / "fracture.safetensors").is_file() else "no_model"
        lines = "".join(f"<li>{_t(f'here.{key}')}</li>" for key in (films, model, "private"))
        self._here.value = f"<section class='xr-here'><h2>{_t('here.title')}</h2><ul>{lines}</ul></section>"


def card(name: str) -> str:
    """Return the card of one page as HTML; it is no link where its notebook does not exist yet.

    Under Voila a card opens the page; in JupyterLab it opens the notebook itself.
    """
    notebook = CARDS[name]
    served = os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    words = (
        f"<h2>{_t(f'{name}.title')}</h2><span class='xr-time'>{_t(f'{name}.time')}</span>"
        f"<p>{_t(f'{name}.what')}</p><p class='xr-after'>{_t(f'{name}.after')}</p>"
    )
    if not (paths.NOTEBOOKS / notebook).is_file():
        return f"<div class='xr-door xr-closed'>{words}<span class='xr-open'>{_t('card.soon')}</span></div>"
    open_ = _t("card.open" if served else "card.notebook")
    address = f"{notebook}?lang={language()}" if served else notebook
    return f"<a class='xr-door' href='{address}'>{words}<span class='xr-open'>{open_} ›</span></a>"


def _t(key: str) -> str:
    return escape(text(f"home.{key}"), quote=False)
