"""What is known of a simulated film: everything."""

import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """The truth that comes with every film.

    Parameters
    ----------
    region, view, side : str
        What was filmed; `side` is ``"L"`` or ``"R"``.
    patient : dict
        ``id``, age in years, sex, height and so on.
    labels : dict
        What a task predicts: ``fracture`` 0/1, ``lesion`` its name or ``"none"``, ...
    measurements : dict
        Numbers that a radiologist would measure, their unit in the name (``_mm``, ``_deg``), from the 3-D model.
    landmarks : dict
        Anatomical name -> (row, column) on the film, pixel centres whole; may lie outside the film.
    boxes : tuple
        One (row0, col0, row1, col1) per lesion that the film shows.
    shape : (int, int)
        Rows and columns.
    spacing_mm : float
        Between pixel centres, at the detector.
    settings : dict
        Seed, site, subtlety and every number of beam, detector and processing.
    packed : dict
        Masks, bit by bit, deflated, base64; read them with :meth:`mask`.

    Examples
    --------
    >>> t = Truth("wrist", "PA", "R", {"id": 1}, {"fracture": 0}, {}, {}, (), (2, 3), 0.4, {}, {})
    >>> Truth.from_json(t.to_json()) == t
    True
    """

    region: str
    view: str
    side: str
    patient: dict[str, Any]
    labels: dict[str, Any]
    measurements: dict[str, float]
    landmarks: dict[str, tuple[float, float]]
    boxes: tuple[tuple[int, int, int, int], ...]
    shape: tuple[int, int]
    spacing_mm: float
    settings: dict[str, Any]
    packed: dict[str, str]

    def masks(self) -> list[str]:
        """Return the names of the masks: every bone, ``"body"``, ``"lesion"`` and ``"marker"`` where there are any."""
        return list(self.packed)

    def mask(self, name: str) -> Mask:
        """Return a mask, rows x columns, bool.

        Raises
        ------
        KeyError
            If there is no mask of that name.
        """
        bits = np.frombuffer(zlib.decompress(b64decode(self.packed[name])), np.uint8)
        return np.unpackbits(bits, count=self.shape[0] * self.shape[1]).astype(bool).reshape(self.shape)

    def to_json(self) -> str:
        """Return the record as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, source: str) -> "Truth":
        """Read a record that :meth:`to_json` wrote."""
        raw = json.loads(source)
        raw["landmarks"] = {k: tuple(v) for k, v in raw["landmarks"].items()}
        raw["boxes"] = tuple(tuple(b) for b in raw["boxes"])
        raw["shape"] = tuple(raw["shape"])
        return cls(**raw)


def pack(mask: Mask) -> str:
    """Pack a mask for :class:`Truth`: one bit a pixel, deflated."""
    return b64encode(zlib.compress(np.packbits(mask).tobytes(), 1)).decode("ascii")


def box(mask: Mask) -> tuple[int, int, int, int] | None:
    """Return (row0, col0, row1, col1) around a mask, the last ones exclusive; None where it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
