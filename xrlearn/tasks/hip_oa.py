"""Will this hip have arthritis in ten years? From its texture while it looks healthy (Hirvasniemi et al. 2019)."""

from .answers import YesNo
from .task import Task

HIP_OA = Task(
    name="hip-oa",
    answer=YesNo("future_oa", no="tasks.hip-oa.no", yes="tasks.hip-oa.yes"),
    size=224,
    simulated={"region": "hip", "views": ("hip",), "mix": {"none": 1.0}, "patient": {"kl": 0}},
    published="tasks.hip-oa.published",
    measured="tasks.hip-oa.measured",
)
