"""What teaches a network to find a region: the landmarks it rests on, beside the film's answer and the lesion boxes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..films import Frame
from ..networks.region import CUT, cut
from .lesions import WEIGHT, LearnFromBoxes, evidence_loss
from .loaders import open_picture

#: weight of the points' distance, in shares of the film, beside the answer's loss
FAR = 30.0


def on_square(names: Sequence[str], size: int) -> Callable[[pd.Series], Any]:
    """Return a function: row of a cases table -> its landmarks on the square, columns and rows from -1 to 1.

    Those that a film lacks are not a number.
    """

    def places(case: pd.Series) -> Any:
        told = case["landmarks"] if isinstance(case.get("landmarks"), Mapping) else {}
        at = np.array([told.get(name, (np.nan, np.nan)) for name in names], np.float32)
        columns, rows = open_picture(case.image).size
        frame = Frame(rows, columns, size)
        share = ((at + 0.5) * size / max(rows, columns) + frame.box[:2]) / size
        return np.asarray(2 * share[:, ::-1] - 1, np.float32)

    return places


class LearnRegion(LearnFromBoxes):
    """Adds the distance of the points, and within the region what the lesion boxes say, to the learner's loss."""

    order = 10

    def __init__(self, boxes: bool) -> None:
        self.boxes = boxes

    def before_batch(self) -> None:
        """Put points and masks aside, and tell the network where to cut while it learns."""
        self.learn.model.told = None
        if len(self.learn.yb) < 2:  # films to validate or to read: the network finds where to cut
            return
        answer, *rest, points = self.learn.yb
        self.lesions = rest[0].as_subclass(torch.Tensor) if rest else None
        self.wanted = (points.as_subclass(torch.Tensor).flip(-1) + 1) / 2
        self.learn.yb = (answer,)
        if self.training:
            self.learn.model.told = self.wanted

    def after_loss(self) -> None:
        """Add the losses, in training only."""
        if not self.training:
            return
        net = self.learn.model
        there = self.wanted.isfinite()
        far = ((net.points - self.wanted.nan_to_num()).abs() * there).sum() / there.sum().clamp(min=1)
        extra: Tensor = FAR * far
        if self.lesions is not None:
            centre, half = net.frame
            mask = cut(self.lesions[:, None].float(), centre, half, CUT, mode="nearest")
            extra = extra + WEIGHT * evidence_loss(net.evidence, mask[:, 0])
        self.learn.loss_grad = self.learn.loss_grad + extra
