"""Is the femur broken between the trochanters? AP films of the hip, as Urakawa et al. asked in 2019."""

from .answers import YesNo
from .task import Task

INTERTROCHANTERIC_FRACTURE = Task(
    name="intertrochanteric-fracture",
    answer=YesNo("fracture"),
    size=224,
    simulated={"region": "hip", "views": ("hip",), "mix": {"none": 0.5, "intertrochanteric": 0.5}},
    boxes=True,
    recipe={"n": 2000, "epochs": 4},
    published="tasks.intertrochanteric-fracture.published",
    measured="tasks.fracture.measured",
)
