"""Is this bone porotic? From six numbers of the heel's texture, as Singh et al. asked in 2017.

The body of the calcaneus is found; three statistics of its grey values and three of neighbouring pixels are read by a
support vector machine, or by nearest neighbours, naive Bayes or a small network (`xr.learner("osteoporosis", cases,
method="neighbours")`). Published: 98 % right by the support vector machine.

To learn from it: later work on public films reaches 73 to 78 %. `python benchmarks/osteoporosis_leaks.py` shows what
98 % is worth: it can be had without any bone, where films of one patient stand in both parts, or where the porotic
were filmed by another device.
"""

from ..radiograph.grey_texture import GREY_TEXTURE, grey_texture
from ..radiograph.trabecular_places import HEEL
from .answers import Grades
from .task import Task

OSTEOPOROSIS = Task(
    name="osteoporosis",
    answer=Grades("osteoporosis", keys=tuple(f"tasks.osteoporosis_class.{k}" for k in range(3)), diseased_from=2),
    size=384,
    simulated={"region": "heel"},
    system="texture",
    settings={
        "places": HEEL,
        "ahead": ("superior tuberosity", "anterior process"),
        "measure": grey_texture,
        "numbers": GREY_TEXTURE,
        "method": "svm",
    },
    recipe={"n": 1000, "epochs": 1, "batch_size": 32},
    published="tasks.osteoporosis.published",
    measured="tasks.osteoporosis.measured",
)
