"""The designs that were published for risks without films, side by side on the same people.

    python benchmarks/risks.py [--n 6000] [--write]

Age alone; logistic regression; boosted trees (Kruse et al. 2017 found trees best among 24 models of women); one small
network (Ho-Le et al. 2017); an ensemble of networks (Tseng et al. 2013 set it against a logistic regression); fastai's
``tabular_learner``; quantile scaling, principal components and a network (Lim et al. 2019), which is our ``tabular``.
All learn from simulated people of seed 100 and are measured on those of seed 1; of GLOW500 and NHANES, where they are
on this machine, four fifths teach and one fifth is scored, five times. `--write` writes docs/risks.md. Two minutes.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from common import say
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import xrlearn as xr
from xrlearn.records import numbers
from xrlearn.stats import auc, auc_ci
from xrlearn.tasks import find

PAGE = Path(__file__).resolve().parents[1] / "docs" / "risks.md"
HEAD = """# Risks without films: which design, and what age alone does

Written by `python benchmarks/risks.py --write`. AUC with DeLong's 95 % interval, on people that no design has met. The
simulated people are drawn from published effects (`xrlearn/records/`), in which the truth is a sum of logs: no design
can do better than that sum, and none needs to be deep.
"""
Scores = Callable[[pd.DataFrame, pd.DataFrame], NDArray[np.floating]]


def _ready(model: object) -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), model)


def _sklearn(task: str, make: Callable[[], object]) -> Scores:
    """Return what fits a scikit-learn model on training rows and scores test rows."""
    columns, label = find(task).settings["columns"], find(task).label

    def scores(learn: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.floating]:
        model = _ready(make()).fit(numbers(learn, columns), learn[label])
        found: NDArray[np.floating] = model.predict_proba(numbers(test, columns))[:, 1]
        return found

    return scores


def _network() -> MLPClassifier:
    return MLPClassifier((8,), alpha=3.0, solver="lbfgs", max_iter=150, random_state=0)


def rounds(learn: pd.DataFrame, usual: int) -> int:
    """Return epochs: of few people more, so that a network makes some 500 steps of 64 at least."""
    return max(usual, 500 * 64 // len(learn))


def _fastai(task: str) -> Scores:
    def scores(learn: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.floating]:
        from fastai.tabular.all import FillMissing, Normalize, TabularDataLoaders, range_of, tabular_learner
        from fastai.torch_core import set_seed

        set_seed(0, reproducible=True)
        known = find(task).settings["columns"]

        def told(people: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame(numbers(people, known), columns=[column.name for column in known])

        table = told(learn)
        columns = [name for name in table if table[name].nunique() > 1]  # a register lacks some
        table = table[columns].assign(answer=learn[find(task).label].astype(str).to_numpy())
        fill: list[object] = [FillMissing(add_col=False), Normalize]
        last = list(range_of(table))[-len(table) // 5 :]
        dls = TabularDataLoaders.from_df(
            table, procs=fill, cont_names=columns, y_names="answer", valid_idx=last, bs=64, num_workers=0
        )
        learner = tabular_learner(dls, layers=[32, 16])
        with learner.no_bar(), learner.no_logging():
            learner.fit_one_cycle(rounds(learn, 3), 3e-3)
            asked = told(test)[columns].fillna(table[columns].median())
            chances, _ = learner.get_preds(dl=dls.test_dl(asked))
        return np.asarray(chances[:, 1].numpy())

    return scores


def _ours(task: str) -> Scores:
    def scores(learn: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.floating]:
        from xrlearn.training import train

        model = train(task, learn, epochs=rounds(learn, 5), batch_size=64)
        return model.system.read(model.net, test, model.card.options).output

    return scores


def designs(task: str) -> dict[str, Scores]:
    """Return the designs by name."""
    return {
        "age alone": lambda _, test: test["age"].to_numpy(float),
        "logistic regression": _sklearn(task, lambda: LogisticRegression(max_iter=2000)),
        "boosted trees": _sklearn(
            task, lambda: HistGradientBoostingClassifier(max_depth=3, learning_rate=0.05, random_state=0)
        ),
        "one small network": _sklearn(task, _network),
        "ensemble of 20 networks": _sklearn(task, lambda: BaggingClassifier(_network(), 20, random_state=0)),
        "fastai's tabular_learner": _fastai(task),
        "quantiles, components, network (ships)": _ours(task),
    }


def table(task: str, parts: list[tuple[pd.DataFrame, pd.DataFrame]], name: str) -> str:
    """Return one table of the page; of several parts, each teaches and is scored by itself."""
    truth = np.concatenate([test[find(task).label].to_numpy(int) for _, test in parts])
    lines = [f"\n## `{task}`, {name}\n", f"{len(parts[0][0])} learn, {len(truth)} scored, {truth.sum()} of them yes.\n"]
    lines += ["| design | AUC | seconds |", "|---|---|---|"]
    say(name)
    for title, scores in designs(task).items():
        begun = time.perf_counter()
        # Models of different parts call the same risk by different numbers: those scored together are ranked together.
        said = np.concatenate([rankdata(scores(learn, test)) / len(test) for learn, test in parts])
        low, high = auc_ci(truth, said)
        lines.append(
            f"| {title} | {auc(truth, said):.3f} ({low:.3f} - {high:.3f}) | {time.perf_counter() - begun:.1f} |"
        )
        say(lines[-1])
    return "\n".join(lines) + "\n"


def fifths(people: pd.DataFrame, label: str) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return five pairs: four fifths of the people, who learn and settle, and the fifth that is scored."""
    pairs = []
    for learn, test in StratifiedKFold(5, shuffle=True, random_state=0).split(people, people[label]):
        settles = np.arange(len(learn)) % 5 == 0
        taught = people.iloc[learn].assign(split=np.where(settles, "valid", "train"))
        pairs.append((taught, people.iloc[test].assign(split="test")))
    return pairs


def main() -> int:
    """Print the tables, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=6000)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    page = HEAD
    for task in ("oa-risk", "hip-fracture-risk"):
        learn = xr.load(task, n=wanted.n, seed=100)
        page += table(task, [(learn, xr.load(task, n=wanted.n, seed=1))], "simulated people")
    for source, title in (("glow500", "GLOW500: any fracture in a year"), ("nhanes", "NHANES: a hip once broken")):
        try:
            people = xr.load("hip-fracture-risk", source=source)
        except ValueError as error:
            say(f"Skipped: {error}")
            continue
        page += table("hip-fracture-risk", fifths(people, find("hip-fracture-risk").label), title)
    if wanted.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
