"""The soft tissue of the knee, in body axes: what lies around the bones of :mod:`.knee`."""

from typing import Any

import numpy as np

from ..meshes import Floats
from ..shape import Soft
from ..tissue import smooth_tube


def soft_tissue(
    at: dict[str, Floats],
    patient: dict[str, Any],
    lesion: str | None,
    scale: float,
    rng: np.random.Generator,
) -> tuple[Soft, ...]:
    """Return skin, muscles, capsule, extensor tendons, and the fat before and behind the joint."""
    fat, lean, girth = rng.uniform(0, 14), rng.uniform(0.92, 1.08), rng.uniform(0.96, 1.08)
    back = np.tan(np.deg2rad(patient["flexion_deg"]))  # the thigh leans backwards

    def body(rows: list[list[float]], kind: str, grow: float = 0.0, wide: float = 1.0, square: float = 2.0) -> Soft:
        profile = np.array(rows, float)
        profile[:, 3:] *= wide
        profile[:, 1] -= back * np.maximum(profile[:, 0] - 10, 0)
        return Soft(smooth_tube(profile * scale, squareness=square, grow_mm=grow), kind)

    # y, middle forwards and outwards, half-width forwards and outwards
    skin: list[list[float]] = [
        [-130, -14, 4, 44, 44],
        [-80, -14, 3, 47, 48],
        [-40, -8, 2, 42, 47],
        [-10, -2, 1, 42, 48],
        [20, 2, 0, 44, 49],
        [50, 8, 0, 45, 50],
        [90, 10, 2, 50, 56],
        [145, 10, 5, 58, 63],
    ]
    calf: list[list[float]] = [
        [-130, -18, 2, 36, 38],
        [-80, -24, 2, 30, 38],
        [-40, -28, 1, 20, 32],
        [-5, -32, 0, 9, 25],
        [15, -34, 0, 3, 12],
    ]
    capsule: list[list[float]] = [
        [-60, -4, 2, 18, 30],
        [-25, -4, 1, 24, 40],
        [0, -2, 0, 27, 42],
        [25, 2, 0, 27, 43],
        [55, 8, 0, 21, 33],
    ]
    thigh: list[list[float]] = [
        [25, 6, 0, 18, 34],
        [50, 10, 0, 30, 40],
        [90, 12, 2, 42, 48],
        [145, 12, 5, 52, 56],
    ]
    pad: list[list[float]] = [[-16, 24, 0, 3, 6], [-4, 24, 0, 9, 16], [8, 25, 0, 10, 18], [20, 25, 0, 3, 8]]
    popliteal: list[list[float]] = [[-5, -42, 0, 3, 5], [15, -44, 0, 10, 16], [45, -34, 0, 12, 20], [70, -26, 0, 4, 8]]
    outer = body(skin, "skin", fat, girth, 2.2)
    return (
        outer,
        body(calf, "muscle", 0, lean),
        body(capsule, "muscle", 0, lean),
        body(thigh, "muscle", 0, lean, 2.2),
        body(pad, "fat"),
        body(popliteal, "fat"),
        _over_patella(at, scale),
        *_tendons(at, patient, lesion, scale),
    )


def _over_patella(at: dict[str, Floats], scale: float) -> Soft:
    """The skin over patella and tendons, so that they lie under some millimetres in lean people too."""
    anchor, low, top = (at[n] for n in ("tibial tuberosity", "lower pole of patella", "upper pole of patella"))
    down, along = low - anchor, top - low
    points = [anchor - 0.5 * down, anchor, anchor + 0.5 * down, low, low + 0.5 * along, top, top + 0.9 * along]
    rows = [
        [y, x - back * scale, z, half * scale, 1.4 * half * scale]
        for (x, y, z), half, back in zip(points, (2, 12, 18, 20, 24, 22, 2), (8, 5, 10, 10, 8, 8, 22), strict=True)
    ]
    return Soft(smooth_tube(np.array(rows), step_mm=3.0, squareness=2.0), "skin")


def _tendons(at: dict[str, Floats], patient: dict[str, Any], lesion: str | None, scale: float) -> list[Soft]:
    """The patellar and the quadriceps tendon; a torn one hangs loose in the middle."""
    anchor, low, top = (at[n] for n in ("tibial tuberosity", "lower pole of patella", "upper pole of patella"))
    back = np.tan(np.deg2rad(patient["flexion_deg"]))
    end = top + np.array([-60 * back - 4, 60.0, 0.0]) * scale
    out = []
    for name, a, b in (("patellar_tendon", anchor, low), ("quadriceps_tendon", top, end)):
        torn = lesion == name
        rows = []
        for s in np.linspace(0, 1, 7):
            p = a + s * (b - a) + [1.0, 0, 0]
            loose = torn * np.exp(-(((s - 0.45) / 0.22) ** 2))
            rows.append(
                [p[1], p[0] + 3 * loose, p[2], (2.4 + 2.5 * torn * (1 - loose)) * scale, (13 - 9 * loose) * scale]
            )
        if np.all(np.diff(np.array(rows)[:, 0]) > 0):
            out.append(Soft(smooth_tube(np.array(rows), step_mm=3.0, squareness=2.0), "muscle"))
    return out
