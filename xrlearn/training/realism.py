"""How like real films simulated ones look, in numbers: what tells them apart patch by patch, and three profiles.

Nothing here asks whether a film shows the right anatomy; it asks whether bone, its edge and its texture look so that a
network, or an eye at the glass, could tell where they come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.stats import wasserstein_distance

from ..stats.clustered import Figure, area, bootstrap, figure
from .frozen_features import fit_head

SIDE = 64  # pixels of a patch
_EACH = 6  # patches a film
_HALF = 8  # pixels on either side of an edge
Picture = NDArray[np.uint8]
Numbers = NDArray[np.float64]


def as_stored(film: Picture, longest: int, quality: int) -> Picture:
    """Return a film as a pack stores it: its longest side so many pixels, and through JPEG of that quality."""
    picture = Image.fromarray(film)
    share = longest / max(picture.size)
    small = picture.resize([max(1, round(n * share)) for n in picture.size], Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _scaled(film: Picture) -> Numbers:
    """Grey values with the first and the last hundredth of them at 0 and 1."""
    low, high = np.percentile(film, (1, 99))
    return np.asarray(np.clip((film - low) / max(high - low, 1), 0, 1))


def _bony(film: Picture) -> NDArray[np.bool_]:
    """Where bone is likely: brighter than the body around it, neither lead nor a white sheet, away from the border."""
    grey = gaussian_filter(_scaled(film), 2)
    around = gaussian_filter(grey, 24)
    detail = gaussian_filter(np.abs(grey - gaussian_filter(grey, 4)), 6)
    inner = np.zeros(film.shape, bool)
    edge = SIDE // 2
    inner[edge:-edge, edge:-edge] = True
    lead = gaussian_filter((_scaled(film) > 0.985).astype(float), 5) > 0.1
    return np.asarray(inner & (grey > around) & ~lead & (detail > np.quantile(detail, 0.5)))


def patches(film: Picture, seed: int = 0) -> list[Numbers]:
    """Return up to six patches of 64 x 64 pixels on bone, their contrast evened locally, 0 to 1.

    Examples
    --------
    >>> found = patches(np.random.default_rng(0).integers(0, 255, (200, 150), dtype=np.uint8))
    >>> len(found), found[0].shape
    (6, (64, 64))
    """
    if min(film.shape) <= SIDE:
        return []
    spots = np.argwhere(_bony(film))
    grey = film.astype(float)
    rng = np.random.default_rng(seed)
    found = []
    for r, c in rng.permutation(spots)[:_EACH]:
        patch = grey[r - SIDE // 2 : r + SIDE // 2, c - SIDE // 2 : c + SIDE // 2]
        flat = patch - gaussian_filter(patch, 12)
        found.append(np.clip(0.5 + flat / (6 * np.sqrt(gaussian_filter(flat**2, 12) + 1)), 0, 1))
    return found


def told_apart(real: Sequence[Picture], simulated: Sequence[Picture]) -> Figure:
    """Return the AUC with which a linear model on frozen ImageNet features tells patches of the two apart.

    0.5 is alike, 1 is told apart at once. Five folds by film, no film on both sides; its 95 % interval draws films.
    """
    from sklearn.model_selection import GroupKFold

    from .frozen_features import features_of_squares

    films = [patches(film, k) for k, film in enumerate([*real, *simulated])]
    whose = np.repeat(np.arange(len(films)), [len(film) for film in films])
    drawn = whose >= len(real)
    seen = features_of_squares(np.stack([patch for film in films for patch in film]).astype(np.float32))
    score = np.empty(len(whose))
    for learns, tests in GroupKFold(5, shuffle=True, random_state=0).split(seen, drawn, whose):
        score[tests] = fit_head(seen[learns], drawn[learns], 0.01).score(seen[tests])
    return area(drawn, score, whose)


def edge_profile(film: Picture) -> Numbers:
    """Return the mean grey profile across the film's 200 strongest bone edges, dark to bright, 0 to 1, (17,)."""
    grey = gaussian_filter(_scaled(film), 0.7)
    gy, gx = np.gradient(grey)
    steep = np.hypot(gx, gy) * _bony(film)
    spots = np.argsort(steep, axis=None)[-2000::10]
    r, c = np.unravel_index(spots, film.shape)
    away = np.stack([gy[r, c], gx[r, c]]) / np.maximum(steep[r, c], 1e-6)
    steps = np.arange(-_HALF, _HALF + 1)
    lines = map_coordinates(_scaled(film), np.stack([r, c])[:, :, None] + away[:, :, None] * steps, order=1)
    low, high = lines.min(1, keepdims=True), lines.max(1, keepdims=True)
    return np.asarray(((lines - low) / np.maximum(high - low, 0.02)).mean(0))


