"""Draw the pictures of the home page and the lessons, from simulated films alone.

    python tools/make_pictures.py     (`make pictures`)

Each function draws one page's picture; the same seeds give the same pictures. Films are simulated; the curves of
`overfit` and `results` are sketches of a shape, without axes or numbers.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import xrlearn as xr
from xrlearn import phantom
from xrlearn.labs.reading import PICTURES
from xrlearn.radiograph import Radiograph

WIDTH, HEIGHT = 480, 200
INK, BLUE, ORANGE, GREEN = "#10161c", "#56b4e9", "#e69f00", "#4fc3a1"
PATIENT: dict[str, Any] = {"patient": 7, "lesion": "colles", "subtlety": 0.2, "age_years": 60, "sex": "F", "size": 400}


def wrist(**wishes: Any) -> Radiograph:
    """Film the wrist that most pictures show."""
    return phantom.make("wrist", "PA", **{**PATIENT, **wishes})[0]


def picture(film: Radiograph | NDArray[np.floating], wide: int, tall: int) -> Image.Image:
    """Return the middle of a film, grey or in colours, cut to `wide` x `tall`."""
    grey = film.pixels if isinstance(film, Radiograph) else film
    whole = Image.fromarray(np.round(np.clip(grey, 0, 1) * 255).astype(np.uint8)).convert("RGB")
    scale = max(wide / whole.width, tall / whole.height)
    whole = whole.resize((round(whole.width * scale), round(whole.height * scale)), Image.Resampling.LANCZOS)
    left, top = (whole.width - wide) // 2, (whole.height - tall) // 2
    return whole.crop((left, top, left + wide, top + tall))


def row(films: Sequence[Radiograph | NDArray[np.floating]], edges: Sequence[str] = ()) -> Image.Image:
    """Set films beside each other; `edges` colours a line below each."""
    out = Image.new("RGB", (WIDTH, HEIGHT), INK)
    wide = (WIDTH - 4 * (len(films) - 1)) // len(films)
    for k, film in enumerate(films):
        out.paste(picture(film, wide, HEIGHT), (k * (wide + 4), 0))
        if edges:
            left = k * (wide + 4)
            ImageDraw.Draw(out).rectangle((left, HEIGHT - 10, left + wide, HEIGHT), fill=edges[k])
    return out


def make_xray() -> Image.Image:
    """One wrist: as usual, with a twentieth of the dose, with coarse pixels, in an old hospital."""
    usual = phantom.SITES["modern_dr"]
    faint = phantom.with_settings(usual, exposure_ugy=0.12)
    return row([wrist(site=usual), wrist(site=faint), wrist(size=56), wrist(site="old_cr")])


def machine_sees() -> Image.Image:
    """A film, and a small square of it in numbers."""
    film = wrist()
    out = row([film, np.zeros((100, 100))])
    draw, (r, c) = ImageDraw.Draw(out), (200, 190)
    values = np.round(film.pixels[r : r + 40 : 5, c : c + 40 : 5] * 100).astype(int)
    for i, line in enumerate(values):
        for j, value in enumerate(line):
            x, y, shade = 246 + 29 * j, 4 + 24 * i, round(2.55 * value)
            draw.rectangle((x, y, x + 27, y + 22), fill=(shade, shade, shade))
            draw.text((x + 14, y + 11), str(value), fill="black" if value > 45 else "white", anchor="mm", font_size=12)
    return out


def choose_network() -> Image.Image:
    """Films of three sets."""
    films = [wrist(patient=30 + k, lesion=None if k % 2 else "colles", size=220) for k in range(7)]
    return row(films, [BLUE] * 4 + [ORANGE] * 2 + [GREEN])


def train() -> Image.Image:
    """A whole wrist, and a broken one with its frame."""
    film, truth = phantom.make("wrist", "PA", patient=7, lesion="colles", subtlety=0.2, size=400)
    framed = Image.fromarray(np.round(film.pixels * 255).astype(np.uint8)).convert("RGB")
    for r0, c0, r1, c1 in truth.boxes:
        ImageDraw.Draw(framed).rectangle((c0, r0, c1, r1), outline=ORANGE, width=3)
    return row([wrist(lesion=None), np.asarray(framed) / 255])


def augment() -> Image.Image:
    """One film, mirrored, turned, cropped and brightened."""
    grey = wrist(lesion=None).pixels
    turned = np.asarray(Image.fromarray(grey).rotate(14, Image.Resampling.BILINEAR))
    return row([grey, grey[:, ::-1], turned, grey[110:300, 110:300], np.clip(grey * 1.5, 0, 1)])


def overfit() -> Image.Image:
    """The error on films that it learned from goes on falling, that on others turns."""
    out, x = Image.new("RGB", (3 * WIDTH, 3 * HEIGHT), INK), np.linspace(0, 1, 200)
    falls = np.exp(-4 * x)
    turns = 0.28 + 0.7 * falls + 0.55 * np.clip(x - 0.32, 0, 1) ** 1.5
    for y, colour in ((falls, BLUE), (turns, ORANGE)):
        points = [(90 + 1260 * a, 60 + 450 * (1 - b)) for a, b in zip(x, y / 1.02, strict=True)]
        ImageDraw.Draw(out).line(points, fill=colour, width=14, joint="curve")
    ImageDraw.Draw(out).line([(90, 48), (90, 534), (1362, 534)], fill="#5d6c7a", width=6)
    return out.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def black_box() -> Image.Image:
    """A film, and the model's heat map on it."""
    film = wrist()
    heat = xr.explain("wrist-fracture", film).heatmap
    assert heat is not None
    strong = np.clip(heat / heat.max(), 0, 1)[..., None]
    glow = np.concatenate([np.ones_like(strong), 0.75 * strong, 0.1 * np.ones_like(strong)], axis=2)
    mixed = (1 - 0.65 * strong) * film.pixels[..., None] + 0.65 * strong * glow
    return row([film, mixed])


