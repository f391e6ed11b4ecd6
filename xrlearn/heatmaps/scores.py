"""How well a heat map agrees with where the lesion is: pure functions of arrays.

A heat map is (rows, columns) of numbers that are not negative; boxes are (row0, column0, row1, column1) in the same
pixels, the end not included, as many as there are lesions.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


def inside(shape: tuple[int, int], boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """Return a mask of the pixels that lie in any box; a pixel counts when its centre does, and each box has one.

    Examples
    --------
    >>> inside((2, 3), [(0, 0, 1, 2)]).astype(int).tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    mask = np.zeros(shape, bool)
    for r0, c0, r1, c1 in boxes:
        top, left = int(np.clip(round(r0), 0, shape[0] - 1)), int(np.clip(round(c0), 0, shape[1] - 1))
        mask[top : max(top + 1, round(r1)), left : max(left + 1, round(c1))] = True
    return mask


def points_at(heat: NDArray[np.floating], boxes: Sequence[Box], tolerance: float = 0.0) -> bool:
    """Say whether the map's highest point lies in a box (the pointing game of Zhang et al., IJCV 2018).

    Parameters
    ----------
    tolerance : float
        Pixels by which the boxes are widened first.

    Examples
    --------
    >>> heat = np.zeros((4, 4)); heat[1, 2] = 1
    >>> points_at(heat, [(0, 2, 2, 4)]), points_at(heat, [(2, 0, 4, 2)])
    (True, False)
    """
    row, column = np.unravel_index(int(np.argmax(heat)), heat.shape)
    wider = [(r0 - tolerance, c0 - tolerance, r1 + tolerance, c1 + tolerance) for r0, c0, r1, c1 in boxes]
    return bool(inside(heat.shape, wider)[row, column])


def energy_inside(heat: NDArray[np.floating], boxes: Sequence[Box]) -> float:
    """Return the share of the map's sum that lies in the boxes (Wang et al., Score-CAM, 2020); NaN for an empty map.

    Examples
    --------
    >>> energy_inside(np.ones((2, 4)), [(0, 0, 2, 1)])
    0.25
    """
    total = float(heat.sum())
    return float(heat[inside(heat.shape, boxes)].sum()) / total if total > 0 else float("nan")


def iou_at(heat: NDArray[np.floating], boxes: Sequence[Box], share: float = 0.05) -> float:
    """Return the overlap (intersection over union) of the boxes with the hottest `share` of the map's pixels.

    Examples
    --------
    >>> heat = np.zeros((10, 10)); heat[:, 0] = 1
    >>> iou_at(heat, [(0, 0, 10, 1)], share=0.10)
    1.0
    """
    count = max(1, round(share * heat.size))
    hot = np.zeros(heat.size, bool)
    hot[np.argsort(heat, axis=None, kind="stable")[-count:]] = True
    truth = inside(heat.shape, boxes).ravel()
    return float((hot & truth).sum() / (hot | truth).sum())