def power_spectrum(film: Picture) -> Numbers:
    """Return log10 of the radially averaged power of the film's patches on bone, by frequency, (24,)."""
    window = np.outer(np.hanning(SIDE), np.hanning(SIDE))
    y, x = np.meshgrid(*[np.fft.fftfreq(SIDE) * SIDE] * 2, indexing="ij")
    ring = np.round(np.hypot(y, x)).astype(int)
    total = np.zeros(24)
    found = patches(film)
    for patch in found:
        power = np.abs(np.fft.fft2((patch - patch.mean()) * window)) ** 2
        power /= power.sum()
        total += np.array([power[ring == k].mean() for k in range(2, 26)]) / len(found)
    return np.log10(np.maximum(total, 1e-9))


def grey_levels(film: Picture) -> Numbers:
    """Return the 5th to 95th percentile of grey of background and skin, soft tissue, and bone, (3 x 7,).

    The three are told by the two thresholds that divide the film's grey values with the least spread within (Otsu).
    """
    grey = _scaled(film)
    first, second = _thresholds(grey)
    parts = grey[grey < first], grey[(grey >= first) & (grey < second)], grey[grey >= second]
    at = (5, 20, 35, 50, 65, 80, 95)
    return np.concatenate([np.percentile(part, at) if part.size else np.zeros(len(at)) for part in parts])


def _thresholds(grey: Numbers, levels: int = 64) -> tuple[float, float]:
    share = np.histogram(grey, levels, (0, 1))[0] / grey.size
    below, moment = np.cumsum(share), np.cumsum(share * np.arange(levels))
    i, j = np.triu_indices(levels - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (
            moment[i] ** 2 / below[i]
            + (moment[j] - moment[i]) ** 2 / (below[j] - below[i])
            + (moment[-1] - moment[j]) ** 2 / (1 - below[j])
        )
    best = int(np.nanargmax(between))
    return (i[best] + 1) / levels, (j[best] + 1) / levels


@dataclass(frozen=True)
class Likeness:
    """How far apart real and simulated films are.

    Attributes
    ----------
    discriminator : Figure
        See :func:`told_apart`.
    distances : dict of Figure
        Of `edge`, `spectrum` and the grey levels of `background`, `soft tissue` and `bone`: see :func:`likeness`.
    """

    discriminator: Figure
    distances: dict[str, Figure]


def likeness(real: Sequence[Picture], simulated: Sequence[Picture]) -> Likeness:
    """Compare real and simulated films of one part of the body, stored alike.

    The distance of two profiles is the root mean square of the difference of their means over films, in standard
    deviations of the real films; of grey levels, the mean Wasserstein distance of their percentiles. Intervals (95 %)
    draw films anew.
    """
    both = [*real, *simulated]
    whose = np.arange(len(both))

    def distance(profiles: Numbers, grey: bool) -> Figure:
        def apart(drawn: NDArray[np.intp]) -> float:
            a, b = profiles[drawn[drawn < len(real)]], profiles[drawn[drawn >= len(real)]]
            if grey:
                return float(np.mean([wasserstein_distance(x, y) for x, y in zip(a.T, b.T, strict=True)]))
            return float(np.sqrt(np.mean(((a.mean(0) - b.mean(0)) / (a.std(0) + 1e-6)) ** 2)))

        return figure(apart(whose), bootstrap(apart, whose, 200), "bootstrap of films, 200 draws, seed 0")

    levels = np.array([grey_levels(film) for film in both])
    distances = {
        "edge": distance(np.array([edge_profile(film) for film in both]), False),
        "spectrum": distance(np.array([power_spectrum(film) for film in both]), False),
    }
    for k, name in enumerate(("background", "soft tissue", "bone")):
        distances[name] = distance(levels[:, 7 * k : 7 * k + 7], True)
    return Likeness(told_apart(real, simulated), distances)
