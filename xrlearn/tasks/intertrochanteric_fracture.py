"""Is the femur broken between the trochanters? AP films of the hip, as Urakawa et al. asked in 2019."""

from .answers import YesNo
from .task import Task

INTERTROCHANTERIC_FRACTURE = Task(
    name="intertrochanteric-fracture",
    answer=YesNo("fracture"),
    size=224,
    # The subtlest third of the region's fractures leave no trace on a film; of those that come to a clinic, few do.
    simulated={
        "region": "hip",
        "views": ("hip",),
        "mix": {"none": 0.5, "intertrochanteric": 0.5},
        "subtlety": (0.0, 0.68),
    },
    boxes=True,
    recipe={"n": 1500, "epochs": 3},
    published="tasks.intertrochanteric-fracture.published",
    measured="tasks.fracture.measured",
)
