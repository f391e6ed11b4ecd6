"""The same films learned in several ways, side by side: one row a way, written as it is done.

    python benchmarks/side_by_side.py networks TASK      the review's five networks, from nothing, and lite0
    python benchmarks/side_by_side.py layers TASK        last layers or all; eight copies a film, also across the split
    python benchmarks/side_by_side.py amount TASK        accuracy after 200, 320 and 640 films
    python benchmarks/side_by_side.py votes TASK         one network or five, one view or all
    python benchmarks/side_by_side.py page               docs/side-by-side.md: the tables that are done, and what
                                                         two benchmarks printed into NAME.txt beside them

Options: `--n` films, `--epochs`, `--size`, `--quick`, `--anew`. Training films are simulated patients of seed 100, test
films 400 of seed 1, whom nothing has met; *own test films* are those that the way itself kept apart, which is where a
leak shows. Every row starts from seed 0. Rows that are done lie in artefacts/side_by_side/, a row that was interrupted
goes on from its last epoch: give the command again. The table is printed and written beside them.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from common import say

import xrlearn as xr
from xrlearn.data.copies import with_copies
from xrlearn.tasks import find
from xrlearn.tasks.task import TRAINING_SEED
from xrlearn.training import train
from xrlearn.training.networks.review import REVIEW

DONE = Path(__file__).resolve().parents[1] / "artefacts" / "side_by_side"
PAGE = DONE.parents[1] / "docs" / "side-by-side.md"
HEAD = """# The same films, learned in several ways

Written by `python benchmarks/side_by_side.py page` from tables that the commands below made on two processor cores:
simulated patients of seed 100 to learn from, 400 test films of seed 1 whose patients nothing has met, every row from
seed 0. *Own test films* are those that the way itself kept apart: where they say more than new patients do, something
has leaked. 95 % intervals by patient. The films are smaller and fewer than those of the models that ship: the rows are
to be compared with each other, not with [the table of all systems](headline.md).

