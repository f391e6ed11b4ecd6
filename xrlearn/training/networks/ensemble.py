"""Several networks that learn side by side and do not know of each other; what they say is averaged."""

from collections.abc import Sequence
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .evidence import EvidenceNet


class EnsembleNet(nn.Module):
    """Film -> the log-odds of every member, (films, members).

    Parameters
    ----------
    networks : sequence of str
        The members' trunks, keys of :data:`~.review.REVIEW`; one may come several times.
    width : float
        Share of the published channels that they have.

    Notes
    -----
    After each call ``evidence`` holds the members' maps on the grid of the first, (films, members, rows, columns).

    Examples
    --------
    >>> net = EnsembleNet(["resnet", "alexnet"], width=0.25).eval()
    >>> with torch.inference_mode():
    ...     net(torch.rand(3, 1, 64, 64)).shape, net.evidence.shape
    (torch.Size([3, 2]), torch.Size([3, 2, 4, 4]))
    """

    def __init__(self, networks: Sequence[str], width: float) -> None:
        super().__init__()
        trunk: dict[str, Any] = {"pretrained": False, "width": width}
        self.members = nn.ModuleList(EvidenceNet(network=name, **trunk) for name in networks)
        self.evidence: Tensor = torch.empty(0)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and use."""
        super().train(mode)
        self.evidence = torch.empty(0)  # what a step left is part of its graph and cannot be copied
        return self

    def forward(self, film: Tensor) -> Tensor:
        """Return the log-odds of "yes" of every member."""
        said = torch.stack([member.score(film) for member in self.members], 1)  # type: ignore[operator]
        maps: list[Tensor] = [member.evidence for member in self.members]  # type: ignore[misc]
        grid = maps[0].shape[-2:]
        fitted = [m if m.shape[-2:] == grid else F.interpolate(m, grid, mode="bilinear") for m in maps]
        self.evidence = torch.cat(fitted, 1)
        return said
