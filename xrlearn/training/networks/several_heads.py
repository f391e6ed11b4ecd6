"""One trunk, several heads: a network that answers several questions about a film at once."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import torch
from torch import Tensor, nn

from .cam import CamNet
from .evidence import EvidenceNet


class HeadsNet(EvidenceNet):
    """Film -> what each head says, side by side: log-odds of the first, logits or log-odds of the others.

    The first head is that of :class:`~.evidence.EvidenceNet`: its answer is made of a map. The others are each a linear
    layer on the mean of the trunk's last grid (:class:`~.cam.CamNet`), so that each has a map of its own, too.

    Parameters
    ----------
    outputs : sequence of int
        Of each head; the first has one.
    pretrained : bool
        Start from ImageNet weights.
    **trunk
        Of :class:`.trunk.Trunk`: ``network``, ``width``.

    Examples
    --------
    >>> net = HeadsNet([1, 1, 3], pretrained=False).eval()
    >>> with torch.inference_mode():
    ...     said = net(torch.rand(2, 1, 64, 64))
    >>> said.shape, [net.map_of(k, said).shape[-2:] for k in range(3)]
    (torch.Size([2, 5]), [torch.Size([4, 4]), torch.Size([2, 2]), torch.Size([2, 2])])
    """

    def __init__(self, outputs: Sequence[int], pretrained: bool = True, **trunk: Any) -> None:
        super().__init__(pretrained, **trunk)
        ends = [sum(outputs[:k]) for k in range(len(outputs) + 1)]
        self.places = [slice(*pair) for pair in pairwise(ends)]
        self.hide = nn.Dropout2d(0.2)
        self.vote = nn.Conv2d(self.widths[1], ends[-1] - 1, 1)
        nn.init.zeros_(self.vote.weight)
        self.cells: Tensor = torch.empty(0)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use; what a step left cannot be copied."""
        self.cells = torch.empty(0)
        return super().train(mode)

    def forward(self, film: Tensor) -> Tensor:
        """Return what all heads say, (films, outputs)."""
        middle, deep = self.look(film)
        self.evidence = self.evidence_of(middle, deep)
        self.cells = self.vote(self.hide(deep))
        return torch.cat([self.pooled(self.evidence)[:, None], self.cells.mean((2, 3))], 1)

    def score(self, film: Tensor) -> Tensor:
        """Return what all heads say, (films, outputs)."""
        return self(film)

    def explained(self, film: Tensor) -> Tensor:
        """Return the number that Grad-CAM differentiates: the first head's log-odds of the first film."""
        return self(film)[0, 0]

    def map_of(self, head: int, said: Tensor) -> Tensor:
        """Return where a head saw what it `said` of the films that were looked at last, 0 to 1, (films, rows, columns).

        Of classes it is the map of the most probable one above the mean of all.
        """
        if head == 0:
            return self.heat(self.evidence)[:, 0]
        place = self.places[head]
        cells = self.cells[:, place.start - 1 : place.stop - 1]
        if cells.shape[1] == 1:
            return CamNet.heat(cells[:, 0] * said[:, place].sign()[:, :, None])
        winner = said[:, place].argmax(1)[:, None, None, None].expand(-1, 1, *cells.shape[2:])
        return CamNet.heat(cells.gather(1, winner)[:, 0] - cells.mean(1))
