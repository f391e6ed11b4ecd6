"""A small network for bone age that starts from nothing, after the design of Mutasa et al. (J Digit Imaging 2018).

Theirs was tailored to the hand, of fourteen layers with residual and Inception blocks; ours has ten convolutions with
residual connections, and reads the sex beside the last grid.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_WIDTHS = (16, 32, 64, 96, 128)


class _Step(nn.Module):
    """Two convolutions that halve the grid, and what they leave out carried past them."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(into, out, 3, 2, 1, bias=False)
        self.second = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.past = nn.Conv2d(into, out, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        seen = self.second(F.relu(self.norms[0](self.first(x))))
        return F.relu(self.norms[1](seen) + F.avg_pool2d(self.past(x), 2, ceil_mode=True))


class ScratchNet(nn.Module):
    """Films (films, 1, side, side), 0 to 1, and sex (1: male) -> the answer in units of its spread, (films,).

    After each call ``evidence`` holds what every cell of the last grid says above their mean, (films, 1, rows,
    columns).

    Examples
    --------
    >>> net = ScratchNet().eval()
    >>> net(torch.rand(2, 1, 96, 96), torch.tensor([0.0, 1.0])).shape, net.evidence.shape
    (torch.Size([2]), torch.Size([2, 1, 3, 3]))
    """

    def __init__(self) -> None:
        super().__init__()
        self.grids = nn.Sequential(*(_Step(a, b) for a, b in zip((1, *_WIDTHS[:-1]), _WIDTHS, strict=True)))
        self.by_sex = nn.Linear(1, _WIDTHS[-1])
        self.hide = nn.Dropout2d(0.2)
        self.vote = nn.Sequential(nn.Conv2d(_WIDTHS[-1], 128, 1), nn.ReLU(), nn.Conv2d(128, 1, 1))
        self.evidence: Tensor = torch.empty(0)

    def forward(self, films: Tensor, male: Tensor) -> Tensor:
        """Return the answer: the mean of what all cells say."""
        deep = self.hide(self.grids(films.as_subclass(Tensor) - 0.5))
        told = self.by_sex(2 * male.as_subclass(Tensor).float()[:, None] - 1)
        cells = self.vote(deep + told[:, :, None, None])
        self.evidence = (cells - cells.mean((2, 3), keepdim=True)).detach()
        answer: Tensor = cells.mean((1, 2, 3))
        return answer

    @staticmethod
    def heat(evidence: Tensor) -> Tensor:
        """Return a map of where cells speak against the others, either way, its highest cell at 1."""
        away = evidence.abs()
        return away / away.amax((-2, -1), keepdim=True).clamp(min=1e-9)
