"""What a model's landmarks look like on a film: corners, outlines through them, the lines between which it measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..radiograph.trabecular_places import EDGE
from ..tasks.task import Task
from .case_review_forms import Form, NumberForm, SeveralForm
from .parts.viewer import WAYS

if TYPE_CHECKING:
    from ..training import Model, Prediction

#: degrees by which the angle between two lines may miss the model's answer and still be what it measured
EXACT = 0.05


@dataclass(frozen=True)
class Overlay:
    """Landmarks to draw; see :class:`~.parts.viewer.Viewer` for what each is."""

    corners: list[tuple[float, float]] = field(default_factory=list)
    shapes: list[list[int]] = field(default_factory=list)
    plates: list[list[list[int]]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    adjustable: bool = False
    compare: str = "angle"


def overlay(task: Task, form: Form, prediction: "Prediction") -> Overlay:
    """Return what to draw of a prediction: squares of its places, or outlines and lines through its points."""
    squares = [_square(part) for part in prediction.parts.values() if "down_row" in part]
    edges = {name: prediction.points.get(f"{name} {EDGE}") for name in prediction.points}
    squares += [_turned(prediction.points[name], edge) for name, edge in edges.items() if edge is not None]
    if squares:
        corners = [corner for square in squares for corner in square]
        return Overlay(corners, [list(range(k, k + 4)) for k in range(0, len(corners), 4)])
    if not prediction.points:
        return Overlay()
    names = list(prediction.points)
    at = np.array([prediction.points[name] for name in names], dtype=np.float64)
    # In the plane that the viewer draws in, a pixel's middle is half a pixel from its corner.
    drawn = [(float(r) + 0.5, float(c) + 0.5) for r, c in at]
    told, ratio = task.settings.get("angles", {}), isinstance(form, NumberForm) and form.ratio
    if told:
        chosen = named_plates(told, names)
    elif ratio:
        chosen = lines_of(task, names)
    else:
        chosen = plates(lines_of(task, names), at, angles(form, prediction))
    compare = "ratio" if ratio else "angle"
    measured = "points" in task.settings and "measure" in task.settings  # on these points, and again where they are put
    return Overlay(drawn, shapes(names), chosen, list(told), measured, compare)


def angles(form: Form, prediction: "Prediction") -> list[float]:
    """Return the angles, in degrees, that an answer is made of."""
    if isinstance(form, SeveralForm):
        return [x for k, part in enumerate(form.parts) for x in angles(part, form.part_of(prediction, k))]
    value = form.of(prediction) if isinstance(form, NumberForm) and form.angle else None
    return [] if value is None else [float(value)]


def named_plates(told: Mapping[str, Sequence[Any]], names: Sequence[str]) -> list[list[list[int]]]:
    """Return the two lines of each angle that a task names, as the numbers of their points.

    >>> named_plates({"SS": ((("a",), ("b",)), (("a", "b"), "level"))}, ["a", "b"])
    [[[0], [1]], [[0, 1], [-1]]]
    """

    def numbers(group: str | Sequence[str]) -> list[int]:
        return [WAYS[group]] if isinstance(group, str) else [names.index(name) for name in group]

    return [[numbers(group) for group in line] for lines in told.values() for line in lines]


def lines_of(task: Task, names: Sequence[str]) -> list[list[list[int]]]:
    """Return the lines between which a task measures, as the numbers of their points.

    >>> from ..tasks import find
    >>> task = find("patella-height")
    >>> lines_of(task, task.settings["points"])
    [[[0], [1]], [[1], [2]]]
    """
    return [
        [[names.index(name) for name in group] for group in line]
        for line in task.settings.get("lines", ())
        if all(name in names for group in line for name in group)
    ]


def plates(lines: list[list[list[int]]], at: NDArray[np.float64], measured: Sequence[float]) -> list[list[list[int]]]:
    """Return for each angle the two of some lines between which it lies."""
    if len(lines) < 2:
        return []
    steps = np.array([at[end].mean(0) - at[start].mean(0) for start, end in lines])
    tilt = np.degrees(np.arctan2(steps[:, 0], np.abs(steps[:, 1])))
    pairs = list(combinations(range(len(lines)), 2))
    apart = np.array([abs(tilt[i] - tilt[j]) for i, j in pairs])
    found = []
    for angle in measured:
        miss = np.abs(apart - abs(angle))
        if miss.min() <= EXACT:
            found += [lines[k] for k in pairs[int(miss.argmin())]]
    return found


def shapes(names: Sequence[str]) -> list[list[int]]:
    """Return outlines through points that share a name: four corners of a vertebra, or numbered points in a row.

    Examples
    --------
    >>> shapes(["T1 top right", "T1 top left", "T1 bottom right", "T1 bottom left"])
    [[0, 1, 3, 2]]
    >>> shapes(["left femur at 0.43", "left femur at 0.38", "head"])
    [[0, 1]]
    """
    boxes: dict[str, list[int]] = {}
    rows: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if {"top", "bottom"} & set(name.split()):
            boxes.setdefault(name.split()[0], []).append(i)
        else:
            before, _, last = name.rpartition(" ")
            if last.replace(".", "").isdigit():
                rows.setdefault(before, []).append(i)
    found = [[a, b, d, c] for a, b, c, d in (box for box in boxes.values() if len(box) == 4)]
    return found + [row for row in rows.values() if len(row) > 1]


def _square(part: Mapping[str, float]) -> list[tuple[float, float]]:
    row, column, a, b = (part[name] for name in ("row", "column", "down_row", "down_column"))
    return _turned((row, column), (row + a, column + b))


def _turned(middle: Sequence[float], edge: Sequence[float]) -> list[tuple[float, float]]:
    """The corners of a square from its middle and the middle of one edge."""
    (row, column), (a, b) = middle, np.subtract(edge, middle).tolist()
    return [(row + s * a + t * b + 0.5, column + s * b - t * a + 0.5) for s, t in ((1, 1), (1, -1), (-1, -1), (-1, 1))]


def remeasured(
    task: Task, model: "Model", prediction: "Prediction", corners: Sequence[Sequence[float]]
) -> "Prediction":
    """Return the prediction as it would be with its points where the reader has moved them."""
    from dataclasses import replace

    at = np.array(corners, dtype=np.float64) - 0.5
    said = task.answer.say(np.asarray(task.settings["measure"](at[None]))[0], model.card.calibration)
    points = {name: (float(r), float(c)) for name, (r, c) in zip(prediction.points, at, strict=True)}
    return replace(prediction, label=said.label, probability=said.probability, answers=said.answers, points=points)


def off_points(points: Mapping[str, Sequence[float]], truth: Mapping[str, Sequence[float]]) -> float | None:
    """Return how far points lie from the true ones on average, in pixels; None where none is known.

    >>> off_points({"a": (0, 0), "b": (9, 9)}, {"a": (3, 4)})
    5.0
    """
    both = [name for name in points if name in truth]
    if not both:
        return None
    return float(np.mean([np.hypot(*np.subtract(points[name], truth[name])) for name in both]))
