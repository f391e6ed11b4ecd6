"""The one task of a lab, in a sentence at its top, ticked off when it is done."""

from html import escape

from ipywidgets import HTML

from ...locale import text
from .words import Words


class Goal(HTML):
    """A sentence of a lab's catalogue, ``goal``, and whether the reader has got there.

    Parameters
    ----------
    room : str
        The lab's catalogue file.
    words : Words
        The page's.

    Examples
    --------
    >>> goal = Goal("overfit", Words())
    >>> goal.check(False)
    >>> goal.check(True)
    >>> goal.check(False)  # once done, it stays done
    >>> goal.reached, "data-xr='done'" in goal.value
    (True, True)
    """

    def __init__(self, room: str, words: Words) -> None:
        super().__init__()
        self.add_class("xr-goal")
        self.room, self.reached = room, False
        words.on_switch(self.draw)
        self.draw()

    def check(self, reached: bool) -> None:
        """Tick the task off where it is done."""
        if reached and not self.reached:
            self.reached = True
            self.draw()

    def draw(self) -> None:
        """Write it, in the language in use."""
        mark, state = ("✓", "done") if self.reached else ("", "open")
        done = f" <b>{escape(text('lesson.goal.done'))}</b>" if self.reached else ""
        self.value = (
            f"<p role='status' data-xr='{state}'><i aria-hidden='true'>{mark}</i><span>"
            f"<b>{escape(text('lesson.goal.title'))}</b> {escape(text(f'{self.room}.goal'))}{done}</span></p>"
        )
