"""Has this person osteoarthritis? From habits and use of care, without any examination (Lim et al. 2019).

To learn from it: much of the figure is age, and much of the rest are consequences of the illness (visits, pain
killers): a model that finds who is treated already predicts nothing.
"""

from ..records import oa
from .answers import YesNo
from .task import Task

OA_RISK = Task(
    name="oa-risk",
    answer=YesNo("osteoarthritis", no="tasks.oa-risk.no", yes="tasks.oa-risk.yes"),
    size=0,
    simulated={"records": "oa"},
    system="tabular",
    settings={"columns": oa.COLUMNS, "hidden": (32, 16)},
    inputs=("age", "sex"),
    baseline="age",
    recipe={"n": 6000, "epochs": 10, "batch_size": 64},
    published="tasks.oa-risk.published",
    measured="tasks.oa-risk.measured",
)
