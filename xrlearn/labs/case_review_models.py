"""Who answers a question: its model, a second opinion of another family, what age alone says, and what a film is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..locale import text
from ..tasks import find
from ..tasks.part import ALSO, regions_of
from ..tasks.registry import known
from ..tasks.task import Task
from .case_review_forms import YesNoForm, form_of
from .case_review_state import Film

if TYPE_CHECKING:
    from ..training import Model, Prediction


def seconds(task: Task) -> list[Task]:
    """Return the tasks that answer the same question on the same films by another family: second opinions.

    Examples
    --------
    >>> [task.name for task in seconds(find("knee-oa"))]
    ['knee-outlines']
    """

    def place(t: Task) -> tuple[Any, ...]:
        return (t.answer.columns, t.simulated.get("region"), tuple(t.simulated.get("views", ())), t.films)

    return [t for t in known() if t.films and place(t) == place(task) and t.system != task.system]


def read(film: Film, task: Task, model: "Model") -> "tuple[Prediction, list[Prediction]]":
    """Return what a model says of a film, of all views together, and of each view.

    The probabilities of the views that it knows are averaged, as the task's figures are counted.
    """
    from ..training import predict

    each = [predict({"image": one.radiograph, **one.told} if one.radiograph else one.told, task.name, model)
            if one.told or one.radiograph is None else predict(one.radiograph, task.name, model)
            for one in film.together]  # fmt: skip
    heard = [said for said in each if said.known]
    if len(each) == 1 or not heard:
        return each[0], each
    form = form_of(task.answer)
    assert isinstance(form, YesNoForm)  # only such answers are read from several views
    chance = float(np.mean([said.probability for said in heard]))
    label = form.words(chance >= heard[0].threshold)
    first = each[0] if each[0].known else heard[0]
    return replace(first, probability=chance, label=label, heatmap=each[0].heatmap if each[0].known else None), each


@dataclass(frozen=True)
class Kind:
    """A question that may be put to a film: how unlike its training films it is (1 is the limit), and by the header."""

    task: Task
    distance: float
    named: bool


@lru_cache(maxsize=64)
def _limits(name: str) -> Any:
    from safetensors import safe_open

    from ..paths import WEIGHTS
    from ..training.out_of_distribution import OutOfDistribution
    from ..training.weights import model_card

    with safe_open(WEIGHTS / f"{name}.safetensors", framework="np") as file:
        mean, basis = (file.get_tensor(f"distribution.{part}").astype(np.float32) for part in ("mean", "basis"))
    return OutOfDistribution(mean, basis, **model_card(name).distribution)


def kinds(film: Film) -> list[Kind]:
    """Return the questions whose models know films like this one; those that the header speaks for come first.

    The film is looked at once; of each model only its limits are opened.
    """
    from safetensors import SafetensorError

    from ..training.frozen_features import early_features_of
    from ..training.weights import WeightsError

    if film.radiograph is None:
        return []
    seen, found = early_features_of([film.radiograph]), []
    for task in known():
        if not task.films:
            continue
        try:
            limits = _limits(task.name)
        except (OSError, SafetensorError, WeightsError):
            continue  # no model, so nobody who could know it
        distance = float(limits.distance(seen)[0] / limits.limit)
        if distance <= 1:
            found.append(Kind(task, distance, header_speaks_for(task, film)))
    return sorted(found, key=lambda kind: (not kind.named, kind.distance))


def header_speaks_for(task: Task, film: Film) -> bool:
    """Say whether header or data set name a region of the task, and a view that is none of another.

    Examples
    --------
    >>> knee = Film("a", None, region="knee")
    >>> header_speaks_for(find("knee-oa"), knee), header_speaks_for(find("hip-oa"), knee)
    (True, False)
    """
    x = film.radiograph
    part, view = ((x and x.body_part) or film.region or "").lower(), ((x and x.view) or film.view or "").lower()
    views = [str(v).lower() for v in task.simulated.get("views", ())]
    lateral = [v == "lateral" for v in views]
    wrong = bool(views) and bool(view) and (view in ("lateral", "ll", "rl")) not in lateral
    said = {word for region in regions_of(task) for word in (region, *ALSO.get(region, ()))}
    return any(word in part for word in said) and not wrong


@lru_cache(maxsize=4)
def _alone(task: str) -> Any:
    from ..tasks import load
    from ..tasks.answers.calibration import calibrate

    t = find(task)
    cases = load(task, "simulated")
    train = cases[cases["split"] == "train"].dropna(subset=[t.baseline])
    column = train[t.baseline].to_numpy(dtype=np.float64)
    usual, spread = float(np.median(column)), float(column.std()) or 1.0
    return calibrate(t.answer.truth(train), (column - usual) / spread), usual, spread


def alone(task: Task, row: Any) -> float | None:
    """Return the probability by the task's baseline column alone: a logistic regression on simulated records."""
    if not task.baseline:
        return None
    line, usual, spread = _alone(task.name)
    try:
        value = float(row.get(task.baseline))
    except (TypeError, ValueError):
        value = usual
    return float(line.probability((usual if value != value else value) / spread - usual / spread))


def names_of(tasks: Sequence[Task]) -> str:
    """Return the titles of tasks, one after the other.

    >>> names_of([find("cobb-angle"), find("bone-age")])
    'Cobb angle, Bone age'
    """
    return text("review.kind.between").join(task.title for task in tasks)
