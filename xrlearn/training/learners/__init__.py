"""What fastai's learners are made of here: films, truths, losses, callbacks.

Only learning needs fastai; reading does not, and starts seconds sooner.
"""

import fastai.callback.progress
import fastai.callback.schedule  # noqa: F401  (gives learners fit_one_cycle and lr_find)
from fastai.learner import Learner

from . import pictures  # noqa: F401  (teaches fastai to draw films)

__all__ = ["Learner"]
