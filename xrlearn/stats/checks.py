"""What every function of this room asks of its input, and the one error that it raises."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..locale.errors import SentenceError

Floats = NDArray[np.float64]


class StatsError(SentenceError):
    """Numbers that a statistic cannot be computed from; ``str()`` says why, in the language in use."""

    section = "stats.error."


def numbers(name: str, values: ArrayLike, ndim: int = 1) -> Floats:
    """Return `values` as a finite float array of `ndim` dimensions that is not empty, or raise `StatsError`."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise StatsError("not_numbers", name=name) from None
    if array.ndim != ndim:
        raise StatsError("dimensions", name=name, wanted=ndim, found=array.ndim)
    if array.size == 0:
        raise StatsError("empty", name=name)
    if not np.isfinite(array).all():
        raise StatsError("missing", name=name, count=int((~np.isfinite(array)).sum()))
    return array


def same_length(**arrays: Floats) -> None:
    """Raise `StatsError` unless all named arrays have the same number of cases (last axis)."""
    lengths = {name: array.shape[-1] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise StatsError("lengths", found=", ".join(f"{name} {n}" for name, n in lengths.items()))


def labels(values: ArrayLike, *, both: bool = False) -> NDArray[np.bool_]:
    """Return the truth of each case as booleans; `both` asks for at least one diseased and one normal case."""
    array = numbers("truth", values)
    if not np.isin(array, (0, 1)).all():
        raise StatsError("not_binary", name="truth")
    truth = array == 1
    if both and (truth.all() or not truth.any()):
        raise StatsError("one_class", positives=int(truth.sum()), negatives=int((~truth).sum()))
    return truth


def probabilities(values: ArrayLike) -> Floats:
    """Return `values` as probabilities between 0 and 1, or raise `StatsError`."""
    array = numbers("probability", values)
    if array.min() < 0 or array.max() > 1:
        raise StatsError("not_probability", low=float(array.min()), high=float(array.max()))
    return array


def confidence(level: float) -> float:
    """Return the confidence level, a number between 0 and 1 such as 0.95, or raise `StatsError`."""
    if not 0 < level < 1:
        raise StatsError("level", level=level)
    return float(level)


def choice(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """Raise `StatsError` unless `value` is one of `allowed`."""
    if value not in allowed:
        raise StatsError("choice", name=name, value=value, allowed=", ".join(map(str, allowed)))
