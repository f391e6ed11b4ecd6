"""What fastai's learners are made of here: films, truths, losses, callbacks.

Only learning needs fastai; reading does not, and starts five seconds sooner.
"""

from .. import operators  # noqa: F401  (before fastai, which imports torchvision)

import fastai.callback.progress  # isort: skip
import fastai.callback.schedule  # isort: skip
import fastai.vision.learner  # isort: skip  # noqa: F401  (teaches fastai to plot films: plot_top_losses)
from fastai.learner import Learner  # isort: skip

__all__ = ["Learner"]
