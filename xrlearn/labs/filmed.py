"""Simulated films for people to read, each made once a machine: the next page that shows it has it at once."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .once import Arrays, worked_out

if TYPE_CHECKING:
    from ..phantom import Truth
    from ..radiograph import Radiograph

Lesion = tuple[float, float, float, float]


def filmed(
    of: object, code: Iterable[str], make: "Callable[[], tuple[Radiograph, Sequence[Lesion]]]"
) -> "tuple[Radiograph, list[Lesion]]":
    """Return what `make` returns, a film and the lesions in it; where it was made before, as it was then.

    Parameters
    ----------
    of, code
        See :func:`.once.worked_out`; the simulator's own files count without being named.
    make : callable
    """

    def work() -> Arrays:
        film, boxes = make()
        return _packed(film) | {"boxes": np.asarray(boxes, float).reshape(-1, 4)}

    found = worked_out("films", (_edition(), of), code, work)
    return _film(found), [tuple(box) for box in found["boxes"].tolist()]


def made(where: str, view: str | None = None, **wishes: Any) -> "tuple[Radiograph, Truth]":
    """Do what :func:`xrlearn.phantom.make` does; what was made before is not made again.

    Examples
    --------
    >>> made("heel", size=48, seed=2)[1] == made("heel", size=48, seed=2)[1]
    True
    """
    from ..phantom import Truth, make

    def work() -> Arrays:
        film, truth = make(where, view, **wishes)
        return _packed(film) | {"truth": np.array(truth.to_json())}

    found = worked_out("films", (_edition(), where, view, sorted(wishes.items())), [__file__], work)
    return _film(found), Truth.from_json(str(found["truth"]))


def _edition() -> str:
    from ..phantom.cohort import edition

    return edition()


def _packed(film: "Radiograph") -> dict[str, NDArray[np.generic]]:
    told = asdict(film)
    return {"pixels": told.pop("pixels"), "told": np.array(json.dumps(told, default=float))}


def _film(found: Arrays) -> "Radiograph":
    from ..radiograph import Radiograph

    told = json.loads(str(found["told"]))
    for name in ("spacing_mm", "window", "remarks"):
        told[name] = None if told[name] is None else tuple(told[name])
    return Radiograph(np.asarray(found["pixels"], np.float32), **told)
