"""Is this bone porotic? From the texture of the heel, as Singh et al. asked in 2017."""

from .answers import Grades
from .task import Task

OSTEOPOROSIS = Task(
    name="osteoporosis",
    answer=Grades("osteoporosis", keys=tuple(f"tasks.osteoporosis_class.{k}" for k in range(3)), diseased_from=2),
    size=224,
    simulated={"region": "heel"},
    published="tasks.osteoporosis.published",
    measured="tasks.osteoporosis.measured",
)
