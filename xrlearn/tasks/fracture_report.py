"""Does this report tell of a fracture? No film is seen: words are sorted, as de Bruijn et al. did in 2006.

To learn from it: a machine that weighs words does not read. "Fracture without displacement" and "displacement without
fracture" differ by their order alone, and a history that asks for a fracture looks like an answer.
"""

from .answers import YesNo
from .task import Task

FRACTURE_REPORT = Task(
    name="fracture-report",
    answer=YesNo("reported_fracture", no="tasks.fracture-report.no", yes="tasks.fracture-report.yes"),
    size=0,
    simulated={"records": "reports"},
    system="words",
    inputs=("report",),
    recipe={"n": 900, "epochs": 20, "batch_size": 32},  # as few reports as there were in 2006
    published="tasks.fracture-report.published",
    measured="tasks.fracture-report.measured",
)
