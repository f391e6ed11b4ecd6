"""Is the ankle broken? Three views of every patient, read alone and together, as Kitamura et al. did in 2019."""

from .answers import YesNo
from .task import Task

ANKLE_FRACTURE = Task(
    name="ankle-fracture",
    answer=YesNo("fracture", together=True),
    size=320,
    # Small steps are the rule among the region's fractures: of these, half are as plain as those that come to a clinic.
    simulated={"region": "ankle", "views": ("AP", "mortise", "lateral"), "subtlety": (0.0, 0.4)},
    boxes=True,
    # On a graphics card it takes a minute and a half (the card says which); on a processor, most of an hour.
    recipe={"n": 3600, "epochs": 6},
    published="tasks.ankle-fracture.published",
    measured="tasks.fracture.measured",
)
