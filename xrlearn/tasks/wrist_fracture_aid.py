"""Does a heat map help those who read wrists? Frontal films, shown to clinicians, as Lindsey et al. did in 2018.

What a learner should take from it: the figure that counts is that of the reader with the model, not that of the model.
Readers are simulated here (:class:`~.answers.Aided`): alone they are as good as Lindsey's; how much the model adds is
computed, and is the most that it can add. The reader study of this package asks people.
"""

from .answers import Aided
from .task import Task

WRIST_FRACTURE_AID = Task(
    name="wrist-fracture-aid",
    answer=Aided("fracture"),
    size=224,
    simulated={"region": "wrist"},
    boxes=True,
    recipe={"as": "wrist-fracture"},
    published="tasks.wrist-fracture-aid.published",
    measured="tasks.wrist-fracture-aid.measured",
)
