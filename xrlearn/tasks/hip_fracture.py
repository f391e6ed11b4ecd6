"""Is the hip broken, and where? AP films of the pelvis, as Cheng et al. asked in 2019."""

from .answers import YesNo
from .task import Task

HIP_FRACTURE = Task(
    name="hip-fracture",
    answer=YesNo("fracture"),
    size=384,  # of two hips, each as large as in :mod:`.intertrochanteric_fracture`
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
        "subtlety": (0.0, 0.68),  # see :mod:`.intertrochanteric_fracture`
    },
    boxes=True,
    # On a graphics card it takes three minutes (the card says which); on a processor, more than two hours.
    recipe={"n": 4000, "epochs": 11},
    published="tasks.hip-fracture.published",
    measured="tasks.fracture.measured",
)
