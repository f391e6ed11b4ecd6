"""Every system in one table: published, simulated, real, and what it has to beat (`make headline`).

    python tools/headline.py [TASK ...] [--quick] [--anew] [--cards]

`make headline` first makes what `make weights` would make: each task's model, trained by the task's recipe from a fixed
seed and measured on simulated patients that no model has met and on test patients of every real pack on this machine.
Those figures stand on the models' cards; here each model reads the same simulated patients once more, in a process of
its own, which tells the seconds, the memory, and two honest baselines: always the commonest answer, and a linear model
on frozen ImageNet features of the films of 600 patients that the model has learned from. A row that is done lies in
artefacts/headline/ until its model changes (`--anew` does it again); give the command again after an interruption.
Writes docs/headline.md; nothing in it is typed by hand. `--quick` tries every step on a few films and prints the table;
`--cards` measures nothing, and what a row lacks stays a "-".
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

import make_weights
from readme_figures import figure, telling

import xrlearn as xr
from xrlearn.locale import text
from xrlearn.tasks import SIMULATED, find
from xrlearn.tasks.registry import known
from xrlearn.tasks.task import RECIPE, Task
from xrlearn.training import load_model, model_card
from xrlearn.training.baselines import always_the_same, linear
from xrlearn.training.weights import WEIGHTS

ROOT = Path(__file__).resolve().parents[1]
ROWS, PAGE = ROOT / "artefacts" / "headline", ROOT / "docs" / "headline.md"
HEAD = """# Every system, its published figure and ours

Written by `make headline`: simulated patients of seed 0, whom no model has met, and test patients of real packs.
Intervals are 95 %, by patient. *Always the same*: the commonest answer, of numbers the median. *Linear*: logistic or
ridge regression on an ImageNet network's frozen features of 600 simulated patients' films, 450 at most to fit it and
their validation films to settle it. Seconds are those of training on one core, or on the graphics card that is named,
and of reading all simulated test patients on one core; memory is the most that this reading took. "-": there is none,
or it has not been measured of the model that ships today (`make headline` goes on).

| task | published | simulated | real | always the same | linear | training, reading s | peak MB |
|---|---|---|---|---|---|---|---|
"""


def learned_from(task: Task, most: int) -> Any:
    """Return simulated cases that the model has learned from: three quarters to fit, the validation films to settle."""
    recipe = {**RECIPE, **find(task.recipe.get("as", task.name)).recipe}
    cases = make_weights.films(task, {"n": min(recipe["n"], most), "sources": [SIMULATED]})
    return cases.groupby("split", group_keys=False).head(most * 3 // 4)


def measured(name: str, quick: bool) -> dict[str, Any]:
    """Return a row: baselines, seconds and memory of reading."""
    task = find(name)
    few: dict[str, Any] = {"size": 64} if quick and task.films else {}
    test = xr.load(name, SIMULATED, n=40, **few) if quick else xr.load(name, SIMULATED)
    model = load_model(name)
    begun = time.monotonic()
    xr.evaluate(model, test)
    row: dict[str, Any] = {
        "task": name,
        "of": digest(name),
        "seconds": round(time.monotonic() - begun),
        "mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    learns = learned_from(task, 40 if quick else 600)
    row["commonest"] = always_the_same(task.answer, learns, test)
    try:
        row["linear"] = linear(name, learns, test)
    except TypeError:  # no film, or an answer that no linear model of the whole film gives
        row["linear"] = {}
    return row


def digest(name: str) -> str:
    """Return what changes with the model that ships."""
    return blake2b((WEIGHTS / f"{find(name).tensors}.safetensors").read_bytes(), digest_size=8).hexdigest()


def row_of(name: str, quick: bool, anew: bool) -> dict[str, Any]:
    """Measure a row in a process of its own, so that its memory is its own."""
    file = ROWS / f"{name}{'-quick' if quick else ''}.json"
    if anew or not file.is_file() or json.loads(file.read_text())["of"] != digest(name):
        command = [sys.executable, __file__, "--row", name, *(["--quick"] if quick else [])]
        file.write_text(subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout)
    row: dict[str, Any] = json.loads(file.read_text())
    return row


def row_kept(name: str) -> dict[str, Any]:
    """Return a row that was measured of the model that ships, or one without baselines."""
    file = ROWS / f"{name}.json"
    row: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    return row if row.get("of") == digest(name) else dict.fromkeys(("seconds", "mb"), "-") | {
        "task": name, "commonest": {}, "linear": {}
    }  # fmt: skip


def _card_of(training: dict[str, Any]) -> str:
    device = training.get("device", "cpu")
    return "" if device == "cpu" else f" ({device})"


def page(rows: list[dict[str, Any]]) -> str:
    """Return docs/headline.md."""
    lines = []
    for row in rows:
        task, card = find(row["task"]), model_card(row["task"])
        figures = card.figures.get("by_source") or {card.figures["source"]: card.figures}
        real = "<br>".join(
            f"{source}, {f['n']}: {telling(task, f['metrics']) or '-'}"
            for source, f in figures.items()
            if source != SIMULATED
        )
        own = figures.get(SIMULATED)
        cells = [
            f"`{task.name}`",
            text(task.published),
            f"{own['n']}: {telling(task, own['metrics']) or '-'}" if own else "-",
            real or "-",
            "; ".join(figure(name, task, found) for name, found in row["commonest"].items()) or "-",
            telling(task, row["linear"]) or "-",
            f"{card.training.get('seconds', '-')}{_card_of(card.training)}, {row['seconds']}",
            str(row["mb"]),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Measure what is asked for, or all; write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--quick", action="store_true", help="a few films only")
    parser.add_argument("--anew", action="store_true", help="also rows that are done")
    parser.add_argument("--cards", action="store_true", help="measure nothing")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.row:
        sys.stdout.write(json.dumps(measured(wanted.row, wanted.quick), indent=1))
        return 0
    ROWS.mkdir(parents=True, exist_ok=True)
    names = wanted.tasks or [task.name for task in known()]
    rows = [row_kept(name) if wanted.cards else row_of(name, wanted.quick, wanted.anew) for name in names]
    if wanted.quick or wanted.tasks:
        sys.stdout.write(page(rows))
    else:
        PAGE.write_text(page(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
