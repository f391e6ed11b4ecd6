"""Is there a tumour in this knee, and how does it grow? None, with the signs of slow growth, or of fast.

The review names tumours as an outlook, without a figure. What tells them apart on a film is margin and matrix (Lodwick
et al., Radiology 1980): a sclerotic rim or rings and arcs of cartilage speak for slow growth, a margin without rim,
moth-eaten bone or clouds of osteoid for fast. Bone islands, fibrous defects and a fabella are no tumours here.

To learn from it: these classes are signs on a film, not histology; age, site and biopsy decide. Half of these patients
have a tumour, as in no clinic: where one knee in a thousand has one, nearly every alarm is false.
"""

from .answers import Classes
from .task import Task

KNEE_TUMOUR = Task(
    name="knee-tumour",
    answer=Classes("tumour", keys=tuple(f"tasks.tumour.{name}" for name in ("none", "slow", "fast"))),
    size=256,
    simulated={
        "region": "knee",
        "views": ("PA", "lateral"),
        "mix": {"none": 0.5, "tumour_lytic": 0.2, "tumour_sclerotic": 0.1, "tumour_matrix": 0.2},
    },
    boxes=True,
    recipe={"n": 800, "epochs": 3, "batch_size": 16},
    published="tasks.knee-tumour.published",
    measured="tasks.knee-tumour.measured",
)
