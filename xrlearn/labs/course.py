"""How one training run went: its curves, and the two figures at its end."""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from ipywidgets import HTML, Box

from ..locale import text
from .course_state import running_mean
from .parts import line_plot
from .parts.terms import prose

if TYPE_CHECKING:
    from ..training.miniature.tiny import Epoch
    from .train_fracture_state import RocCurve

#: what is drawn -> the ends of its axis; the loss's upper end moves up where a loss is higher
_ENDS = {"loss": (0.0, 1.0), "auc": (0.4, 1.0)}


class CoursePlots(Box):
    """Loss and AUC after each round, on training and on validation films; redrawn while a network trains.

    A strong line is the running mean over five rounds, the pale one behind it each round as it was.

    Examples
    --------
    >>> plots = CoursePlots()
    >>> plots.draw([], rounds=12)
    >>> "<svg" in plots.loss.value
    True
    """

    def __init__(self) -> None:
        self.loss, self.auc = HTML(), HTML()
        super().__init__([self.loss, self.auc])
        self.add_class("xr-plots")

    def draw(self, course: "Sequence[Epoch]", rounds: int) -> None:
        """Draw a course, so far or whole, of a training of so many rounds."""
        across = list(range(1, len(course) + 1))
        for name, (low, high) in _ENDS.items():
            series, raw = {}, {}
            for split, key in (("train", name), ("valid", f"valid_{name}")):
                line, values = text(f"lesson.live.{split}"), [max(getattr(e, key), low) for e in course]
                series[line], raw[line] = (across, running_mean(values)), (across, values)
            top = max([high, *(v for _, values in raw.values() for v in values if isfinite(v))])
            getattr(self, name).value = line_plot(
                series, x=text("lesson.live.epoch"), y=text(f"lesson.live.{name}"), faint=raw,
                x_range=(0, rounds), y_range=(low, top if name == "loss" else high), size=(420, 320),
            )  # fmt: skip


def figures(train: float, valid: "RocCurve") -> str:
    """Return both AUCs and the gap between them as HTML; films it learned from have no interval, being no sample."""
    interval = prose("lesson.result.interval", low=f"{valid.low:.2f}", high=f"{valid.high:.2f}")
    shown = {
        "train": f"<dd>{train:.2f}</dd>",
        "valid": f"<dd class='xr-main-figure'>{valid.auc:.2f}<small>{interval}</small></dd>",
        "gap": f"<dd>{train - valid.auc:z.2f}</dd>",
    }
    parts = "".join(f"<dt>{prose(f'lesson.result.{name}')}</dt>{figure}" for name, figure in shown.items())
    return f"<dl class='xr-figures'>{parts}</dl>"
