"""A network whose answer is the mean of what every cell of its last grid says: a CAM network.

That is global average pooling with a linear layer behind it (Lin, Chen & Yan, ICLR 2014), written so that the class
activation map of Zhou et al. (CVPR 2016) comes with every answer.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .trunk import Trunk


class CamNet(Trunk):
    """Film -> what every cell says -> their mean: logits of classes or grades, or a number in its own unit.

    Parameters
    ----------
    outputs : int
        How many numbers an answer has.
    pretrained : bool
        Start from ImageNet weights.
    exclusive : bool
        Outputs are those of classes, only one of which can be true: the map is that of the largest.
    dropout : float
        Share of feature channels that are hidden from the last layer during training.
    centre, spread : float
        A number's mean and standard deviation among the training films: the cells speak on that scale.
    **trunk
        Of :class:`.trunk.Trunk`: ``network``, ``width``.

    Notes
    -----
    After each call ``evidence`` holds the map, (films, 1, rows/32, columns/32): of the largest output above the mean of
    all, or of the mean of all outputs.
    """

    def __init__(
        self,
        outputs: int,
        pretrained: bool = True,
        *,
        exclusive: bool = False,
        dropout: float = 0.2,
        centre: float = 0.0,
        spread: float = 1.0,
        **trunk: Any,
    ) -> None:
        super().__init__(pretrained, **trunk)
        self.exclusive = exclusive
        self.hide = nn.Dropout2d(dropout)
        self.vote = nn.Conv2d(self.widths[1], outputs, 1)
        nn.init.zeros_(self.vote.weight)  # the first answer is the same for every film, and not far off
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.tensor(float(centre)))
        self.register_buffer("spread", torch.tensor(float(spread)))

    def forward(self, film: Tensor) -> Tensor:
        """Return the outputs, (films, outputs)."""
        _, deep = self.look(film)
        cells = self.vote(self.hide(deep))
        answer = cells.mean((2, 3))
        self.evidence = cells.mean(1, keepdim=True)
        if self.exclusive:
            winner = answer.argmax(1)[:, None, None, None].expand(-1, 1, *cells.shape[2:])
            self.evidence = cells.gather(1, winner) - self.evidence
        return self.centre + self.spread * answer

    def score(self, film: Tensor) -> Tensor:
        """Return the outputs as they are, (films, outputs)."""
        return self(film)

    @staticmethod
    def heat(evidence: Tensor) -> Tensor:
        """Return a map as the part of it above its own mean, its highest cell at 1: it has no unit of its own."""
        above = (evidence - evidence.mean((-2, -1), keepdim=True)).clamp(min=0)
        return above / above.amax((-2, -1), keepdim=True).clamp(min=1e-9)

    def explained(self, film: Tensor) -> Tensor:
        """Return the number that Grad-CAM differentiates: the mean of the map."""
        self(film)
        return self.evidence[0].mean()
