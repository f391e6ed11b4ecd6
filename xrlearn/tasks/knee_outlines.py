"""How far is osteoarthritis of this knee, by what can be measured on its outlines? A second opinion beside `knee-oa`.

Kellgren and Lawrence (1957) describe their grades by the joint space and the margins' outgrowths. Here both are
measured, and the grade follows from the measurements by a rule that can be read on the model's card: what a network of
the `knee-oa` kind sees remains its secret, what this one sees can be drawn on the film and checked.
"""

from ..radiograph.knee import MIRRORED, OUTLINES, SIGNS, signs
from .answers import MeasuredGrades
from .task import Task

KNEE_OUTLINES = Task(
    name="knee-outlines",
    answer=MeasuredGrades("kl", keys=tuple(f"tasks.kl.{k}" for k in range(5)), diseased_from=2, measures=SIGNS),
    size=320,
    simulated={"region": "knee"},
    system="landmarks",
    settings={
        "points": OUTLINES,
        "mirror": MIRRORED,
        "lines": (),
        "room": {
            "above": (0.3, 0.7),
            "below": (0.3, 0.7),
            "beside": (1.15, 1.45),
            "slender": (0.9, 1.1),
            "film": (0.85, 1.0),
        },
        "hospitals": {"bend": 0.012, "equalise": 0.6},
        "shape": (224, 224),
        "widths": (24, 32, 64, 96, 128),
        "measure": signs,
    },
    recipe={"n": 4000, "epochs": 6, "batch_size": 16},
    published="tasks.knee-oa.published",
    measured="tasks.knee-oa.measured",
)