Seconds are those of a machine that did other things, too. Networks that begin from nothing learn nothing from a few
hundred films in as few rounds: that is what a trunk that has seen other pictures is worth.
"""
TOLD = {
    "layers": "Last layers or all, and what augmented copies across the split do to the figure (as in Kim 2018)",
    "votes": "One network or five that vote, one view or all three (as in Kitamura 2019)",
    "amount": "What 200, 320 and 640 films bring (as in Adams 2019)",
    "networks": "Five networks that the field began with, from nothing, and the one that we use",
}
PRINTED = {
    "stock_fastai": "fastai as it comes, on the same wrists",
    "osteoporosis_leaks": "Osteoporosis: what 98 % is worth where patients or devices leak (Singh 2017)",
    "hip_oa_designs": "Arthritis of the hip in ten years: what texture and the grade add (as in Hirvasniemi 2019)",
}
AMOUNTS = (200, 320, 640)
QUICK = 48
#: figures that are shown where a way has them
SHOWN = ("auc", "accuracy", "accuracy_one", "accuracy_one_together", "accuracy_together", "kappa", "mae")

#: label, films, options of the learner, and whether copies cross the split
Way = tuple[str, pd.DataFrame, dict[str, Any]]


def ways(what: str, cases: pd.DataFrame) -> Iterator[Way]:
    """Name the ways of an experiment."""
    if what == "networks":
        yield "lite0, pretrained", cases, {}
        for name in REVIEW:
            yield f"{name}, from nothing", cases, {"network": name}
    elif what == "layers":
        copied = with_copies(cases, 8)
        yield "last layers", cases, {"train": "last", "augment": False}
        yield "last layers, 8 copies a film", copied, {"train": "last", "augment": False}
        yield "all layers", cases, {"augment": False}
        yield "all layers, 8 copies a film", copied, {"augment": False}
        yield "all layers, 8 copies across the split (wrong)", with_copies(cases, 8, leak=True), {"augment": False}
    elif what == "amount":
        train_films, rest = cases[cases["split"] == "train"], cases[cases["split"] != "train"]
        for name in ("lite0", "alexnet", "googlenet"):
            for n in AMOUNTS:
                yield f"{name}, {n} films", pd.concat([train_films.head(n), rest]), {"network": name}
    elif what == "votes":
        yield "classifier, pretrained", cases, {}
        yield "five networks, from nothing", cases, {"system": "ensemble"}


def films(what: str, task: str, n: int | None, size: int | None) -> pd.DataFrame:
    """Return the films of an experiment: enough for its largest row."""
    usual = {"networks": 1200, "layers": 400, "amount": 960, "votes": 1788}[what]  # 596 ankles in three views
    return xr.load(task, n=n or usual, seed=TRAINING_SEED, size=size)


def row(way: Way, task: str, epochs: int, test: pd.DataFrame, size: int | None, keep: Path) -> dict[str, Any]:
    """Learn and measure one way."""
    label, cases, options = way
    begun = time.monotonic()
    model = train(task, cases, epochs, seed=0, keep=keep, **options, **({"size": size} if size else {}))
    seconds = time.monotonic() - begun
    own = cases[cases["split"] == "test"].reset_index(drop=True)
    answer = find(task).answer
    reading = model.system.read(model.net, own, model.card.options)  # not `evaluate`, which would find the copies out
    mine = answer.figures(answer.truth(own), reading.output, model.card.calibration, own["patient"])
    return {
        "way": label,
        "films": int((cases["split"] == "train").sum()),
        "parameters": sum(p.numel() for p in model.net.parameters()),
        "seconds": round(seconds),
        "own": mine,
        "new": xr.evaluate(model, test).to_json()["metrics"],
    }


def table(task: str, rows: list[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    answer = find(task).answer
    names = [name for name in SHOWN if any(name in found["new"] for found in rows)]
    heads = [f"{answer.title(name)}, {where}" for name in names for where in ("own test films", "new patients")]
    lines = [["way", "films", "million parameters", "seconds", *heads]]
    for found in rows:
        cells = [found["way"], str(found["films"]), f"{found['parameters'] / 1e6:.1f}", str(found["seconds"])]
        for name in names:
            for part in ("own", "new"):
                f = found[part].get(name)
                cells.append("-" if f is None else f"{f['value']:.3f} ({f['low']:.3f} – {f['high']:.3f})")
        lines.append(cells)
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def page() -> None:
    """Write the tables that are done."""
    told = [HEAD]
    for what, title in TOLD.items():
        for folder in sorted(DONE.glob(f"{what}-*")):
            task, n, epochs, size = folder.name.removeprefix(f"{what}-").rsplit("-", 3)
            if n != str(QUICK) and (folder / "table.md").is_file():
                options = f" --n {n}" * (n != "usual") + f" --epochs {epochs}" + f" --size {size}" * (size != "usual")
                command = f"`python benchmarks/side_by_side.py {what} {task}{options}`"
                told.append(f"## {title}\n\n{command}\n\n{(folder / 'table.md').read_text(encoding='utf-8')}")
    for name, title in PRINTED.items():
        if (file := DONE / f"{name}.txt").is_file():
            printed = file.read_text(encoding="utf-8").strip()
            told.append(f"## {title}\n\n`python benchmarks/{name}.py`\n\n```text\n{printed}\n```\n")
    PAGE.write_text("\n".join(told), encoding="utf-8")


def main() -> int:
    """Do the rows that are missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=(*TOLD, "page"))
    parser.add_argument("task", nargs="?")
    parser.add_argument("--n", type=int, help="simulated films to learn from and to tune on")
    parser.add_argument("--epochs", type=int, help="4; 12 of votes")
    parser.add_argument("--size", type=int, help="side of the square that films are fitted into")
    parser.add_argument("--quick", action="store_true", help="a few small films: tries every step, says nothing")
    parser.add_argument("--anew", action="store_true", help="also rows that are done")
    wanted = parser.parse_args()
    if wanted.what == "page":
        page()
        return 0
    if wanted.task is None:
        parser.error("of which task?")
    n, epochs, size = wanted.n, wanted.epochs or (12 if wanted.what == "votes" else 4), wanted.size
    if wanted.quick:
        n, epochs, size = QUICK, 1, 64
    name = "-".join(map(str, (wanted.what, wanted.task, n or "usual", epochs, size or "usual")))
    folder = DONE / name
    folder.mkdir(parents=True, exist_ok=True)
    test = xr.load(wanted.task, n=24 if wanted.quick else 400, seed=1, size=size)
    rows = []
    for way in ways(wanted.what, films(wanted.what, wanted.task, n, size)):
        file = folder / f"{way[0].replace(' ', '_')}.json"
        if wanted.anew or not file.is_file():
            say(f"{way[0]} ...")
            file.write_text(json.dumps(row(way, wanted.task, epochs, test, size, file.with_suffix(".safetensors"))))
        rows.append(json.loads(file.read_text()))
    told = table(wanted.task, rows)
    (folder / "table.md").write_text(told, encoding="utf-8")
    say(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
