"""Square pixels: a film whose pixels are longer than wide shows every angle wrong until it is resampled."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .limits import check_size

#: Sides of a pixel that differ by less than this are called equal: an angle of 45 degrees is 0.3 degrees off.
_EQUAL = 1.01
#: Beyond this the header is mistyped, not the pixel long.
_MOST = 8.0


def oblong(height: float, width: float) -> bool:
    """Tell whether a pixel of this height and width has to be resampled, and credibly so.

    >>> oblong(2, 1), oblong(0.143, 0.1435), oblong(100, 1)
    (True, False, False)
    """
    return min(height, width) > 0 and _EQUAL <= max(height / width, width / height) <= _MOST


def squared(pixels: NDArray[np.float32], height: float, width: float) -> NDArray[np.float32]:
    """Return `pixels`, each `height` long and `width` wide, resampled to squares as large as the shorter side.

    Raises
    ------
    RadiographError
        If the film becomes larger than films may be.

    Examples
    --------
    >>> squared(np.zeros((30, 40), np.float32), 2, 1).shape
    (60, 40)
    """
    side = min(height, width)
    rows, cols = round(pixels.shape[0] * height / side), round(pixels.shape[1] * width / side)
    check_size(rows, cols)
    image = Image.fromarray(pixels).resize((cols, rows), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(image, np.float32), 0, 1)
