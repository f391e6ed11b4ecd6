"""How far is osteoarthritis of this knee? Kellgren and Lawrence's grades, as Tiulpin et al. asked in 2018."""

from .answers import Grades
from .task import Task

KNEE_OA = Task(
    name="knee-oa",
    answer=Grades("kl", keys=tuple(f"tasks.kl.{k}" for k in range(5)), diseased_from=2),
    size=224,
    simulated={"region": "knee"},
    recipe={"epochs": 4},
    published="tasks.knee-oa.published",
    measured="tasks.knee-oa.measured",
)
