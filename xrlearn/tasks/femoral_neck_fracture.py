"""Is the neck of the femur broken? AP films of the hip, Garden 1 to 4, as Adams et al. asked in 2019."""

from .answers import YesNo
from .task import Task

FEMORAL_NECK_FRACTURE = Task(
    name="femoral-neck-fracture",
    answer=YesNo("fracture"),
    size=224,
    simulated={
        "region": "hip",
        "views": ("hip",),
        "mix": {"none": 0.5, "garden_1": 0.1, "garden_2": 0.1, "garden_3": 0.15, "garden_4": 0.15},
    },
    boxes=True,
    published="tasks.femoral-neck-fracture.published",
    measured="tasks.fracture.measured",
)
