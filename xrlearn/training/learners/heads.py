"""What each kind of answer asks of a learner: what teaches it, and how fastai takes and shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

from fastai.data.block import CategoryBlock, TransformBlock
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import ActivationType, accuracy, skm_to_fastai
from numpy.typing import NDArray

from ...locale import text
from ...tasks.answers import Answer, Classes, Grades, Number, Several, YesNo
from .losses import GradeLoss, NumberLoss, grade_accuracy, mean_absolute_error, roc_auc_score
from .measured import NumberSetup
from .several import AttributesSetup, SeveralLoss, metrics_of, names_of


@dataclass(frozen=True)
class Head:
    """The learner's side of an answer.

    Attributes
    ----------
    loss : callable
    block : callable
        Returns fastai's block of the truth.
    words : callable
        One film's truth -> what `block` takes.
    metrics : list
    marks : bool
        The network's map can be taught with lesion boxes.
    """

    loss: Any
    block: Callable[[], Any]
    words: Callable[[Any], Any]
    metrics: list[Any] = field(default_factory=list)
    marks: bool = False


def _named(names: list[str]) -> dict[str, Any]:
    return {"block": lambda: CategoryBlock(vocab=names, sort=False), "words": lambda value: names[int(value)]}


@singledispatch
def head_of(answer: Answer, truth: NDArray[Any]) -> Head:
    """Return the head of a kind of answer; `truth` is that of the training films.

    Raises
    ------
    TypeError
        If no learner is written for it.
    """
    raise TypeError(f"no learner gives {type(answer).__name__}")


@head_of.register
def _(answer: YesNo, truth: NDArray[Any]) -> Head:
    area = skm_to_fastai(roc_auc_score, activation=ActivationType.BinarySoftmax, flatten=False)
    return Head(CrossEntropyLossFlat(), metrics=[area, accuracy], marks=True, **_named(answer.names))


@head_of.register
def _(answer: Classes, truth: NDArray[Any]) -> Head:
    return Head(CrossEntropyLossFlat(), metrics=[accuracy], **_named(answer.names))


@head_of.register
def _(answer: Grades, truth: NDArray[Any]) -> Head:
    return Head(GradeLoss(), metrics=[grade_accuracy], **_named(answer.names))


@head_of.register
def _(answer: Number, truth: NDArray[Any]) -> Head:
    def block() -> TransformBlock:
        return TransformBlock(NumberSetup(text(answer.unit)))

    return Head(NumberLoss(float(truth.std()) or 1.0), block, float, [mean_absolute_error])


@head_of.register
def _(answer: Several, truth: NDArray[Any]) -> Head:
    loss, names = SeveralLoss(answer), [names_of(part) for part in answer.parts]

    def block() -> TransformBlock:
        return TransformBlock(AttributesSetup(names))

    return Head(loss, block, lambda value: value, metrics_of(answer, loss), marks=True)
