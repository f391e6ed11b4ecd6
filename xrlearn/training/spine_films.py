"""Frontal films of simulated spines for a landmark network: cropped as archives keep them, with 68 corners each.

Every number that differs from hospital to hospital is drawn wide, so that real films lie somewhere within: the crop,
the contrast curve, the window, blur and noise, bands of different exposure, letters (Tobin et al., IROS 2017, call it
domain randomisation).
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter, zoom

from ..phantom import SITES, region, shoot
from ..phantom.region import Streams
from ..radiograph.spine import VERTEBRAE

Floats = NDArray[np.float32]

#: rows and columns that films are fitted into; the aspect is not kept
SHAPE = (256, 128)
_CORNERS = ("top right", "top left", "bottom right", "bottom left")  # the patient's right is on the left of the image


def simulated(number: int) -> tuple[Floats, Floats]:
    """Return film `number`, rows x columns of :data:`SHAPE` (0 to 1), and its corners, 17 x 4 x (row, column).

    Corners are shares of the film's height and width.
    """
    rng = np.random.default_rng(number)
    place = region("spine")
    wanted: dict[str, float | str] = {
        "bone_fraction": rng.uniform(0.08, 0.24),
        "stout": rng.uniform(0.78, 1.3),
        "turned": rng.uniform(0.3, 1.8),
    }
    if rng.random() < 0.85:
        wanted |= {"cobb_deg": rng.uniform(10, 90), "curve": str(rng.choice(["thoracic", "thoracolumbar", "double"]))}
    person = place.person(number, None, wanted)
    anatomy = place.build(person, None, 0.0, Streams(number))
    named = [[anatomy.landmarks[f"{v} {c}"] for c in _CORNERS] for v in VERTEBRAE]
    y, z = np.array(named)[..., 1], np.array(named)[..., 2]
    above, below = rng.uniform(0.005, 0.1), rng.uniform(0.015, 0.17)
    height = np.ptp(y) / (1 - above - below)
    width = max(height * rng.uniform(0.27, 0.55), np.ptp(z) / 0.85)
    centre = np.array([0.0, y.max() + above * height - height / 2, z.mean() + rng.normal(0, 0.06) * width])
    seen = replace(
        place.views["AP"],
        field_mm=(height / anatomy.scale, width / anatomy.scale),
        centre=centre / anatomy.scale,
        swing_deg=(0.0, 0.0, 2.0),
    )
    site = replace(SITES[str(rng.choice(sorted(SITES)))], collimation_mm=0.0, shutter=False)
    film, truth = shoot(replace(place, views={"AP": seen}), "AP", person, anatomy, site, number, SHAPE[0], 0.0)
    shape = np.array(film.pixels.shape)
    corners = np.array([[truth.landmarks[f"{v} {c}"] for c in _CORNERS] for v in VERTEBRAE])
    return fitted(film.pixels), ((corners + 0.5) / shape).astype(np.float32)


def fitted(pixels: NDArray[np.floating]) -> Floats:
    """Return a film in :data:`SHAPE`, its aspect not kept, its grey values from 0 to 1 (1st and 99th percentile)."""
    p = np.asarray(pixels, np.float32)
    for axis in (0, 1):  # average before thinning out, so that fine lines leave no pattern
        p = gaussian_filter(p, [0.4 * max(0.0, p.shape[k] / SHAPE[k] - 1) * (k == axis) for k in (0, 1)])
    p = zoom(p, (SHAPE[0] / p.shape[0], SHAPE[1] / p.shape[1]), order=1, grid_mode=True, mode="nearest")
    low, high = np.quantile(p, [0.01, 0.99])
    return np.asarray(np.clip((p - low) / max(high - low, 1e-6), 0, 1), np.float32)


def varied(film: Floats, corners: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the film as another hospital would have kept it: moved, mirrored, exposed and windowed otherwise."""
    film, corners = _moved(film, corners, rng)
    rows, columns = SHAPE
    out: NDArray[np.floating[Any]] = film
    if rng.random() < 0.5:
        out = out[:, ::-1]
        corners = np.asarray(corners[:, [1, 0, 3, 2]] * [1, -1] + [0, 1], np.float32)
    if rng.random() < 0.6:  # exposure that changes over the film, smoothly or at the edge of a second one
        coarse = rng.normal(0, 0.25, (4, 2))
        out = out * np.exp(zoom(coarse, (rows / 4, columns / 2), order=1, grid_mode=True, mode="nearest"))
    if rng.random() < 0.2:
        out = np.where(np.arange(rows)[:, None] < rng.integers(60, 200), out * rng.uniform(0.6, 1.0), out)
    out = out ** np.exp(rng.normal(0, 0.4))
    if rng.random() < 0.6:  # local contrast, as one vendor enhances it and scatter takes it away
        broad = gaussian_filter(out, rng.uniform(4, 20))
        out = out + rng.uniform(-0.8, 2.0) * (out - broad)
    if rng.random() < 0.4:  # mottle: bowel and its contents
        width = rng.uniform(1.5, 6)
        out = out + rng.uniform(0, 0.2) * width * gaussian_filter(rng.standard_normal(out.shape), width)
    low, high = rng.uniform(-0.1, 0.25), rng.uniform(0.8, 1.25)
    out = np.clip((out - low) / (high - low), 0, 1)
    if rng.random() < 0.5:
        out = gaussian_filter(out, rng.uniform(0.3, 1.2))
    out = out + rng.uniform(0, 0.035) * rng.standard_normal(out.shape)
    for _ in range(rng.integers(0, 3)):  # letters, clips and electrodes
        r, c = rng.integers(0, rows - 12), rng.integers(0, columns - 8)
        out[r : r + rng.integers(2, 12), c : c + rng.integers(1, 8)] = rng.uniform(0, 1)
    return np.asarray(np.clip(out, 0, 1), np.float32), corners.astype(np.float32)


def _moved(film: Floats, corners: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    size = np.array(SHAPE, float)
    a = np.deg2rad(rng.normal(0, 2.5))
    stretch = np.diag(np.exp(rng.normal(0, [0.02, 0.08])))
    # In pixels of a film as wide as it really is; the columns of SHAPE are stretched.
    squeeze = np.diag([1.0, 1.3])
    forth = squeeze @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) @ np.linalg.inv(squeeze) @ stretch
    back, middle = np.linalg.inv(forth), (size - 1) / 2
    shift = rng.normal(0, [0.012, 0.03]) * size
    new = affine_transform(film, back, middle - back @ (middle + shift), order=1, mode="constant")
    pixels = corners * size - 0.5
    moved = (pixels - middle) @ forth.T + middle + shift
    return new, (moved + 0.5) / size
