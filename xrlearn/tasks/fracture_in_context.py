"""Is the wrist broken, given the request, the laboratory and the film of last time?

The review asks for models that read images together with the text of the request, laboratory values and earlier images
(Xue, Xu & Wang 2020, outlook); it quotes no figure. Inputs: a frontal wrist film; beside it what there is of an earlier
film, ``request`` (English or Chinese) and three laboratory values. Here all are simulated
(:mod:`xrlearn.records.requests`).

To learn from it: words alone come far, because who is sent with a deformed wrist has broken it; a model that has
heard them is no second reader any more, for it repeats what the colleague suspected. The earlier film tells an old
break from a new one. And what is missing must be left out, not guessed.
"""

from typing import TYPE_CHECKING

from ..records.requests import LABORATORY
from .answers import YesNo
from .task import SIMULATED, Task

if TYPE_CHECKING:
    import pandas as pd


def with_requests(cases: "pd.DataFrame") -> "pd.DataFrame":
    """Return simulated cases with a request and a laboratory; of real patients nothing is invented."""
    from ..records.requests import beside

    real = "source" in cases and (cases["source"] != SIMULATED).any()
    return cases if real else beside(cases)


FRACTURE_IN_CONTEXT = Task(
    name="fracture-in-context",
    answer=YesNo("fracture"),
    size=224,
    beside=("earlier", "request", *(column.name for column in LABORATORY)),
    simulated={"region": "wrist", "earlier": True},
    system="in_context",
    derived=with_requests,
    settings={"columns": LABORATORY, "film": "wrist-fracture"},
    boxes=True,
    recipe={"n": 1200, "epochs": 3, "batch_size": 12},
    published="tasks.fracture-in-context.published",
    measured="tasks.fracture-in-context.measured",
)
