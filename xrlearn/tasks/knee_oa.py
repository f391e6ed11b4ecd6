"""How far is osteoarthritis of this knee? Kellgren and Lawrence's grades, as Tiulpin et al. asked in 2018.

The model that ships has learned from knees of the Osteoarthritis Initiative, whose films may be used so (CC BY 4.0).
"""

from .answers import Grades
from .task import Task

KNEE_OA = Task(
    name="knee-oa",
    answer=Grades("kl", keys=tuple(f"tasks.kl.{k}" for k in range(5)), diseased_from=2),
    size=224,
    simulated={"region": "knee"},
    system="pair",
    recipe={"n": 600, "epochs": 5, "sources": ["knee-oa", "simulated"]},
    published="tasks.knee-oa.published",
    measured="tasks.knee-oa.measured",
)
