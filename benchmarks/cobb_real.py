"""The shipped landmark network, which saw simulated films only, on the real films of the AASCE challenge.

    python benchmarks/cobb_real.py            (`make bench-real`; needs the AASCE films, says so without them)

A third of the patients, drawn with a fixed seed, served for tuning; the figures are of the others. Films whose
landmarks are known to be wrong (vertebrae or corners in the wrong order, an angle above 100 degrees) are left out.
Intervals are 95 %, from 2,000 bootstrap samples of patients.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from xrlearn.paths import NOTEBOOKS
from xrlearn.radiograph import read
from xrlearn.radiograph.spine import cobb, tilts
from xrlearn.training.spine_landmarks import locate, shipped

SEED = 0
FLAGS = ["flag_vertebra_order", "flag_corner_order", "flag_cobb_gt100"]


def say(line: str = "") -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def table(pack: Path) -> pd.DataFrame:
    """Return a row a film: published angle, ours, errors of landmarks and tilts, and whether it served for tuning."""
    labels = pd.read_csv(pack / "labels.csv")
    marks = pd.read_csv(pack / "landmarks.csv").set_index("filename")
    patients = np.array(sorted(labels["group"].unique()))
    third = set(patients[np.random.default_rng(SEED).permutation(len(patients))[: len(patients) // 3]])
    labels["tuning"] = labels["group"].isin(third)
    labels = labels[labels[FLAGS].sum(axis=1) == 0].reset_index(drop=True)
    net, rows = shipped(), []
    for name in labels["filename"]:
        pixels = read(pack / name).pixels
        truth = marks.loc[name].to_numpy(float).reshape(17, 4, 2)[..., ::-1]
        found = locate(net, pixels)
        rows.append(
            {
                "ours": float(cobb(found)),
                "landmark": 100 * np.linalg.norm(found - truth, axis=-1).mean() / len(pixels),
                "tilt": np.abs(tilts(found) - tilts(truth)).mean(),
            }
        )
    found = pd.concat([labels, pd.DataFrame(rows)], axis=1)
    found["error"] = found["ours"] - found["max_cobb_deg"]
    return found


def interval(films: pd.DataFrame, figure: "pd.Series") -> tuple[float, float]:
    """Return the 95 % interval of the median of `figure`, resampling patients."""
    rng = np.random.default_rng(SEED)
    groups = [figure.loc[part.index].to_numpy() for _, part in films.groupby("group")]
    drawn = [
        np.median(np.concatenate([groups[k] for k in rng.integers(0, len(groups), len(groups))])) for _ in range(2000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Print the figures."""
    torch.set_num_threads(1)
    packs = Path(os.environ.get("XRLEARN_FILMS") or NOTEBOOKS.parent.parent / "shared" / "realdata")
    pack = packs / "spine_ap_aasce"
    if not (pack / "landmarks.csv").is_file():
        say(f"Skipped: the AASCE films are not in {packs}.")
        return
    films = table(pack)
    for title, part in (("test films", films[~films["tuning"]]), ("tuning films", films[films["tuning"]])):
        say(f"\n== {title}, n = {len(part)}, {part['group'].nunique()} patients, seed {SEED}")
        for name, figure, unit in (
            ("absolute Cobb error", part["error"].abs(), "degrees"),
            ("Cobb error (ours - published)", part["error"], "degrees"),
            ("landmark error", part["landmark"], "% of the film's height"),
            ("tilt error", part["tilt"], "degrees"),
        ):
            low, high = interval(part, figure)
            say(f"{name:30s} median {figure.median():6.2f} ({low:.2f} - {high:.2f}), mean {figure.mean():6.2f} {unit}")
        r = np.corrcoef(part["ours"], part["max_cobb_deg"])[0, 1]
        say(f"{'correlation with the published':30s} {r:.3f}")
        guess = (part["max_cobb_deg"] - films.loc[films["tuning"], "max_cobb_deg"].median()).abs().median()
        say(f"{'always the median angle':30s} median {guess:6.2f} degrees off")


if __name__ == "__main__":
    main()
