"""Numbers as fastai's learners take and show them, and films whose numbers or points are furthest off."""

from typing import Any

from fastai.data.transforms import Transform
from fastai.torch_core import TensorBase, TensorImageBW, TitledStr
from fastai.vision.core import TensorPoint
from fastai.vision.data import get_grid
from plum import dispatch  # what fastai chooses its functions by


class Number(TensorBase):
    """A measurement, as a learner's answer."""


class NumberSetup(Transform):
    """Make a :class:`Number` of a measurement, and words with its unit of a :class:`Number`."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def encodes(self, o: float) -> Number:  # noqa: D102  (called by fastai)
        return Number(o).float()

    def decodes(self, o: Number) -> TitledStr:  # noqa: D102  (called by fastai)
        return TitledStr(f"{float(o.flatten()[0]):.1f} {self.unit}")


@dispatch
def show_results(
    x: TensorImageBW, y: Number, samples: Any, outs: Any, ctxs: Any = None, max_n: int = 9, **kwargs: Any
) -> Any:
    """Draw films with the true number, and the learner's below it: fastai can do so for classes alone."""
    ctxs = ctxs or get_grid(min(len(samples), max_n))
    for (film, truth), (said,), axes in zip(samples, outs, ctxs):
        film.show(ctx=axes, **kwargs)
        axes.set_title(f"{truth}\n{said}")
    return ctxs


@dispatch
def plot_top_losses(
    x: TensorImageBW, y: Number | TensorPoint, samples: Any, outs: Any, raws: Any, losses: Any, **kwargs: Any
) -> None:
    """Draw the films with the largest losses, the truth and what the learner said."""
    for (film, truth), (said, *_), loss, axes in zip(samples, outs, losses, get_grid(len(samples))):
        film.show(ctx=axes, **kwargs)
        for told, colour in ((truth, "lime"), (said, "red")):
            if isinstance(told, TensorPoint):
                told.show(ctx=axes, c=colour)
        numbers = "" if isinstance(truth, TensorPoint) else f"{truth}\n{said}\n"
        axes.set_title(f"{numbers}{float(loss):.2f}")
