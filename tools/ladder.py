"""How many real films does a model need that has learned from simulated ones? (`make ladder`)

    python tools/ladder.py [TASK ...] [--quick] [--anew] [--kept]

Four tasks with real films: learned from simulation alone, then refined on 10, 50 and 200 real patients' films, and
learned from real training films alone, from ImageNet or from nothing as the family begins. The real patients are
drawn with a fixed seed from the training part, each rung holding those of the rung below (the last a thousand films at
most, so that no rung takes an hour); all rungs are measured on the
same test patients, whom no rung has learned from or was tuned on. A rung that is done lies in artefacts/ladder/; give
the command again after an interruption. Writes docs/ladder.md. Needs the real films; a task whose pack is not on this
machine is left out, and said.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import make_weights
import numpy as np
import pandas as pd
from readme_figures import telling

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.tasks import SIMULATED, find
from xrlearn.training import Model, load_model, model_card, save
from xrlearn.training import train as train_model

ROOT = Path(__file__).resolve().parents[1]
DONE, PAGE = ROOT / "artefacts" / "ladder", ROOT / "docs" / "ladder.md"
TASKS = {"bone-age": "rsna-bone-age", "knee-oa": "knee-oa", "cobb-angle": "aasce-spine", "fracture": "fracatlas"}
FILMS = (10, 50, 200)
STEPS = 100  # that a refinement takes at least
MOST = 1000  # training films of the last rung
HEAD = """# How many real films after simulated ones?

Written by `make ladder`. Each row is one task on the same real test patients, whom no rung has learned from; 95 %
intervals by patient. *Simulation alone*: no real film, label or mean is in the model. *+ n*: the same model refined on
n real patients' films (a fifth of them to settle what validation films settle), by eight rounds or a hundred steps,
whichever is more. *Real alone*: the pack's training films, a thousand at most, and no simulated one.

"""


def parts(task: str, source: str) -> dict[str, pd.DataFrame]:
    """Return the pack's films: train, valid, test. Bone is bright on them, and arms are arms."""
    cases = xr.load(task, source)
    if "flag_inverted" in cases:
        cases = cases[cases["flag_inverted"] == 0]
    if task == "fracture":
        cases = cases[(cases["region"] == "hand") & (cases["hardware"] == 0)]
    return {str(split): part.reset_index(drop=True) for split, part in cases.groupby("split")}


