"""What teaches the network from nothing: films with the sex beside them, varied anew each time, and the loss."""

import math
from typing import Any

import pandas as pd
import torch
import torch.nn.functional as F
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from torch import Tensor

from .losses import PerFilm
from .places import exposed, lit, moved, place_loaders


def whole_loaders(system: Any, used: pd.DataFrame, size: int, batch_size: int) -> DataLoaders:
    """Return DataLoaders over training and validation films; points come along where the cases have them."""
    return place_loaders(system, used, size, batch_size)[0]


class VaryFilms(Callback):
    """Hands films on as numbers from 0 to 1; in training they are turned, scaled, mirrored and exposed otherwise."""

    def before_batch(self) -> None:
        """Vary one batch."""
        learn = self.learn
        (squares, male), (points, truth) = learn.xb, learn.yb
        film = squares.float() / 255
        if self.training:
            film, _ = moved(film, torch.full((len(film), 1, 2), math.nan, device=film.device))
            film = exposed(lit(film)).clamp(0, 1)
        learn.xb, learn.yb = (film, male), (points, truth)


class WholeLoss(PerFilm):
    """Error of the film (Huber), in units of `spread`."""

    def __init__(self, middle: float, spread: float) -> None:
        self.middle, self.spread = middle, spread

    def __call__(self, said: Tensor, points: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; points are not asked for."""
        return F.smooth_l1_loss(said, (truth - self.middle) / self.spread, beta=0.2, reduction=self.reduction)

    def mean_absolute_error(self, said: Tensor, points: Tensor, truth: Tensor) -> Tensor:
        """Return the mean distance from the truth: a metric for fastai."""
        return (self.middle + self.spread * said - truth).abs().mean()
