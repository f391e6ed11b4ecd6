"""Which classifier fits which kind of answer."""

from functools import singledispatch
from typing import Any

from numpy.typing import NDArray

from ...tasks.answers import Answer, Classes, Grades, Number, Several, YesNo
from .cam import CamNet
from .evidence import EvidenceNet
from .several_heads import HeadsNet
from .trunk import Trunk


@singledispatch
def network_of(answer: Answer, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
    """Return the network of a kind of answer.

    Parameters
    ----------
    answer : Answer
    truth : ndarray, optional
        Of the training films: a number starts at their mean and speaks on their scale. Stored weights bring both.
    pretrained : bool
        Start from ImageNet weights.
    **trunk
        Of :class:`.trunk.Trunk`: ``network``, ``width``.

    Raises
    ------
    TypeError
        If a classifier cannot give such answers.
    """
    raise TypeError(f"a classifier cannot answer with {type(answer).__name__}")


@network_of.register
def _(answer: YesNo, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
    return EvidenceNet(pretrained, **trunk)


@network_of.register
def _(answer: Classes, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
    return CamNet(answer.outputs, pretrained, exclusive=True, **trunk)


@network_of.register
def _(answer: Grades, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
    return CamNet(answer.outputs, pretrained, **trunk)


@network_of.register
def _(answer: Number, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
    if truth is None:
        return CamNet(1, pretrained, **trunk)
    return CamNet(1, pretrained, centre=float(truth.mean()), spread=float(truth.std()) or 1.0, **trunk)


@network_of.register
def _(answer: Several, truth: NDArray[Any] | None = None, pretrained: bool = False, **trunk: Any) -> Trunk:
    if not isinstance(answer.parts[0], YesNo):
        raise TypeError("the first of several answers is yes or no")
    return HeadsNet([part.outputs for part in answer.parts], pretrained, **trunk)
