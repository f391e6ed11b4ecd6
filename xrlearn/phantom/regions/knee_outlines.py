"""Outlines of femur and tibia as landmarks of a frontal film: where the shadow of each bone ends."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...radiograph.knee import ABOVE_MM, BELOW_MM, FROM_MIDDLE, OUTLINES, PLATEAU_MM

#: the side of a bone lies as near to the margin of the tibia, as a share of the width of the plateau
_REACH = 0.14


def outlines(
    at: Mapping[str, tuple[float, float]],
    masks: Mapping[str, NDArray[np.bool_]],
    patient: Mapping[str, Any],
    pixel_mm: float,
) -> dict[str, tuple[float, float]]:
    """Return the points of :data:`xrlearn.radiograph.knee.OUTLINES` but for the fibula, which is a landmark anyway.

    Parameters
    ----------
    at : mapping
        Landmarks of the film: name -> (row, column).
    masks : mapping
        Shadows of ``femur`` and ``tibia``, (rows, columns).
    patient : mapping
        With ``plateau_mm``, the width of the tibial plateau.
    pixel_mm : float
        What a pixel shows in the middle of the joint.

    Returns
    -------
    dict
        Without the points where a bone has no outline: it lies beyond the film.
    """
    femur, tibia, width = masks["femur"], masks["tibia"], patient["plateau_mm"] / pixel_mm
    margins = {side: at[f"{side} margin of tibia"][1] for side in BELOW_MM}
    middle = np.mean([*margins.values()])
    anatomical = sorted(margins, key=lambda side: margins[side])  # from left to right
    points: list[tuple[float, float]] = []
    for side, out in zip(anatomical, (-1, 1), strict=True):
        for share in FROM_MIDDLE:
            column = round(middle + out * share * width)
            points += [(_last(femur, column, 1, 1), column), (_last(tibia, column, 1, -1), column)]
        for bone, start, down, steps in (
            (tibia, "plateau", 1, BELOW_MM[side]),
            (femur, "condyle", -1, ABOVE_MM),
        ):
            for step in steps:
                row = round(at[f"{side} {start}"][0] + down * step * width / PLATEAU_MM)
                column = _last(bone, row, 0, out)
                # A row above a worn margin meets a spine.
                points.append((row, column if abs(column - margins[side]) < _REACH * width else np.nan))
    known = zip(OUTLINES, points, strict=False)
    return {name: (round(float(r), 3), round(float(c), 3)) for name, (r, c) in known if np.isfinite([r, c]).all()}


def _last(mask: NDArray[np.bool_], line: int, axis: int, way: int) -> float:
    """Return where a shadow ends along a column (axis 1) or a row (axis 0); not a number where it does not cross it."""
    if not 0 <= line < mask.shape[axis]:
        return np.nan
    found = np.flatnonzero(mask[:, line] if axis else mask[line])
    return np.nan if not len(found) else float(found[-1] + 0.5 if way > 0 else found[0] - 0.5)
