"""The loss of networks that learn side by side, as fastai takes it."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .losses import PerFilm


class MembersLoss(PerFilm):
    """The sum of every member's cross-entropy: no member learns from another.

    While it learns every film counts for a member as often as a bootstrap sample would hold it (Breiman 1996), drawn
    anew each step.
    """

    def __call__(self, said: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; `said` (films, members), `truth` (films,).

        Examples
        --------
        >>> round(float(MembersLoss()(torch.zeros(4, 2), torch.tensor([0, 1, 0, 1]))), 3)  # two of log 2
        1.386
        """
        said = said.as_subclass(torch.Tensor)
        wanted = truth.as_subclass(torch.Tensor).to(said.dtype)[:, None].expand_as(said)
        each = F.binary_cross_entropy_with_logits(said, wanted, reduction="none")
        if self.reduction == "none":
            return each.sum(1)
        if not torch.is_grad_enabled() or not said.requires_grad:
            return each.sum(1).mean()
        weight = torch.poisson(torch.ones_like(each))
        return ((each * weight).sum(0) / weight.sum(0).clamp(min=1)).sum()

    def activation(self, said: Tensor) -> Tensor:
        """Return what fastai shows as predictions: the chances of no and yes."""
        return torch.stack([torch.zeros(len(said), device=said.device), said.mean(1)], 1).softmax(1)

    def decodes(self, chances: Tensor) -> Tensor:
        """Return no or yes; fastai hands over what :meth:`activation` returned."""
        return chances.argmax(1)


def mean_right(said: Tensor, truth: Tensor) -> Tensor:
    """Return the share of films that the members' mean gets right: a metric for fastai."""
    return ((said.mean(1) > 0) == (truth == 1)).float().mean()
