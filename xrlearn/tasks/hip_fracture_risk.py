"""Will this person break a hip within ten years? From bone density, history, drugs and blood.

Kruse et al. 2017 compared 24 models, Ho-Le et al. 2017 a small feed-forward network, Tseng et al. 2013 an ensemble of
networks. Here it is one small network behind quantile scaling and principal components.

To learn from it: age alone comes far, and the figure beside a model must always be that of age; a high AUC in a
register of all ages says little about two people of the same age.
"""

from ..records import hips
from .answers import YesNo
from .task import Task

HIP_FRACTURE_RISK = Task(
    name="hip-fracture-risk",
    answer=YesNo("future_hip_fracture", no="tasks.hip-fracture-risk.no", yes="tasks.hip-fracture-risk.yes"),
    size=0,
    simulated={"records": "hips"},
    system="tabular",
    settings={"columns": hips.COLUMNS, "hidden": (16,)},
    inputs=("age", "sex"),
    baseline="age",
    recipe={"n": 12000, "epochs": 5, "batch_size": 64},
    published="tasks.hip-fracture-risk.published",
    measured="tasks.hip-fracture-risk.measured",
)
