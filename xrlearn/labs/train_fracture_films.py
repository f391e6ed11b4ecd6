"""The films behind the figures of the training lab: what the model misses and what it only imagines."""

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import HTML, Box, Button, ToggleButtons, VBox
from numpy.typing import NDArray

from ..locale import text
from .filmed import filmed
from .parts import Page, safely
from .parts.stage import Stage

if TYPE_CHECKING:
    import pandas as pd

    from ..phantom.cohort import Cohort
    from ..radiograph import Radiograph
    from .train_fracture_state import Run

#: group -> (broken, whether the model says so)
GROUPS = {"missed": (1, False), "alarm": (0, True), "found": (1, True), "clear": (0, False)}
READING_ROWS = 1024  # of a simulated film


def among(run: "Run", threshold: float, group: str) -> NDArray[np.int64]:
    """Return the places, among the validation films, of those in a group when "fracture" is said from `threshold` on.

    Those of which the model is most sure come first.
    """
    broken, says = GROUPS[group]
    own = np.flatnonzero((run.truth == broken) & ((run.probability >= threshold) == says))
    return own[np.argsort((-1 if says else 1) * run.probability[own], kind="stable")]


def closely(case: "pd.Series[Any]", cohort: "Cohort | None") -> "tuple[Radiograph, list[Any]]":
    """Return a film as people read it, and its fractures; a simulated one is made once more with many more pixels."""
    from ..radiograph import read

    if cohort is None:
        boxes = case.get("boxes")
        return read(case["image"]), [tuple(box) for box in boxes] if isinstance(boxes, list | tuple) else []
    number, larger = int(str(case["patient"]).rsplit("-", 1)[1]), replace(cohort, size=READING_ROWS)

    def make() -> "tuple[Radiograph, list[Any]]":
        film, truth = next(larger.films(number, larger.n))
        return film, list(truth.boxes)

    return filmed((larger.key(), number), [__file__], make)


class Looks(Box):
    """A viewer beside the choice of a group; the lab says which model and threshold it follows.

    Attributes
    ----------
    stage : Stage
    group : ToggleButtons
    other : Button
    """

    def __init__(self, page: Page) -> None:
        self._cases: pd.DataFrame | None = None
        self._cohort: Cohort | None = None
        self._run: Run | None = None
        self._threshold = 0.5
        self._asked: int | None = None
        self.stage = Stage(page, self._closely)
        self.group, self.other, self.lead, self.told = ToggleButtons(), Button(disabled=True), HTML(), HTML()
        page.words.bind_options(self.group, {name: f"train_fracture.films.{name}" for name in GROUPS})
        self.group.value = "missed"
        page.words.bind(self.group, "tooltip", "train_fracture.films.title")
        page.words.bind(self.other, "description", "train_fracture.films.other")
        self.group.observe(safely(page)(lambda _: self._look()), "value")
        self.other.on_click(safely(page)(lambda _: self._look(1)))
        words = VBox([self.lead, self.group, self.told, self.other]).add_class("xr-card")
        super().__init__([self.stage, words])
        self.add_class("xr-columns")

    def take(self, cases: "pd.DataFrame", cohort: "Cohort | None") -> None:
        """Take the validation films, and what they were simulated from (None where they are real)."""
        self._cases, self._cohort = cases.reset_index(drop=True), cohort
        self._asked = None

    def follow(self, run: "Run", threshold: float) -> None:
        """Sort the films as this model answers at this threshold."""
        self._run, self._threshold = run, threshold
        self._look()

    def _look(self, step: int = 0) -> None:
        """Show a film of the group: the same one as long as it belongs there, another when asked."""
        if self._run is None or self._cases is None:
            return
        own = among(self._run, self._threshold, self.group.value).tolist()
        self.other.disabled = len(own) < 2
        if own:
            place = (own.index(self._asked) + step) % len(own) if self._asked in own else 0
            if own[place] != self._asked:
                self._asked = own[place]
                self.stage.ask(self._asked)
        self.draw()

    def _closely(self, number: int) -> "tuple[Radiograph, list[Any]]":
        assert self._cases is not None
        return closely(self._cases.iloc[number], self._cohort)

    def draw(self) -> None:
        """Write everything, in the language in use."""
        self.lead.value = f"<h2>{_t('title')}</h2><p>{_t('lead')}</p>"
        if self._run is None:
            self.told.value = ""
            return
        own = among(self._run, self._threshold, self.group.value).tolist()
        if self._asked not in own:
            self.told.value = f"<p role='status'>{_t('nobody')}</p>"
            return
        percent = round(100 * float(self._run.probability[self._asked]))
        at = _t("place", place=own.index(self._asked) + 1, films=len(own))
        truth = _t("broken" if self._run.truth[self._asked] else "whole")
        self.told.value = f"<p role='status'><b>{at}</b> {_t('says', percent=percent)} {truth}</p>"


def _t(key: str, **values: Any) -> str:
    return escape(text(f"train_fracture.films.{key}", **values), quote=False)
