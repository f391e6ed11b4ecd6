"""A network that ends in a map of evidence, and a probability read from that map.

Most classifiers average their features over the film and decide from the mean, so a heat map has to be worked out
afterwards. Here every cell of a 20 x 20 grid first says how much it looks like a lesion, and the film's score is a
smooth maximum of those cells: the heat map is not an explanation added later but the very thing the score is made of.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .trunk import Trunk

#: sharpness of the smooth maximum: 0 would be the mean of the map, infinity its maximum
SHARPNESS = 4.0


class EvidenceNet(Trunk):
    """Film -> map of evidence -> two logits: the network of tasks that ask yes or no.

    Parameters
    ----------
    pretrained : bool
        Start from ImageNet weights.
    dropout : float
        Share of feature channels that are hidden from the last layer during training.
    **trunk
        Of :class:`.trunk.Trunk`: ``network``, ``width``.

    Notes
    -----
    The map ``evidence`` has a cell for every 16 x 16 pixels: with z the map, the score is
    ``gain * log(mean(exp(4 z))) / 4 + offset``.
    """

    def __init__(self, pretrained: bool = True, dropout: float = 0.2, **trunk: Any) -> None:
        super().__init__(pretrained, **trunk)
        width = 128
        self.from_middle = nn.Conv2d(self.widths[0], width, 1, bias=False)
        self.from_deep = nn.Conv2d(self.widths[1], width, 1, bias=False)
        self.join = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.mix = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Dropout2d(dropout),
        )
        self.cell = nn.Conv2d(width, 1, 1)
        assert self.cell.bias is not None
        nn.init.constant_(self.cell.bias, -3.0)  # most cells of most films hold no lesion
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.offset = nn.Parameter(torch.tensor(0.0))

    def forward(self, film: Tensor) -> Tensor:
        """Return logits (films, 2) for "no" and "yes": the first is 0, so that softmax is the usual sigmoid."""
        self.evidence = self.evidence_of(*self.look(film))
        score = self.pooled(self.evidence)
        return torch.stack([torch.zeros_like(score), score], 1)

    def evidence_of(self, middle: Tensor, deep: Tensor) -> Tensor:
        """Return the map of what the trunk sees."""
        wide = F.interpolate(self.from_deep(deep), size=middle.shape[-2:], mode="bilinear")
        return self.cell(self.mix(self.join(self.from_middle(middle) + wide)))

    def pooled(self, evidence: Tensor) -> Tensor:
        """Return the score of a map, (films,)."""
        return self.gain * smooth_maximum(evidence) + self.offset

    def score(self, film: Tensor) -> Tensor:
        """Return the log-odds of "yes", (films,)."""
        return self(film)[:, 1]

    @staticmethod
    def heat(evidence: Tensor) -> Tensor:
        """Return a map of evidence as what it is: the probability of a lesion in each cell, 0 to 1."""
        return torch.sigmoid(evidence)

    def explained(self, film: Tensor) -> Tensor:
        """Return the number that Grad-CAM differentiates: the log-odds of the first film."""
        return self(film)[0, 1]


def smooth_maximum(evidence: Tensor) -> Tensor:
    """Pool a map (films, 1, rows, columns) to one number a film: log-mean-exp (Pinheiro & Collobert, CVPR 2015).

    Examples
    --------
    >>> round(smooth_maximum(torch.full((1, 1, 4, 4), 2.5)).item(), 6)
    2.5
    """
    z = evidence.flatten(1)
    return (torch.logsumexp(SHARPNESS * z, 1) - math.log(z.shape[1])) / SHARPNESS
