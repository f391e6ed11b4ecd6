"""Is this bone porotic? From the texture of the heel, as Singh et al. asked in 2017."""

from .task import SIMULATED, Task

OSTEOPOROSIS = Task(
    name="osteoporosis",
    label="osteoporosis",
    classes=("tasks.osteoporosis_class.0", "tasks.osteoporosis_class.1", "tasks.osteoporosis_class.2"),
    kind="grades",
    diseased_from=2,
    sources=(SIMULATED, "osteoporosis-knee"),
    size=224,
    simulated={"region": "heel"},
    published="tasks.osteoporosis.published",
    measured="tasks.osteoporosis.measured",
)
