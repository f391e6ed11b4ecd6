"""Several answers as fastai's learners take, measure and show them."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from fastai.data.transforms import Transform
from fastai.torch_core import TitledStr
from torch import Tensor

from ...tasks.answers import Answer, Classes, Several, YesNo
from .losses import PerFilm
from .measured import Number


class Attributes(Number):
    """Several answers of a film, as numbers, drawn as one is; not a number where one is not known."""


class AttributesSetup(Transform):
    """Make :class:`Attributes` of numbers, and words of :class:`Attributes`.

    Parameters
    ----------
    names : sequence of sequences of str
        What the values 0, 1, ... of each answer are called.
    """

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        super().__init__()
        self.names = names

    def encodes(self, o: np.ndarray) -> Attributes:  # noqa: D102  (called by fastai)
        return Attributes(o).float()

    def decodes(self, o: Attributes) -> TitledStr:  # noqa: D102  (called by fastai)
        values = [float(value) for value in o.flatten()]
        words = [names[int(value)] if value == value else "?" for names, value in zip(self.names, values, strict=True)]
        return TitledStr("; ".join(words))


class SeveralLoss(PerFilm):
    """The sum of the parts' cross-entropies, each over the films whose answer is known."""

    def __init__(self, answer: Several) -> None:
        ends = np.cumsum([0, *(part.outputs for part in answer.parts)]).tolist()
        self.places = [slice(*pair) for pair in pairwise(ends)]

    def __call__(self, said: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; `said` (films, outputs), `truth` (films, parts).

        Examples
        --------
        >>> answer = Several(parts=(YesNo("fracture"), Classes("film_view", ("a", "b", "c"))))
        >>> round(float(SeveralLoss(answer)(torch.zeros(1, 4), torch.tensor([[1.0, torch.nan]]))), 3)  # log 2
        0.693
        """
        said, truth = said.as_subclass(torch.Tensor), truth.as_subclass(torch.Tensor)
        total = said.new_zeros(len(said) if self.reduction == "none" else ())
        for place, true in zip(self.places, truth.T, strict=True):
            known = true.isfinite()
            piece, wanted = said[:, place], true.nan_to_num()
            if piece.shape[1] == 1:
                each = F.binary_cross_entropy_with_logits(piece[:, 0], wanted.to(piece.dtype), reduction="none")
            else:
                each = F.cross_entropy(piece, wanted.long(), reduction="none")
            each = each * known
            total = total + (each if self.reduction == "none" else each.sum() / known.sum().clamp(min=1))
        return total

    def decodes(self, said: Tensor) -> Tensor:
        """Return the most probable answers, (films, parts)."""
        answers = [
            (piece[:, 0] > 0).float() if piece.shape[1] == 1 else piece.argmax(1).float()
            for piece in (said[:, place] for place in self.places)
        ]
        return torch.stack(answers, 1)

    def right(self, said: Tensor, truth: Tensor, part: int) -> Tensor:
        """Return the share of films whose answer to one of the questions is right."""
        said, truth = said.as_subclass(torch.Tensor), truth.as_subclass(torch.Tensor)[:, part]
        known = truth.isfinite()
        return (self.decodes(said)[known, part] == truth[known]).float().mean()


def metrics_of(answer: Several, loss: SeveralLoss) -> list[Callable[..., Tensor]]:
    """Return the accuracy of each part, by its column's name."""
    found: list[Any] = []
    for k, part in enumerate(answer.parts):
        metric: Any = partial(loss.right, part=k)
        metric.__name__ = part.column
        found.append(metric)
    return found


def names_of(part: Answer) -> list[str]:
    """Return what the values 0, 1, ... of an answer are called.

    Raises
    ------
    TypeError
        If it has none.
    """
    if not isinstance(part, YesNo | Classes):
        raise TypeError(f"no head gives {type(part).__name__}")
    return part.names
