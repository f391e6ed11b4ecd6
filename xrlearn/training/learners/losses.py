"""Losses and metrics of grades and numbers, as fastai takes them."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def grade_probabilities(logits: Tensor) -> Tensor:
    """Turn logits (films, grades - 1) into the probability of each grade, (films, grades).

    Logit k is that of "higher than k" among films that have at least grade k (see
    :class:`xrlearn.tasks.answers.Grades`), so that the probabilities of "higher than k" can only fall with k.

    Examples
    --------
    >>> grade_probabilities(torch.zeros(1, 2))
    tensor([[0.5000, 0.2500, 0.2500]])
    """
    higher = torch.sigmoid(logits).cumprod(1)
    edges = F.pad(F.pad(higher, (1, 0), value=1.0), (0, 1))
    return edges[:, :-1] - edges[:, 1:]


class PerFilm:
    """A loss that fastai can ask film by film: ``reduction`` is ``"mean"``, or ``"none"`` while it asks."""

    reduction = "mean"


class GradeLoss(PerFilm):
    """Cross-entropy of "higher than k", for each k on the films that have at least grade k."""

    y_int = True  # fastai mixes films (MixUp, CutMix), not grades

    def __call__(self, logits: Tensor, grade: Tensor) -> Tensor:
        """Return the mean over all questions asked; `logits` (films, grades - 1), `grade` (films,).

        Film by film it is the sum over the film's questions: the negative log likelihood of its grade.
        """
        logits, grade = logits.as_subclass(torch.Tensor), grade.as_subclass(torch.Tensor)
        k = torch.arange(logits.shape[1], device=logits.device)
        asked, higher = grade[:, None] >= k, (grade[:, None] > k).to(logits.dtype)
        each = F.binary_cross_entropy_with_logits(logits, higher, reduction="none")
        return (each * asked).sum(1) if self.reduction == "none" else (each * asked).sum() / asked.sum()

    def activation(self, logits: Tensor) -> Tensor:
        """Return what fastai shows as predictions: the probability of each grade."""
        return grade_probabilities(logits)

    def decodes(self, chances: Tensor) -> Tensor:
        """Return the most probable grade; fastai hands over what :meth:`activation` returned."""
        return chances.argmax(1)


class NumberLoss(PerFilm):
    """Squared error near the truth, absolute error beyond one `spread` (Huber), in units of `spread`."""

    def __init__(self, spread: float) -> None:
        self.spread = spread

    def __call__(self, answer: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss; `answer` (films, 1), `truth` (films,)."""
        answer, truth = answer.as_subclass(torch.Tensor), truth.as_subclass(torch.Tensor)
        truth = truth.flatten().to(answer.dtype)
        return F.smooth_l1_loss(answer[:, 0] / self.spread, truth / self.spread, reduction=self.reduction)


def mean_absolute_error(answer: Tensor, truth: Tensor) -> Tensor:
    """Return the mean distance from the truth in its own unit: a metric for fastai."""
    return (answer.flatten() - truth.flatten()).abs().mean()


def grade_accuracy(logits: Tensor, grade: Tensor) -> Tensor:
    """Return the share of films whose most probable grade is the true one: a metric for fastai."""
    return (grade_probabilities(logits).argmax(1) == grade).float().mean()


def roc_auc_score(truth: Any, chance: Any) -> float:
    """Return the area under the curve; not a number, without a warning, where the films have one answer only.

    >>> roc_auc_score(np.array([0, 1]), np.array([0.2, 0.7])), roc_auc_score(np.array([1]), np.array([0.7]))
    (1.0, nan)
    """
    from ...stats import auc

    return auc(truth, chance) if len(np.unique(truth)) == 2 else float("nan")


class LogLoss(PerFilm):
    """Cross-entropy of one log-odds a row."""

    def __call__(self, output: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss; both are (rows,)."""
        output, truth = output.as_subclass(torch.Tensor), truth.as_subclass(torch.Tensor)
        return F.binary_cross_entropy_with_logits(output, truth, reduction=self.reduction)


class HingeLoss(PerFilm):
    """The loss of a support vector machine: nothing beyond a margin of one."""

    def __call__(self, margin: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss; both are (rows,), `truth` 0 or 1.

        Examples
        --------
        >>> float(HingeLoss()(torch.tensor([2.0, 0.5]), torch.tensor([1.0, 0.0])))
        0.75
        """
        margin, truth = margin.as_subclass(torch.Tensor), truth.as_subclass(torch.Tensor)
        loss = F.relu(1 - (2 * truth - 1) * margin)
        return loss if self.reduction == "none" else loss.mean()
