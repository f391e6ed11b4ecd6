"""Will this hip have arthritis in ten years? From its texture while it looks healthy (Hirvasniemi et al. 2019)."""

from .task import SIMULATED, Task

HIP_OA = Task(
    name="hip-oa",
    label="future_oa",
    classes=("tasks.hip-oa.no", "tasks.hip-oa.yes"),
    sources=(SIMULATED,),
    size=224,
    simulated={"region": "hip", "views": ("hip",), "mix": {"none": 1.0}, "patient": {"kl": 0}},
    published="tasks.hip-oa.published",
    measured="tasks.hip-oa.measured",
)
