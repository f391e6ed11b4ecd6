"""A Siamese network: one trunk looks at both halves of a joint, and the worse half counts for itself.

Tiulpin et al. (Sci Rep 2018) gave the medial and the lateral side of the knee to one network and joined what it saw.
Here the two are joined so that it does not matter which is which: by their mean, and channel by channel by the larger,
for a joint is as arthritic as its worse compartment.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .cam import CamNet

#: rows and columns that a cell of the last grid stands for
_CELL = 32


class SiameseNet(CamNet):
    """Film -> its left half and its right half, mirrored -> one trunk -> mean and larger of both -> the answer.

    The halves overlap by one cell in the middle of the film. Parameters and ``evidence`` are those of
    :class:`~.cam.CamNet`; every cell of either half says its part, and the answer is the sum over halves of the mean of
    their cells.

    Examples
    --------
    >>> net = SiameseNet(4, pretrained=False).eval()
    >>> with torch.inference_mode():
    ...     net(torch.rand(2, 1, 96, 96)).shape, net.evidence.shape
    (torch.Size([2, 4]), torch.Size([2, 1, 3, 3]))
    """

    def __init__(self, outputs: int, pretrained: bool = True, *, dropout: float = 0.2, **trunk: Any) -> None:
        super().__init__(outputs, pretrained, dropout=dropout, **trunk)
        self.worse = nn.Conv2d(self.widths[1], outputs, 1, bias=False)
        nn.init.zeros_(self.worse.weight)

    def forward(self, film: Tensor) -> Tensor:
        """Return the outputs, (films, outputs); the film's side is a multiple of 32 pixels."""
        cells = film.shape[3] // _CELL
        wide = (cells // 2 + 1) * _CELL if cells % 2 else (cells // 2) * _CELL
        halves = torch.cat([film[..., :wide], film.flip(3)[..., :wide]])
        _, deep = self.look(halves)
        deep = self.hide(deep)
        pooled = deep.mean((2, 3)).unflatten(0, (2, len(film)))
        larger = (pooled == pooled.amax(0)).to(deep.dtype)
        share = (larger / larger.sum(0)).flatten(0, 1)
        said = self.vote(deep) / 2 + self.worse(deep * share[:, :, None, None])
        left, right = said.unflatten(0, (2, len(film)))
        self.evidence = _whole(left.mean(1, keepdim=True), right.mean(1, keepdim=True).flip(3), cells)
        return left.mean((2, 3)) + right.mean((2, 3))


def _whole(left: Tensor, right: Tensor, cells: int) -> Tensor:
    """Lay the cells of both halves beside each other; the middle, which both have seen, is their mean."""
    wide = left.shape[3]
    out = torch.zeros(*left.shape[:3], cells, dtype=left.dtype, device=left.device)
    out[..., :wide] += left
    out[..., cells - wide :] += right
    if 2 * wide > cells:
        out[..., cells - wide : wide] /= 2
    return out
