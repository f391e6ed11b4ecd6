"""fastai learns to draw classified films when it is first asked to: a module that takes a second to import teaches it.

That module's own functions then take the place of these.
"""

from typing import Any

from fastai.torch_core import TensorImage
from plum import dispatch  # what fastai chooses its functions by


@dispatch
def show_results(x: TensorImage, y: object, samples: Any, outs: Any, **kwargs: Any) -> Any:
    """Draw films, their truth and what the learner said."""
    from fastai.vision import learner

    return learner.show_results(x, y, samples, outs, **kwargs)


@dispatch
def plot_top_losses(x: TensorImage, y: object, samples: Any, outs: Any, raws: Any, losses: Any, **kwargs: Any) -> None:
    """Draw the films with the largest losses."""
    from fastai.vision import learner

    learner.plot_top_losses(x, y, samples, outs, raws, losses, **kwargs)
