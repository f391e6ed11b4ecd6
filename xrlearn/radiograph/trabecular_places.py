"""The places on films of hip and heel where the texture of spongy bone is read.

A place is a square that lies, turns and grows with the bone, so that a film may be of any size. Points are
(row, column).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from .fractal import SIGNATURE, fractal_signature
from .grey_texture import GREY_TEXTURE, grey_texture

Floats = NDArray[np.float64]
#: a point of this name, behind that of a place, is the middle of the place's lower edge
EDGE = "edge"


@dataclass(frozen=True)
class Places:
    """Squares at landmarks.

    Attributes
    ----------
    points : tuple of str
        Landmarks by name.
    axis : (str, str)
        From the first of these to the second all is measured: along it, and across it towards the sole or the feet.
    squares : mapping
        Name of each place -> its middle in lengths of the axis (along, across), and half its side.
    side : int
        Pixels of a place along each side once it is cut out.
    """

    points: tuple[str, ...]
    axis: tuple[str, str]
    squares: Mapping[str, tuple[float, float, float]]
    side: int = 48

    def at(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Return the middle of each place and the way from there to its lower edge, (places, 2) each.

        Parameters
        ----------
        points : (points, 2) array

        Examples
        --------
        >>> places = Places(("a", "b"), ("a", "b"), {"beyond": (1.0, 0.5, 0.25)})
        >>> [found.round(1).tolist() for found in places.at([[10, 0], [10, 8]])]
        [[[14.0, 8.0]], [[2.0, 0.0]]]
        """
        p = np.asarray(points, dtype=np.float64)
        start, end = (p[self.points.index(name)] for name in self.axis)
        along = end - start
        across = np.array([abs(along[1]), -along[0] * np.sign(along[1] or 1.0)])  # down, whichever way the patient lies
        middle = [start + x * along + y * across for x, y, _ in self.squares.values()]
        down = [half * across + 0.0 for *_, half in self.squares.values()]
        return np.array(middle), np.array(down)

    def cut(self, pixels: NDArray[np.floating], points: ArrayLike) -> list[Floats]:
        """Cut the places out of a film, (side, side) each; what lies beyond the film repeats its edge."""
        found = []
        for middle, down in zip(*self.at(points), strict=True):
            step = 2 * np.linalg.norm(down) / self.side  # pixels of the film a pixel of the square
            film = gaussian_filter(pixels, 0.5 * (step - 1)) if step > 1.5 else pixels
            right = np.array([-down[1], down[0]])
            share = (np.arange(self.side) + 0.5) * 2 / self.side - 1
            grid = middle[:, None, None] + np.multiply.outer(down, share)[:, :, None]
            grid = grid + np.multiply.outer(right, share)[:, None, :]
            found.append(map_coordinates(np.asarray(film, np.float64), grid, order=1, mode="nearest"))
        return found


#: head, neck and trochanters of the femur, and the roof of the acetabulum; the axis is that of the neck
HIP = Places(
    points=("head", "neck base", "greater trochanter"),
    axis=("head", "neck base"),
    squares={
        "head": (0.0, 0.0, 0.27),
        "neck": (0.55, 0.0, 0.2),
        "trochanters": (1.05, 0.1, 0.25),
        "roof": (-0.72, -0.6, 0.18),
    },
)
#: the body of the calcaneus, behind and below the posterior facet
HEEL = Places(
    points=("posterior facet", "superior tuberosity", "anterior process"),
    axis=("posterior facet", "superior tuberosity"),
    squares={"body": (0.55, 0.6, 0.5)},
    side=32,
)

#: what :func:`signature_and_statistics` returns
SIGNATURE_AND_STATISTICS = (*SIGNATURE, *GREY_TEXTURE)


def signature_and_statistics(patch: ArrayLike) -> Floats:
    """Return the fractal signature and the six statistics of a place.

    Examples
    --------
    >>> len(signature_and_statistics(np.eye(48))) == len(SIGNATURE_AND_STATISTICS)
    True
    """
    return np.concatenate([fractal_signature(patch), grey_texture(patch)])
