"""Which part of the body a question is about, and whether a film's header names another one."""

from ..radiograph import Finding, Radiograph
from ..radiograph.film import CONFIRMED
from .task import Task

#: region of ours -> what headers also call it, or films on which it is seen, too
ALSO = {
    "ankle": ("foot",), "forearm": ("elbow", "wrist", "radius", "ulna"), "hand": ("wrist", "finger", "thumb"),
    "heel": ("calcaneus", "foot", "ankle"), "hip": ("pelvis", "femur"), "knee": ("patella",),
    "shoulder": ("humerus", "clavicle", "scapula"), "spine": (), "wrist": ("hand", "forearm", "scaphoid"),
}  # fmt: skip
#: parts that no question about limbs is about
TRUNK = ("spine", "chest", "abdomen", "skull", "head", "jaw", "rib", "breast")


def regions_of(task: Task) -> set[str]:
    """Return the regions that a task is put to.

    >>> from . import find
    >>> sorted(regions_of(find("fracture")))
    ['ankle', 'forearm', 'wrist']
    """
    return {str(recipe["region"]) for recipe in (task.simulated, *task.also)} | set(task.regions)


def other_part(task: Task, film: Radiograph) -> Finding | None:
    """Return the question that a film asks whose header names a part that the task is not about.

    A header that says nothing, or a word that is not known here, is no reason to doubt; nor is one whose part a reader
    has confirmed.

    Examples
    --------
    >>> import numpy as np
    >>> from . import find
    >>> knee = Radiograph(np.eye(4, dtype=np.float32), body_part="knee")
    >>> other_part(find("knee-oa"), knee) is None, other_part(find("bone-age"), knee).asks
    (True, True)
    """
    said = film.body_part or ""
    own = {word for region in regions_of(task) for word in (region, *ALSO.get(region, ()))}
    limbs = {word for region in ALSO for word in (region, *ALSO[region])}
    others = {*TRUNK} if task.regions else {*TRUNK, *limbs}  # a question to several regions knows films of all limbs
    if CONFIRMED in film.remarks or any(word in said for word in own) or not any(word in said for word in others):
        return None
    return Finding("radiograph.doubt.part", {"part": said})
