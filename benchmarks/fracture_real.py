"""The shipped fracture model on real films that it has never seen, beside a linear model on frozen features.

    python benchmarks/fracture_real.py            (`make bench-real`; needs the FracAtlas films, skips without them)
    python benchmarks/fracture_real.py --write    docs/fracatlas.md, in place of printing

Prints the figures on the test films, by region, the heat-map table, by size of lesion, and how often films of other
kinds are called unfamiliar. Seeds are fixed; intervals are 95 %.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from common import say
from scipy.ndimage import maximum_filter

import xrlearn as xr
from xrlearn.data import DataError, pack
from xrlearn.heatmaps.scoreboard import score_maps, scoreboard, table
from xrlearn.stats import auc, auc_ci, delong_test, proportion_ci
from xrlearn.stats.free_response import average_precision, froc
from xrlearn.training import Evaluation, shipped
from xrlearn.training.fingerprint import alike, fingerprints
from xrlearn.training.frozen_features import features, fit_head

PAGE = Path(__file__).resolve().parents[1] / "docs" / "fracatlas.md"
HEAD = """# FracAtlas: what an accuracy must be held against

Four of five films of FracAtlas are whole: whoever always says "no fracture" is right four times in five, and accuracies
above 95 % have been published that say neither this nor which patients were kept apart. Here is the model that ships,
on films that were kept apart from training and tuning, with what belongs beside an accuracy: the answer that is always
no, a linear model on features that never learned from a radiograph, films that occur twice, the area under the curve by
region and without films that show metal, false marks a film, and where the model looked. Written by
`python benchmarks/fracture_real.py --write`; seeds are fixed, intervals are 95 %.
"""
#: data sets of films that the model does not know, or only in part
OTHERS = ("rsna-bone-age", "knee-oa", "osteoporosis-knee", "aasce-spine")


def heading(title: str) -> None:
    """Print a heading."""
    say(f"\n== {title}")


def frozen_features(cases: pd.DataFrame) -> np.ndarray:
    """Scores of the test films: logistic regression on an ImageNet trunk, its penalty chosen on validation films."""
    x, y = features(cases["image"].tolist(), size=224), cases["fracture"].to_numpy()
    part = {name: (cases["split"] == name).to_numpy() for name in ("train", "valid", "test")}
    heads = [fit_head(x[part["train"]], y[part["train"]], penalty) for penalty in (0.01, 0.03, 0.1, 0.3, 1.0)]
    best = max(heads, key=lambda h: auc(y[part["valid"]], h.score(x[part["valid"]])))
    return best.score(x[part["test"]])


def unfamiliar(films: Sequence[Path]) -> str:
    """Share of films that the model says it does not know."""
    model = shipped("fracture")
    k = sum(model.distribution.score(xr.read(film)) > 1 for film in films)
    low, high = proportion_ci(k, len(films))
    return f"{k:4d} of {len(films):4d}   {k / len(films):.0%} ({low:.0%} - {high:.0%})"


def duplicates(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the films of which another has the same fingerprint, and whether the two are on different sides."""
    prints = fingerprints(cases["image"].tolist())
    twins = alike(prints, prints)
    np.fill_diagonal(twins, False)
    split = cases["split"].to_numpy()
    apart = (twins & (split[:, None] != split[None])).any(1)
    return cases.assign(apart=apart)[twins.any(1)]


def marks(result: Evaluation) -> tuple[list[float], list[int], int]:
    """Return the peaks of every film's map: how sure, and the lesion in whose box each lies (-1 for none)."""
    assert result.reading.heat is not None
    model, rating, lesion, lesions = shipped("fracture"), [], [], 0
    for (_, case), heat in zip(result.cases.iterrows(), result.reading.heat, strict=True):
        full = model.system.on_film(heat, xr.read(case["image"]), model.card.options)
        reach = max(3, round(0.06 * max(full.shape)))
        peaks = np.argwhere((full == maximum_filter(full, 2 * reach + 1)) & (full > 0.1 * full.max()))
        boxes = case["boxes"] if isinstance(case["boxes"], list) else []
        for r, c in peaks:
            hit = [k for k, (top, left, bottom, right) in enumerate(boxes) if top <= r < bottom and left <= c < right]
            rating.append(float(case["probability"] * full[r, c]))
            lesion.append(lesions + hit[0] if hit else -1)
        lesions += len(boxes)
    return rating, lesion, lesions


