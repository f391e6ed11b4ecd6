"""What a training run tells while it runs: the curves that a page draws live. No widgets here."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from fastai.callback.core import Callback, CancelFitException


@dataclass
class Curves:
    """The course of one training run so far.

    Attributes
    ----------
    batches : list of (float, float)
        After each step: epochs passed, smoothed training loss.
    epochs : list of dict
        After each epoch: ``epoch``, ``train`` and ``valid`` loss, and the learner's metrics by name.
    share : float
        How much of the run is done, 0 to 1.
    """

    batches: list[tuple[float, float]] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    share: float = 0.0


class LiveCurves(Callback):
    """Hands the growing :class:`Curves` to a page after every few steps, and ends the run when the page says so.

    Parameters
    ----------
    draw : callable
        Called with the curves; returning True ends the training, the weights reached so far are kept.
    every : int
        Steps between two calls.
    """

    order = 65  # after the Recorder, which computes what is drawn here

    def __init__(self, draw: Callable[[Curves], bool | None], every: int = 2) -> None:
        self.draw, self.every = draw, every
        self.curves = Curves()

    def before_fit(self) -> None:
        """Start with empty curves; a search for a learning rate is not drawn."""
        self.run = not hasattr(self.learn, "lr_finder") and not hasattr(self.learn, "gather_preds")
        self.curves.batches.clear()
        self.curves.epochs.clear()
        self.curves.share = 0.0

    def before_epoch(self) -> None:
        """An epoch that a training goes on behind is skipped, and not drawn."""
        self.drawn = False

    def after_batch(self) -> None:
        """Note the smoothed training loss; draw every few steps."""
        if not self.training:
            return
        self.drawn = True
        passed = self.epoch + (self.iter + 1) / self.n_iter
        self.curves.share = passed / self.n_epoch
        self.curves.batches.append((passed, float(self.learn.smooth_loss)))
        if (self.iter + 1) % self.every == 0 and self.draw(self.curves):
            raise CancelFitException

    def after_epoch(self) -> None:
        """Note the epoch's losses and metrics, and draw."""
        if not self.drawn:
            return
        names = ("train", "valid", *self.learn.recorder.metric_names[3:-1])
        values = dict(zip(names, map(float, self.learn.recorder.values[-1]), strict=False))
        if not any(math.isnan(v) for v in values.values()):
            self.curves.epochs.append({"epoch": self.epoch + 1, **values})
        if self.draw(self.curves):
            raise CancelFitException
