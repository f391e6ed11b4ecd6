"""Networks and losses of the tasks that ask more than yes or no: one of several classes, a grade, a number.

All share a plain head: every cell of the trunk's last grid votes, and the answer is the mean of the votes. That is
global average pooling with a linear layer behind it (Lin, Chen & Yan, ICLR 2014), written so that the map of votes, the
class activation map of Zhou et al. (CVPR 2016), comes with every answer.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..orthopaedics import Task
from .network import EvidenceNet, Trunk


class VoteNet(Trunk):
    """Film -> votes of every cell -> their mean: logits of classes or grades, or a number in its own unit.

    Parameters
    ----------
    kind : {"classes", "grades", "number"}
        What the outputs mean, see :class:`xrlearn.orthopaedics.Task`.
    outputs : int
        As many as classes; for grades one fewer, see :func:`grade_probabilities`; for a number one.
    pretrained : bool
        Start from ImageNet weights.
    dropout : float
        Share of feature channels that are hidden from the votes during training.
    centre, spread : float
        A number's mean and standard deviation among the training films: the votes are on that scale.

    Notes
    -----
    After each call ``evidence`` holds, (films, 1, rows/32, columns/32): for classes the votes for the answer above the
    mean of all, for grades the mean vote to go one grade higher, for a number the votes for more of it.
    """

    def __init__(
        self,
        kind: str,
        outputs: int,
        pretrained: bool = True,
        dropout: float = 0.2,
        centre: float = 0.0,
        spread: float = 1.0,
    ) -> None:
        super().__init__(pretrained)
        self.kind = kind
        self.hide = nn.Dropout2d(dropout)
        self.vote = nn.Conv2d(1280, outputs, 1)
        nn.init.zeros_(self.vote.weight)  # the first answer is the same for every film, and not far off
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.tensor(float(centre)))
        self.register_buffer("spread", torch.tensor(float(spread)))

    def forward(self, film: Tensor) -> Tensor:
        """Return logits (films, outputs), or numbers (films, 1)."""
        _, deep = self.look(film)
        votes = self.vote(self.hide(deep))
        answer = votes.mean((2, 3))
        if self.kind == "classes":
            winner = answer.argmax(1)[:, None, None, None].expand(-1, 1, *votes.shape[2:])
            self.evidence = votes.gather(1, winner) - votes.mean(1, keepdim=True)
        else:
            self.evidence = votes.mean(1, keepdim=True)
        return self.centre + self.spread * answer if self.kind == "number" else answer

    def score(self, film: Tensor) -> Tensor:
        """Return the outputs as they are, (films, outputs)."""
        return self(film)


def network(task: Task, pretrained: bool = True, centre: float = 0.0, spread: float = 1.0) -> Trunk:
    """Return the network of a task; `centre` and `spread` are those of a number among the training films."""
    if task.binary:
        return EvidenceNet(pretrained)
    outputs = {"classes": len(task.classes), "grades": len(task.classes) - 1, "number": 1}[task.kind]
    return VoteNet(task.kind, outputs, pretrained, centre=centre, spread=spread)


def grade_probabilities(logits: Tensor) -> Tensor:
    """Turn logits (films, grades - 1) into the probability of each grade, (films, grades).

    Logit k is that of "higher than k" among films that have at least grade k (CORN: Shi, Cao & Raschka, Pattern Anal
    Appl 2023), so that the probabilities of "higher than k" can only fall with k.

    Examples
    --------
    >>> grade_probabilities(torch.zeros(1, 2))
    tensor([[0.5000, 0.2500, 0.2500]])
    """
    higher = torch.sigmoid(logits).cumprod(1)
    edges = F.pad(F.pad(higher, (1, 0), value=1.0), (0, 1))
    return edges[:, :-1] - edges[:, 1:]


def probabilities(kind: str, logits: Tensor) -> Tensor:
    """Return the probability of each class or grade, (films, classes)."""
    return grade_probabilities(logits) if kind == "grades" else torch.softmax(logits, 1)


class GradeLoss:
    """Cross-entropy of "higher than k", for each k on the films that have at least grade k."""

    def __call__(self, logits: Tensor, grade: Tensor) -> Tensor:
        """Return the mean over all questions asked, a scalar; `logits` (films, grades - 1), `grade` (films,)."""
        logits, grade = logits.as_subclass(torch.Tensor), grade.as_subclass(torch.Tensor)
        k = torch.arange(logits.shape[1], device=logits.device)
        asked, higher = grade[:, None] >= k, (grade[:, None] > k).to(logits.dtype)
        each = F.binary_cross_entropy_with_logits(logits, higher, reduction="none")
        return (each * asked).sum() / asked.sum()

    def activation(self, logits: Tensor) -> Tensor:
        """Return what fastai shows as predictions: the probability of each grade."""
        return grade_probabilities(logits)

    def decodes(self, chances: Tensor) -> Tensor:
        """Return the most probable grade; fastai hands over what :meth:`activation` returned."""
        return chances.argmax(1)


class NumberLoss:
    """Squared error near the truth, absolute error beyond one `spread` (Huber), in units of `spread`."""

    def __init__(self, spread: float) -> None:
        self.spread = spread

    def __call__(self, answer: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss, a scalar; `answer` (films, 1), `truth` (films,)."""
        answer, truth = answer.as_subclass(torch.Tensor), truth.as_subclass(torch.Tensor)
        return F.smooth_l1_loss(answer[:, 0] / self.spread, truth.flatten().to(answer.dtype) / self.spread)


def mean_absolute_error(answer: Tensor, truth: Tensor) -> Tensor:
    """Return the mean distance from the truth in its own unit: a metric for fastai."""
    return (answer.flatten() - truth.flatten()).abs().mean()


def grade_accuracy(logits: Tensor, grade: Tensor) -> Tensor:
    """Return the share of films whose most probable grade is the true one: a metric for fastai."""
    return (grade_probabilities(logits).argmax(1) == grade).float().mean()


def loss(task: Task, spread: float = 1.0) -> Any:
    """Return the loss of a task; `spread` is that of a number among the training films."""
    from fastai.losses import CrossEntropyLossFlat

    if task.kind == "number":
        return NumberLoss(spread)
    return GradeLoss() if task.kind == "grades" else CrossEntropyLossFlat()