def main() -> None:
    """Print all tables."""
    try:
        cases = xr.load("fracture", "fracatlas")
    except DataError as error:
        say(f"Skipped: {error}")
        return
    model = shipped("fracture")
    result = xr.evaluate(model, cases)
    heading(f"test films, n = {len(result.cases)}, threshold {model.card.threshold:.3f}")
    say(result.table().to_string())

    heading("by region")
    for region in ("hand", "leg", "hip", "shoulder"):
        part = result.cases[result.cases[region] == 1]
        y, p = part["fracture"].to_numpy(), part["probability"].to_numpy()
        low, high = auc_ci(y, p)
        say(f"{region:10s} n = {len(part):4d}, fractured {y.sum():3d}   AUC {auc(y, p):.3f} ({low:.3f} - {high:.3f})")

    heading("without films that show metal (a shortcut to the answer)")
    part = result.cases[result.cases["hardware"] == 0]
    y, p = part["fracture"].to_numpy(), part["probability"].to_numpy()
    low, high = auc_ci(y, p)
    say(f"{'':10s} n = {len(part):4d}, fractured {y.sum():3d}   AUC {auc(y, p):.3f} ({low:.3f} - {high:.3f})")

    heading("beside logistic regression on frozen ImageNet features, the same films")
    plain = frozen_features(cases)
    test = cases[cases["split"] == "test"]
    ours = result.cases.set_index("image")["probability"].reindex(test["image"])
    kept = ours.notna().to_numpy()
    y = test["fracture"].to_numpy()[kept]
    low, high = auc_ci(y, plain[kept])
    difference = delong_test(y, ours.to_numpy()[kept], plain[kept])
    say(f"frozen features AUC {auc(y, plain[kept]):.3f} ({low:.3f} - {high:.3f})")
    say(f"difference {difference.difference:+.3f}, DeLong z = {difference.z:.2f}, p = {difference.p:.2g}")

    heading("what any accuracy must be held against")
    y = result.cases["fracture"].to_numpy()
    low, high = proportion_ci(int((y == 0).sum()), len(y))
    say(f"always no: accuracy {(y == 0).mean():.3f} ({low:.3f} - {high:.3f})")
    twins = duplicates(cases)
    say(f"films that have a twin among all {len(cases)}: {len(twins)}, of them across the split {twins['apart'].sum()}")

    heading("marks: peaks of the heat map, rated by the film's probability times their height")
    rating, lesion, lesions = marks(result)
    curve = froc(rating, lesion, len(result.cases), lesions)
    for rate in (0.125, 0.25, 0.5, 1.0, 2.0):
        say(f"sensitivity at {rate:5.3f} false marks a film: {curve.at(rate):.3f}")
    say(f"average precision, a mark within the box: {average_precision(rating, lesion, lesions):.3f}")

    heading("where it looked")
    scores = score_maps(model, result.cases)
    say(table(scoreboard(scores)).to_string())
    heading("where it looked, by share of the film that the lesion covers")
    sizes = scores.groupby("image")["lesion"].first()
    edges = sizes.quantile([0, 1 / 3, 2 / 3, 1]).to_numpy()
    for name, low, high in zip(("small", "medium", "large"), edges[:-1], edges[1:], strict=True):
        films = sizes.index[(sizes >= low) & (sizes <= high)]
        say(f"\n{name}: {low:.2%} - {high:.2%} of the film, n = {len(films)}")
        say(table(scoreboard(scores[scores["image"].isin(films)])).to_string())

    heading("films that the model says it does not know")
    say(f"{'test films':24s}{unfamiliar([Path(f) for f in result.cases['image']])}")
    for name in OTHERS:
        folder = pack(name)
        films = sorted((folder / "images").glob("*.*")) if folder else []
        if films:
            say(f"{name:24s}{unfamiliar(films[:: max(1, len(films) // 100)])}")


if __name__ == "__main__":
    if "--write" in sys.argv:
        with redirect_stdout(StringIO()) as told:
            main()
        PAGE.write_text(f"{HEAD}\n```text\n{told.getvalue().strip()}\n```\n", encoding="utf-8")
    else:
        main()
