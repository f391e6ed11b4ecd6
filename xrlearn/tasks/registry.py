"""The tasks, by name."""

from ..locale.errors import SentenceError
from .ankle_fracture import ANKLE_FRACTURE
from .bone_age import BONE_AGE
from .bone_age_aid import BONE_AGE_AID
from .bone_age_scratch import BONE_AGE_SCRATCH
from .cobb_angle import COBB_ANGLE
from .distal_radius_fracture import DISTAL_RADIUS_FRACTURE
from .femoral_neck_fracture import FEMORAL_NECK_FRACTURE
from .fracture import FRACTURE
from .fracture_in_context import FRACTURE_IN_CONTEXT
from .fracture_report import FRACTURE_REPORT
from .hip_fracture import HIP_FRACTURE
from .hip_fracture_risk import HIP_FRACTURE_RISK
from .hip_oa import HIP_OA
from .intertrochanteric_fracture import INTERTROCHANTERIC_FRACTURE
from .knee_oa import KNEE_OA
from .knee_outlines import KNEE_OUTLINES
from .knee_tumour import KNEE_TUMOUR
from .oa_risk import OA_RISK
from .osteoporosis import OSTEOPOROSIS
from .paediatric_fracture import PAEDIATRIC_FRACTURE
from .patella_height import PATELLA_HEIGHT
from .proximal_humerus_fracture import PROXIMAL_HUMERUS_FRACTURE
from .spine_alignment import SPINE_ALIGNMENT
from .task import Task
from .trauma_attributes import TRAUMA_ATTRIBUTES
from .wrist_fracture import WRIST_FRACTURE
from .wrist_fracture_aid import WRIST_FRACTURE_AID

_TASKS = {
    task.name: task
    for task in (
        FRACTURE,
        TRAUMA_ATTRIBUTES,
        WRIST_FRACTURE,
        WRIST_FRACTURE_AID,
        DISTAL_RADIUS_FRACTURE,
        PROXIMAL_HUMERUS_FRACTURE,
        FEMORAL_NECK_FRACTURE,
        INTERTROCHANTERIC_FRACTURE,
        HIP_FRACTURE,
        ANKLE_FRACTURE,
        BONE_AGE,
        BONE_AGE_SCRATCH,
        BONE_AGE_AID,
        KNEE_OA,
        KNEE_OUTLINES,
        HIP_OA,
        COBB_ANGLE,
        SPINE_ALIGNMENT,
        OSTEOPOROSIS,
        FRACTURE_IN_CONTEXT,
        PATELLA_HEIGHT,
        PAEDIATRIC_FRACTURE,
        KNEE_TUMOUR,
        FRACTURE_REPORT,
        OA_RISK,
        HIP_FRACTURE_RISK,
    )
}


class TaskError(SentenceError):
    """There is no such task, or no films for it; the message says what to do."""

    section = "tasks.error."


def find(name: str) -> Task:
    """Return the task called `name`.

    Raises
    ------
    TaskError
        If there is none; the message lists those that there are.

    Examples
    --------
    >>> find("fracture").size
    320
    """
    if name not in _TASKS:
        raise TaskError("unknown", name=name, known=", ".join(_TASKS))
    return _TASKS[name]


def asking(label: str) -> Task:
    """Return the first task that asks for a label (a column of the cases table).

    Raises
    ------
    TaskError
        If no task does; the message lists those that there are.

    Examples
    --------
    >>> asking("fracture").name
    'fracture'
    """
    found = next((task for task in _TASKS.values() if label in task.answer.columns), None)
    return found or find(label)


def known() -> tuple[Task, ...]:
    """Return all tasks, in the order in which they are listed."""
    return tuple(_TASKS.values())
