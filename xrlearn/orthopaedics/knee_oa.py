"""How far is osteoarthritis of this knee? Kellgren and Lawrence's grades, as Tiulpin et al. asked in 2018."""

from .task import SIMULATED, Task

KNEE_OA = Task(
    name="knee-oa",
    label="kl",
    classes=("tasks.kl.0", "tasks.kl.1", "tasks.kl.2", "tasks.kl.3", "tasks.kl.4"),
    kind="grades",
    diseased_from=2,
    sources=(SIMULATED, "knee-oa"),
    size=224,
    simulated={"region": "knee"},
    published="tasks.knee-oa.published",
    measured="tasks.knee-oa.measured",
)
