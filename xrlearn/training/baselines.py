"""What a model has to beat: always the same answer, and a linear model on features that never saw a radiograph."""

from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..stats.clustered import Figure, share
from ..tasks import find
from ..tasks.answers import Answer, Classes, Grades, Number, Several, YesNo
from .frozen_features import features, fit_head

Numbers = NDArray[np.float64]


def always_the_same(answer: Answer, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, Figure]:
    """Return how often the commonest answer of training cases is right; of a number, the error of their median.

    Parameters
    ----------
    answer : Answer
    train, test : pandas.DataFrame
        Cases tables.

    Returns
    -------
    dict
        ``accuracy``, or ``mae`` of numbers; those of the first part where an answer has several.

    Examples
    --------
    >>> cases = pd.DataFrame({"fracture": [0, 0, 1], "patient": ["a", "b", "c"]})
    >>> always_the_same(YesNo("fracture"), cases, cases)["accuracy"]["value"].__round__(3)
    0.667
    """
    if isinstance(answer, Several):
        first = answer.parts[0]
        return {f"{first.column}.{name}": found for name, found in always_the_same(first, train, test).items()}
    learned, truth = answer.truth(train), answer.truth(test)
    if isinstance(answer, Number):
        said = np.full(len(truth), np.median(learned))
        return {"mae": answer.figures(truth, said, {}, test["patient"])["mae"]}
    values, counts = np.unique(learned, return_counts=True)
    return {"accuracy": share(truth == values[counts.argmax()], test["patient"].to_numpy())}


def linear(task: str, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, Figure]:
    """Return the figures of a linear model on an ImageNet trunk's frozen features, films of `train` known to it.

    A third of the training patients' films settles what a network settles on its validation films.

    Raises
    ------
    TypeError
        If no linear model gives such answers, or the task has no films.
    """
    answer = find(task).answer
    if not find(task).films:
        raise TypeError(f"{task} has no films")
    valid = train["split"] == "valid"
    learns, settles = train[~valid], train[valid]
    seen = [features([str(file) for file in part["image"]]) for part in (learns, settles, test)]
    said = outputs(answer, seen[0], answer.truth(learns), np.concatenate(seen[1:]))
    calibration = answer.calibrate(answer.truth(settles), said[: len(settles)])
    return answer.figures(answer.truth(test), said[len(settles) :], calibration, test["patient"])


@singledispatch
def outputs(answer: Answer, known: NDArray[Any], truth: NDArray[Any], new: NDArray[Any]) -> Numbers:
    """Return what a linear model, fitted to features `known` and their `truth`, gives for features `new`.

    Examples
    --------
    >>> x = np.array([[0.0], [0.1], [0.9], [1.0]])
    >>> said = outputs(YesNo("fracture"), x, np.array([0, 0, 1, 1]), x)
    >>> bool(said[0] < 0 < said[3])
    True
    """
    raise TypeError(f"no linear model answers with {type(answer).__name__}")


@outputs.register
def _(answer: YesNo, known: NDArray[Any], truth: NDArray[Any], new: NDArray[Any]) -> Numbers:
    return fit_head(known, truth, 0.1).score(new)


@outputs.register
def _(answer: Classes, known: NDArray[Any], truth: NDArray[Any], new: NDArray[Any]) -> Numbers:
    return np.stack([_odds(known, truth == k, new) for k in range(len(answer.keys))], 1)


@outputs.register
def _(answer: Grades, known: NDArray[Any], truth: NDArray[Any], new: NDArray[Any]) -> Numbers:
    reached = [truth >= k for k in range(answer.outputs)]
    return np.stack([_odds(known[films], truth[films] > k, new) for k, films in enumerate(reached)], 1)


@outputs.register
def _(answer: Number, known: NDArray[Any], truth: NDArray[Any], new: NDArray[Any]) -> Numbers:
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return np.asarray(make_pipeline(StandardScaler(), Ridge(300.0)).fit(known, truth).predict(new))


@outputs.register
def _(answer: Several, known: NDArray[Any], truth: NDArray[Any], new: NDArray[Any]) -> Numbers:
    parts = []
    for part, true in zip(answer.parts, truth.T, strict=True):
        told = np.isfinite(true)
        parts.append(outputs(part, known[told], true[told].astype(int if part.kinds else float), new))
    return np.concatenate([part.reshape(len(new), -1) for part in parts], 1)


def _odds(known: NDArray[Any], yes: NDArray[np.bool_], new: NDArray[Any]) -> Numbers:
    """Log-odds of yes; where training films are of one kind, that of as many films with one exception."""
    if yes.all() or not yes.any():
        return np.full(len(new), np.log(len(yes) + 1) * (1 if yes.any() else -1))
    return fit_head(known, yes, 0.1).score(new)
