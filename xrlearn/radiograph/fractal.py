"""The fractal signature of bone on a film: how rough it is at every scale, along and across.

A grey patch is taken as a landscape and wrapped from above and below by a rod that lies in one direction (dilation and
erosion). The longer the rod, the less of the landscape it can follow; how fast the wrapped area shrinks from one length
to the next is the fractal dimension at that length (Lynch, Hawkes & Buckland-Wright, Skeletal Radiol 1991; of knees and
their arthritis: Kraus et al., Arthritis Rheum 2009). A rod across the trabeculae sees each of them, a rod along
them hardly any, so the directions are kept apart.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

#: the rod reaches so many pixels to both sides
REACH = (1, 2, 3, 4, 6, 8)
#: what :func:`fractal_signature` returns: dimension at each length, the rod lying along columns, then along rows
SIGNATURE = tuple(f"fractal dimension {way} {reach}" for way in ("down", "across") for reach in REACH[:-1])


def fractal_signature(patch: ArrayLike) -> NDArray[np.float64]:
    """Return the fractal dimension of a patch for each direction and length of the rod.

    Parameters
    ----------
    patch : array_like, (rows, columns)
        At least twice as many pixels each way as the longest rod reaches.

    Returns
    -------
    ndarray, in the order of :data:`SIGNATURE`
        2 for a smooth landscape, towards 3 for noise. Exposure does not matter: the dimension is one of proportions.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(64, 64))
    >>> smooth = np.add.outer(np.arange(64.0), np.arange(64.0))
    >>> bool(fractal_signature(noise).mean() > 2.6), bool(np.allclose(fractal_signature(smooth), 2))
    (True, True)
    """
    grey = np.asarray(patch, dtype=np.float64)
    log_reach = np.log(REACH)
    found = []
    for axis in (0, 1):
        wrapped = [_between(grey, reach, axis) for reach in REACH]
        # The area is the volume between both wraps by the rod's length: it falls with 2 - dimension.
        area = np.log(np.maximum(wrapped, 1e-9)) - log_reach
        found.append(2 - np.diff(area) / np.diff(log_reach))
    return np.concatenate(found)


def _between(grey: NDArray[np.float64], reach: int, axis: int) -> float:
    """Mean height between the upper and lower wrap, away from the patch's edges, which no rod can leave."""
    edge = REACH[-1]
    size = 2 * reach + 1
    apart = maximum_filter1d(grey, size, axis) - minimum_filter1d(grey, size, axis)
    inside = [slice(None), slice(None)]
    inside[axis] = slice(edge, -edge)
    return float(apart[tuple(inside)].mean())
