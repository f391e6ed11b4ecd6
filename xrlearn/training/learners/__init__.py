"""What fastai's learners are made of here: films, truths, losses, callbacks.

Only learning needs fastai; reading does not, and starts five seconds sooner.
"""

import fastai.callback.progress
import fastai.callback.schedule  # noqa: F401
from fastai.learner import Learner

from . import pictures  # noqa: F401

__all__ = ["Learner"]
