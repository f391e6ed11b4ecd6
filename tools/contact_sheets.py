"""Simulated films beside real ones, twelve and twelve on a sheet for each region: `make contact-sheets`.

The sheets go to artefacts/, which is not committed: the real films are not ours to pass on.

python tools/contact_sheets.py [REGION ...]
"""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pandas as pd
from PIL import Image, ImageDraw

import xrlearn as xr
from xrlearn.phantom import Cohort, region, region_names
from xrlearn.training.films import displayed, fit

ROOT = Path(__file__).resolve().parents[1]
PACKS = ROOT.parent / "shared" / "realdata"
SIDE, COLUMNS, EACH = 300, 6, 12

#: region -> packs, each with a query on its labels.csv (FracAtlas names wide regions: its "hand" is the whole arm)
REAL = {
    "hand": {"hand_boneage": "width > 0"},
    "wrist": {
        "wrist_graz_mini": "width > 0",
        "fracatlas_fracture": "region == 'hand' and frontal == 1 and hardware == 0 and multiscan == 0",
    },
    "forearm": {"fracatlas_fracture": "region == 'hand' and hardware == 0 and multiscan == 0"},
    "hip": {"fracatlas_fracture": "region == 'hip' and frontal == 1 and multiscan == 0"},
    "shoulder": {"fracatlas_fracture": "region == 'shoulder' and multiscan == 0"},
    "ankle": {"fracatlas_fracture": "region == 'leg' and multiscan == 0"},
    "heel": {"fracatlas_fracture": "region == 'leg' and lateral == 1 and frontal == 0 and multiscan == 0"},
    "knee": {"knee_kl": "flag_inverted == 0"},
    "spine": {"spine_ap_aasce": "width > 0"},
}


def real(name: str) -> Iterator[Image.Image]:
    """Yield real films of a region, none where the packs are absent."""
    for pack, query in REAL.get(name, {}).items():
        folder = PACKS / pack
        if not (folder / "labels.csv").is_file():
            continue
        table = pd.read_csv(folder / "labels.csv").query(query)
        for file in table["filename"].sample(min(EACH, len(table)), random_state=0):
            path = folder / file if (folder / file).is_file() else folder / "images" / file
            yield Image.fromarray(displayed(xr.read(path)))


def simulated(name: str) -> Iterator[Image.Image]:
    """Yield one film of each patient of the region's usual cohort, the views in turn, from all hospitals."""
    views = tuple(region(name).views)
    for k, (film, _) in enumerate(Cohort(name, EACH * len(views), size=SIDE, views=views).films()):
        if k % len(views) == k // len(views) % len(views):
            yield Image.fromarray(displayed(film))


def sheet(films: Iterator[Image.Image]) -> Image.Image | None:
    """Lay the first twelve films out in rows of six, each fitted into a square; None where there are none."""
    small = [fit(film, SIDE) for film in islice(films, EACH)]
    if not small:
        return None
    page = Image.new("L", (COLUMNS * (SIDE + 4), -(-len(small) // COLUMNS) * (SIDE + 4)), 40)
    for k, film in enumerate(small):
        page.paste(film, (k % COLUMNS * (SIDE + 4), k // COLUMNS * (SIDE + 4)))
    return page


def main(*names: str) -> None:
    """Write one sheet for each region: simulated above, real below."""
    (ROOT / "artefacts").mkdir(exist_ok=True)
    for name in names or region_names():
        parts = {"simulated": sheet(simulated(name)), "real": sheet(real(name))}
        there = {word: part for word, part in parts.items() if part is not None}
        page = Image.new("L", (COLUMNS * (SIDE + 4), sum(part.height + 24 for part in there.values())), 255)
        top = 0
        for word, part in there.items():
            ImageDraw.Draw(page).text((6, top + 6), f"{name}: {word}", fill=0)
            page.paste(part, (0, top + 24))
            top += part.height + 24
        page.save(ROOT / "artefacts" / f"contact-{name}.png")
        sys.stdout.write(f"artefacts/contact-{name}.png\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
