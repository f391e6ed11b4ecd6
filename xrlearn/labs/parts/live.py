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


#: fastai's name of a metric -> how its axis is called, and where it ends
_AXES: dict[str, tuple[str, tuple[float, float] | None]] = {
    "roc_auc_score": ("lesson.live.auc", (0.4, 1.0)),
    "accuracy": ("lesson.live.accuracy", (0.0, 1.0)),
    "grade_accuracy": ("lesson.live.accuracy", (0.0, 1.0)),
    "mean_absolute_error": ("lesson.live.error", None),
}


class LivePlots(HBox):
    """Two plots of one training run: the loss, and the learner's first metric on validation films, where it has one.

    Parameters
    ----------
    stop : callable, optional
        Asked after each drawing; when it returns True, training ends and the weights reached so far are kept.
    """

    def __init__(self, stop: Callable[[], bool] = lambda: False) -> None:
        self._stop = stop
        names = {"train": "lesson.live.train", "valid": "lesson.live.valid"}
        self.loss = Curves(names, x="lesson.live.epoch", y="lesson.live.loss")
        self.metric: Curves | None = None
        super().__init__([self.loss])
        self.add_class("xr-live")

    def draw(self, course: "Course") -> bool:
        """Draw a run's course so far; return whether it should end."""
        self.loss.series = {
            "train": _columns(course.batches),
            "valid": _columns([(epoch["epoch"], epoch["valid"]) for epoch in course.epochs]),
        }
        self.loss.relabel()
        if (name := _first_metric(course)) is not None:
            if self.metric is None:
                label, ends = _AXES.get(name, ("lesson.live.metric", None))
                self.metric = Curves({"valid": "lesson.live.valid"}, x="lesson.live.epoch", y=label, y_range=ends)
                self.children = (self.loss, self.metric)
            self.metric.series = {"valid": _columns([(epoch["epoch"], epoch[name]) for epoch in course.epochs])}
            self.metric.relabel()
        return self._stop()


def _first_metric(course: "Course") -> str | None:
    names = course.epochs[0] if course.epochs else {}
    return next((name for name in names if name not in ("epoch", "train", "valid")), None)


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
