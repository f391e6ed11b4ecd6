"""Write README.md's figures on real films from the cards of the models that ship; nothing in them is typed by hand.

python tools/readme_figures.py [--check]
"""

import re
import sys
from pathlib import Path
from typing import Any

from xrlearn.tasks import SIMULATED
from xrlearn.tasks.answers import Several
from xrlearn.tasks.registry import known
from xrlearn.tasks.task import Task
from xrlearn.training import model_card
from xrlearn.training.weights import WeightsError

README = Path(__file__).resolve().parents[1] / "README.md"
START, END = "<!-- figures: make readme -->", "<!-- end of figures -->"
#: the figures that say most of each kind of answer, in this order; those that an answer has are shown, two at most
TELLING = ("auc", "kappa", "mae", "median_error", "auc_together", "sensitivity", "accuracy")


def figure(name: str, task: Task, found: dict[str, Any]) -> str:
    """Return one figure with its interval, as words.

    Examples
    --------
    >>> from xrlearn.tasks import find
    >>> figure("auc", find("fracture"), {"value": 0.9263, "low": 0.8973, "high": 0.9552})
    'AUC 0.926 (0.897 – 0.955)'
    """
    digits = 1 if "unit" in found else 3
    value, low, high = (f"{found[part]:.{digits}f}" for part in ("value", "low", "high"))
    return f"{task.answer.title(name)} {value} ({low} – {high})"


def telling(task: Task, metrics: dict[str, Any], most: int = 2, joint: str = "; ") -> str:
    """Return the figures that say most of an answer, `most` at most."""
    if isinstance(task.answer, Several):  # one figure a part, the same of all
        heads = [name for name in metrics if name.endswith((".accuracy", ".standard_error"))]
        return joint.join(figure(name, task, metrics[name]) for name in heads)
    names = [name for name in metrics if name.rpartition(".")[2] in TELLING]
    names.sort(key=lambda name: TELLING.index(name.rpartition(".")[2]))
    return joint.join(figure(name, task, metrics[name]) for name in names[:most])


def rows() -> list[str]:
    """Return the rows of the table: a line for every model and collection of real films (docs/headline.md has all)."""
    found = []
    for task in known():
        try:
            figures = model_card(task.name).figures
        except WeightsError:
            continue
        for told in figures.get("by_source", {"": figures}).values():
            if told["source"] == SIMULATED:
                continue
            words = telling(task, told["metrics"])
            maps = told.get("heatmaps", {}).get("evidence")
            hits = f"; heat map's peak in the lesion {maps['hit']:.0%}" if maps else ""
            found.append(f"| `{task.name}` | {told['n']} {told['source']} | {words}{hits} | `{told['command']}` |")
    return found


def written(text: str) -> str:
    """Return README's text with the table as the cards have it."""
    head = ["| model | films | figures, 95 % intervals by patient | command |", "|---|---|---|---|"]
    table = "\n".join([START, "", *head, *rows(), "", END])
    return re.sub(f"{re.escape(START)}.*?{re.escape(END)}", lambda _: table, text, flags=re.DOTALL)


def main() -> int:
    """Write, or only compare."""
    text = README.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        return int(written(text) != text)
    README.write_text(written(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
