"""The table that no heat map likes: how often does it hit the lesion, beside maps that know nothing."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ..locale import text
from ..progress import Progress, Stopped
from ..radiograph import read
from ..stats import proportion_ci
from ..training import Model
from .maps import MAPS, HeatMap
from .scores import energy_inside, inside, iou_at, points_at

#: share of the film's pixels that counts as hot
HOT = 0.05


def score_maps(
    model: Model,
    cases: pd.DataFrame,
    maps: Mapping[str, HeatMap] = MAPS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score heat maps on every film of `cases` that has lesion boxes.

    Parameters
    ----------
    model : Model
        The model whose maps are scored.
    cases : pandas.DataFrame
        A cases table with ``boxes``.
    maps : mapping
        Catalogue key of a map's name -> function that makes it.
    progress : callable, optional
        Called with (films done, films in all).

    Returns
    -------
    pandas.DataFrame
        One row per film and map: ``image``, ``map``, ``hit`` (pointing game), ``near`` (the same with boxes widened by
        5 % of the film's longer side), ``energy``, ``iou``, ``lesion`` (share of the film that the boxes cover).
    """
    lesions = cases[[isinstance(b, list) and len(b) > 0 for b in cases["boxes"]]]
    return pd.DataFrame(_rows(model, lesions, maps, progress))


def _rows(
    model: Model, cases: pd.DataFrame, maps: Mapping[str, HeatMap], progress: Progress | None
) -> Iterator[dict[str, object]]:
    for done, (image, boxes) in enumerate(zip(cases["image"], cases["boxes"], strict=True), start=1):
        film = read(image)
        shape = film.pixels.shape
        covered = inside(shape, boxes).mean()
        for key, make in maps.items():
            try:
                heat = make(model, film)
            except NotImplementedError:  # Grad-CAM of a network that does not see the film as a whole
                continue
            yield {
                "image": image,
                "map": key,
                "hit": points_at(heat, boxes),
                "near": points_at(heat, boxes, tolerance=0.05 * max(shape)),
                "energy": energy_inside(heat, boxes),
                "iou": iou_at(heat, boxes, HOT),
                "lesion": covered,
            }
        if progress is not None and progress(done, len(cases)):
            raise Stopped


def scoreboard(scores: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Summarise :func:`score_maps` as one row per map, with 95 % intervals.

    Hits are proportions (Wilson's interval); energy and overlap are means (bootstrap of films, 1,000 draws).

    Returns
    -------
    pandas.DataFrame
        Index: catalogue key of the map. Columns ``n`` and ``hit``, ``near``, ``energy``, ``iou``, each with its
        ``_low`` and ``_high``.
    """
    rng = np.random.default_rng(seed)
    rows = {}
    for key, part in scores.groupby("map", sort=False):
        n = len(part)
        draws = rng.integers(0, n, (1000, n))
        row: dict[str, float] = {"n": n}
        for name in ("hit", "near"):
            k = int(part[name].sum())
            row[name], (row[f"{name}_low"], row[f"{name}_high"]) = k / n, proportion_ci(k, n)
        for name in ("energy", "iou"):
            # a map without any heat has nothing inside the lesion
            values = np.nan_to_num(part[name].to_numpy(dtype=float))
            row[name] = float(values.mean())
            row[f"{name}_low"], row[f"{name}_high"] = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
        rows[key] = row
    return pd.DataFrame.from_dict(rows, orient="index")


def table(board: pd.DataFrame) -> pd.DataFrame:
    """Return a :func:`scoreboard` as words and rounded figures, in the language in use."""

    def figure(row: pd.Series, name: str) -> str:
        return f"{row[name]:.0%} ({row[f'{name}_low']:.0%} – {row[f'{name}_high']:.0%})"

    columns = ("hit", "near", "energy", "iou")
    return pd.DataFrame(
        {text(f"heatmaps.score.{c}"): [figure(row, c) for _, row in board.iterrows()] for c in columns},
        index=[text(key) for key in board.index],
    )