def few(films: dict[str, pd.DataFrame], n: int) -> pd.DataFrame:
    """Return n patients' films, a fifth of them (two at least) to settle what is settled on validation films."""
    order = np.random.default_rng(0).permutation(films["train"]["patient"].unique())[:n]
    some = films["train"][films["train"]["patient"].isin(order)].drop_duplicates("patient")
    settles = set(order[: max(2, n // 5)])
    return some.assign(split=["valid" if patient in settles else "train" for patient in some["patient"]])


def simulated(task: str, quick: bool) -> Model:
    """Return the model that knows simulated films only: the one that ships where it is one, or one trained for this."""
    if model_card(task).training.get("sources") == [SIMULATED] and not quick:
        return load_model(task)
    folder = DONE / "simulated"
    if not (folder / f"{task}.safetensors").is_file():
        recipe = make_weights.recipe_of(find(task)) | {"sources": [SIMULATED], "n": 40 if quick else 1200}
        recipe["epochs"] = 1 if quick else 3
        save(make_weights.make(find(task), recipe), folder)
    return load_model(task, folder)


def rung(task: str, name: str, quick: bool) -> dict[str, Any]:
    """Train and measure one rung."""
    films, begun = parts(task, TASKS[task]), time.monotonic()
    test = films["test"].head(40) if quick else films["test"]
    if name == "simulation":
        model = simulated(task, quick)
    elif name == "real":
        some = films["train"].sample(min(MOST, len(films["train"])), random_state=0)
        real = pd.concat([some, films["valid"].head(MOST // 3)])
        real = real.groupby("split").head(40) if quick else real
        model = train_model(task, real, 1 if quick else find(task).recipe.get("epochs", 3))
    else:
        model = refined(task, few(films, int(name)), 1 if quick else STEPS, simulated(task, quick))
    metrics = xr.evaluate(model, test).to_json()["metrics"]
    return {"n": len(test), "metrics": metrics, "seconds": round(time.monotonic() - begun)}


def refined(task: str, real: pd.DataFrame, steps: int, begin: Model) -> Model:
    """Refine a model, by eight rounds or so many steps, whichever is more: in eight steps nothing is learned.

    Where the few films that settle it are of one kind, what was settled before holds.
    """
    answer = find(task).answer
    size = {"size": begin.card.options["size"]} if "size" in begin.card.options else {}
    valid = real[real["split"] == "valid"]
    if answer.kinds and valid[list(answer.columns)].nunique().max() < 2:
        other = real[~real[answer.column].isin(valid[answer.column])].head(1).index
        real.loc[other, "split"] = "valid"
    batches = max(1, (real["split"] == "train").sum() // 8)
    epochs = 1 if steps == 1 else max(8, -(-steps // batches))
    return train_model(task, real, epochs, begin=begin, batch_size=min(8, len(real)), **size)


def page(rows: dict[str, dict[str, Any]]) -> str:
    """Return docs/ladder.md."""
    names = ["simulation", *map(str, FILMS), "real"]
    titles = ["simulation alone", *(f"+ {n}" for n in FILMS), "real alone"]
    lines = [f"| task, test films | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for task, rungs in rows.items():
        cells = [telling(find(task), rungs[name]["metrics"], joint="<br>") for name in names]
        lines.append(f"| `{task}`, {rungs['simulation']['n']} | " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


def kept() -> str:
    """Return the page from what is done; tasks that lack a rung are named."""
    names = ("simulation", *map(str, FILMS), "real")
    files = {task: {name: DONE / f"{task}-{name}.json" for name in names} for task in TASKS}
    whole = {task: own for task, own in files.items() if all(file.is_file() for file in own.values())}
    rows = {task: {name: json.loads(file.read_text()) for name, file in own.items()} for task, own in whole.items()}
    missing = ", ".join(f"`{task}`" for task in TASKS if task not in rows)
    return page(rows) + (f"\nNot climbed to the top yet: {missing} (`make ladder` goes on).\n" if missing else "")


def main() -> int:
    """Climb what is asked for, or all; write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=", ".join(TASKS))
    parser.add_argument("--quick", action="store_true", help="a few films only, writes nothing to docs/")
    parser.add_argument("--anew", action="store_true", help="also rungs that are done")
    parser.add_argument("--kept", action="store_true", help="write the page from what is done")
    parser.add_argument("--rung", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    DONE.mkdir(parents=True, exist_ok=True)
    if wanted.kept:
        PAGE.write_text(kept(), encoding="utf-8")
        return 0
    quick = ["--quick"] if wanted.quick else []
    if wanted.rung:
        found = rung(wanted.tasks[0], wanted.rung, wanted.quick)
        (DONE / f"{wanted.tasks[0]}-{wanted.rung}{''.join(quick)}.json").write_text(json.dumps(found, indent=1))
        return 0
    rows: dict[str, dict[str, Any]] = {}
    for task in wanted.tasks or TASKS:
        try:
            parts(task, TASKS[task])
        except DataError as error:
            sys.stdout.write(f"{task}: {error}\n")
            continue
        for name in ("simulation", *map(str, FILMS), "real"):
            file = DONE / f"{task}-{name}{''.join(quick)}.json"
            if not file.is_file() or wanted.anew:
                subprocess.run([sys.executable, __file__, task, "--rung", name, *quick], check=True, cwd=ROOT)
            rows.setdefault(task, {})[name] = json.loads(file.read_text())
    if rows and not (wanted.quick or wanted.tasks):
        PAGE.write_text(page(rows), encoding="utf-8")
    else:
        sys.stdout.write(page(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
