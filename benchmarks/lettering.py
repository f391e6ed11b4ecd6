"""How much lettering burned into films is found and boxed, and how often a film without any gives alarm.

    python benchmarks/lettering.py [--films N] [--pack NAME]

Simulated films of every region with their side markers; on each, one plate or label with a made-up name and a date or
a number, 10 to 30 pixels high, in one of three fonts or in Chinese, where it can be seen. With ``--pack`` the films of
a public collection instead; what they show already counts as a false alarm.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from xrlearn import locale
from xrlearn.data import pack
from xrlearn.phantom import Cohort, region_names
from xrlearn.radiograph import lettering, read, window
from xrlearn.stats import proportion_ci

KINDS = ("bright line", "dark line", "white plate", "black label", "three lines", "upright line", "chinese")
FONTS = ("DejaVuSans.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSerif.ttf")
FAMILY = "ABCDEFGHJKLMNPRSTUVWXYZ"
#: grey levels, of 256, between ink and film from which on a letter is seen
SEEN = 50
HANZI = "患者姓名影像检查骨科左右医院编号日期男女年"


def films(n: int, seed: int, size: int = 512) -> Iterator[np.ndarray]:
    """Give the pixels of about `n` simulated films, regions in turn, 0 to 255."""
    for region in region_names():
        for film, _ in Cohort(region, -(-n // len(region_names())), seed, size).films():
            yield window(film.pixels, 0, 1)


def collected(name: str, n: int) -> Iterator[np.ndarray]:
    """Give the pixels of `n` films of a public collection, 0 to 255."""
    names = sorted(Path(pack(name)).rglob("*.png")) or sorted(Path(pack(name)).rglob("*.jpg"))
    for path in np.random.default_rng(0).permutation(np.array(names, object))[:n]:
        yield window(read(path).pixels, 0, 1)


def words(rng: np.random.Generator, kind: str) -> str:
    """Return what is written: a name and a birthday or a number."""
    if kind == "chinese":
        return "".join(rng.choice(list(HANZI), 6)) + f" {rng.integers(10_000, 99_999)}"
    name = "".join(rng.choice(list(FAMILY), rng.integers(4, 9)))
    day = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.19{rng.integers(20, 99)}"
    rest = [day, f"ID {rng.integers(10**6)}"]
    if kind == "three lines":
        return "\n".join([f"{name.title()}, {''.join(rng.choice(list(FAMILY), 4)).title()}", *rest])
    return f"{name} {rng.choice(rest)}"


def written(film: np.ndarray, kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the film with lettering, and where its ink is; None where it could be seen nowhere."""
    plate = {"white plate": 235.0, "black label": 0.0}.get(kind)
    colour = 10.0 if kind in ("dark line", "white plate") else 250.0
    for _ in range(40):
        ink = inked(kind, rng)
        if ink.shape[0] >= film.shape[0] or ink.shape[1] >= film.shape[1]:
            continue
        row, column = (int(rng.integers(a - b)) for a, b in zip(film.shape, ink.shape))
        where = np.s_[row : row + ink.shape[0], column : column + ink.shape[1]]
        out, mask = film.astype(float), np.zeros(film.shape)
        mask[where] = ink
        if plate is not None:
            out[where] = plate
        if np.abs(out - colour)[mask > 0.5].min() > SEEN:
            return (out * (1 - mask) + colour * mask).round().astype(np.uint8), mask > 0.5
    return None


def inked(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return made-up words as the share of each pixel, 0 to 1, that is ink."""
    height = int(rng.integers(10, 31))
    if kind == "chinese":
        font = ImageFont.truetype(str(Path(locale.__file__).parent / "fonts" / "NotoSansSC-part.otf"), height + 4)
    else:
        home = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        font = ImageFont.truetype(str(home / str(rng.choice(FONTS))), height)
    said = words(rng, kind)
    x0, y0, x1, y1 = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), said, font=font)
    pad = height // 2
    ink = Image.new("L", (int(x1 - x0) + 2 * pad, int(y1 - y0) + 2 * pad))
    ImageDraw.Draw(ink).multiline_text((pad - x0, pad - y0), said, fill=255, font=font)
    return np.asarray(ink.rotate(90, expand=True) if kind == "upright line" else ink) / 255


def measure(pictures: Iterator[np.ndarray], seed: int = 0) -> dict[str, list[float]]:
    """Return the share of each lettering's ink that was boxed, by kind; under "none" the share of the film boxed."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = defaultdict(list)
    for number, film in enumerate(pictures):
        plain = covered(film)
        found["none"].append(float(plain.mean()))
        kind = KINDS[number % len(KINDS)]
        if (made := written(film, kind, rng)) is not None:
            found[kind].append(float(covered(made[0])[made[1]].mean()))
    return found


def covered(film: np.ndarray) -> np.ndarray:
    """Return which pixels of a film lie in a box."""
    inside = np.zeros(film.shape, bool)
    for row0, column0, row1, column1 in lettering(film.astype(np.float32) / 255):
        inside[row0:row1, column0:column1] = True
    return inside


def share(hits: list[bool]) -> str:
    """Return k of n and the proportion with its interval."""
    low, high = proportion_ci(sum(hits), len(hits))
    return f"{sum(hits)} of {len(hits)}, {np.mean(hits):.3f} ({low:.3f} - {high:.3f})"


def main() -> None:
    """Print recall by kind, and false alarms, with 95 % intervals (Wilson)."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--films", type=int, default=126)
    asked.add_argument("--pack")
    given = asked.parse_args()
    found = measure(collected(given.pack, given.films) if given.pack else films(given.films, seed=7))
    alarms = found.pop("none")
    for kind, shares in found.items():
        whole = share([s >= 0.99 for s in shares])
        sys.stdout.write(f"{kind}: found {share([s >= 0.5 for s in shares])}; all its ink boxed {whole}\n")
    every = [s for shares in found.values() for s in shares]
    sys.stdout.write(f"all kinds: found {share([s >= 0.5 for s in every])}; ")
    sys.stdout.write(f"all its ink boxed {share([s >= 0.99 for s in every])}\n")
    sys.stdout.write(f"false alarms on films without lettering: {share([s > 0 for s in alarms])}\n")


if __name__ == "__main__":
    main()
