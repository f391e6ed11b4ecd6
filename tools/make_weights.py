"""Make the models that ship: train, calibrate, measure on the films that a newcomer has, and write weights and cards.

    python tools/make_weights.py [TASK ...] [--anew] [--refine] [--measure] [--films]   (`make weights`)

What a task's file calls its recipe is followed. A model that was made by this recipe from such films as the simulator
makes today is left as it is, and a training that was interrupted goes on from its last epoch: give the command again
until all are done. `--refine` begins with the model that is there and goes over half as many films half as often, in
smaller steps: films that have changed a little need no more, and the card says so. `--measure` only measures the
models that are there, and writes their cards anew; `--films` only learns anew how the films look that a model knows,
from such as the simulator makes today and real ones of its sources.
"""

import argparse
import sys
import time
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.heatmaps.report import with_figures
from xrlearn.paths import cache
from xrlearn.tasks import SIMULATED, TaskError, find
from xrlearn.tasks.loading import cohorts_of
from xrlearn.tasks.registry import known
from xrlearn.tasks.task import RECIPE, TRAINING_SEED, Task
from xrlearn.training import Model, load_model, model_card, save
from xrlearn.training import train as train_model
from xrlearn.training.live import Curves, LiveCurves
from xrlearn.training.weights import KNOWN, WeightsError


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def edition(task: Task) -> str:
    """Return a digest of some of the task's records, or films: how bright and uneven each of 16 x 16 places is.

    It tells films apart that somebody would have to learn anew, and neither a comment in the simulator nor the last
    digit of another processor.
    """
    digest = blake2b(digest_size=6)
    if not task.films:
        digest.update(xr.load(task.name, n=8, seed=TRAINING_SEED).to_csv().encode())
        return digest.hexdigest()
    each = cohorts_of(task, n=8 * (1 + len(task.also)), seed=TRAINING_SEED, size=128)
    for film, _ in chain.from_iterable(cohort.films() for cohort in each):
        rows, columns = (n // 16 * 16 for n in film.pixels.shape)
        places = film.pixels[:rows, :columns].reshape(16, rows // 16, 16, columns // 16)
        for seen in (places.mean((1, 3)), 4 * places.std((1, 3))):
            digest.update(np.round(64 * seen).astype(np.uint8).tobytes())
    return digest.hexdigest()


def recipe_of(task: Task) -> dict[str, Any]:
    """Return how the task's model is made, as its card says it."""
    other = find(task.recipe["as"]).recipe if "as" in task.recipe else {}
    own = {**RECIPE, "sources": [SIMULATED], "films_seed": TRAINING_SEED, **other, **task.recipe}
    return own | {"edition": edition(task)}


def films(task: Task, recipe: dict[str, Any]) -> pd.DataFrame:
    """Return the films to learn from. Simulated ones are all for learning: others are kept for the test."""
    cases = xr.load(task.name, recipe["sources"], n=recipe["n"], seed=TRAINING_SEED)
    made = (cases["source"] == SIMULATED) & (cases["split"] == "test")
    return cases.assign(split=cases["split"].mask(made, "train"))


def test_films(task: Task, recipe: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the films that the model is measured on, of every source on this machine; of those that it has learned
    from, the patients kept apart.
    """
    found = {}
    for source in task.sources:
        try:
            cases = xr.load(task.name, source)
        except DataError:  # not on this machine
            continue
        learned_from = source in recipe["sources"] and source != SIMULATED
        found[source] = cases[cases["split"] == "test"] if learned_from else cases
    return found


def made(task: Task, recipe: dict[str, Any]) -> bool:
    """Say whether the model that ships was made so."""
    try:
        training = model_card(task.name).training
    except WeightsError:
        return False
    return all(training.get(name) == value for name, value in recipe.items())


def refined(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe for a model that begins with an older one."""
    return recipe | {"n": recipe["n"] // 2, "epochs": -(-recipe["epochs"] // 2), "refined": True}


def older(task: Task) -> Model:
    """Return the model that is there. The films that it has learned from are made anew: nobody meets them again."""
    model = load_model(task.name)
    return Model(model.net, model.card, stored=model.stored | {"seen": model.stored["seen"][:0]})


def shared(task: Task, recipe: dict[str, Any]) -> Model:
    """Return another task's model under this one's name: the answers are the same, what is asked of them differs."""
    other = load_model(recipe["as"])
    training = other.card.training | recipe | {"command": f"python tools/make_weights.py {task.name}"}
    card = other.card.model_copy(update={"task": task.name, "training": training})
    return Model(other.net, card, stored=other.stored)


def make(task: Task, recipe: dict[str, Any]) -> Model:
    """Train the model of a task."""
    if "as" in recipe:
        return shared(task, recipe)
    cases = films(task, recipe)
    say(f"{task.name}: {len(cases)} films")
    begun = time.monotonic()

    def tell(curves: Curves) -> None:
        if curves.epochs and len(curves.epochs) > len(told):
            told.append(curves.epochs[-1])
            say(f"{task.name}: " + ", ".join(f"{name} {value:.4g}" for name, value in told[-1].items()))

    told: list[dict[str, float]] = []
    keep = cache() / "training" / f"{task.name}.safetensors"
    shown = [LiveCurves(tell)]
    begin = older(task) if "refined" in recipe else None
    how = {"begin": begin, "keep": keep, "batch_size": recipe["batch_size"]}
    model = train_model(task.name, cases, recipe["epochs"], cbs=shown, **how)
    seconds = round(time.monotonic() - begun)
    training = (
        model.card.training | recipe | {"command": f"python tools/make_weights.py {task.name}", "seconds": seconds}
    )
    return model.with_card(model.card.model_copy(update={"training": training}))


def looked(task: Task, recipe: dict[str, Any]) -> Model:
    """Return the model that is there, knowing its training films as they look today."""
    model = load_model(task.name)
    if "as" in recipe:
        limits = {"distribution": model_card(recipe["as"]).distribution}
        return model.with_card(model.card.model_copy(update=limits))
    return model.knowing(films(task, recipe | {"n": min(recipe["n"], KNOWN)}))


def main() -> int:
    """Make what is asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--anew", action="store_true", help="also what has been made")
    parser.add_argument("--refine", action="store_true", help="begin with the models that are there")
    parser.add_argument("--measure", action="store_true", help="measure only")
    parser.add_argument("--films", action="store_true", help="look at the training films only")
    wanted = parser.parse_args()
    for task in [find(name) for name in wanted.tasks] or known():
        recipe = recipe_of(task)
        if wanted.films:
            say(f"{save(looked(task, recipe)).name}: its films are known anew")
            continue
        if wanted.measure:
            model = load_model(task.name)
        elif made(task, recipe) and not wanted.anew:
            say(f"{task.name}: made already")
            continue
        else:
            try:
                model = make(task, refined(recipe) if wanted.refine else recipe)
            except (TaskError, DataError) as error:
                say(f"{task.name}: {error}")
                continue
            save(model)  # before anything else can go wrong
            model = load_model(task.name)  # what ships is measured: 8 bits a number
        path = save(with_figures(model, test_films(task, recipe)))
        figures = model_card(task.name).figures["metrics"]
        say(f"{path.name}: " + ", ".join(f"{name} {f['value']:.3f}" for name, f in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
