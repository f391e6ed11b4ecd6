"""Is the hip broken, and where? AP films of the pelvis, as Cheng et al. asked in 2019."""

from .task import SIMULATED, Task

HIP_FRACTURE = Task(
    name="hip-fracture",
    label="fracture",
    classes=("tasks.fracture.no", "tasks.fracture.yes"),
    sources=(SIMULATED,),
    size=256,
    simulated={
        "region": "hip",
        "views": ("pelvis",),
        "mix": {
            "none": 0.5,
            "garden_1": 0.05,
            "garden_2": 0.05,
            "garden_3": 0.08,
            "garden_4": 0.07,
            "intertrochanteric": 0.25,
        },
    },
    published="tasks.hip-fracture.published",
    measured="tasks.fracture.measured",
)
