"""The curves of a fastai learner, drawn while it learns."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.display import display
from ipywidgets import HBox

from .figure import Curves

if TYPE_CHECKING:
    from fastai.learner import Learner

    from ...training.live import Curves as Course


class LivePlots(HBox):
    """Two plots of one training run: the loss, and the AUC on validation films.

    Parameters
    ----------
    stop : callable, optional
        Asked after each drawing; when it returns True, training ends and the weights reached so far are kept.
    """

    def __init__(self, stop: Callable[[], bool] = lambda: False) -> None:
        self._stop = stop
        names = {"train": "lesson.live.train", "valid": "lesson.live.valid"}
        self.loss = Curves(names, x="lesson.live.epoch", y="lesson.live.loss")
        self.auc = Curves({"valid": names["valid"]}, x="lesson.live.epoch", y="lesson.live.auc", y_range=(0.4, 1.0))
        super().__init__([self.loss, self.auc])
        self.add_class("xr-live")

    def draw(self, course: "Course") -> bool:
        """Draw a run's course so far; return whether it should end."""
        self.loss.series = {
            "train": _columns(course.batches),
            "valid": _columns([(epoch["epoch"], epoch["valid"]) for epoch in course.epochs]),
        }
        self.auc.series = {"valid": _columns([(epoch["epoch"], epoch["roc_auc_score"]) for epoch in course.epochs])}
        self.loss.relabel()
        self.auc.relabel()
        return self._stop()


def _columns(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


@contextmanager
def live_curves(learn: "Learner") -> Iterator["Course"]:
    """Draw what `learn` does inside this block, in a notebook; the notebook's stop button (■) ends it in good order.

    Yields
    ------
    xrlearn.training.live.Curves
        The course of the run, for a table of its epochs afterwards.

    Examples
    --------
    >>> with live_curves(learn) as course:    # doctest: +SKIP
    ...     learn.fit_one_cycle(4)
    """
    from ...training.live import LiveCurves

    pressed = threading.Event()
    plots = LivePlots(stop=pressed.is_set)
    callback = LiveCurves(plots.draw)
    display(plots)

    def stop(*_: Any) -> None:
        pressed.set()

    before = signal.signal(signal.SIGINT, stop) if threading.current_thread() is threading.main_thread() else None
    try:
        with learn.no_bar(), learn.no_logging(), learn.added_cbs(callback):
            yield callback.curves
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
