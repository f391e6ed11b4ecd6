"""Is this child's wrist broken? Torus fractures beside open growth plates.

The review names paediatric trauma as an outlook, without a figure. Half of the simulated children, 5 to 13 years old,
have a torus fracture of the distal radius: the cortex buckles, no line runs through. The others are whole and of the
same ages, so that neither a growth plate nor the size of the hand gives the answer away.

To learn from it: to whoever has learned from adults a physis looks like a fracture. Give these films to the model of
`wrist-fracture`, and films of adults to this one, and see whether either says that it does not know them.
"""

from .answers import YesNo
from .task import Task

PAEDIATRIC_FRACTURE = Task(
    name="paediatric-fracture",
    answer=YesNo("fracture"),
    size=320,
    simulated={"region": "wrist", "mix": {"none": 0.5, "torus": 0.5}},
    boxes=True,
    ages=(0.0, 17.0),
    recipe={"n": 800, "epochs": 4, "batch_size": 16},
    published="tasks.paediatric-fracture.published",
    measured="tasks.fracture.measured",
)
