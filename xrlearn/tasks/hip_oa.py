"""Will this hip have arthritis in ten years? From its texture while it looks healthy (Hirvasniemi et al. 2019).

Asked of hips without definite arthritis now (grade 0 or 1). The fractal signature of head, neck, trochanters and
acetabular roof is weighed by a logistic regression with an elastic net. Published, of 987 hips: AUC 0.59 by age, sex
and body mass index, 0.68 with texture, 0.71 with the grade as well; `python benchmarks/hip_oa_designs.py` prints ours.

To learn from it: a number without a picture can foretell something, but little; and what is added to age and weight
must be measured beside them, never alone. The simulated risk follows texture because we made it so.
"""

from ..radiograph.fractal import SIGNATURE, fractal_signature
from ..radiograph.trabecular_places import HIP
from .answers import YesNo
from .task import Task

HIP_OA = Task(
    name="hip-oa",
    answer=YesNo("future_oa", no="tasks.hip-oa.no", yes="tasks.hip-oa.yes"),
    size=384,
    simulated={"region": "hip", "views": ("hip",), "mix": {"none": 1.0}, "patient": {"kl": (0, 0, 1)}},
    system="texture",
    settings={
        "places": HIP,
        "ahead": ("neck base", "head"),
        "measure": fractal_signature,
        "numbers": SIGNATURE,
        "method": "elastic",
    },
    baseline="age",
    recipe={"n": 1000, "epochs": 1, "batch_size": 32},
    published="tasks.hip-oa.published",
    measured="tasks.hip-oa.measured",
)
