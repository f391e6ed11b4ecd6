"""Where on a film of the wrist the distal radius is."""

from typing import Any

#: landmarks that the region rests on, as simulated films name them
REGION_POINTS = ("radial styloid", "ulnar corner of radius", "radial shaft", "ulnar head")


def distal_radius(points: Any) -> tuple[Any, Any]:
    """Return the middle of the square around the distal radius, (films, 2), and half its side, (films,).

    It reaches from beyond the joint to the metaphysis, and is as wide as that: half its side is 45 % of the way from
    the middle of the joint surface to the landmark on the shaft, its middle a quarter of that way up.

    Parameters
    ----------
    points : array or tensor, (films, 4, 2)
        Rows and columns of :data:`REGION_POINTS`.

    Examples
    --------
    >>> import numpy as np
    >>> distal_radius(np.array([[[10.0, 0.0], [10.0, 20.0], [50.0, 10.0], [12.0, 30.0]]]))
    (array([[20., 10.]]), array([18.]))
    """
    joint = (points[:, 0] + points[:, 1]) / 2
    up = points[:, 2] - joint
    return joint + 0.25 * up, 0.45 * (up**2).sum(-1) ** 0.5


def overlap(centre: Any, half: Any, other_centre: Any, other_half: Any) -> Any:
    """Return intersection over union of upright squares, (films,).

    Examples
    --------
    >>> import numpy as np
    >>> here, there = np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> overlap(here, np.array([1.0]), there, np.array([1.0])).round(3).tolist()
    [0.333]
    """
    import numpy as np

    low = np.maximum(centre - half[:, None], other_centre - other_half[:, None])
    high = np.minimum(centre + half[:, None], other_centre + other_half[:, None])
    both = np.clip(high - low, 0, None).prod(-1)
    return both / (4 * half**2 + 4 * other_half**2 - both)
