"""How like real films the simulated ones look, region by region (`make bench-real`; skips what is not on this machine).

    python benchmarks/looks_real.py [REGION ...] [--films N]

Simulated films (the default mix of a region, all hospitals, seed 77) are stored as the real pack stores its own: the
same millimetres a pixel as far as they are known, the same JPEG quality, and for knees the same equalised contrast.
Prints the AUC of a discriminator of patches on bone (0.5 alike, 1 told apart at once) and distances of edge profile,
power spectrum and grey levels, all with 95 % intervals by film; `--write` keeps the table in docs/films.md. One core:
about half a minute a region.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import say

import xrlearn as xr
from xrlearn.data import DataError
from xrlearn.phantom import Cohort
from xrlearn.training.films import displayed
from xrlearn.training.realism import Picture, as_stored, likeness

ROOT = Path(__file__).resolve().parents[1]
HEAD = """# How like real films the simulated ones look

Written by `python benchmarks/looks_real.py --write`. *AUC*: a linear model on frozen ImageNet features tells patches of
64 pixels on bone apart, contrast evened locally, divided by film; 0.5 is alike, 1 is told apart at once. The others are
distances: of the mean profile across edges and of the power spectrum in standard deviations of real films, of the
grey levels of three tissues in grey (0 to 1). All with 95 % intervals by film.

| region | real films | AUC | edge | spectrum | background | soft tissue | bone |
|---|---|---|---|---|---|---|---|
"""
FRACATLAS = "hardware == 0 and multiscan == 0 and region == '{}'"


@dataclass(frozen=True)
class Pack:
    """Real films of a region: which, and how they are stored.

    `longest` is the longest side of a simulated film in pixels, so that a millimetre has as many as on the real ones
    (estimated where the pack does not say it); `part` is what of the film the pack shows: top, bottom, left and right
    as shares of it.
    """

    task: str
    source: str
    query: str
    longest: int
    quality: int
    views: tuple[str, ...]
    part: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    equalised: bool = False


REAL = {
    "hand": Pack("bone-age", "rsna-bone-age", "width > 0", 288, 88, ("PA",)),
    "knee": Pack("knee-oa", "knee-oa", "flag_inverted == 0", 330, 76, ("PA",), (0.16, 0.84, 0.16, 0.84), True),
    # These are cut from C6 to the sacrum, without shoulders and hips: 512 rows for 0.7 of our film.
    "spine": Pack("cobb-angle", "aasce-spine", "width > 0", 731, 90, ("AP",), (0.1, 0.8, 0.22, 0.78)),
    "hip": Pack("fracture", "fracatlas", FRACATLAS.format("hip") + " and frontal == 1", 320, 80, ("pelvis",)),
    "shoulder": Pack("fracture", "fracatlas", FRACATLAS.format("shoulder"), 290, 80, ("AP", "true-AP")),
    "forearm": Pack("fracture", "fracatlas", FRACATLAS.format("hand"), 300, 80, ("AP", "lateral")),
    "wrist": Pack("fracture", "fracatlas", FRACATLAS.format("hand") + " and frontal == 1", 180, 80, ("PA",)),
    "ankle": Pack("fracture", "fracatlas", FRACATLAS.format("leg"), 240, 80, ("AP", "mortise", "lateral")),
}


def real_films(pack: Pack, n: int) -> list[Picture]:
    """Open some real films as they are stored, one a patient.

    Raises
    ------
    DataError
        If the pack is not on this machine.
    """
    cases = xr.load(pack.task, pack.source).query(pack.query).drop_duplicates("patient")
    return [displayed(xr.read(file)) for file in cases["image"].sample(min(n, len(cases)), random_state=0)]


def simulated_films(region: str, pack: Pack, n: int) -> list[Picture]:
    """Make as many films, one a patient, the views in turn, and store them as the pack would."""
    each, size = len(pack.views), max(512, pack.longest)
    found = []
    for k, (film, _) in enumerate(Cohort(region, n * each, seed=77, size=size, views=pack.views).films()):
        if k % each == k // each % each:
            shown = displayed(film)
            (rows, columns), (top, bottom, left, right) = shown.shape, pack.part
            longest = round(pack.longest * max(rows * (bottom - top), columns * (right - left)) / max(rows, columns))
            shown = shown[round(rows * top) : round(rows * bottom), round(columns * left) : round(columns * right)]
            shown = equalised(shown, len(found)) if pack.equalised else shown
            found.append(as_stored(shown, longest, pack.quality))
    return found


def equalised(film: Picture, seed: int) -> Picture:
    """Equalise contrast as the knees' pack has it."""
    import torch

    from xrlearn.training.learners.hospitals import equalised as clahe

    side = max(film.shape)
    square = np.pad(film, [(0, side - n) for n in film.shape], mode="edge")
    clip = torch.tensor([2.0 + seed % 3])
    out = clahe(torch.from_numpy(square / 255.0).float()[None], clip, 8, 256)[0].numpy()
    return np.asarray((out[: film.shape[0], : film.shape[1]] * 255).round().astype(np.uint8))


def main() -> None:
    """Print one line a region."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("regions", nargs="*", metavar="REGION", help=", ".join(REAL))
    parser.add_argument("--films", type=int, default=150, help="of each kind (150)")
    parser.add_argument("--write", action="store_true", help="write docs/films.md")
    wanted = parser.parse_args()
    rows = []
    for name in wanted.regions or REAL:
        try:
            real = real_films(REAL[name], wanted.films)
        except DataError as error:
            say(f"{name:9} skipped: {error}")
            continue
        found = likeness(real, simulated_films(name, REAL[name], wanted.films))
        figures = {"AUC": found.discriminator, **found.distances}
        cells = {word: f"{f['value']:.3f} ({f['low']:.3f} - {f['high']:.3f})" for word, f in figures.items()}
        say(f"{name:9} {len(real)} real films: " + "  ".join(f"{word} {cell}" for word, cell in cells.items()))
        rows.append(f"| {name} | {len(real)} | " + " | ".join(cells.values()) + " |")
    if wanted.write and rows:
        (ROOT / "docs" / "films.md").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
