"""Who answers a question: its model, a second opinion of another family, and what age alone says."""

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tasks import find
from ..tasks.registry import known
from ..tasks.task import Task
from .case_review_film import Film
from .case_review_forms import YesNoForm, form_of

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
    """Return the probability by the task's baseline column alone: a logistic regression on simulated records.

    None where there is no such column, and where the patients to learn it from would have to be given films first.
    """
    if not task.baseline or task.films:
        return None
    line, usual, spread = _alone(task.name)
    try:
        value = float(row.get(task.baseline))
    except (TypeError, ValueError):
        value = usual
    return float(line.probability((usual if value != value else value) / spread - usual / spread))
