"""The field: where the leaves of the collimator stand, and how much of the beam they let through."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .meshes import Floats

PENUMBRA_MM = 0.8
_LEAK = 0.004  # share of the beam behind a leaf
_WIDE, _TILTED = 0.12, 0.08  # shares of films on which a side is left open, and on which the tube is turned


@dataclass(frozen=True, eq=False)
class Field:
    """What the leaves leave open.

    Attributes
    ----------
    inside_mm : rows x columns
        Distance to the nearest leaf, negative behind it; infinite without leaves.
    """

    inside_mm: Floats

    @property
    def open(self) -> NDArray[np.bool_]:
        """Pixels within the field."""
        return np.asarray(self.inside_mm > 0)

    @property
    def beam(self) -> Floats:
        """Share of the beam that arrives, 0 to 1, with the leaves' penumbra."""
        return np.asarray(_LEAK + (1 - _LEAK) * np.clip(self.inside_mm / PENUMBRA_MM + 0.5, 0, 1))

    def away(self, mm: float) -> Floats:
        """Return 0 at the leaves and behind them to 1 from `mm` inside the field on."""
        return np.asarray(np.clip(self.inside_mm / mm, 0, 1))


def collimated(margin_mm: float, shape: tuple[int, int], spacing_mm: float, rng: np.random.Generator) -> Field:
    """Return a field with margins drawn around `margin_mm` (0: no leaves); some films have a side open or are askew."""
    spread = rng.normal(margin_mm, margin_mm / 2, 4)
    tilt = rng.normal(0, 1.5)
    chance = rng.random(2)
    if margin_mm == 0:
        return Field(np.full(shape, np.inf))
    margins = np.abs(spread) / spacing_mm
    if chance[0] < _WIDE:
        margins[int(4 * chance[0] / _WIDE)] = -shape[0]
    if chance[1] < _TILTED:
        tilt *= 3
    a = np.deg2rad(tilt)
    r, c = np.mgrid[: shape[0], : shape[1]].astype(float)
    y, x = r - shape[0] / 2, c - shape[1] / 2
    u, v = np.cos(a) * x + np.sin(a) * y, np.cos(a) * y - np.sin(a) * x
    edge = np.minimum.reduce(
        [
            u + shape[1] / 2 - margins[0],
            shape[1] / 2 - margins[1] - u,
            v + shape[0] / 2 - margins[2],
            shape[0] / 2 - margins[3] - v,
        ]
    )
    return Field(edge * spacing_mm)
