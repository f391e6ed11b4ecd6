"""Every system in one table: published, simulated, real, and what it has to beat (`make headline`).

    python tools/headline.py [TASK ...] [--cards | --shipped] [--quick] [--anew]

A row is a task: its model is trained by the task's recipe from a fixed seed (`--shipped`: the one that ships, by the
same recipe, is only measured), and measured on simulated patients that no model has met and on the test patients of
every real pack on this machine. Beside it stand two honest baselines on the first of these sources: always the
commonest answer, and a linear model on frozen ImageNet features. A row that is done lies in artefacts/headline/ and
is not done again (`--anew` does); give the command again after an interruption. Writes docs/headline.md; nothing in it
is typed by hand. `--quick` tries every step on a few films and writes nothing to docs/. `--cards` takes the figures
that `make weights` wrote on the cards of the models that ship, and measures nothing.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import make_weights
from readme_figures import figure, telling

import xrlearn as xr
from xrlearn.locale import text
from xrlearn.tasks import SIMULATED, find
from xrlearn.tasks.registry import known
from xrlearn.tasks.task import TRAINING_SEED
from xrlearn.training import load_model, model_card
from xrlearn.training.baselines import always_the_same, linear

ROOT = Path(__file__).resolve().parents[1]
ROWS, PAGE = ROOT / "artefacts" / "headline", ROOT / "docs" / "headline.md"
HEAD = """# Every system, its published figure and ours

{how}
Intervals are 95 %, by patient. *Always the same*: the commonest answer, of numbers the median. *Linear*: logistic or
ridge regression on an ImageNet network's frozen features of 600 simulated films. Seconds are those of training, where
the card tells them, and of measuring.

| task | published | simulated | real | always the same | linear | training, measuring s | peak MB |
|---|---|---|---|---|---|---|---|
"""
MEASURED = (
    "Written by `make headline`: simulated patients of seed 1, whom no model has met, and test patients of real packs."
)
CARDS = (
    "Written by `make headline ARGS=--cards` from the cards of the models that ship: simulated patients of seed 0, whom"
    "\nno model has met, and test patients of real packs, as `make weights` measured them."
)
TEST_SEED = 1  # simulated patients of the test: not those of lessons (0) nor those that models learn from (100)


def measured(name: str, shipped: bool, quick: bool) -> dict[str, Any]:
    """Return a row: figures by source, those of the baselines, seconds and memory."""
    task, begun = find(name), time.monotonic()
    least, most = (24, 400) if task.films else (600, 2000)  # a risk of one in twenty needs many to be seen at all
    recipe = make_weights.recipe_of(task) | ({"n": least, "epochs": 1} if quick else {})
    few: dict[str, Any] = {"size": 64} if quick and task.films else {}
    model = load_model(name) if shipped else make_weights.make(task, recipe)
    tests = {SIMULATED: xr.load(name, n=least if quick else most, seed=TEST_SEED, **few)}
    for source, cases in make_weights.test_films(task, recipe).items():
        if source != SIMULATED:
            tests[source] = cases.head(40) if quick else cases
    found = {source: xr.evaluate(model, cases).to_json() for source, cases in tests.items()}
    learns = xr.load(name, n=least if quick else 600, seed=TRAINING_SEED, **few)
    beaten: dict[str, Any] = {"commonest": always_the_same(task.answer, learns, tests[SIMULATED])}
    try:
        beaten["linear"] = linear(name, learns, tests[SIMULATED])
    except TypeError:  # no film, or an answer that no linear model of the whole film gives
        beaten["linear"] = {}
    return {
        "task": name,
        "shipped": shipped,
        "figures": {source: {"n": row["n"], "metrics": row["metrics"]} for source, row in found.items()},
        "baselines": beaten,
        "training": model.card.training.get("seconds"),
        "seconds": round(time.monotonic() - begun),
        "mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def of_card(name: str) -> dict[str, Any]:
    """Return a row from the card of the model that ships; baselines of a row that was measured before are kept."""
    about = model_card(name)
    sources = about.figures.get("by_source") or {about.figures["source"]: about.figures}
    older = ROWS / f"{name}.json"
    beaten = json.loads(older.read_text())["baselines"] if older.is_file() else {"commonest": {}, "linear": {}}
    return {
        "task": name,
        "figures": {source: {"n": row["n"], "metrics": row["metrics"]} for source, row in sources.items()},
        "baselines": beaten,
        "training": about.training.get("seconds"),
        "seconds": "-",
        "mb": "-",
    }


def row_of(name: str, options: list[str]) -> dict[str, Any]:
    """Measure a row in a process of its own, so that its memory is its own."""
    file = ROWS / f"{name}{''.join(options)}.json"
    if not file.is_file() or "--anew" in sys.argv:
        command = [sys.executable, __file__, "--row", name, *options]
        subprocess.run(command, check=True, cwd=ROOT)
    row: dict[str, Any] = json.loads(file.read_text())
    return row


def page(rows: list[dict[str, Any]], how: str = MEASURED) -> str:
    """Return docs/headline.md."""
    lines = []
    for row in rows:
        task = find(row["task"])
        figures = row["figures"]
        real = "<br>".join(
            f"{source}, {f['n']}: {telling(task, f['metrics']) or '-'}"
            for source, f in figures.items()
            if source != SIMULATED
        )
        own, beaten = figures.get(SIMULATED), row["baselines"]
        same = "; ".join(figure(name, task, found) for name, found in beaten["commonest"].items())
        cells = [
            f"`{task.name}`",
            text(task.published),
            f"{own['n']}: {telling(task, own['metrics']) or '-'}" if own else "-",
            real or "-",
            same or "-",
            telling(task, beaten["linear"]) or "-",
            f"{row['training'] or '-'}, {row['seconds']}",
            str(row["mb"]),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return HEAD.format(how=how) + "\n".join(lines) + "\n"


def main() -> int:
    """Measure what is asked for, or all; write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--shipped", action="store_true", help="measure the models that ship")
    parser.add_argument("--cards", action="store_true", help="the figures on the cards of the models that ship")
    parser.add_argument("--quick", action="store_true", help="a few films only")
    parser.add_argument("--anew", action="store_true", help="also rows that are done")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    options = [option for option in ("--shipped", "--quick") if option in sys.argv]
    ROWS.mkdir(parents=True, exist_ok=True)
    if wanted.row:
        row = measured(wanted.row, wanted.shipped, wanted.quick)
        (ROWS / f"{wanted.row}{''.join(options)}.json").write_text(json.dumps(row, indent=1))
        return 0
    names = wanted.tasks or [task.name for task in known()]
    rows = [of_card(name) if wanted.cards else row_of(name, options) for name in names]
    if wanted.quick or wanted.tasks:
        sys.stdout.write(page(rows))
    else:
        PAGE.write_text(page(rows, CARDS if wanted.cards else MEASURED), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
