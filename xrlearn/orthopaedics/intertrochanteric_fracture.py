"""Is the femur broken between the trochanters? AP films of the hip, as Urakawa et al. asked in 2019."""

from .task import SIMULATED, Task

INTERTROCHANTERIC_FRACTURE = Task(
    name="intertrochanteric-fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=(SIMULATED,),
    size=224,
    simulated={"region": "hip", "views": ("hip",), "mix": {"none": 0.5, "intertrochanteric": 0.5}},
    published="tasks.intertrochanteric-fracture.published",
    measured="tasks.fracture.measured",
)