def shortcuts() -> Image.Image:
    """Broken wrists with a letter, whole ones without."""
    bare = replace(phantom.SITES["modern_dr"], marker="none")
    out = row([wrist(patient=40 + k, lesion="colles" if k < 2 else None, size=240, site=bare) for k in range(4)])
    draw = ImageDraw.Draw(out)
    for k in range(2):
        draw.text((121 * k + 22, 170), "R", fill="white", anchor="mm", font_size=34)
        draw.ellipse((121 * k + 2, 148, 121 * k + 42, 192), outline=ORANGE, width=2)
    return out


def bone_age() -> Image.Image:
    """The carpus of a girl at 2, 5, 9 and 14 years."""
    ages = (2, 5, 9, 14)
    hands = [phantom.make("hand", "PA", seed=3, bone_age_months=12.0 * y, sex="F", size=640)[0].pixels for y in ages]
    return row([hand[340:580, 190:350] for hand in hands])


def review() -> Image.Image:
    """Films of four regions."""
    regions = (("wrist", "lateral"), ("shoulder", "AP"), ("ankle", "mortise"), ("hip", "pelvis"))
    return row([phantom.make(region, view, seed=21, size=320)[0] for region, view in regions])


def study() -> Image.Image:
    """Films to be read without a model, then with it."""
    films = [wrist(patient=50 + k, lesion="colles" if k % 3 else None, size=220) for k in range(6)]
    return row(films, [BLUE] * 3 + [ORANGE] * 3)


def results() -> Image.Image:
    """Two ROC curves."""
    out, x = Image.new("RGB", (3 * WIDTH, 3 * HEIGHT), INK), np.linspace(0, 1, 300)
    draw = ImageDraw.Draw(out)
    draw.line([(450, 36), (450, 546), (990, 546)], fill="#5d6c7a", width=6)
    draw.line([(450, 546), (990, 36)], fill="#3a4752", width=6)
    for power, colour in ((0.42, BLUE), (0.2, ORANGE)):
        draw.line([(450 + 540 * a, 546 - 510 * a**power) for a in x], fill=colour, width=12, joint="curve")
    return out.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


PAGES: dict[str, Callable[[], Image.Image]] = {
    draw.__name__: draw
    for draw in (
        make_xray, machine_sees, choose_network, train, augment, overfit, black_box, shortcuts, bone_age, review, study,
        results,
    )
}  # fmt: skip


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for name, draw in PAGES.items():
        file = PICTURES / f"{name}.webp"
        draw().save(file, quality=72, method=6)
        sys.stdout.write(f"{file.name}: {file.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
