"""Will this hip have arthritis in ten years? From its texture while it looks healthy (Hirvasniemi et al. 2019).

Asked of hips without definite arthritis now (grade 0 or 1). The fractal signature of head, neck, trochanters and
acetabular roof, the six statistics that `osteoporosis` reads (without them the simulated texture is told less well),
and age, sex and body mass index where they are told are weighed by a logistic regression with an elastic net.
Published, of 987 hips: AUC 0.59 by age, sex and body mass index, 0.68 with texture, 0.71 with the grade as well.
`python benchmarks/hip_oa_designs.py` prints these three for simulated hips.

To learn from it: texture that nobody sees can foretell something, but little; and what it adds must be measured beside
age and weight, never alone. The simulated risk follows texture because we made it so.
"""

from ..radiograph.trabecular_places import HIP, SIGNATURE_AND_STATISTICS, signature_and_statistics
from ..records import oa
from .answers import YesNo
from .task import Task

_BESIDE = tuple(column for column in oa.COLUMNS if column.name in ("age", "sex", "bmi"))

HIP_OA = Task(
    name="hip-oa",
    answer=YesNo("future_oa", no="tasks.hip-oa.no", yes="tasks.hip-oa.yes"),
    size=384,
    simulated={"region": "hip", "views": ("hip",), "mix": {"none": 1.0}, "patient": {"kl": (0, 0, 1)}},
    system="texture",
    settings={
        "places": HIP,
        "ahead": ("neck base", "head"),
        "measure": signature_and_statistics,
        "numbers": SIGNATURE_AND_STATISTICS,
        "beside": _BESIDE,
        "method": "elastic",
    },
    beside=tuple(column.name for column in _BESIDE),
    baseline="age",
    recipe={"n": 1200, "epochs": 1, "batch_size": 32},
    published="tasks.hip-oa.published",
    measured="tasks.hip-oa.measured",
)
