"""Heat maps and how well they hit the lesion."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..locale import text
from ..radiograph import Radiograph
from ..records import RecordError
from .scores import Box, energy_inside, iou_at, points_at

if TYPE_CHECKING:
    from fastai.learner import Learner
    from matplotlib.figure import Figure

    from ..training import Model

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True)
class Explanation:
    """Where a model looked on one film, and whether that is where the lesion lies.

    Attributes
    ----------
    film : Radiograph
        The film.
    heatmap : ndarray, (rows, columns), float32, or None
        On the film's own pixels; large means important. None where the model's family has no map.
    points : mapping of str to (float, float)
        Landmarks that the answer rests on: row and column on the film.
    boxes : list
        Lesions (row0, column0, row1, column1); empty where none are known.
    hit : bool or None
        Whether the map's highest point lies in a lesion; None where no lesion is known.
    energy : float or None
        Share of the map inside the lesions.
    iou : float or None
        Overlap of the lesions with the hottest 5 % of the film.
    """

    film: Radiograph = field(repr=False)
    heatmap: NDArray[np.float32] | None = field(repr=False)
    points: Mapping[str, tuple[float, float]] = field(repr=False)
    boxes: list[Box]
    hit: bool | None
    energy: float | None
    iou: float | None

    def plot(self) -> "Figure":
        """Draw the film, and beside it the film under its heat map with the lesions' boxes."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        from ..locale.fonts import use_in_plots
        from ..training.films import displayed

        use_in_plots()
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        plain, hot = figure.subplots(1, 2)
        for axes in (plain, hot):
            axes.imshow(displayed(self.film), cmap="gray", vmin=0, vmax=255)
            axes.set_axis_off()
        if self.heatmap is not None:
            strong = np.clip(self.heatmap / max(self.heatmap.max(), 1e-9), 0, 1)
            hot.imshow(self.heatmap, cmap="inferno", alpha=strong * 0.6)
        for row, column in self.points.values():
            hot.plot(column, row, "+", color="orange", markersize=5)
        for r0, c0, r1, c1 in self.boxes:
            hot.add_patch(Rectangle((c0, r0), c1 - c0, r1 - r0, fill=False, edgecolor="cyan", linewidth=1.2))
        plain.set_title(text("heatmaps.plot.film"))
        what = "heatmaps.plot.points" if self.heatmap is None else "heatmaps.plot.map"
        verdict = {None: what, True: "heatmaps.plot.hit", False: "heatmaps.plot.miss"}[self.hit]
        hot.set_title(text(verdict))
        return figure

    def _repr_png_(self) -> bytes:
        import io

        out = io.BytesIO()
        self.plot().savefig(out, format="png", dpi=100)
        return out.getvalue()


def explain(
    model: "str | Model | Learner",
    case: "pd.Series | Mapping[str, Any] | str | Path | bytes | Radiograph",
    method: str = "evidence",
    head: str = "",
) -> Explanation:
    """Show where a model looked on one film, and whether it hit the lesion.

    Parameters
    ----------
    model : str, Model or fastai Learner
        A task's name stands for the model that ships with the package.
    case : row of a cases table, or anything that :func:`xrlearn.read` takes
        A row brings its lesion boxes along.
    method : {"evidence", "grad_cam", "centre", "random"}
        Which map, see :mod:`xrlearn.heatmaps.maps`.
    head : str, optional
        Of a model with several answers the one whose own map is wanted, by its column: ``"left_side"``. The first when
        left out.

    Raises
    ------
    ValueError
        If there is no such method, or no such head.
    RadiographError
        If the film cannot be read.
    RecordError
        If the model reads no films: its ``xr.predict(...).parts`` say what the answer rests on.

    Examples
    --------
    >>> import xrlearn as xr
    >>> cases = xr.load("fracture")                             # doctest: +SKIP
    >>> xr.explain("fracture", cases.iloc[0]).hit               # doctest: +SKIP
    True
    """
    from ..training import Model, shipped, uncalibrated
    from ..training.films import film_of
    from .maps import MAPS

    key = f"heatmaps.map.{method}"
    if key not in MAPS:
        raise ValueError(text("heatmaps.error.method", method=method, known=", ".join(k.split(".")[-1] for k in MAPS)))
    if isinstance(model, str):
        model = shipped(model)
    if not isinstance(model, Model):
        model = uncalibrated(model)
    if not model.task.films:
        raise RecordError("no_map", task=model.card.task)
    row: dict[str, Any] = dict(case) if isinstance(case, pd.Series | Mapping) else {"image": case}
    boxes: list[Box] = row["boxes"] if isinstance(row.get("boxes"), list) else []
    film = film_of(row)
    names = (*model.task.inputs, *(name for name in model.task.beside if name in row))
    reading = model.read(film, **{name: row.get(name) for name in names})
    points = reading.points[0] if reading.points else {}
    if head:
        if head not in reading.heads or method != "evidence":
            raise ValueError(text("heatmaps.error.head", head=head, known=", ".join(reading.heads) or "-"))
        if head != next(iter(reading.heads)):  # lesions are no reason for a side or a view
            heat = model.system.on_film(reading.heads[head][0], film, model.card.options)
            return Explanation(film, heat, points, [], None, None, None)
    if method != "evidence":
        heat = MAPS[key](model, film)
    elif reading.heat is not None:
        heat = model.system.on_film(reading.heat[0], film, model.card.options)
    else:
        return Explanation(film, None, points, boxes, None, None, None)
    if not boxes:
        return Explanation(film, heat, points, [], None, None, None)
    return Explanation(
        film, heat, points, boxes, points_at(heat, boxes), energy_inside(heat, boxes), iou_at(heat, boxes)
    )
